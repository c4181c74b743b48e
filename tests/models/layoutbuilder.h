// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/layout/layout.h"

#include <algorithm>

namespace Stowage::Test
{

/** The child @p name of @p parent, made where there is none; children stay sorted. */
inline LayoutNode& childOf(LayoutNode& parent, const QByteArray& name)
{
    const auto place = std::ranges::lower_bound(parent.children, name, {}, &LayoutNode::name);
    if (place != parent.children.end() && place->name == name) {
        return *place;
    }
    LayoutNode node;
    node.name = name;
    return *parent.children.insert(place, node);
}

/** The node at @p path below @p root, made with its directories where there is none. */
inline LayoutNode& nodeAt(LayoutNode& root, const QByteArray& path)
{
    LayoutNode* node = &root;
    for (const QByteArray& name : path.split('/')) {
        if (!name.isEmpty()) {
            node = &childOf(*node, name);
        }
    }
    return *node;
}

/** Makes a file of @p size bytes at @p path. */
inline LayoutNode& addFile(Layout& layout, const QByteArray& path, qint64 size, const ContentOrigin& origin = {},
                           const QString& guest = {})
{
    LayoutNode& node = nodeAt(layout.root, path);
    node.kind = LayoutNode::Kind::File;
    node.mode = 0644;
    node.size = size;
    node.origin = origin;
    node.guest = guest;
    return node;
}

} // namespace Stowage::Test
