// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "layoutentries.h"

#include "core/entries/filedata.h"
#include "core/layout/hostsource.h"
#include "core/support/filestate.h"

#include <QCoreApplication>
#include <QFile>
#include <QSet>

#include <sys/stat.h>

#include <algorithm>

namespace Stowage
{

namespace
{

struct Entries {
    Q_DECLARE_TR_FUNCTIONS(LayoutEntries)
};

LayoutNode::Kind kindOf(quint16 mode)
{
    switch (mode & S_IFMT) {
    case S_IFDIR:
        return LayoutNode::Kind::Directory;
    case S_IFREG:
        return LayoutNode::Kind::File;
    case S_IFLNK:
        return LayoutNode::Kind::Symlink;
    default:
        return LayoutNode::Kind::Other;
    }
}

quint16 typeOf(LayoutNode::Kind kind)
{
    return kind == LayoutNode::Kind::Directory ? S_IFDIR : kind == LayoutNode::Kind::File ? S_IFREG : S_IFLNK;
}

/** Hands on what the layout keeps of the host. */
class KeptEntries : public EntrySink
{
public:
    KeptEntries(const LayoutNode& root, EntrySink& next) : m_root(root), m_next(next) { }

    /** Whether all came that the layout keeps; directories, which an archive need not name, aside. */
    [[nodiscard]] bool areAllThere() const { return m_seen.size() == countFiles(m_root); }

    [[nodiscard]] bool wantsData() const override { return m_next.wantsData(); }

    Result<void> add(const FileEntry& entry) override
    {
        note(entry.path);
        return isKept(entry.path, kindOf(entry.facts.mode)) ? m_next.add(entry) : drop(entry.path);
    }

    Result<void> addLink(const QByteArray& path, const QByteArray& existing) override
    {
        const LayoutNode* node = find(path);
        note(path);
        if (node == nullptr || !isKept(path, node->kind)) {
            return {};
        }
        if (m_dropped.contains(existing)) {
            return fail(Error::Code::Unsupported,
                        Entries::tr("In the host, /%1 and /%2 are one file, of which only one name would stay.")
                            .arg(QFile::decodeName(existing), QFile::decodeName(path)),
                        Entries::tr("Make two files of them, or rename the guest's file."));
        }
        // Through another name than the layout knows, the link could lead to any file.
        return isKept(existing, node->kind) ? m_next.addLink(path, existing) : Result<void>();
    }

    Result<void> beginFile(const FileEntry& entry) override
    {
        note(entry.path);
        m_dropping = !isKept(entry.path, LayoutNode::Kind::File);
        return m_dropping ? drop(entry.path) : m_next.beginFile(entry);
    }
    Result<void> write(std::span<const char> bytes) override
    {
        return m_dropping ? Result<void>() : m_next.write(bytes);
    }
    Result<void> skip(qint64 bytes) override { return m_dropping ? Result<void>() : m_next.skip(bytes); }
    Result<void> reserve(qint64 bytes) override { return m_dropping ? Result<void>() : m_next.reserve(bytes); }
    Result<void> endFile() override { return m_dropping ? Result<void>() : m_next.endFile(); }
    [[nodiscard]] bool clone(int fd) override { return m_dropping || m_next.clone(fd); }
    [[nodiscard]] std::span<char> room(qint64 bytes) override
    {
        return m_dropping ? EntrySink::room(bytes) : m_next.room(bytes);
    }

private:
    [[nodiscard]] const LayoutNode* find(const QByteArray& path) const
    {
        const LayoutNode* node = &m_root;
        for (const QByteArray& part : path.isEmpty() ? QByteArrayList() : path.split('/')) {
            const auto child = std::ranges::lower_bound(node->children, part, {}, &LayoutNode::name);
            if (child == node->children.end() || child->name != part) {
                return nullptr;
            }
            node = &*child;
        }
        return node;
    }

    [[nodiscard]] bool isKept(const QByteArray& path, LayoutNode::Kind kind) const
    {
        const LayoutNode* node = find(path);
        return node != nullptr && node->state == LayoutNode::State::Kept && node->kind == kind;
    }

    static bool isKeptFile(const LayoutNode& node)
    {
        return node.state == LayoutNode::State::Kept && node.kind != LayoutNode::Kind::Directory;
    }

    void note(const QByteArray& path)
    {
        if (const LayoutNode* node = find(path); node != nullptr && isKeptFile(*node)) {
            m_seen.insert(node);
        }
    }

    static qsizetype countFiles(const LayoutNode& node)
    {
        qsizetype count = isKeptFile(node) ? 1 : 0;
        for (const LayoutNode& child : node.children) {
            count += countFiles(child);
        }
        return count;
    }

    Result<void> drop(const QByteArray& path)
    {
        m_dropped.insert(path);
        return {};
    }

    const LayoutNode& m_root;
    EntrySink& m_next;
    bool m_dropping = false; ///< The file whose data come.
    QSet<QByteArray> m_dropped;
    QSet<const LayoutNode*> m_seen; ///< Kept ones.
};

/** Room for a disk of @p size bytes, @p data of them no zeros, that is made later. */
Result<void> reserveDisk(qint64 data, FileEntry& entry, qint64 size, EntrySink& sink)
{
    entry.size = size;
    return sink.beginFile(entry)
        .and_then([&] { return sink.reserve(data); })
        .and_then([&] { return sink.skip(std::max<qint64>(size - data, 0)); })
        .and_then([&sink] { return sink.endFile(); });
}

} // namespace

Result<void> feedHost(const Layout& layout, EntrySink& sink, Progress& progress, const std::stop_token& stop)
{
    if (layout.hostPath.isEmpty()) {
        return {};
    }
    KeptEntries kept(layout.root, sink);
    return openHost(layout.hostPath, stop)
        .and_then([&](const HostSource& host) { return host.feed(kept, progress, stop); })
        .and_then([&]() -> Result<void> {
            return kept.areAllThere() ? Result<void>() : FileState::changed(layout.hostPath);
        });
}

Result<void> feedNew(const LayoutContent& content, EntrySink& sink, Progress& progress, const std::stop_token& stop)
{
    return content.visit(stop, [&](const LayoutNode& node, const QByteArray& path) {
        const bool isNew = node.state != LayoutNode::State::Kept && !path.isEmpty();
        return isNew ? feedNode(content, node, path, sink, progress, stop) : Result<void>();
    });
}

Result<void> LayoutEntries::feed(EntrySink& sink, Progress& progress, const std::stop_token& stop) const
{
    return feedHost(m_content.layout(), sink, progress, stop).and_then([&] {
        return feedNew(m_content, sink, progress, stop);
    });
}

FileEntry entryOf(const LayoutContent& content, const LayoutNode& node, const QByteArray& path)
{
    FileEntry entry{.path = path.mid(1), .linkTarget = node.linkTarget};
    entry.facts.mode = static_cast<quint16>(typeOf(node.kind) | node.mode);
    entry.facts.uid = node.uid;
    entry.facts.gid = node.gid;
    entry.facts.seconds = content.timeStamp();
    return entry;
}

Result<void> feedNode(const LayoutContent& content, const LayoutNode& node, const QByteArray& path, EntrySink& sink,
                      Progress& progress, const std::stop_token& stop)
{
    FileEntry entry = entryOf(content, node, path);
    if (node.kind != LayoutNode::Kind::File) {
        return sink.add(entry);
    }
    if (const auto expected = content.expectedData(node)) {
        return reserveDisk(*expected, entry, node.size, sink);
    }
    if (const ImportStep* step = content.placedImport(node)) {
        return sink.wantsData()
            ? Result<void>()
            : plannedHandler(step->handler).dataBytes(step->request, stop).and_then([&](qint64 data) {
                  return reserveDisk(data, entry, node.size, sink);
              });
    }
    if (const auto* text = std::get_if<FromText>(&node.origin)) {
        const QByteArray& bytes = text->text;
        entry.size = bytes.size();
        progress.advance(bytes.size());
        return sink.beginFile(entry)
            .and_then([&] {
                return sink.wantsData() ? sink.write({bytes.constData(), static_cast<size_t>(bytes.size())})
                                        : sink.reserve(bytes.size());
            })
            .and_then([&sink] { return sink.endFile(); });
    }
    const auto source = content.open(node);
    const QString name = QFile::decodeName(content.sourcePath(node));
    struct stat status = {};
    if (!source || ::fstat(source->get(), &status) != 0) {
        return source ? systemError(errno, Entries::tr("read"), name) : std::unexpected(source.error());
    }
    entry.size = status.st_size;
    entry.ranges = FileData::rangesOf(source->get(), status, stop);
    return sink.beginFile(entry)
        .and_then([&] { return FileData(sink, progress, stop).feed(source->get(), status, name); })
        .and_then([&sink] { return sink.endFile(); });
}

} // namespace Stowage
