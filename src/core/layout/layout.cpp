// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "layout.h"

#include "core/layout/pathwalk.h"
#include "core/support/units.h"

#include <algorithm>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

qint64 newBytesBelow(const LayoutNode& node)
{
    qint64 bytes = node.kind == LayoutNode::Kind::File && node.state != LayoutNode::State::Kept ? node.size : 0;
    for (const LayoutNode& child : node.children) {
        bytes += newBytesBelow(child);
    }
    return bytes;
}

} // namespace

QLatin1StringView stateName(LayoutNode::State state)
{
    switch (state) {
    case LayoutNode::State::New:
        return "new"_L1;
    case LayoutNode::State::Kept:
        return "kept"_L1;
    case LayoutNode::State::Replaced:
        return "replaced"_L1;
    case LayoutNode::State::Conflict:
        break;
    }
    return "conflict"_L1;
}

const LayoutNode* LayoutNode::child(const QByteArray& childName) const
{
    const auto it = std::ranges::lower_bound(children, childName, {}, &LayoutNode::name);
    return it != children.end() && it->name == childName ? &*it : nullptr;
}

const LayoutNode* Layout::find(const QByteArray& path) const
{
    const LayoutNode* node = &root;
    for (const QByteArray& component : path.split('/')) {
        if (node != nullptr && !component.isEmpty()) {
            node = node->child(component);
        }
    }
    return node;
}

const LayoutNode* Layout::follow(const QByteArray& path) const
{
    PathWalk walk(path);
    const LayoutNode* node = &root;
    while (node != nullptr && !walk.isDone()) {
        const QByteArray name = walk.takeName();
        const LayoutNode* child = name == ".." ? nullptr : node->child(name);
        if (name == "..") {
            walk.goUp();
            node = &root;
        } else if (child != nullptr && child->kind == LayoutNode::Kind::Symlink) {
            node = walk.follow(child->linkTarget) ? &root : nullptr;
        } else {
            walk.enter(name);
            node = child;
        }
    }
    return node;
}

qint64 Layout::newBytes() const
{
    return newBytesBelow(root);
}

} // namespace Stowage
