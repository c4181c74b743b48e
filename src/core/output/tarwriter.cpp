// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "tarwriter.h"

#include "core/output/layoutcontent.h"
#include "core/output/layoutentries.h"
#include "core/output/packedfile.h"
#include "core/output/rootimage.h"
#include "core/support/stagedpath.h"
#include "core/support/units.h"

#include <QCoreApplication>
#include <QFile>
#include <QHash>
#include <QSet>

#include <archive.h>
#include <archive_entry.h>
#include <sys/stat.h>
#include <unistd.h>

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
using ArchiveHandle = std::unique_ptr<archive, FreeArchive>;
struct FreeEntry {
    void operator()(archive_entry* entry) const { archive_entry_free(entry); }
};
using EntryHandle = std::unique_ptr<archive_entry, FreeEntry>;

constexpr int PieceBytes = 1024 * 1024;

QString faultOf(const ArchiveHandle& handle)
{
    return QString::fromUtf8(archive_error_string(handle.get()));
}

/** Writes one archive. */
class TarBuild : public EntrySink
{
public:
    /** Writes to @p packed, which is borrowed; errors call it @p shown. */
    TarBuild(const LayoutContent& content, JobContext& context, PackedFile& packed, QString shown)
        : m_content(content),
          m_context(context),
          m_packed(packed),
          m_shown(std::move(shown)),
          m_archive(archive_write_new())
    { }

    Result<void> open()
    {
        archive_write_set_format_pax_restricted(m_archive.get());
        archive_write_set_bytes_per_block(m_archive.get(), PieceBytes);
        archive_write_set_bytes_in_last_block(m_archive.get(), 1); // no more zeros behind the end
        return check(archive_write_open2(m_archive.get(), this, nullptr, &TarBuild::take, nullptr, nullptr));
    }

    Result<void> writeAll()
    {
        auto done = LayoutEntries(m_content).feed(*this, m_context.progress, m_context.stop);
        return done ? check(archive_write_close(m_archive.get())) : done;
    }

    Result<void> add(const FileEntry& entry) override;
    Result<void> addLink(const QByteArray& path, const QByteArray& existing) override;
    Result<void> beginFile(const FileEntry& entry) override;
    Result<void> write(std::span<const char> bytes) override;
    Result<void> skip(qint64 bytes) override;
    Result<void> reserve(qint64 bytes) override { return skip(bytes); }
    Result<void> endFile() override { return check(archive_write_finish_entry(m_archive.get())); }

private:
    /** Called by libarchive with the bytes of the archive. */
    static la_ssize_t take(archive* /*handle*/, void* data, const void* bytes, size_t length)
    {
        auto* self = static_cast<TarBuild*>(data);
        self->m_put = self->m_put.and_then(
            [&] { return self->m_packed.write({static_cast<const char*>(bytes), length}); });
        return self->m_put ? static_cast<la_ssize_t>(length) : -1;
    }

    Result<void> check(int status)
    {
        if (status >= ARCHIVE_WARN || !m_put) {
            return m_put;
        }
        const int number = archive_errno(m_archive.get());
        // libarchive also uses numbers of the system for faults of its own: of names, of sizes, of its callers.
        if (number > 0 && number != EILSEQ && number != EINVAL) {
            return systemError(number, Tar::tr("write"), m_shown);
        }
        return fail(Error::Code::Unsupported, Tar::tr("Cannot write %1: %2.").arg(m_shown, faultOf(m_archive)),
                    Tar::tr("Change what it names in the host or the guest, or write a tree."), Place::inFile(m_shown));
    }

    /** The header of @p file; further names point to @p hardLink. */
    Result<void> writeHeader(const FileEntry& file, const QByteArray& hardLink = {});

    const LayoutContent& m_content;
    JobContext& m_context;
    PackedFile& m_packed;
    Result<void> m_put; ///< How that went.
    QString m_shown;
    ArchiveHandle m_archive;
    QHash<QByteArray, FileEntry> m_first; ///< Facts of what may have further names.
    QSet<QByteArray> m_sockets;
};

Result<void> TarBuild::writeHeader(const FileEntry& file, const QByteArray& hardLink)
{
    const EntryHandle entry(archive_entry_new());
    const InodeFacts& facts = file.facts;
    const QByteArray path = file.path.isEmpty() ? QByteArray(".") : file.path;
    archive_entry_copy_pathname(entry.get(), S_ISDIR(facts.mode) ? (path + '/').constData() : path.constData());
    archive_entry_set_mode(entry.get(), facts.mode);
    archive_entry_set_uid(entry.get(), facts.uid);
    archive_entry_set_gid(entry.get(), facts.gid);
    if (facts.uid == 0 && facts.gid == 0) {
        archive_entry_set_uname(entry.get(), "root");
        archive_entry_set_gname(entry.get(), "root");
    }
    archive_entry_set_mtime(entry.get(), facts.seconds, static_cast<long>(facts.nanoseconds));
    if (!hardLink.isEmpty()) {
        archive_entry_copy_hardlink(entry.get(), hardLink.constData());
        return check(archive_write_header(m_archive.get(), entry.get()));
    }
    archive_entry_set_size(entry.get(), file.size);
    for (const DataRange& range : file.ranges) {
        archive_entry_sparse_add_entry(entry.get(), range.start, range.size);
    }
    if (S_ISLNK(facts.mode)) {
        archive_entry_copy_symlink(entry.get(), file.linkTarget.constData());
    }
    if (S_ISCHR(facts.mode) || S_ISBLK(facts.mode)) {
        archive_entry_set_rdevmajor(entry.get(), facts.major);
        archive_entry_set_rdevminor(entry.get(), facts.minor);
    }
    for (const auto& [name, value] : file.attributes) {
        archive_entry_xattr_add_entry(entry.get(), name.constData(), value.constData(),
                                      static_cast<size_t>(value.size()));
    }
    return check(archive_write_header(m_archive.get(), entry.get()));
}

Result<void> TarBuild::add(const FileEntry& entry)
{
    if (S_ISSOCK(entry.facts.mode)) {
        m_context.report.add(JobReport::Kind::Warning,
                             Tar::tr("The socket %1 is left out, as archives hold none; its program makes it anew.")
                                 .arg(QFile::decodeName('/' + entry.path)));
        m_sockets.insert(entry.path);
        return {};
    }
    if (!S_ISDIR(entry.facts.mode)) {
        m_first.insert(entry.path, entry);
    }
    return writeHeader(entry);
}

Result<void> TarBuild::addLink(const QByteArray& path, const QByteArray& existing)
{
    if (m_sockets.contains(existing)) {
        return {};
    }
    FileEntry entry = m_first.value(existing);
    entry.path = path;
    return writeHeader(entry, existing);
}

Result<void> TarBuild::beginFile(const FileEntry& entry)
{
    m_context.progress.setStep(Tar::tr("Writing %1").arg(QFile::decodeName('/' + entry.path)));
    m_first.insert(entry.path, {.path = entry.path, .facts = entry.facts});
    return writeHeader(entry);
}

Result<void> TarBuild::write(std::span<const char> bytes)
{
    return archive_write_data(m_archive.get(), bytes.data(), bytes.size()) < 0 ? check(ARCHIVE_FATAL) : Result<void>();
}

Result<void> TarBuild::skip(qint64 bytes)
{
    // Where the header has a map of the data, libarchive leaves out what lies between them.
    static const std::vector<char> zeros(MiB);
    while (bytes > 0) {
        if (m_context.stop.stop_requested()) {
            return cancelled();
        }
        const qint64 part = std::min<qint64>(bytes, MiB);
        if (auto written = write({zeros.data(), static_cast<size_t>(part)}); !written) {
            return written;
        }
        bytes -= part;
    }
    return {};
}

/** Reads the finished archive from end to end, as its reader will. */
Result<void> verifyArchive(const QString& path, const QString& shown, JobContext& context)
{
    const ArchiveHandle reader(archive_read_new());
    archive_read_support_filter_gzip(reader.get());
    archive_read_support_filter_xz(reader.get());
    archive_read_support_filter_zstd(reader.get());
    archive_read_support_filter_bzip2(reader.get());
    archive_read_support_format_tar(reader.get());
    const auto broken = [&] {
        return fail(Error::Code::Io, Tar::tr("%1 does not read back: %2.").arg(shown, faultOf(reader)),
                    Tar::tr("Check the disk, then build again."), Place::inFile(shown));
    };
    if (archive_read_open_filename(reader.get(), QFile::encodeName(path).constData(), PieceBytes) != ARCHIVE_OK) {
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

Result<void> TarWriter::check(const OutputSpec& output) const
{
    if (!archiveCompression(output.path)) {
        return fail(Error::Code::InvalidInput,
                    Tar::tr("%1 has no suffix that tells how to compress it.").arg(output.path),
                    Tar::tr("Use .tar, .tar.gz, .tar.xz, .tar.zst or .tar.bz2."), Place{.file = output.path});
    }
    return OutputWriter::check(output);
}

Result<OutputReport> TarWriter::write(const Layout& layout, const Artifacts& artifacts, const OutputSpec& output,
                                      JobContext& context, CommandRunner& /*runner*/) const
{
    if (auto checked = check(output); !checked) {
        return std::unexpected(checked.error());
    }
    auto staged = StagedPath::create(output.path, StagedPath::Kind::File);
    if (!staged) {
        return std::unexpected(staged.error());
    }
    const auto file = createImage(staged->path());
    if (!file) {
        return std::unexpected(file.error());
    }
    const LayoutContent content(layout, artifacts);
    context.progress.setTotal(content.totalBytes() * 2);
    Result<void> done;
    {
        PackedFile packed(file->get(), staged->finalPath(), context.stop);
        TarBuild build(content, context, packed, staged->finalPath());
        done = packed.open(*archiveCompression(output.path))
                   .and_then([&] { return build.open(); })
                   .and_then([&] { return build.writeAll(); })
                   .and_then([&] { return packed.close(); });
    }
    if (done) {
        context.progress.setStep(Tar::tr("Verifying"));
        done = verifyArchive(staged->path(), staged->finalPath(), context);
    }
    done = content.checkSources(std::move(done));
    if (done) {
        done = staged->commit(StagedPath::Replace::Yes);
    }
    if (!done) {
        return std::unexpected(done.error());
    }
    return OutputReport{
        .kind = kind(), .path = staged->finalPath(), .files = content.fileCount(), .bytes = content.totalBytes()};
}

} // namespace Stowage
