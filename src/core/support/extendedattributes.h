// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/jobs/jobreport.h"
#include "core/support/result.h"

#include <QByteArray>
#include <QList>

namespace Stowage
{

/** An extended attribute as the system tells it: "security.selinux". */
struct ExtendedAttribute {
    QByteArray name;
    QByteArray value;

    bool operator==(const ExtendedAttribute&) const = default;
};

/**
 * The extended attributes of @p path itself, links not followed, that this user may see; sorted by name. None where the file
 * system has no such; that one cannot be read is an error, which calls the file @p name. Blocks on the disk.
 */
[[nodiscard]] Result<QList<ExtendedAttribute>> readExtendedAttributes(const QByteArray& path, const QString& name);
/** The same of the open file @p fd. */
[[nodiscard]] Result<QList<ExtendedAttribute>> readExtendedAttributes(int fd, const QString& name);

/**
 * Gives @p path the extended attributes. One that this user may not set, or that the file system cannot hold, is a warning
 * in @p report. Links are not followed. Blocks on the disk.
 */
[[nodiscard]] Result<void> writeExtendedAttributes(const QByteArray& path, const QList<ExtendedAttribute>& attributes,
                                                   JobReport& report);

} // namespace Stowage
