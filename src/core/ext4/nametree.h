// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include <QByteArray>
#include <QByteArrayView>

#include <deque>
#include <memory>
#include <optional>
#include <vector>

namespace Stowage
{

/**
 * The names of a file system that is being made, each with its directory and its inode. Kept small: up to 27 bytes and
 * the name itself for each. Not thread-safe.
 */
class NameTree
{
public:
    /** A name; the top has the index 0, no name, and itself as its directory. */
    struct Node {
        quint32 parent = 0; ///< Index of the directory.
        quint32 inode = 0; ///< 0: the name was taken away.
        quint32 nameStart = 0; ///< Its place, counted through all pieces.
        quint8 nameLength = 0;
        quint8 type = 0; ///< As in a directory entry of ext4 (EXT2_FT_*).
    };

    static constexpr quint32 Top = 0;

    NameTree(quint32 topInode, quint8 topType);

    /** The index of @p name in the directory with the index @p parent; none where it is not there. */
    [[nodiscard]] std::optional<quint32> find(quint32 parent, QByteArrayView name) const;
    /** Adds a name of 1 to 255 bytes that is not there yet; returns its index. */
    quint32 add(quint32 parent, QByteArrayView name, quint32 inode, quint8 type);
    void set(quint32 index, quint32 inode, quint8 type);

    [[nodiscard]] const Node& at(quint32 index) const { return m_nodes[index]; }
    [[nodiscard]] quint32 size() const { return static_cast<quint32>(m_nodes.size()); }
    [[nodiscard]] QByteArrayView name(quint32 index) const;
    /** The name with those of the directories above it: "etc/passwd"; empty for the top. */
    [[nodiscard]] QByteArray path(quint32 index) const;

    /** The names of every directory, gathered: those of the directory i are list[first[i]] up to list[first[i + 1]]. */
    struct Children {
        std::vector<quint32> first;
        std::vector<quint32> list; ///< In the order in which they came.
    };
    [[nodiscard]] Children children() const;
    /** Gives up what find() and add() need, which are not called any more. */
    void forgetIndex() { m_slots = {}; }

private:
    [[nodiscard]] size_t slotOf(quint32 parent, QByteArrayView name) const;
    void grow();

    static constexpr quint32 PieceBytes = 1 << 20;

    // In pieces: what grows by moving needs room for all of it twice.
    std::deque<Node> m_nodes;
    std::vector<std::unique_ptr<char[]>> m_names; // NOLINT(modernize-avoid-c-arrays)
    quint32 m_nameEnd = 0;
    std::vector<quint32> m_slots; ///< Open addressing: index + 1, 0 for a free slot; a power of two in size.
};

} // namespace Stowage
