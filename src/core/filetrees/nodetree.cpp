// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "nodetree.h"

#include <QCoreApplication>
#include <QFile>

#include <algorithm>
#include <vector>

namespace Stowage
{

namespace
{

struct Tree {
    Q_DECLARE_TR_FUNCTIONS(FileTree)
};

/** The parts of @p path, the first one last. */
QByteArrayList reversedParts(const QByteArray& path)
{
    QByteArrayList parts = path.split('/');
    std::ranges::reverse(parts);
    return parts;
}

} // namespace

std::unexpected<Error> NodeTree::damaged() const
{
    return fail(Error::Code::InvalidInput, Tree::tr("The file system in %1 is damaged.").arg(m_name),
                Tree::tr("Copy or make it again."), Place::inFile(m_name));
}

std::optional<NodeTree::Node> NodeTree::resolve(const QByteArray& path, bool lastLink) const
{
    constexpr int MostLinks = 40; // as the kernel
    constexpr size_t MostDepth = 4096;
    const auto top = root();
    if (!top) {
        return {};
    }
    std::vector<Node> way{*top};
    QByteArrayList parts = reversedParts(path);
    for (int links = 0; !parts.isEmpty();) {
        const QByteArray part = parts.takeLast();
        if (part == "..") {
            way.resize(std::max<size_t>(way.size() - 1, 1));
            continue;
        }
        if (part.isEmpty() || part == ".") {
            continue;
        }
        const auto next = way.back().found.type == Type::Directory ? child(way.back(), part) : std::nullopt;
        if (!next || way.size() > MostDepth) {
            return {};
        }
        if (!next->isLink || (parts.isEmpty() && !lastLink)) {
            way.push_back(*next);
            continue;
        }
        const QByteArray to = target(*next);
        if (to.isEmpty() || ++links > MostLinks) {
            return {};
        }
        if (to.startsWith('/')) {
            way.resize(1);
        }
        parts += reversedParts(to);
    }
    return way.back();
}

std::optional<FileTree::Found> NodeTree::find(const QByteArray& path) const
{
    return resolve(path, true).transform([](const Node& node) { return node.found; });
}

std::optional<QByteArray> NodeTree::linkTarget(const QByteArray& path) const
{
    const auto node = resolve(path, false);
    const QByteArray to = node && node->isLink ? target(*node) : QByteArray();
    return to.isEmpty() ? std::nullopt : std::optional(to);
}

QByteArrayList NodeTree::names(const QByteArray& directory) const
{
    const auto node = resolve(directory, true);
    QByteArrayList found = node && node->found.type == Type::Directory ? children(*node) : QByteArrayList();
    found.removeIf([](const QByteArray& one) {
        return one.isEmpty() || one == "." || one == ".." || one.contains('/') || one.contains('\0');
    });
    std::ranges::sort(found);
    const auto repeated = std::ranges::unique(found);
    found.erase(repeated.begin(), repeated.end());
    return found.first(std::min(found.size(), MostNames));
}

Result<QByteArray> NodeTree::read(const QByteArray& path, qint64 offset, qint64 length) const
{
    const auto node = resolve(path, true);
    if (!node || node->found.type != Type::File) {
        return fail(Error::Code::NotFound, Tree::tr("%1 has no file /%2.").arg(m_name, QFile::decodeName(path)), {},
                    Place::inFile(m_name));
    }
    const qint64 bytes = offset < 0 ? 0 : std::min(length, node->found.size - offset);
    return bytes > 0 ? content(*node, offset, bytes) : QByteArray();
}

} // namespace Stowage
