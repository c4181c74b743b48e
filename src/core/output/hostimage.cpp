// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "hostimage.h"

#include "core/entries/entryroom.h"
#include "core/ext4/e2fsck.h"
#include "core/ext4/ext4editor.h"
#include "core/import/importhandler.h"
#include "core/output/diskplan.h"
#include "core/output/layoutentries.h"
#include "core/output/rootimage.h"
#include "core/support/filecopy.h"
#include "core/support/units.h"

#include <QCoreApplication>
#include <QFile>

#include <ext2fs/ext2fs.h>

#include <algorithm>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

struct Text {
    Q_DECLARE_TR_FUNCTIONS(HostImage)
};

} // namespace

Result<void> HostImage::measure()
{
    // As for writing, so that it is told now when that cannot be done; the host's file itself is never written to.
    if (auto writable = Ext4Image::checkWritable(m_host.path, m_host.partition.start); !writable) {
        return writable;
    }
    const auto image = Ext4Image::open(m_host.path, Ext4Image::Access::Read, m_host.partition.start);
    if (!image) {
        return std::unexpected(image.error());
    }
    const struct_ext2_filsys* fs = image->handle();
    const qint64 blockSize = fs->blocksize;
    const auto blocks = static_cast<qint64>(ext2fs_blocks_count(fs->super));
    m_isDirty = ext2fs_has_feature_journal_needs_recovery(fs->super) != 0 || (fs->super->s_state & EXT2_VALID_FS) == 0
        || (fs->super->s_state & EXT2_ERROR_FS) != 0;
    m_oldBytes = blocks * blockSize;
    EntryRoom room(blockSize);
    Progress ignored;
    if (auto fed = feedNew(m_content, room, ignored, m_context.stop); !fed) {
        return fed;
    }
    const auto reserved = static_cast<qint64>(ext2fs_r_blocks_count(fs->super));
    const qint64 missing = room.blocks() - static_cast<qint64>(ext2fs_free_blocks_count(fs->super)) + reserved;
    const qint64 missingInodes = room.inodes() - qint64{fs->super->s_free_inodes_count};
    m_newBytes = m_oldBytes;
    if (missing > 0 || missingInodes > 0) {
        const qint64 perInode = std::max<qint64>(blocks / std::max<qint64>(fs->super->s_inodes_count, 1), 1);
        m_newBytes = FileSystemRoom{m_oldBytes, 0}.grownBy(std::max(missing, missingInodes * perInode) * blockSize);
    }
    if (m_sizeMiB == 0) {
        return {};
    }
    const qint64 asked = m_sizeMiB * MiB;
    const qint64 least = m_oldBytes + std::max<qint64>(missing, 0) * blockSize * 21 / 20;
    if (asked < least) {
        const qint64 enough = (std::max(least, m_newBytes) + MiB - 1) / MiB;
        return std::unexpected(
            Error{Error::Code::NoSpace,
                  asked < m_oldBytes ? Text::tr("The file system of the host %1 has %2, and cannot be made smaller.")
                                           .arg(m_host.path, formatBytes(m_oldBytes))
                                     : Text::tr("The guests do not fit into the file system of the host %1 with %2.")
                                           .arg(m_host.path, formatBytes(asked)),
                  Text::tr("Set the size to %1 MiB or more.").arg(enough), Place::inFile(m_host.path), enough * MiB});
    }
    m_newBytes = asked;
    return {};
}

Result<void> HostImage::checkPartition() const
{
    const bool mustGrow = m_host.table && m_newBytes > m_host.partition.size;
    const int behind = mustGrow ? partitionInTheWay(*m_host.table, m_host.partition) : 0;
    return behind == 0
        ? Result<void>()
        : fail(Error::Code::Unsupported,
               Text::tr(
                   "Partition %1 of %2 is too small for the guests, and cannot grow, as partition %3 lies behind it.")
                   .arg(m_host.partition.number)
                   .arg(m_host.path)
                   .arg(behind),
               Text::tr("Make the host's root partition larger, or put it last on the disk."),
               Place::inFile(m_host.path));
}

Result<void> HostImage::copyOut(const ImagePlace& place)
{
    m_context.progress.setStep(Text::tr("Copying the host's file system"));
    const auto source = openRegularFile(m_host.path);
    if (!source) {
        return std::unexpected(source.error());
    }
    return copyPart(source->get(), m_host.path, place.fd, place.path,
                    {m_host.partition.start, m_oldBytes, place.offset}, m_context.stop, m_context.progress);
}

/** Only for a file system alone in its file: resize2fs takes the end of the file for its own. */
Result<void> HostImage::grow(const ImagePlace& place)
{
    return withPlainName(place.path, [&](const QString& name) {
        CommandSpec spec;
        spec.program = u"resize2fs"_s;
        spec.arguments = {name, QString::number(m_newBytes / KiB) + u'K'};
        spec.extraEnvironment = presentForE2fsprogs(m_content.timeStamp());
        spec.writablePaths = {place.path};
        return runTool(spec, m_context, m_runner);
    });
}

Result<void> HostImage::make(const ImagePlace& place, const QString& workDirectory)
{
    if (needsOwnFile() && place.offset != 0) {
        return makeAside(place, workDirectory);
    }
    return copyOut(place)
        .and_then([&] {
            return needsOwnFile()
                ? repairWithE2fsck(place.path, m_host.path, m_content.timeStamp(), m_context, m_runner)
                : Result<void>();
        })
        .and_then([&] { return m_newBytes == m_oldBytes ? Result<void>() : grow(place); })
        .and_then([&] { return addFiles(place, workDirectory); });
}

Result<void> HostImage::makeAside(const ImagePlace& place, const QString& workDirectory)
{
    QString path = workDirectory + u"/root.ext4"_s;
    path += path == place.path ? u"_"_s : QString(); // the disk itself may be called that
    const auto file = createImage(path);
    if (!file) {
        return std::unexpected(file.error());
    }
    auto made = make({path, file->get(), 0}, workDirectory).and_then([&] {
        return copyPart(file->get(), path, place.fd, place.path, {0, m_newBytes, place.offset}, m_context.stop,
                        m_context.progress);
    });
    QFile::remove(path);
    return made;
}

Result<void> HostImage::addFiles(const ImagePlace& place, const QString& workDirectory)
{
    m_context.progress.setStep(Text::tr("Adding the guests"));
    auto editor = Ext4Editor::open(place.path, place.fd, place.offset, m_content.timeStamp());
    if (!editor) {
        return std::unexpected(editor.error());
    }
    return feedNew(m_content, **editor, m_context.progress, m_context.stop)
        .and_then([&] { return m_content.placed().make(m_content, **editor, workDirectory, m_context, m_runner); })
        .and_then([&] { return (*editor)->close(); });
}

} // namespace Stowage
