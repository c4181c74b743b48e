// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/layout/layout.h"

#include <sys/types.h>

namespace Stowage
{

/**
 * The owners, modes and device nodes of a tree that an ordinary user could not give it, in the format of mtree(5):
 * `bsdtar -cf out.tar @LIST` run inside the tree makes an archive that has them right.
 */
class OwnersList
{
public:
    OwnersList();

    /** Adds the node at @p path ("/etc/xen"; empty for the root); @p device is that of a device node. */
    void add(const LayoutNode& node, const QByteArray& path, mode_t fileType, dev_t device);
    [[nodiscard]] QByteArray text() const { return m_text; }

    /** Where the list of the tree at @p treePath lies: beside it. */
    [[nodiscard]] static QString pathFor(const QString& treePath);
    /** Whether the file at @p path is such a list. */
    [[nodiscard]] static bool isOne(const QString& path);

private:
    QByteArray m_text;
};

} // namespace Stowage
