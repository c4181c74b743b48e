// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "squashfstree.h"

#include <sys/stat.h>

#include <algorithm>

namespace Stowage
{

std::optional<NodeTree::Node> SquashfsTree::node(quint64 reference) const
{
    const auto inode = m_image.inode(reference);
    if (!inode) {
        return {};
    }
    const quint16 mode = inode->facts.mode;
    const Type type = S_ISREG(mode) ? Type::File : S_ISDIR(mode) ? Type::Directory : Type::Other;
    return Node{reference, {type, type == Type::File ? inode->size : 0, mode}, S_ISLNK(mode)};
}

std::optional<NodeTree::Node> SquashfsTree::child(const Node& directory, const QByteArray& name) const
{
    std::optional<quint64> found;
    const auto inode = m_image.inode(directory.id);
    const bool sane = inode && m_image.forEachName(*inode, [&](const QByteArray& one, quint64 reference) {
        found = one == name ? std::optional(reference) : std::nullopt;
        return !found;
    });
    return sane && found ? node(*found) : std::nullopt;
}

QByteArrayList SquashfsTree::children(const Node& directory) const
{
    QByteArrayList names;
    const auto add = [&names](const QByteArray& name, quint64) {
        names.append(name);
        return names.size() <= MostNames;
    };
    const auto inode = m_image.inode(directory.id);
    return inode && m_image.forEachName(*inode, add) ? names : QByteArrayList();
}

QByteArray SquashfsTree::target(const Node& link) const
{
    return m_image.inode(link.id)
        .transform([](const SquashfsInode& inode) { return inode.target; })
        .value_or(QByteArray());
}

Result<QByteArray> SquashfsTree::content(const Node& file, qint64 offset, qint64 length) const
{
    const auto inode = m_image.inode(file.id);
    if (!inode) {
        return damaged();
    }
    QByteArray bytes(length, '\0');
    QByteArray block;
    quint64 start = inode->start;
    for (size_t part = 0; part < SquashfsImage::parts(*inode); ++part) {
        const qint64 from = static_cast<qint64>(part) * m_image.blockSize();
        const qint64 end = from + m_image.partSize(*inode, part);
        if (from >= offset + length) {
            break;
        }
        if (end > offset && !SquashfsImage::isHole(*inode, part)) {
            block.resize(end - from);
            if (!m_image.readPart(*inode, part, start, {block.data(), static_cast<size_t>(block.size())})) {
                const auto unread = m_image.readError();
                return unread ? std::unexpected(*unread) : damaged();
            }
            const qint64 first = std::max(from, offset);
            const qint64 last = std::min(end, offset + length);
            std::copy_n(block.constBegin() + (first - from), last - first, bytes.begin() + (first - offset));
        }
        start += SquashfsImage::storedBytes(*inode, part);
    }
    return bytes;
}

} // namespace Stowage
