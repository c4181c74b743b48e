// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "tarwriter.h"

#include "core/output/layoutcontent.h"
#include "core/support/extendedattributes.h"
#include "core/support/stagedpath.h"

#include <QCoreApplication>
#include <QFile>
#include <QHash>

#include <archive.h>
#include <archive_entry.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <memory>
#include <span>
#include <vector>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

struct Tar {
    Q_DECLARE_TR_FUNCTIONS(TarWriter)
};

struct FreeArchive {
    void operator()(archive* handle) const { archive_free(handle); }
};
struct FreeEntry {
    void operator()(archive_entry* entry) const { archive_entry_free(entry); }
};
using ArchiveHandle = std::unique_ptr<archive, FreeArchive>;
using EntryHandle = std::unique_ptr<archive_entry, FreeEntry>;

struct Compression {
    QLatin1StringView suffix;
    int filter = 0;
};

constexpr std::array Compressions{
    Compression{".tar"_L1, ARCHIVE_FILTER_NONE},  Compression{".tar.gz"_L1, ARCHIVE_FILTER_GZIP},
    Compression{".tgz"_L1, ARCHIVE_FILTER_GZIP},  Compression{".tar.xz"_L1, ARCHIVE_FILTER_XZ},
    Compression{".txz"_L1, ARCHIVE_FILTER_XZ},    Compression{".tar.zst"_L1, ARCHIVE_FILTER_ZSTD},
    Compression{".tzst"_L1, ARCHIVE_FILTER_ZSTD}, Compression{".tar.bz2"_L1, ARCHIVE_FILTER_BZIP2},
};

const Compression* compressionFor(const QString& path)
{
    for (const Compression& compression : Compressions) {
        if (path.endsWith(compression.suffix, Qt::CaseInsensitive)) {
            return &compression;
        }
    }
    return nullptr;
}

/** Writes one archive. */
class TarBuild
{
public:
    /** Writes the file @p path, which errors call @p shown. */
    TarBuild(const LayoutContent& content, JobContext& context, QString path, QString shown)
        : m_content(content),
          m_context(context),
          m_path(std::move(path)),
          m_shown(std::move(shown)),
          m_archive(archive_write_new())
    { }

    Result<void> open(int filter)
    {
        archive_write_add_filter(m_archive.get(), filter);
        archive_write_set_format_pax_restricted(m_archive.get());
        archive_write_set_options(m_archive.get(), filter == ARCHIVE_FILTER_GZIP ? "gzip:!timestamp" : nullptr);
        archive_write_set_bytes_in_last_block(m_archive.get(), 1);
        return check(archive_write_open_filename(m_archive.get(), QFile::encodeName(m_path).constData()));
    }

    Result<void> writeAll()
    {
        auto done = m_content.visit(m_context.stop, [this](const LayoutNode& node, const QByteArray& path) {
            return writeNode(node, path);
        });
        return done ? check(archive_write_close(m_archive.get())) : done;
    }

private:
    Result<void> check(int status)
    {
        if (status >= ARCHIVE_WARN) {
            return {};
        }
        const int number = archive_errno(m_archive.get());
        // libarchive also uses numbers of the system for faults of its own: of names, of sizes, of its callers.
        if (number > 0 && number != EILSEQ && number != EINVAL) {
            return systemError(number, Tar::tr("write"), m_shown);
        }
        return fail(
            Error::Code::Unsupported,
            Tar::tr("Cannot write %1: %2.").arg(m_shown, QString::fromUtf8(archive_error_string(m_archive.get()))),
            Tar::tr("Change what it names in the host or the guest, or write a tree."), Place::inFile(m_shown));
    }

    Result<void> writeNode(const LayoutNode& node, const QByteArray& path);
    Result<void> writeFile(archive_entry* entry, const LayoutNode& node, const QByteArray& path);
    Result<void> writeContent(int fd, qint64 size, const QString& name);
    static void addSparseMap(archive_entry* entry, int fd, qint64 size);

    const LayoutContent& m_content;
    JobContext& m_context;
    QString m_path;
    QString m_shown;
    ArchiveHandle m_archive;
    QHash<std::pair<quint64, quint64>, QByteArray> m_hardLinks;
};

Result<void> TarBuild::writeNode(const LayoutNode& node, const QByteArray& path)
{
    const bool kept = node.state == LayoutNode::State::Kept;
    if (path.isEmpty() && !kept) {
        return {}; // the layout's root is nobody's directory
    }
    const EntryHandle entry(archive_entry_new());
    const QByteArray name = path.isEmpty() ? QByteArray("./")
                                           : path.mid(1) + (node.kind == LayoutNode::Kind::Directory ? "/" : "");
    archive_entry_copy_pathname(entry.get(), name.constData());
    archive_entry_set_mtime(entry.get(), m_content.timeStamp(), 0);
    if (kept) {
        const auto facts = m_content.hostFacts(path);
        if (!facts) {
            return std::unexpected(facts.error());
        }
        if (S_ISSOCK(facts->st_mode)) {
            m_context.report.add(JobReport::Kind::Warning,
                                 Tar::tr("The socket %1 is left out, as archives hold none; its program makes it anew.")
                                     .arg(QFile::decodeName(path)));
            return {};
        }
        archive_entry_copy_stat(entry.get(), &*facts);
        for (const auto& [key, value] : readExtendedAttributes(m_content.sourcePath(node, path))) {
            archive_entry_xattr_add_entry(entry.get(), key.constData(), value.constData(),
                                          static_cast<size_t>(value.size()));
        }
        if (node.kind != LayoutNode::Kind::Directory && facts->st_nlink > 1) {
            const std::pair<quint64, quint64> identity(facts->st_dev, facts->st_ino);
            if (const auto first = m_hardLinks.constFind(identity); first != m_hardLinks.constEnd()) {
                archive_entry_copy_hardlink(entry.get(), first->constData());
                archive_entry_unset_size(entry.get());
                return check(archive_write_header(m_archive.get(), entry.get()));
            }
            m_hardLinks.insert(identity, name);
        }
    }
    archive_entry_set_uid(entry.get(), node.uid);
    archive_entry_set_gid(entry.get(), node.gid);
    if (node.uid == 0 && node.gid == 0) {
        archive_entry_set_uname(entry.get(), "root");
        archive_entry_set_gname(entry.get(), "root");
    }
    switch (node.kind) {
    case LayoutNode::Kind::Directory:
        archive_entry_set_filetype(entry.get(), AE_IFDIR);
        break;
    case LayoutNode::Kind::Symlink:
        archive_entry_set_filetype(entry.get(), AE_IFLNK);
        archive_entry_copy_symlink(entry.get(), node.linkTarget.constData());
        break;
    case LayoutNode::Kind::File:
        archive_entry_set_perm(entry.get(), static_cast<mode_t>(node.mode));
        return writeFile(entry.get(), node, path);
    case LayoutNode::Kind::Other:
        break;
    }
    archive_entry_set_perm(entry.get(), static_cast<mode_t>(node.mode));
    archive_entry_set_size(entry.get(), 0);
    return check(archive_write_header(m_archive.get(), entry.get()));
}

void TarBuild::addSparseMap(archive_entry* entry, int fd, qint64 size)
{
    off_t position = lseek(fd, 0, SEEK_DATA);
    std::vector<std::pair<off_t, off_t>> ranges;
    while (position >= 0 && position < size) {
        const off_t end = lseek(fd, position, SEEK_HOLE);
        if (end < 0) {
            return;
        }
        ranges.emplace_back(position, std::min<off_t>(end, size) - position);
        position = lseek(fd, end, SEEK_DATA);
    }
    const bool whole = ranges.size() == 1 && ranges.front().first == 0 && ranges.front().second == size;
    if (whole || size == 0) {
        return;
    }
    for (const auto& [offset, length] : ranges) {
        archive_entry_sparse_add_entry(entry, offset, length);
    }
    if (ranges.empty()) {
        archive_entry_sparse_add_entry(entry, size, 0);
    }
}

Result<void> TarBuild::writeFile(archive_entry* entry, const LayoutNode& node, const QByteArray& path)
{
    m_context.progress.setStep(Tar::tr("Writing %1").arg(QFile::decodeName(path)));
    archive_entry_set_filetype(entry, AE_IFREG);
    if (const auto* text = std::get_if<FromText>(&node.origin)) {
        archive_entry_set_size(entry, text->text.size());
        auto done = check(archive_write_header(m_archive.get(), entry));
        if (done
            && archive_write_data(m_archive.get(), text->text.constData(), static_cast<size_t>(text->text.size()))
                < 0) {
            done = check(ARCHIVE_FATAL);
        }
        m_context.progress.advance(text->text.size());
        return done;
    }
    const auto source = m_content.open(node, path);
    if (!source) {
        return std::unexpected(source.error());
    }
    const QString name = QFile::decodeName(m_content.sourcePath(node, path));
    const qint64 size = lseek(source->get(), 0, SEEK_END);
    archive_entry_set_size(entry, size);
    addSparseMap(entry, source->get(), size);
    auto done = check(archive_write_header(m_archive.get(), entry));
    return done ? writeContent(source->get(), size, name) : done;
}

Result<void> TarBuild::writeContent(int fd, qint64 size, const QString& name)
{
    constexpr size_t BlockBytes = 1024 * 1024;
    std::vector<char> block(BlockBytes);
    qint64 position = 0;
    while (position < size) {
        if (m_context.stop.stop_requested()) {
            return cancelled();
        }
        const auto wanted = static_cast<size_t>(std::min<qint64>(size - position, BlockBytes));
        const ssize_t count = pread(fd, block.data(), wanted, position);
        if (count < 0) {
            return systemError(errno, Tar::tr("read"), name);
        }
        if (count == 0) {
            return fail(Error::Code::Io, Tar::tr("%1 became shorter while it was read.").arg(name),
                        Tar::tr("Wait until nothing writes to it, then build again."));
        }
        if (archive_write_data(m_archive.get(), block.data(), static_cast<size_t>(count)) < 0) {
            return check(ARCHIVE_FATAL);
        }
        position += count;
        m_context.progress.advance(count);
    }
    return {};
}

/** Reads the finished archive from end to end, as its reader will. */
Result<void> verifyArchive(const QString& path, const QString& shown, JobContext& context)
{
    const ArchiveHandle reader(archive_read_new());
    archive_read_support_filter_all(reader.get());
    archive_read_support_format_tar(reader.get());
    const auto broken = [&] {
        return fail(
            Error::Code::Io,
            Tar::tr("%1 does not read back: %2.").arg(shown, QString::fromUtf8(archive_error_string(reader.get()))),
            Tar::tr("Check the disk, then build again."), Place::inFile(shown));
    };
    if (archive_read_open_filename(reader.get(), QFile::encodeName(path).constData(), 1024 * 1024) != ARCHIVE_OK) {
        return broken();
    }
    archive_entry* entry = nullptr;
    int status = ARCHIVE_OK;
    while ((status = archive_read_next_header(reader.get(), &entry)) == ARCHIVE_OK) {
        const void* data = nullptr;
        size_t length = 0;
        la_int64_t offset = 0;
        while ((status = archive_read_data_block(reader.get(), &data, &length, &offset)) == ARCHIVE_OK) {
            if (context.stop.stop_requested()) {
                return cancelled();
            }
            context.progress.advance(static_cast<qint64>(length));
        }
        if (status != ARCHIVE_EOF) {
            return broken();
        }
    }
    return status == ARCHIVE_EOF ? Result<void>{} : broken();
}

} // namespace

QString TarWriter::kind() const
{
    return u"tar"_s;
}

QString TarWriter::title() const
{
    return Tar::tr("Archive");
}

Result<void> TarWriter::check(const QString& path) const
{
    if (compressionFor(path) == nullptr) {
        return fail(Error::Code::InvalidInput, Tar::tr("%1 has no suffix that tells how to compress it.").arg(path),
                    Tar::tr("Use .tar, .tar.gz, .tar.xz, .tar.zst or .tar.bz2."), Place{.file = path});
    }
    const auto final = StagedPath::check(path, StagedPath::Kind::File);
    return final ? Result<void>{} : std::unexpected(final.error());
}

Result<OutputReport> TarWriter::write(const Layout& layout, const Artifacts& artifacts, const QString& path,
                                      JobContext& context) const
{
    if (auto checked = check(path); !checked) {
        return std::unexpected(checked.error());
    }
    auto staged = StagedPath::create(path, StagedPath::Kind::File);
    if (!staged) {
        return std::unexpected(staged.error());
    }
    const LayoutContent content(layout, artifacts);
    context.progress.setTotal(content.totalBytes() * 2);
    Result<void> done;
    {
        TarBuild build(content, context, staged->path(), staged->finalPath());
        done = build.open(compressionFor(path)->filter);
        if (done) {
            done = build.writeAll();
        }
    }
    if (done) {
        context.progress.setStep(Tar::tr("Verifying"));
        done = verifyArchive(staged->path(), staged->finalPath(), context);
    }
    if (done) {
        done = staged->commit(StagedPath::Replace::Yes);
    }
    if (!done) {
        return std::unexpected(done.error());
    }
    return OutputReport{kind(), staged->finalPath(), {}, content.fileCount(), content.totalBytes()};
}

} // namespace Stowage
