// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/layout/hostsource.h"
#include "layout.h"

#include <QFile>

#include <sys/stat.h>

#include <map>

namespace Stowage
{

namespace
{

/** Collects the names of a host, in any order, as nodes of a layout. */
class HostLister : public EntrySink
{
public:
    explicit HostLister(QString path) : m_path(std::move(path)) { m_top.node = directory({}); }

    [[nodiscard]] bool wantsData() const override { return false; }

    Result<void> add(const FileEntry& entry) override
    {
        put(entry.path, nodeOf(entry));
        return {};
    }

    Result<void> addLink(const QByteArray& path, const QByteArray& existing) override
    {
        const Entry* first = find(existing);
        if (first != nullptr) {
            LayoutNode node = first->node;
            node.origin = originOf(path);
            put(path, node);
        }
        return {};
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
    Result<void> endFile() override
    {
        put(m_filePath, m_node);
        return {};
    }

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

    void put(const QByteArray& path, LayoutNode node)
    {
        Entry* place = &m_top;
        if (!path.isEmpty()) {
            for (const QByteArray& part : path.split('/')) {
                const auto [child, added] = place->children.try_emplace(part);
                if (added) {
                    child->second.node = directory(part);
                }
                place = &child->second;
            }
        }
        node.name = place->node.name;
        place->node = std::move(node);
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

Result<LayoutNode> readHostTree(const QString& path, const std::stop_token& stop)
{
    HostLister lister(path);
    Progress ignored;
    return openHost(path, stop)
        .and_then([&](const HostSource& host) { return host.feed(lister, ignored, stop); })
        .transform([&lister] { return lister.take(); });
}

} // namespace Stowage
