// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "nametree.h"

#include <QHashFunctions>

#include <cstring>
#include <utility>

namespace Stowage
{

NameTree::NameTree(quint32 topInode, quint8 topType) : m_slots(1024)
{
    m_nodes.push_back({.parent = Top, .inode = topInode, .nameStart = 0, .nameLength = 0, .type = topType});
}

QByteArrayView NameTree::name(quint32 index) const
{
    const Node& node = m_nodes[index];
    return node.nameLength == 0
        ? QByteArrayView()
        : QByteArrayView(m_names[node.nameStart / PieceBytes].get() + node.nameStart % PieceBytes, node.nameLength);
}

QByteArray NameTree::path(quint32 index) const
{
    QByteArray path = name(index).toByteArray();
    while (index != Top && m_nodes[index].parent != Top) {
        index = m_nodes[index].parent;
        path = name(index).toByteArray() + '/' + path;
    }
    return path;
}

/** The slot that has the name, or the free one where it belongs. */
size_t NameTree::slotOf(quint32 parent, QByteArrayView name) const
{
    const size_t mask = m_slots.size() - 1;
    size_t slot = qHashBits(name.data(), static_cast<size_t>(name.size()), parent) & mask;
    while (m_slots[slot] != 0) {
        const quint32 index = m_slots[slot] - 1;
        if (m_nodes[index].parent == parent && this->name(index) == name) {
            break;
        }
        slot = (slot + 1) & mask;
    }
    return slot;
}

std::optional<quint32> NameTree::find(quint32 parent, QByteArrayView name) const
{
    const quint32 found = m_slots[slotOf(parent, name)];
    return found == 0 ? std::nullopt : std::optional(found - 1);
}

quint32 NameTree::add(quint32 parent, QByteArrayView name, quint32 inode, quint8 type)
{
    if (m_nodes.size() * 4 > m_slots.size() * 3) {
        grow();
    }
    const auto index = static_cast<quint32>(m_nodes.size());
    const size_t slot = slotOf(parent, name);
    const auto length = static_cast<quint32>(name.size());
    if (PieceBytes - m_nameEnd % PieceBytes < length || m_nameEnd % PieceBytes == 0) {
        m_nameEnd = static_cast<quint32>(m_names.size()) * PieceBytes;
        m_names.push_back(std::make_unique_for_overwrite<char[]>(PieceBytes)); // NOLINT(modernize-avoid-c-arrays)
    }
    std::memcpy(m_names.back().get() + m_nameEnd % PieceBytes, name.data(), length);
    m_nodes.push_back({.parent = parent,
                       .inode = inode,
                       .nameStart = std::exchange(m_nameEnd, m_nameEnd + length),
                       .nameLength = static_cast<quint8>(name.size()),
                       .type = type});
    m_slots[slot] = index + 1;
    return index;
}

void NameTree::set(quint32 index, quint32 inode, quint8 type)
{
    m_nodes[index].inode = inode;
    m_nodes[index].type = type;
}

void NameTree::grow()
{
    const size_t size = m_slots.size() * 2;
    m_slots = {}; // before there are twice as many
    m_slots.assign(size, 0);
    for (quint32 index = 1; index < m_nodes.size(); ++index) {
        m_slots[slotOf(m_nodes[index].parent, name(index))] = index + 1;
    }
}

NameTree::Children NameTree::children() const
{
    // Counted one place further on than they begin: filling the list moves each to its own.
    Children children;
    children.first.assign(m_nodes.size() + 2, 0);
    for (quint32 index = 1; index < m_nodes.size(); ++index) {
        if (m_nodes[index].inode != 0) {
            ++children.first[m_nodes[index].parent + 2];
        }
    }
    for (size_t i = 1; i < children.first.size(); ++i) {
        children.first[i] += children.first[i - 1];
    }
    children.list.resize(children.first.back());
    for (quint32 index = 1; index < m_nodes.size(); ++index) {
        if (m_nodes[index].inode != 0) {
            children.list[children.first[m_nodes[index].parent + 1]++] = index;
        }
    }
    return children;
}

} // namespace Stowage
