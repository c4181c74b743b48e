// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/ext4/ext4image.h"
#include "core/filetrees/nodetree.h"

namespace Stowage
{

/** An ext2, ext3 or ext4 file system. */
class Ext4Tree final : public NodeTree
{
public:
    /** @p name is what errors call it. */
    Ext4Tree(Ext4Image image, const QString& name) : NodeTree(name), m_image(std::move(image)) { }

protected:
    [[nodiscard]] std::optional<Node> root() const override;
    [[nodiscard]] std::optional<Node> child(const Node& directory, const QByteArray& name) const override;
    [[nodiscard]] QByteArrayList children(const Node& directory) const override;
    [[nodiscard]] QByteArray target(const Node& link) const override;
    [[nodiscard]] Result<QByteArray> content(const Node& file, qint64 offset, qint64 length) const override;

private:
    [[nodiscard]] std::optional<Node> node(quint32 inode) const;

    Ext4Image m_image;
};

} // namespace Stowage
