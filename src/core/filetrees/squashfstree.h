// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/filetrees/nodetree.h"
#include "core/squashfs/squashfsimage.h"

namespace Stowage
{

/** A squashfs file system. */
class SquashfsTree final : public NodeTree
{
public:
    /** @p name is what errors call it. */
    SquashfsTree(SquashfsImage image, const QString& name) : NodeTree(name), m_image(std::move(image)) { }

protected:
    [[nodiscard]] std::optional<Node> root() const override { return node(m_image.root()); }
    [[nodiscard]] std::optional<Node> child(const Node& directory, const QByteArray& name) const override;
    [[nodiscard]] QByteArrayList children(const Node& directory) const override;
    [[nodiscard]] QByteArray target(const Node& link) const override;
    [[nodiscard]] Result<QByteArray> content(const Node& file, qint64 offset, qint64 length) const override;

private:
    [[nodiscard]] std::optional<Node> node(quint64 reference) const;

    SquashfsImage m_image;
};

} // namespace Stowage
