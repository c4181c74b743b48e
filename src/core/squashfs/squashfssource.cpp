// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "squashfssource.h"

#include "core/disks/opendisk.h"
#include "core/squashfs/squashfsimage.h"
#include "core/support/safepath.h"

#include <QCoreApplication>
#include <QFile>
#include <QHash>
#include <QSet>

#include <sys/stat.h>

#include <algorithm>
#include <map>

namespace Stowage
{

namespace
{

struct Source {
    Q_DECLARE_TR_FUNCTIONS(SquashfsSource)
};

using Names = std::map<QByteArray, quint64>; ///< With the references of their inodes.

/** Reads one file system. */
class SquashfsReader
{
public:
    SquashfsReader(QString path, SquashfsImage image, EntrySink& sink, Progress& progress, const std::stop_token& stop)
        : m_path(std::move(path)),
          m_image(std::move(image)),
          m_sink(sink),
          m_progress(progress),
          m_stop(stop),
          m_namesLeft(m_image.mostNames())
    { }

    Result<void> run()
    {
        const auto top = m_image.inode(m_image.root());
        if (!top || !S_ISDIR(top->facts.mode)) {
            return damaged({});
        }
        return addDirectory({}, m_image.root(), *top).and_then([this] { return walk(); });
    }

private:
    /** A directory on the way down. */
    struct Frame {
        QByteArray path;
        Names names;
        Names::const_iterator next;
    };

    [[nodiscard]] std::unexpected<Error> damaged(const QByteArray& path) const
    {
        if (auto unread = m_image.readError()) {
            return std::unexpected(*std::move(unread));
        }
        return fail(
            Error::Code::InvalidInput,
            Source::tr("The squashfs file system in %1 is damaged at /%2.").arg(m_path, QFile::decodeName(path)),
            Source::tr("Copy or make it again."), Place::inFile(m_path));
    }

    Result<void> walk()
    {
        while (!m_frames.empty()) {
            if (m_stop.stop_requested()) {
                return cancelled();
            }
            Frame& frame = *m_frames.back();
            if (frame.next == frame.names.end()) {
                m_frames.pop_back();
                continue;
            }
            const auto& [name, reference] = *frame.next++;
            const QByteArray below = frame.path.isEmpty() ? name : frame.path + '/' + name;
            const auto path = entryPath(below);
            if (!path || name.isEmpty() || name == "." || name.contains('/')) {
                return damaged(below);
            }
            if (auto added = add(*path, reference); !added) {
                return added;
            }
        }
        return {};
    }

    Result<void> addDirectory(const QByteArray& path, quint64 reference, const SquashfsInode& inode)
    {
        constexpr size_t MostDepth = 10'000;
        auto frame = std::make_unique<Frame>();
        frame->path = path;
        bool good = m_frames.size() <= MostDepth && !m_directories.contains(reference);
        m_directories.insert(reference);
        good = good && m_image.forEachName(inode, [&](const QByteArray& name, quint64 child) {
            good = frame->names.emplace(name, child).second && --m_namesLeft >= 0;
            return good && !m_stop.stop_requested();
        }) && good;
        if (m_stop.stop_requested()) {
            return cancelled();
        }
        const auto attributes = good ? m_image.attributes(inode) : std::nullopt;
        if (!attributes) {
            return damaged(path);
        }
        frame->next = frame->names.begin();
        m_frames.push_back(std::move(frame));
        return m_sink.add({path, inode.facts, *attributes});
    }

    Result<void> add(const QByteArray& path, quint64 reference)
    {
        const auto inode = m_image.inode(reference);
        if (!inode) {
            return damaged(path);
        }
        if (S_ISDIR(inode->facts.mode)) {
            return addDirectory(path, reference, *inode);
        }
        if (inode->links > 1) {
            if (const auto first = m_linked.constFind(reference); first != m_linked.constEnd()) {
                return m_sink.addLink(path, *first);
            }
            m_linked.insert(reference, path);
        }
        const auto attributes = m_image.attributes(*inode);
        if (!attributes) {
            return damaged(path);
        }
        const FileEntry entry{path, inode->facts, *attributes, inode->target};
        return S_ISREG(inode->facts.mode) && inode->size > 0 ? addFile(entry, *inode) : m_sink.add(entry);
    }

    Result<void> addFile(FileEntry entry, const SquashfsInode& inode)
    {
        entry.size = inode.size;
        entry.ranges = rangesOf(inode);
        return m_sink.beginFile(entry).and_then([&] { return copy(entry.path, inode); }).and_then([this] {
            return m_sink.endFile();
        });
    }

    [[nodiscard]] QList<DataRange> rangesOf(const SquashfsInode& inode) const
    {
        QList<DataRange> ranges;
        qint64 bytes = 0;
        for (size_t part = 0; part < SquashfsImage::parts(inode); ++part) {
            const qint64 start = static_cast<qint64>(part) * m_image.blockSize();
            const qint64 size = SquashfsImage::isHole(inode, part) ? 0 : m_image.partSize(inode, part);
            bytes += size;
            if (size > 0 && !ranges.isEmpty() && ranges.last().start + ranges.last().size == start) {
                ranges.last().size += size;
            } else if (size > 0) {
                ranges.append({start, size});
            }
        }
        if (bytes == inode.size) {
            return {};
        }
        return ranges.isEmpty() ? QList<DataRange>{{inode.size, 0}} : ranges;
    }

    Result<void> copy(const QByteArray& path, const SquashfsInode& inode)
    {
        quint64 start = inode.start;
        for (size_t part = 0; part < SquashfsImage::parts(inode); ++part) {
            if (m_stop.stop_requested()) {
                return cancelled();
            }
            const qint64 bytes = m_image.partSize(inode, part);
            auto done = SquashfsImage::isHole(inode, part) ? m_sink.skip(bytes)
                : m_sink.wantsData()                       ? copyPart(path, inode, part, start)
                                                           : m_sink.reserve(bytes);
            if (!done) {
                return done;
            }
            start += SquashfsImage::storedBytes(inode, part);
        }
        return {};
    }

    Result<void> copyPart(const QByteArray& path, const SquashfsInode& inode, size_t part, quint64 start)
    {
        const auto bytes = static_cast<size_t>(m_image.partSize(inode, part));
        m_block.resize(std::max(m_block.size(), bytes));
        const std::span block = std::span(m_block).first(bytes);
        if (!m_image.readPart(inode, part, start, block)) {
            return damaged(path);
        }
        // In pieces for which the sink has room.
        for (size_t at = 0; at < bytes;) {
            const std::span<char> room = m_sink.room(static_cast<qint64>(bytes - at));
            const size_t length = std::min(room.size(), bytes - at);
            std::copy_n(block.begin() + static_cast<std::ptrdiff_t>(at), length, room.begin());
            if (auto written = m_sink.write(room.first(length)); !written) {
                return written;
            }
            at += length;
        }
        m_progress.advance(static_cast<qint64>(bytes));
        return {};
    }

    QString m_path;
    SquashfsImage m_image;
    EntrySink& m_sink;
    Progress& m_progress;
    const std::stop_token& m_stop;
    qint64 m_namesLeft; ///< For which the directories have room, however often they are told.
    std::vector<char> m_block;
    std::vector<std::unique_ptr<Frame>> m_frames;
    QSet<quint64> m_directories; ///< Seen: a directory has one name.
    QHash<quint64, QByteArray> m_linked; ///< First name of a file.
};

} // namespace

Result<void> SquashfsSource::feed(EntrySink& sink, Progress& progress, const std::stop_token& stop) const
{
    const auto disk = openDisk(m_slice, m_name, stop);
    if (!disk) {
        return std::unexpected(disk.error());
    }
    return SquashfsImage::open(*disk->reader, m_name).and_then([&](SquashfsImage image) {
        return SquashfsReader(m_name, std::move(image), sink, progress, stop).run();
    });
}

} // namespace Stowage
