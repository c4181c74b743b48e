// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/sources/filetree.h"
#include "core/xen/kernelfacts.h"
#include "core/xen/kernelimage.h"

#include <QList>

#include <compare>

namespace Stowage
{

/** A file in a FileTree, or a part of one. */
struct TreeFile {
    QByteArray path; ///< Empty: there is none.
    qint64 offset = 0; ///< Byte where it begins.
    qint64 size = 0; ///< Bytes.

    bool operator==(const TreeFile&) const = default;
};

/** A kernel, with what belongs to it. */
struct SystemKernel {
    TreeFile file;
    QString version; ///< Its own word, else of its name: "6.12.41+deb13-amd64". Empty where neither has one.
    KernelImage image; ///< Its form, and whether xl loads it.
    TreeFile initrd;
    QByteArray modules; ///< Directory with its modules ("usr/lib/modules/6.12"); empty where there is none.
    KernelConfig config;
    std::optional<XenNotes> notes; ///< Where they were read: of the first that has no configuration.
    QString options; ///< The command line in a unified kernel image; empty for others.

    bool operator==(const SystemKernel&) const = default;
};

/**
 * The kernels in @p tree, the newest first, at most 64: in /boot, at the top, beside their modules, in unified kernel images,
 * and those that @p named, from boot entries, leads to. Links that lead to one of the others are left out.
 */
[[nodiscard]] QList<SystemKernel> findKernels(const FileTree& tree, const QByteArrayList& named);

/** Which of two versions is newer, by their numbers ("6.10" is newer than "6.9"), and a release than its candidates. */
[[nodiscard]] std::strong_ordering compareVersions(const QString& one, const QString& other);

} // namespace Stowage
