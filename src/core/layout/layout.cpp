// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "layout.h"

#include "core/support/units.h"

#include <QTextStream>

#include <algorithm>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

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
        return "conflict"_L1;
    }
    return {};
}

void dumpNode(QTextStream& out, const LayoutNode& node, int depth)
{
    out << QString(depth * 2, QLatin1Char(' ')) << (node.name.isEmpty() ? u"/"_s : QString::fromUtf8(node.name));
    switch (node.kind) {
    case LayoutNode::Kind::Directory:
        out << (node.name.isEmpty() ? "" : "/");
        break;
    case LayoutNode::Kind::Symlink:
        out << " -> " << QString::fromUtf8(node.linkTarget);
        break;
    case LayoutNode::Kind::File:
        out << "  " << (node.sizeIsEstimate ? "~" : "") << node.size;
        break;
    case LayoutNode::Kind::Other:
        out << "  (special)";
        break;
    }
    out << "  " << QString::number(node.mode, 8).rightJustified(4, QLatin1Char('0')) << ' ' << node.uid << ':'
        << node.gid << ' ' << stateName(node.state);
    if (!node.guest.isEmpty()) {
        out << "  [" << node.guest << ']';
    }
    out << '\n';
    for (const LayoutNode& child : node.children) {
        dumpNode(out, child, depth + 1);
    }
}

qint64 newBytesBelow(const LayoutNode& node)
{
    qint64 bytes = node.kind == LayoutNode::Kind::File && node.state != LayoutNode::State::Kept ? node.size : 0;
    for (const LayoutNode& child : node.children) {
        bytes += newBytesBelow(child);
    }
    return bytes;
}

} // namespace

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

qint64 Layout::newBytes() const
{
    return newBytesBelow(root);
}

QString dumpLayout(const Layout& layout)
{
    QString text;
    QTextStream out(&text);
    dumpNode(out, layout.root, 0);
    return text;
}

} // namespace Stowage
