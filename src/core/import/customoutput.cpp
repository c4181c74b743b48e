// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "customoutput.h"

#include "core/ext4/e2fsck.h"
#include "core/ext4/ext4superblock.h"
#include "core/sources/bytes.h"
#include "core/sources/partitiontable.h"
#include "core/sources/signatures.h"
#include "core/support/units.h"

#include <QCoreApplication>
#include <QFile>

#include <sys/stat.h>

#include <cerrno>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

struct Output {
    Q_DECLARE_TR_FUNCTIONS(CustomOutput)
};

constexpr qint64 LargestImage = 16 * 1024 * GiB; ///< That ext4 with blocks of 4 KiB takes.

std::unexpected<Error> refuse(const QString& type, const QString& what)
{
    return fail(Error::Code::ToolFailed,
                Output::tr("The import handler \"%1\" left no usable disk: %2").arg(type, what),
                Output::tr("Have it write a raw disk, or an image of a file system, to the path that is its second "
                           "argument."));
}

/** It must be a file that nobody else has. */
Result<void> checkFile(const QString& path, const QString& type)
{
    struct stat status = {};
    if (::lstat(QFile::encodeName(path).constData(), &status) != 0) {
        return errno == ENOENT ? refuse(type, Output::tr("there is no file."))
                               : systemError(errno, Output::tr("read"), path);
    }
    if (S_ISLNK(status.st_mode)) {
        return refuse(type, Output::tr("it is a link."));
    }
    if (!S_ISREG(status.st_mode)) {
        return refuse(type, Output::tr("it is no regular file."));
    }
    if (status.st_nlink != 1) {
        return refuse(type, Output::tr("the file has a second name."));
    }
    if (status.st_size == 0) {
        return refuse(type, Output::tr("the file is empty."));
    }
    if (status.st_size > LargestImage) {
        return refuse(type, Output::tr("it is larger than %1.").arg(formatBytes(LargestImage)));
    }
    if (::chmod(QFile::encodeName(path).constData(), 0644) != 0) {
        return systemError(errno, Output::tr("write"), path);
    }
    return {};
}

/** A CD or DVD, which a guest reads as a disk. */
bool isMedium(const QByteArray& head)
{
    constexpr qsizetype Descriptor = 0x8001;
    return hasMagic(head, Descriptor, "CD001") || hasMagic(head, Descriptor, "BEA01");
}

} // namespace

Result<void> checkCustomOutput(const QString& path, const QString& type, JobContext& context, CommandRunner& runner)
{
    if (auto file = checkFile(path, type); !file) {
        return file;
    }
    const auto sample = readSample(path, context.stop);
    if (!sample) {
        return std::unexpected(sample.error());
    }
    const auto container = findContainer(*sample);
    if (container && container->isDiskContainer) {
        return fail(
            Error::Code::ToolFailed,
            Output::tr("The import handler \"%1\" left %2 where a raw disk is needed.").arg(type, container->name),
            Output::tr("Have it convert that, for instance by: qemu-img convert -O raw"));
    }
    const bool isKnown = isMedium(sample->head) || findFileSystem(sample->head)
        || (!container && findPartitionTable(sample->head, sample->size));
    if (isKnown) {
        return {};
    }
    const auto superblock = findExt4Superblock(sample->head);
    if (!superblock) {
        return refuse(type,
                      container ? Output::tr("it is %1.").arg(container->name)
                                : Output::tr("it has neither a partition table nor a file system."));
    }
    if (const auto fits = checkExt4Size(*superblock, sample->size, path); !fits) {
        return refuse(type, fits.error().message);
    }
    return checkWithE2fsck(path, 0, context, runner);
}

} // namespace Stowage
