// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "isotree.h"

#include "core/sources/bytes.h"
#include "core/support/safepath.h"
#include "core/support/units.h"

#include <archive.h>
#include <archive_entry.h>
#include <sys/stat.h>

#include <algorithm>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

constexpr qint64 Descriptor = 32 * KiB; ///< Byte where the volume is described.

struct FreeArchive {
    void operator()(archive* handle) const { archive_free(handle); }
};

} // namespace

std::optional<IsoVolume> findIsoVolume(const QByteArray& head)
{
    constexpr qsizetype Label = Descriptor + 40;
    constexpr qsizetype Blocks = Descriptor + 80;
    constexpr qsizetype BlockSize = Descriptor + 128;
    constexpr qsizetype Created = Descriptor + 813;
    constexpr qsizetype TimeDigits = 16;
    if (!hasMagic(head, Descriptor, "\1CD001") || head.size() < Created + TimeDigits) {
        return {};
    }
    IsoVolume volume;
    volume.label = QString::fromUtf8(head.sliced(Label, 32)).trimmed();
    volume.label.removeIf([](QChar c) { return !c.isPrint(); });
    volume.size = qint64{littleEndianAt<quint32>(head, Blocks)} * littleEndianAt<quint16>(head, BlockSize);
    const QByteArray time = head.sliced(Created, TimeDigits);
    if (std::ranges::all_of(time, [](char c) { return c >= '0' && c <= '9'; }) && time != QByteArray(TimeDigits, '0')) {
        volume.uuid = QString::fromLatin1(time.first(4));
        for (qsizetype at = 4; at < TimeDigits; at += 2) {
            volume.uuid += u'-' + QString::fromLatin1(time.sliced(at, 2));
        }
    }
    return volume;
}

/** Goes through the CD once, from its first entry to its last. */
class IsoTree::Reader
{
public:
    explicit Reader(DiskReader& disk)
        : m_disk(disk),
          m_buffer(static_cast<size_t>(BufferSize)),
          m_archive(archive_read_new())
    {
        archive* const handle = m_archive.get();
        archive_read_support_format_iso9660(handle);
        archive_read_set_format_option(handle, nullptr, "hdrcharset", "BINARY");
        archive_read_set_callback_data(handle, this);
        archive_read_set_read_callback(handle, readMore);
        archive_read_set_seek_callback(handle, seek);
        archive_read_set_skip_callback(handle, skip);
        m_good = archive_read_open1(handle) == ARCHIVE_OK;
    }

    /** The next entry; null at the end, also where the rest is damaged. */
    archive_entry* next()
    {
        archive_entry* entry = nullptr;
        const int status = m_good ? archive_read_next_header(m_archive.get(), &entry) : ARCHIVE_FATAL;
        m_position = 0;
        m_block = {};
        m_path = status == ARCHIVE_OK || status == ARCHIVE_WARN ? pathOf(entry) : QByteArray();
        return status == ARCHIVE_OK || status == ARCHIVE_WARN ? entry : nullptr;
    }

    static QByteArray pathOf(archive_entry* entry)
    {
        const char* path = archive_entry_pathname(entry);
        return path != nullptr ? QByteArray(path) : QByteArray(archive_entry_pathname_utf8(entry));
    }

    /** Whether it can go on to byte @p offset of the file @p path. */
    [[nodiscard]] bool standsBefore(const QByteArray& path, qint64 offset) const
    {
        return !m_path.isEmpty() && m_path == path && offset >= m_position;
    }

    /** The bytes of the file it stands in from @p offset on, which is not before what was read of it; fewer: damaged. */
    QByteArray read(qint64 offset, qint64 length)
    {
        QByteArray bytes;
        while (bytes.size() < length) {
            const qint64 end = m_blockStart + static_cast<qint64>(m_block.size());
            const qint64 wanted = offset + bytes.size();
            if (wanted >= end && !nextBlock()) {
                // What is no longer there is a hole at the end.
                break;
            }
            if (wanted < m_blockStart) {
                bytes += QByteArray(std::min(m_blockStart - wanted, length - bytes.size()), '\0');
            } else if (wanted < m_blockStart + static_cast<qint64>(m_block.size())) {
                const auto part = m_block.subspan(static_cast<size_t>(wanted - m_blockStart));
                bytes.append(part.data(), std::min(static_cast<qint64>(part.size()), length - bytes.size()));
            }
        }
        m_position = offset + bytes.size();
        return bytes;
    }

    [[nodiscard]] std::optional<Error> error() const { return m_error; }

private:
    static constexpr qint64 BufferSize = 64 * KiB;

    bool nextBlock()
    {
        const void* bytes = nullptr;
        size_t size = 0;
        la_int64_t start = 0;
        const int status = archive_read_data_block(m_archive.get(), &bytes, &size, &start);
        if (status != ARCHIVE_OK && status != ARCHIVE_WARN) {
            return false;
        }
        m_block = {static_cast<const char*>(bytes), size};
        m_blockStart = start;
        return true;
    }

    static la_ssize_t readMore(archive*, void* data, const void** bytes)
    {
        auto* self = static_cast<Reader*>(data);
        const qint64 size = std::clamp<qint64>(self->m_disk.size() - self->m_place, 0, BufferSize);
        auto read = self->m_disk.read(self->m_place, std::span(self->m_buffer).first(static_cast<size_t>(size)));
        if (!read) {
            self->m_error = std::move(read.error());
            return -1;
        }
        self->m_place += size;
        *bytes = self->m_buffer.data();
        return size;
    }

    static la_int64_t seek(archive*, void* data, la_int64_t offset, int whence)
    {
        auto* self = static_cast<Reader*>(data);
        const qint64 base = whence == SEEK_CUR ? self->m_place : whence == SEEK_END ? self->m_disk.size() : 0;
        self->m_place = std::clamp<qint64>(base + offset, 0, self->m_disk.size());
        return self->m_place;
    }

    static la_int64_t skip(archive*, void* data, la_int64_t bytes)
    {
        auto* self = static_cast<Reader*>(data);
        const qint64 skipped = std::clamp<qint64>(bytes, 0, self->m_disk.size() - self->m_place);
        self->m_place += skipped;
        return skipped;
    }

    DiskReader& m_disk;
    qint64 m_place = 0; ///< Byte of the disk that is next.
    std::vector<char> m_buffer;
    std::optional<Error> m_error;
    std::unique_ptr<archive, FreeArchive> m_archive;
    bool m_good = false;
    QByteArray m_path; ///< Of the entry where it stands.
    qint64 m_position = 0; ///< Byte of that file that may be read next.
    std::span<const char> m_block; ///< Of that file, the library's.
    qint64 m_blockStart = 0;
};

IsoTree::IsoTree(DiskReader& disk, const QString& name) : NodeTree(name), m_disk(disk)
{
    m_entries.push_back({{}, {Type::Directory, 0, S_IFDIR | 0755}});
}

IsoTree::~IsoTree() = default;

Result<std::unique_ptr<IsoTree>> IsoTree::open(DiskReader& disk, const QString& name)
{
    constexpr int MostEntries = 200'000;
    constexpr qsizetype LongestPath = 4096;
    QHash<QByteArray, qint64> sizes;
    std::unique_ptr<IsoTree> tree(new IsoTree(disk, name));
    Reader reader(disk);
    for (int count = 0; count < MostEntries; ++count) {
        archive_entry* entry = reader.next();
        if (entry == nullptr) {
            break;
        }
        const auto mode = static_cast<quint16>(archive_entry_mode(entry));
        const QByteArray raw = Reader::pathOf(entry);
        const char* link = archive_entry_hardlink(entry);
        const Type type = S_ISREG(mode) ? Type::File : S_ISDIR(mode) ? Type::Directory : Type::Other;
        Entry added{link != nullptr ? QByteArray(link) : raw, {type, 0, mode}};
        // Of a further name of a file, libarchive tells no size.
        added.found.size = type != Type::File ? 0
            : link != nullptr                 ? sizes.value(added.path)
                                              : archive_entry_size(entry);
        if (S_ISLNK(mode)) {
            added.target = archive_entry_symlink(entry);
        }
        const auto path = entryPath(raw);
        if (path && !path->isEmpty() && path->size() <= LongestPath && added.found.size >= 0) {
            sizes.insert(added.path, added.found.size);
            tree->add(*path, std::move(added));
        }
    }
    if (const auto error = reader.error()) {
        return std::unexpected(*error);
    }
    return tree;
}

void IsoTree::add(const QByteArray& path, Entry entry)
{
    const qsizetype slash = path.lastIndexOf('/');
    const quint32 above = directory(path.first(std::max<qsizetype>(slash, 0)));
    const QByteArray name = path.sliced(slash + 1);
    const auto known = m_entries[above].children.constFind(name);
    if (known != m_entries[above].children.constEnd()) {
        if (entry.found.type == Type::Directory) {
            m_entries[*known].found.mode = entry.found.mode;
        }
        return;
    }
    m_entries[above].children.insert(name, static_cast<quint32>(m_entries.size()));
    m_entries.push_back(std::move(entry));
}

quint32 IsoTree::directory(const QByteArray& path)
{
    quint32 at = 0;
    for (const QByteArray& part : path.split('/')) {
        if (part.isEmpty()) {
            continue;
        }
        const auto known = m_entries[at].children.constFind(part);
        if (known != m_entries[at].children.constEnd()) {
            at = *known;
            continue;
        }
        const auto number = static_cast<quint32>(m_entries.size());
        m_entries[at].children.insert(part, number);
        m_entries.push_back({{}, {Type::Directory, 0, S_IFDIR | 0755}});
        at = number;
    }
    return at;
}

std::optional<NodeTree::Node> IsoTree::root() const
{
    return Node{0, m_entries.front().found, false};
}

std::optional<NodeTree::Node> IsoTree::child(const Node& directory, const QByteArray& name) const
{
    const auto& children = m_entries[directory.id].children;
    const auto found = children.constFind(name);
    if (found == children.constEnd()) {
        return {};
    }
    const Entry& entry = m_entries[*found];
    return Node{*found, entry.found, S_ISLNK(entry.found.mode)};
}

QByteArrayList IsoTree::children(const Node& directory) const
{
    return m_entries[directory.id].children.keys();
}

QByteArray IsoTree::target(const Node& link) const
{
    return m_entries[link.id].target;
}

Result<QByteArray> IsoTree::content(const Node& file, qint64 offset, qint64 length) const
{
    const QByteArray& path = m_entries[file.id].path;
    if (!m_reader || !m_reader->standsBefore(path, offset)) {
        m_reader = std::make_unique<Reader>(m_disk);
        while (m_reader->next() != nullptr && !m_reader->standsBefore(path, offset)) {
        }
    }
    if (!m_reader->standsBefore(path, offset)) {
        return m_reader->error() ? std::unexpected(*m_reader->error()) : damaged();
    }
    QByteArray bytes = m_reader->read(offset, length);
    if (bytes.size() < length) {
        return m_reader->error() ? std::unexpected(*m_reader->error()) : damaged();
    }
    return bytes;
}

} // namespace Stowage
