// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/support/directoryentries.h"
#include "core/support/uniquefd.h"
#include "layout.h"

#include <QCoreApplication>
#include <QFile>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>

namespace Stowage
{

namespace
{

/** Reads a host tree without following links. */
class HostReader
{
public:
    HostReader(QByteArray top, const std::stop_token& stop) : m_top(std::move(top)), m_stop(stop) { }

    Result<LayoutNode> read()
    {
        struct stat facts{};
        if (stat(m_top.constData(), &facts) != 0) {
            return systemError(errno, QCoreApplication::translate("HostTree", "read"), QFile::decodeName(m_top));
        }
        m_builder = facts.st_uid;
        LayoutNode root = makeNode({}, facts);
        const UniqueFd directory(::open(m_top.constData(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        if (auto done = readChildren(directory, m_top, root, 0); !done) {
            return std::unexpected(done.error());
        }
        return root;
    }

private:
    LayoutNode makeNode(const QByteArray& name, const struct stat& facts) const
    {
        LayoutNode node;
        node.name = name;
        node.state = LayoutNode::State::Kept;
        node.mode = facts.st_mode & 07777U;
        // A plain directory belongs to the user who made it; on the target that is root.
        const bool plain = m_builder != 0 && facts.st_uid == m_builder;
        node.uid = plain ? 0 : facts.st_uid;
        node.gid = plain ? 0 : facts.st_gid;
        if (S_ISDIR(facts.st_mode)) {
            node.kind = LayoutNode::Kind::Directory;
        } else if (S_ISREG(facts.st_mode)) {
            node.kind = LayoutNode::Kind::File;
            node.size = facts.st_size;
        } else if (S_ISLNK(facts.st_mode)) {
            node.kind = LayoutNode::Kind::Symlink;
        } else {
            node.kind = LayoutNode::Kind::Other;
        }
        return node;
    }

    Result<void> readChildren(const UniqueFd& directory, const QByteArray& path, LayoutNode& node, int depth)
    {
        constexpr int MostDepth = 1000;
        const auto names = directory.isValid() && depth <= MostDepth ? directoryEntries(directory.get()) : std::nullopt;
        if (!names) {
            return systemError(depth > MostDepth ? ELOOP : errno,
                               QCoreApplication::translate("HostTree", "read the directory"), QFile::decodeName(path));
        }
        for (const QByteArray& name : *names) {
            if (m_stop.stop_requested()) {
                return cancelled();
            }
            if (auto done = readEntry(directory.get(), path + '/' + name, name, node, depth); !done) {
                return done;
            }
        }
        std::ranges::sort(node.children, {}, &LayoutNode::name);
        return {};
    }

    Result<void> readEntry(int parent, const QByteArray& path, const QByteArray& name, LayoutNode& node, int depth)
    {
        struct stat facts{};
        if (fstatat(parent, name.constData(), &facts, AT_SYMLINK_NOFOLLOW) != 0) {
            return systemError(errno, QCoreApplication::translate("HostTree", "read"), QFile::decodeName(path));
        }
        LayoutNode child = makeNode(name, facts);
        if (child.kind == LayoutNode::Kind::File || child.kind == LayoutNode::Kind::Other) {
            child.origin = FromSource{QFile::decodeName(path)};
        } else if (child.kind == LayoutNode::Kind::Symlink) {
            std::array<char, PATH_MAX> target{};
            const ssize_t length = readlinkat(parent, name.constData(), target.data(), target.size());
            if (length < 0) {
                return systemError(errno, QCoreApplication::translate("HostTree", "read"), QFile::decodeName(path));
            }
            child.linkTarget = QByteArray(target.data(), length);
        } else {
            const UniqueFd directory(
                ::openat(parent, name.constData(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
            if (auto done = readChildren(directory, path, child, depth + 1); !done) {
                return done;
            }
        }
        node.children.append(std::move(child));
        return {};
    }

    QByteArray m_top;
    const std::stop_token& m_stop;
    uid_t m_builder = 0;
};

} // namespace

Result<LayoutNode> readHostTree(const QString& path, const std::stop_token& stop)
{
    return HostReader(QFile::encodeName(path), stop).read();
}

} // namespace Stowage
