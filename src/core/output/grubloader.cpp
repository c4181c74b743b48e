// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "grubloader.h"

#include "core/process/tools.h"
#include "core/support/sparsetarget.h"

#include <QCoreApplication>
#include <QFile>
#include <QFileInfo>
#include <QtEndian>

#include <algorithm>
#include <cerrno>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

struct Grub {
    Q_DECLARE_TR_FUNCTIONS(GrubLoader)
};

constexpr qsizetype SectorSize = 512;
constexpr qsizetype CodeEnd = 440; // of the first sector; behind it are the disk's signature and table
constexpr qsizetype CoreSectorAt = 0x5c; // eight bytes: where the rest begins, in sectors
constexpr qsizetype BootDriveAt = 0x64;
constexpr char DriveFromBios = '\xff';
constexpr qsizetype DriveCheckAt = 0x66; // a jump over what mends the drive of a broken BIOS
constexpr char NoOperation = '\x90';
constexpr qsizetype BlockListAt = 0x1f4; // in the rest's first sector: the sector behind it, eight bytes

Result<QByteArray> readWhole(const QString& path)
{
    QFile file(path);
    if (!file.open(QFile::ReadOnly)) {
        return systemError(EACCES, Grub::tr("read"), path);
    }
    return file.readAll();
}

/** What GRUB needs on every machine, then on this one. */
QStringList modulesFor(QLatin1StringView platform, PartitionTable::Scheme scheme)
{
    QStringList modules{u"normal"_s,     u"ext2"_s,   u"search"_s,   u"search_fs_uuid"_s,
                        u"multiboot2"_s, u"gzio"_s,   u"probe"_s,    u"echo"_s,
                        u"test"_s,       u"serial"_s, u"terminal"_s, u"configfile"_s,
                        u"minicmd"_s,    u"ls"_s,     u"reboot"_s,   u"halt"_s};
    modules.append(scheme == PartitionTable::Scheme::Gpt ? u"part_gpt"_s : u"part_msdos"_s);
    modules.append(platform == GrubForBios ? u"biosdisk"_s : u"efi_gop"_s);
    return modules;
}

std::unexpected<Error> strange(const QString& path)
{
    return fail(Error::Code::Unsupported, Grub::tr("%1 is not of the form that this version knows.").arg(path),
                Grub::tr("Install GRUB 2.06 or newer."), Place::inFile(path));
}

} // namespace

Result<QString> grubModules(QLatin1StringView platform, const QStringList& places)
{
    for (const QString& place : places) {
        if (QString directory = place + u'/' + platform; QFileInfo::exists(directory + "/moddep.lst"_L1)) {
            return directory;
        }
    }
    const QString package = platform == GrubForBios ? u"grub-pc-bin"_s : u"grub-efi-amd64-bin"_s;
    return fail(
        Error::Code::ToolMissing,
        Grub::tr("GRUB's modules for %1, needed to make a disk that starts by itself, were not found.").arg(platform),
        Grub::tr("Install the package %1, for instance by: apt install %1").arg(package));
}

Result<void> GrubLoader::make(QLatin1StringView platform, const QString& workDirectory, const QString& output)
{
    const auto directory = grubModules(platform);
    if (!directory) {
        return std::unexpected(directory.error());
    }
    const QString config = workDirectory + "/early.cfg"_L1;
    QFile file(config);
    // The disk that GRUB itself came from is looked at first, so that a copy in another drive is none the worse.
    const QByteArray text = "search.fs_uuid " + m_fileSystemId + " root $root\nset prefix=($root)/boot/grub\n";
    if (!file.open(QFile::WriteOnly) || file.write(text) != text.size() || !file.flush()) {
        return systemError(ENOSPC, Grub::tr("write"), config);
    }
    const bool isGpt = m_plan.scheme == PartitionTable::Scheme::Gpt;
    const int number = m_plan.find(DiskPartition::Purpose::Root)->number;
    CommandSpec spec;
    spec.program = u"grub-mkimage"_s;
    spec.workingDirectory = workDirectory;
    spec.writablePaths = {workDirectory};
    spec.arguments = {
        u"-d"_s, *directory, u"-O"_s, platform, u"-o"_s,
        output,  u"-c"_s,    config,  u"-p"_s,  u"(,%1%2)/boot/grub"_s.arg(isGpt ? u"gpt"_s : u"msdos"_s).arg(number)};
    spec.arguments += modulesFor(platform, m_plan.scheme);
    return m_runner.run(spec, m_context.stop).toResult(spec);
}

Result<void> GrubLoader::install(int fd, const QString& path, const QString& workDirectory)
{
    const QString output = workDirectory + "/core.img"_L1;
    const auto directory = grubModules(GrubForBios);
    if (!directory) {
        return std::unexpected(directory.error());
    }
    if (auto made = make(GrubForBios, workDirectory, output); !made) {
        return made;
    }
    const QString bootPath = *directory + "/boot.img"_L1;
    auto boot = readWhole(bootPath);
    auto core = readWhole(output);
    if (!boot || !core) {
        return std::unexpected(boot ? core.error() : boot.error());
    }
    if (boot->size() != SectorSize || boot->at(DriveCheckAt) != '\xeb' || core->size() <= SectorSize) {
        return strange(bootPath);
    }
    const DiskPartition* loader = m_plan.find(DiskPartition::Purpose::Loader);
    const qint64 start = loader != nullptr ? loader->start : SectorSize;
    const qint64 room = loader != nullptr ? loader->size : m_plan.partitions.first().start - SectorSize;
    if (core->size() > room) {
        return fail(Error::Code::NoSpace,
                    Grub::tr("GRUB takes %1 bytes, but the disk has only %2 for it.").arg(core->size()).arg(room),
                    Grub::tr("Use a GUID partition table."), Place::inFile(path));
    }
    qToLittleEndian(static_cast<quint64>(start / SectorSize), boot->data() + CoreSectorAt);
    (*boot)[BootDriveAt] = DriveFromBios;
    boot->replace(DriveCheckAt, 2, QByteArray(2, NoOperation));
    qToLittleEndian(static_cast<quint64>(start / SectorSize + 1), core->data() + BlockListAt);
    SparseFile disk(fd, path);
    return disk.write(0, boot->first(CodeEnd)).and_then([&] { return disk.write(start, *core); });
}

} // namespace Stowage
