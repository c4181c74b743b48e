// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "fuzzinput.h"

#include "core/disks/convertdisk.h"
#include "core/disks/diskfile.h"
#include "core/support/safepath.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <vector>

namespace Stowage::Fuzz
{

namespace
{

constexpr qint64 Piece = 4096;

/** @p path as the names in NamedFiles are: without slashes at its ends, and no two in a row. */
QByteArray cleaned(const QByteArray& path)
{
    QByteArrayList parts = path.split('/');
    parts.removeIf([](const QByteArray& part) { return part.isEmpty() || part == "."; });
    return parts.join('/');
}

/** The header of a file in a tar archive. */
QByteArray tarHeader(const QByteArray& name, qsizetype size)
{
    QByteArray header(512, '\0');
    const auto put = [&header](qsizetype at, const QByteArray& text) { header.replace(at, text.size(), text); };
    put(0, name.first(std::min<qsizetype>(name.size(), 100)));
    put(100, "0000644");
    put(108, "0000000");
    put(116, "0000000");
    put(124, QByteArray::number(size, 8).rightJustified(11, '0'));
    put(136, "00000000000");
    put(148, QByteArray(8, ' '));
    put(156, "0");
    put(257, QByteArray("ustar\00000", 8));
    uint sum = 0;
    for (const char c : std::as_const(header)) {
        sum += static_cast<uchar>(c);
    }
    put(148, QByteArray::number(sum, 8).rightJustified(6, '0') + '\0');
    return header;
}

/** Takes a limited number of entries and bytes, and looks at each. */
class CheckingSink final : public EntrySink
{
public:
    Result<void> add(const FileEntry& entry) override
    {
        require(!m_isOpen, "no entry is inside a file");
        return count(entry.path);
    }
    Result<void> addLink(const QByteArray& path, const QByteArray& existing) override
    {
        require(!m_isOpen && entryPath(existing) == existing, "a link leads to a plain name");
        return count(path);
    }
    Result<void> beginFile(const FileEntry& entry) override
    {
        require(!m_isOpen && entry.size >= 0, "a file has a size");
        m_isOpen = true;
        m_left = entry.size;
        return count(entry.path);
    }
    Result<void> write(std::span<const char> bytes) override { return take(static_cast<qint64>(bytes.size()), true); }
    Result<void> skip(qint64 bytes) override { return take(bytes, false); }
    Result<void> reserve(qint64 bytes) override { return take(bytes, true); }
    Result<void> endFile() override
    {
        require(m_isOpen && m_left == 0, "a file has as many bytes as it was said to have");
        m_isOpen = false;
        return {};
    }

private:
    [[nodiscard]] Result<void> count(const QByteArray& path)
    {
        constexpr int MostEntries = 1000;
        require(entryPath(path) == path, "a name leads nowhere else");
        return ++m_entries <= MostEntries ? Result<void>() : enough();
    }
    [[nodiscard]] Result<void> take(qint64 bytes, bool data)
    {
        constexpr qint64 MostBytes = 64 * 1024 * 1024;
        require(m_isOpen && bytes >= 0 && bytes <= m_left, "a file has no more bytes than it was said to have");
        m_left -= bytes;
        m_bytes += data ? bytes : 0;
        return m_bytes <= MostBytes ? Result<void>() : enough();
    }
    [[nodiscard]] static Result<void> enough() { return fail(Error::Code::NoSpace, QStringLiteral("enough")); }

    int m_entries = 0;
    qint64 m_bytes = 0;
    bool m_isOpen = false;
    qint64 m_left = 0; ///< Of the file that is open.
};

} // namespace

QByteArray borrowed(const uint8_t* data, size_t size)
{
    return QByteArray::fromRawData(reinterpret_cast<const char*>(data), static_cast<qsizetype>(size));
}

void require(bool condition, const char* what)
{
    if (!condition) {
        std::fprintf(stderr, "this does not hold: %s\n", what);
        std::abort();
    }
}

MemoryFile::MemoryFile(const QByteArray& content) : m_file(::memfd_create("input", MFD_CLOEXEC))
{
    write(0, content);
}

MemoryFile MemoryFile::ofSectors(const QByteArray& input)
{
    constexpr qsizetype Number = 4;
    MemoryFile file({});
    for (qsizetype at = 0; at + Number < input.size(); at += Number + DiskSector) {
        file.write(littleEndianAt<quint32>(input, at) * DiskSector, input.mid(at + Number, DiskSector));
    }
    return file;
}

void MemoryFile::write(qint64 offset, const QByteArray& content) const
{
    const ssize_t written = ::pwrite(m_file.get(), content.constData(), static_cast<size_t>(content.size()), offset);
    require(written == content.size(), "there is memory for the input");
}

QString MemoryFile::path() const
{
    return QString::fromLatin1("/proc/self/fd/%1").arg(m_file.get());
}

MemoryDisk::MemoryDisk(const QByteArray& content)
    : m_content(content.leftJustified((content.size() + 511) / 512 * 512, '\0'))
{ }

Result<void> MemoryDisk::read(qint64 position, std::span<char> into)
{
    const auto length = static_cast<qint64>(into.size());
    require(position >= 0 && position <= size() && length <= size() - position, "only what is on the disk is read");
    std::copy_n(m_content.constData() + position, length, into.begin());
    return {};
}

Result<DiskExtent> MemoryDisk::nextData(qint64 position)
{
    require(position >= 0 && position <= size(), "only data on the disk are asked for");
    return DiskExtent{position, size() - position};
}

NamedFiles namedFiles(const QByteArray& input)
{
    constexpr size_t MostFiles = 64;
    const QByteArray mark = "=== ";
    NamedFiles files;
    QByteArray name = "input";
    for (qsizetype at = 0; at < input.size() && files.size() < MostFiles;) {
        if (input.sliced(at).startsWith(mark)) {
            const qsizetype end = input.indexOf('\n', at);
            name = cleaned(input.sliced(at, (end < 0 ? input.size() : end) - at).sliced(mark.size()));
            at = end < 0 ? input.size() : end + 1;
        }
        const qsizetype next = input.sliced(at).startsWith(mark) ? at - 1 : input.indexOf('\n' + mark, at);
        const qsizetype end = next < 0 ? input.size() : std::max(next, at);
        files.insert_or_assign(name, input.sliced(at, end - at));
        at = next < 0 ? input.size() : next + 1;
    }
    return files;
}

QByteArray tarOf(const NamedFiles& files)
{
    QByteArray tar;
    for (const auto& [name, content] : files) {
        tar += tarHeader(name, content.size()) + content;
        tar += QByteArray((512 - content.size() % 512) % 512, '\0');
    }
    return tar + QByteArray(1024, '\0');
}

std::optional<FileTree::Found> MemoryTree::find(const QByteArray& path) const
{
    const QByteArray name = cleaned(path);
    if (const auto file = m_files.find(name); file != m_files.end()) {
        return Found{Type::File, file->second.size(), 0100755};
    }
    const auto below = m_files.lower_bound(name + '/');
    const bool isDirectory = name.isEmpty() || (below != m_files.end() && below->first.startsWith(name + '/'));
    return isDirectory ? std::optional(Found{Type::Directory, 0, 040755}) : std::nullopt;
}

std::optional<QByteArray> MemoryTree::linkTarget(const QByteArray& path) const
{
    Q_UNUSED(path)
    return {};
}

QByteArrayList MemoryTree::names(const QByteArray& directory) const
{
    const QByteArray name = cleaned(directory);
    const QByteArray start = name.isEmpty() ? name : name + '/';
    QByteArrayList names;
    for (const auto& [path, content] : m_files) {
        if (path.startsWith(start)) {
            const QByteArray rest = path.sliced(start.size());
            const qsizetype slash = rest.indexOf('/');
            names.append(slash < 0 ? rest : rest.first(slash));
        }
    }
    std::ranges::sort(names);
    const auto repeated = std::ranges::unique(names);
    names.erase(repeated.begin(), repeated.end());
    return names;
}

Result<QByteArray> MemoryTree::read(const QByteArray& path, qint64 offset, qint64 length) const
{
    require(offset >= 0 && length >= 0, "files are read from where they can be");
    const auto file = m_files.find(cleaned(path));
    if (file == m_files.end()) {
        return fail(Error::Code::NotFound, QString::fromUtf8(path));
    }
    return file->second.mid(std::min(offset, file->second.size()), length);
}

void walkTree(const FileTree& tree)
{
    constexpr qsizetype MostNames = 200;
    QByteArrayList waiting{""};
    for (qsizetype i = 0; i < waiting.size(); ++i) {
        const QByteArray path = waiting.at(i);
        Fuzz::use(tree.linkTarget(path));
        const auto found = tree.find(path);
        if (found && found->type == FileTree::Type::File) {
            for (const qint64 offset : {qint64{0}, found->size - 1, found->size / 2}) {
                const auto bytes = tree.read(path, std::max<qint64>(offset, 0), Piece);
                require(!bytes || bytes->size() <= Piece, "a file gives no more than was asked for");
            }
        }
        if (found && found->type == FileTree::Type::Directory) {
            const QByteArrayList names = tree.names(path).mid(0, MostNames - waiting.size());
            for (const QByteArray& name : names) {
                waiting.append(path.isEmpty() ? name : path + '/' + name);
            }
        }
    }
}

void drain(const EntrySource& source)
{
    CheckingSink sink;
    Progress progress;
    Fuzz::use(source.feed(sink, progress, {}));
}

void walkDisk(DiskReader& disk)
{
    constexpr int MostRuns = 1000;
    std::vector<char> piece(Piece);
    const qint64 size = disk.size();
    for (const qint64 position : {qint64{0}, size / 3, size / 2, size - Piece}) {
        const qint64 start = std::max<qint64>(position, 0);
        Fuzz::use(disk.read(start, std::span(piece).first(static_cast<size_t>(std::min(Piece, size - start)))));
    }
    qint64 position = 0;
    for (int i = 0; i < MostRuns && position < size; ++i) {
        const auto run = disk.nextData(position);
        if (!run || run->size == 0) {
            break;
        }
        require(run->start >= position && run->size > 0 && run->size <= size - run->start, "data lie on the disk");
        position = run->start + run->size;
        const qint64 length = std::min(Piece, run->size);
        Fuzz::use(disk.read(run->start, std::span(piece).first(static_cast<size_t>(length))));
    }
    Fuzz::use(measureDisk(disk, {}));
}

} // namespace Stowage::Fuzz
