// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/support/extendedattributes.h"
#include "core/support/result.h"

struct archive_entry;

namespace Stowage
{

/**
 * The extended attributes of an entry that libarchive has read, its ACLs in the form in which the kernel gives them among
 * them; sorted by name. An ACL for a user or group that the archive only names and this system does not know is an error;
 * @p path names the archive in it.
 */
[[nodiscard]] Result<QList<ExtendedAttribute>> archiveAttributes(archive_entry* entry, const QString& path);

/** Type and permission bits of the entry, as stat(2) would tell them: with an ACL the group's bits are its mask. */
[[nodiscard]] quint16 archiveMode(archive_entry* entry);

} // namespace Stowage
