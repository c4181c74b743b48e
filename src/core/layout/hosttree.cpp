// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/layout/hostsource.h"
#include "layout.h"

#include <QCoreApplication>
#include <QFile>

#include <sys/stat.h>

#include <map>

namespace Stowage
{

namespace
{

struct HostTree {
    Q_DECLARE_TR_FUNCTIONS(HostTree)
};

constexpr qsizetype MostParts = 1000; // of a path; trees are walked with a call for each

/**
 * Collects the names of a host, in any order, as nodes of a layout. What comes out is a tree: nothing lies below
 * anything but a directory, so that no name of an archive or an image leads through a symbolic link to elsewhere.
 */
class HostLister : public EntrySink
{
public:
    explicit HostLister(QString path) : m_path(std::move(path)) { m_top.node = directory({}); }

    [[nodiscard]] bool wantsData() const override { return false; }

    Result<void> add(const FileEntry& entry) override { return put(entry.path, nodeOf(entry)); }

    Result<void> addLink(const QByteArray& path, const QByteArray& existing) override
    {
        const Entry* first = find(existing);
        if (first == nullptr || first->node.kind == LayoutNode::Kind::Directory) {
            return refuse(
                HostTree::tr("%1 is a hard link to %2, which is no file there.").arg(shown(path), shown(existing)));
        }
        LayoutNode node = first->node;
        node.origin = originOf(path);
        return put(path, node);
    }

    Result<void> beginFile(const FileEntry& entry) override
    {
        m_node = nodeOf(entry);
        m_filePath = entry.path;
        return {};
    }
    Result<void> write(std::span<const char> bytes) override { return reserve(static_cast<qint64>(bytes.size())); }
    Result<void> skip(qint64 bytes) override { return reserve(bytes); }
    Result<void> reserve(qint64 bytes) override
    {
        m_node.size += bytes;
        return {};
    }
    Result<void> endFile() override { return put(m_filePath, m_node); }

    /** The whole tree, every directory's nodes sorted. */
    [[nodiscard]] LayoutNode take() { return treeOf(m_top); }

private:
    struct Entry {
        LayoutNode node; ///< Without children.
        std::map<QByteArray, Entry> children;
    };

    static LayoutNode directory(const QByteArray& name)
    {
        LayoutNode node;
        node.name = name;
        node.state = LayoutNode::State::Kept;
        return node;
    }

    [[nodiscard]] ContentOrigin originOf(const QByteArray& path) const
    {
        return FromSource{m_path + u'/' + QFile::decodeName(path)};
    }

    [[nodiscard]] LayoutNode nodeOf(const FileEntry& entry) const
    {
        LayoutNode node = directory({});
        node.mode = entry.facts.mode & 07777U;
        node.uid = entry.facts.uid;
        node.gid = entry.facts.gid;
        node.linkTarget = entry.linkTarget;
        if (S_ISREG(entry.facts.mode)) {
            node.kind = LayoutNode::Kind::File;
        } else if (S_ISLNK(entry.facts.mode)) {
            node.kind = LayoutNode::Kind::Symlink;
        } else if (!S_ISDIR(entry.facts.mode)) {
            node.kind = LayoutNode::Kind::Other;
        }
        if (node.kind == LayoutNode::Kind::File || node.kind == LayoutNode::Kind::Other) {
            node.origin = originOf(entry.path);
        }
        return node;
    }

    Result<void> put(const QByteArray& path, LayoutNode node)
    {
        const QByteArrayList parts = path.isEmpty() ? QByteArrayList() : path.split('/');
        if (parts.size() > MostParts) {
            return refuse(HostTree::tr("A path in it has %1 parts: %2…").arg(parts.size()).arg(shown(path.first(60))));
        }
        Entry* place = &m_top;
        for (const QByteArray& part : parts) {
            if (place->node.kind != LayoutNode::Kind::Directory) {
                return refuse(HostTree::tr("%1 lies below %2, which is no directory.")
                                  .arg(shown(path), QFile::decodeName(place->node.name)));
            }
            const auto [child, added] = place->children.try_emplace(part);
            if (added) {
                child->second.node = directory(part);
            }
            place = &child->second;
        }
        if (node.kind != LayoutNode::Kind::Directory && (parts.isEmpty() || !place->children.empty())) {
            return refuse(HostTree::tr("%1 comes twice: with files below it, and as no directory.").arg(shown(path)));
        }
        node.name = place->node.name;
        place->node = std::move(node);
        return {};
    }

    static QString shown(const QByteArray& path) { return u'/' + QFile::decodeName(path); }

    [[nodiscard]] std::unexpected<Error> refuse(const QString& why) const
    {
        return fail(Error::Code::InvalidInput, HostTree::tr("The host %1 is no tree of files. %2").arg(m_path, why),
                    HostTree::tr("Make it anew from the directory that it was made of."), Place::inFile(m_path));
    }

    [[nodiscard]] const Entry* find(const QByteArray& path) const
    {
        const Entry* place = &m_top;
        for (const QByteArray& part : path.split('/')) {
            const auto child = place->children.find(part);
            if (child == place->children.end()) {
                return nullptr;
            }
            place = &child->second;
        }
        return place;
    }

    static LayoutNode treeOf(Entry& entry)
    {
        LayoutNode node = std::move(entry.node);
        node.children.reserve(static_cast<qsizetype>(entry.children.size()));
        for (auto& [name, child] : entry.children) {
            node.children.append(treeOf(child));
        }
        return node;
    }

    QString m_path;
    Entry m_top;
    LayoutNode m_node; ///< Of the file that is being counted.
    QByteArray m_filePath;
};

} // namespace

Result<LayoutNode> readHostTree(const HostSource& host, const std::stop_token& stop)
{
    HostLister lister(host.path);
    Progress ignored;
    return host.feed(lister, ignored, stop).transform([&lister] { return lister.take(); });
}

Result<LayoutNode> readHostTree(const QString& path, const std::stop_token& stop)
{
    return openHost(path, stop).and_then([&](const HostSource& host) { return readHostTree(host, stop); });
}

} // namespace Stowage
