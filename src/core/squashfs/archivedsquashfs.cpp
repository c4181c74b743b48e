// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "archivedsquashfs.h"

#include "core/entries/archivesource.h"
#include "core/entries/tarmembers.h"
#include "core/entries/unpack.h"
#include "core/sources/sourcefile.h"
#include "core/squashfs/squashfssource.h"
#include "core/support/units.h"

#include <QCoreApplication>
#include <QDir>
#include <QMutexLocker>
#include <QStorageInfo>

#include <algorithm>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

struct ArchivedText {
    Q_DECLARE_TR_FUNCTIONS(ArchivedSquashfs)
};

/** Where large work files go that nobody keeps. */
QString workPlace()
{
    return qEnvironmentVariableIsEmpty("TMPDIR") ? u"/var/tmp"_s : QDir::tempPath();
}

/** Takes one file of an archive, which names have to lead to once, and leaves all else. */
class MemberSink final : public EntrySink
{
public:
    MemberSink(const QString& archive, const QByteArray& member, SparseTarget& target, qint64 room)
        : m_archive(archive),
          m_member(member),
          m_target(target),
          m_room(room)
    { }

    Result<void> add(const FileEntry& entry) override { return entry.path == m_member ? unfit() : Result<void>(); }
    Result<void> addLink(const QByteArray& path, const QByteArray& /*existing*/) override
    {
        return path == m_member ? unfit() : Result<void>();
    }
    Result<void> beginFile(const FileEntry& entry) override
    {
        m_isWanted = entry.path == m_member;
        if (!m_isWanted) {
            return {};
        }
        if (m_isFound) {
            return unfit();
        }
        m_isFound = true;
        if (entry.size > m_room) {
            return fail(Error::Code::Io,
                        ArchivedText::tr(
                            "\"%1\" in the archive %2 has to be unpacked and has %3, but %4 has room for %5.")
                            .arg(QString::fromUtf8(m_member), m_archive, formatBytes(entry.size), workPlace(),
                                 formatBytes(m_room)),
                        ArchivedText::tr("Free some space there, or set TMPDIR to a directory with more."),
                        Place::inFile(m_archive));
        }
        return {};
    }
    Result<void> write(std::span<const char> bytes) override
    {
        const qint64 position = std::exchange(m_position, m_position + (m_isWanted ? std::ssize(bytes) : 0));
        return m_isWanted ? m_target.write(position, bytes) : Result<void>();
    }
    Result<void> skip(qint64 bytes) override
    {
        m_position += m_isWanted ? bytes : 0;
        return {};
    }
    Result<void> reserve(qint64 bytes) override { return skip(bytes); }
    Result<void> endFile() override { return m_isWanted ? m_target.extend(m_position) : Result<void>(); }

    /** What there is to say at the end of the archive. */
    [[nodiscard]] Result<void> finish() const { return m_isFound ? Result<void>() : unfit(); }

private:
    [[nodiscard]] std::unexpected<Error> unfit() const
    {
        return fail(Error::Code::InvalidInput,
                    ArchivedText::tr("The archive %1 does not hold one file \"%2\".")
                        .arg(m_archive, QString::fromUtf8(m_member)),
                    ArchivedText::tr(
                        "Export or download the image again, or unpack it and use the squashfs file system."),
                    Place::inFile(m_archive));
    }

    QString m_archive;
    QByteArray m_member;
    SparseTarget& m_target;
    qint64 m_room; ///< Bytes that there are for it.
    bool m_isWanted = false; ///< The file that is being told is the one.
    bool m_isFound = false;
    qint64 m_position = 0; ///< In that file.
};

} // namespace

Result<void> ArchivedSquashfs::feed(EntrySink& sink, Progress& progress, const std::stop_token& stop) const
{
    return find(stop).and_then([&](const FileSlice& slice) {
        return SquashfsSource(slice, m_path + u'/' + QString::fromUtf8(m_member)).feed(sink, progress, stop);
    });
}

Result<FileSlice> ArchivedSquashfs::find(const std::stop_token& stop) const
{
    constexpr qint64 Block = 512;
    const auto sample = readSample(m_path, stop, Block);
    if (!sample) {
        return std::unexpected(sample.error());
    }
    if (!isTar(sample->head)) {
        return unpacked(stop);
    }
    const auto members = tarMembers(m_path, ArchivedText::tr("Fetch or make the archive again."), stop);
    if (!members) {
        return std::unexpected(members.error());
    }
    const auto first = std::ranges::find(*members, m_member, &TarMember::path);
    const bool isPlain = first != members->end() && first->isPlain
        && std::ranges::count(*members, m_member, &TarMember::path) == 1;
    return isPlain ? first->data : unpacked(stop);
}

Result<FileSlice> ArchivedSquashfs::unpacked(const std::stop_token& stop) const
{
    const QMutexLocker lock(&m_mutex);
    if (!m_unpacked) {
        auto file = std::make_unique<QTemporaryFile>(workPlace() + "/stowage-XXXXXX"_L1);
        if (auto done = unpackInto(*file, stop); !done) {
            return std::unexpected(done.error());
        }
        m_unpacked = std::move(file);
    }
    return FileSlice{.path = u"/proc/self/fd/%1"_s.arg(m_unpacked->handle())};
}

Result<void> ArchivedSquashfs::unpackInto(QTemporaryFile& file, const std::stop_token& stop) const
{
    if (!file.open()) {
        return fail(Error::Code::Io,
                    ArchivedText::tr("Cannot make a file in %1: %2.").arg(workPlace(), file.errorString()),
                    ArchivedText::tr("Set TMPDIR to a directory that can be written to."));
    }
    Progress ignored;
    SparseFile target(file.handle(), workPlace());
    MemberSink sink(m_path, m_member, target, QStorageInfo(workPlace()).bytesAvailable());
    return ArchiveSource(m_path)
        .feed(sink, ignored, stop)
        .and_then([&sink] { return sink.finish(); })
        .transform_error([](Error error) {
            // That is for images that are too small.
            error.code = error.code == Error::Code::NoSpace ? Error::Code::Io : error.code;
            return error;
        });
}

} // namespace Stowage
