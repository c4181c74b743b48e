// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/sources/filetree.h"

#include <QList>
#include <QString>

namespace Stowage
{

/** What a boot loader is told to start. */
struct SystemBootEntry {
    enum class Loader {
        Specification, ///< A file of the Boot Loader Specification.
        Grub,
        Extlinux, ///< Or syslinux, isolinux.
    };
    Loader loader = Loader::Grub;
    QByteArray file = {}; ///< That says so.
    QString title = {};
    QByteArray kernel = {}; ///< Path in the tree, relative to its top; as it is told where nothing is there.
    QByteArrayList initrds = {}; ///< Likewise.
    QString options = {}; ///< Of the kernel, variables replaced.

    bool operator==(const SystemBootEntry&) const = default;
};

/** The entries of all boot loaders in @p tree, the default one first, at most 64. */
[[nodiscard]] QList<SystemBootEntry> findBootEntries(const FileTree& tree);

} // namespace Stowage
