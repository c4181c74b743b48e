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

/** The extended attributes of @p path itself, links not followed, that this user may read; sorted by name. */
[[nodiscard]] QList<ExtendedAttribute> readExtendedAttributes(const QByteArray& path);
/** The same of the open file @p fd. */
[[nodiscard]] QList<ExtendedAttribute> readExtendedAttributes(int fd);

/**
 * Gives @p path the extended attributes. One that this user may not set, or that the file system cannot hold, is a warning
 * in @p report. Links are not followed. Blocks on the disk.
 */
[[nodiscard]] Result<void> writeExtendedAttributes(const QByteArray& path, const QList<ExtendedAttribute>& attributes,
                                                   JobReport& report);

} // namespace Stowage
