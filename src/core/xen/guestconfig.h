// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/project/guest.h"
#include "core/support/result.h"

#include <QByteArray>

namespace Stowage
{

/** Everything that a generated config says, paths being those on the target. */
struct GuestConfig {
    QString name;
    qint64 memoryMiB = 0;
    int vcpus = 0;
    GuestType type = GuestType::Automatic;
    QStringList disks; ///< xl-disk-configuration(5) texts, the root disk first.
    QStringList vifs; ///< xl-network-configuration(5) texts.
    QString kernel; ///< Empty: no kernel, `type = "hvm"` then.
    QString ramdisk;
    QString extra; ///< Only written with a kernel.
    QList<XlOption> options;
};

/**
 * The text of the config: name, memory, vcpus, disk, vif, kernel, ramdisk, extra, then the type and the options. UTF-8,
 * a newline at the end. The type is only written where it is stated, or `hvm` where there is no kernel, as xl needs it;
 * `hvm` without a kernel stands after the name.
 */
[[nodiscard]] QByteArray generateGuestConfig(const GuestConfig& config);

/** A custom config with its paths changed, and what could not be. */
struct RewrittenConfig {
    QByteArray text;
    QList<Error> warnings; ///< E.g. a kernel on the target that the config does not mention.
};

/**
 * Rewrites a custom config: the target of the first disk becomes `file:@p imagePath`, the kernel @p kernelPath, the
 * ramdisk @p ramdiskPath; an empty path leaves the value alone. All other bytes stay. @p fileName is for errors.
 *
 * The first disk is the first that is no CD drive, where there is one. Disks added by `+=` count. See diskTargetEdits()
 * for forms of a disk that "file:" does not fit, and for its format. A text keeps the kind of its quotes. A missing
 * disk or kernel is a warning, as is a format that had to change; a file or a disk that xl refuses is an error.
 */
[[nodiscard]] Result<RewrittenConfig> rewriteGuestConfig(const QByteArray& text, const QString& fileName,
                                                         const QString& imagePath, const QString& kernelPath,
                                                         const QString& ramdiskPath);

/**
 * Checks the key and the value text of an added option by the grammar of xl. Keys that a guest has a field for (name,
 * type, memory, vcpus, disk, vif, kernel, ramdisk, extra) are refused.
 */
[[nodiscard]] Result<void> checkXlOption(const XlOption& option);

} // namespace Stowage
