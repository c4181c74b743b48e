// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "bootpartition.h"

#include "core/entries/unpack.h"
#include "core/ext4/ext4image.h"
#include "core/output/bootconfig.h"
#include "core/output/grubloader.h"
#include "core/output/rootimage.h"
#include "core/process/tools.h"
#include "core/support/filecopy.h"
#include "core/support/units.h"

#include <QCoreApplication>
#include <QCryptographicHash>
#include <QDir>
#include <QFile>
#include <QTemporaryDir>

#include <algorithm>
#include <cerrno>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

struct StartText {
    Q_DECLARE_TR_FUNCTIONS(BootPartition)
};

using Origin = BootPartitionFile::Origin;

constexpr QLatin1StringView ImageName("partition.img"); // in the tools' own directory: a path could be more to mtools
constexpr qint64 FileLimit = GiB; // of a hypervisor, a kernel, a RAM disk
constexpr qint64 FatBegin = 315'532'800; // 1980-01-01: FAT knows no time before it

std::unexpected<Error> cannotWrite(const QString& path)
{
    return systemError(ENOSPC, StartText::tr("write"), path);
}

Result<void> writeNew(const QString& path, const QByteArray& bytes)
{
    QFile file(path);
    return file.open(QFile::WriteOnly | QFile::NewOnly) && file.write(bytes) == bytes.size() && file.flush()
        ? Result<void>()
        : cannotWrite(path);
}

/** Makes the FAT partition in a directory of its own: its files first, then the file system. */
class BootPartition
{
public:
    BootPartition(const DiskStart& start, const DiskPartition& partition, GrubLoader& grub, QString directory)
        : m_start(start),
          m_partition(partition),
          m_grub(grub),
          m_directory(std::move(directory)),
          m_image(m_directory + u'/' + ImageName)
    { }

    Result<QByteArray> write()
    {
        // The texts name the sizes of the others: they come last.
        return makeFiles(false)
            .and_then([this] { return makeFiles(true); })
            .and_then([this] { return makeFileSystem(); })
            .and_then([this] { return verify(); })
            .and_then([this] { return hashFile(m_image, m_start.context.stop); })
            .and_then([this](const QByteArray& hash) {
                const auto file = openRegularFile(m_image);
                return file
                    ? copyPart(file->get(), m_image, m_start.root.fd, m_start.root.path,
                               {0, m_partition.size, m_partition.start}, m_start.context.stop, m_start.context.progress)
                          .transform([&hash] { return hash; })
                    : std::unexpected(file.error());
            });
    }

private:
    [[nodiscard]] QString placeOf(qsizetype index) const { return m_directory + u'/' + QString::number(index); }

    /** The file of this machine that has the content of the file at @p index. */
    [[nodiscard]] QString sourceOf(qsizetype index) const
    {
        const BootPartitionFile& file = m_partition.files.at(index);
        return file.origin == Origin::Named ? QString::fromUtf8(file.source) : placeOf(index);
    }

    static bool isText(Origin origin) { return origin == Origin::XenConfig || origin == Origin::Script; }

    Result<void> makeFiles(bool texts)
    {
        for (qsizetype i = 0; i < m_partition.files.size(); ++i) {
            const Origin origin = m_partition.files.at(i).origin;
            if (isText(origin) == texts && origin != Origin::Named) {
                if (auto made = makeFile(m_partition.files.at(i), placeOf(i)); !made) {
                    return made;
                }
            }
        }
        return {};
    }

    Result<void> makeFile(const BootPartitionFile& file, const QString& to)
    {
        switch (file.origin) {
        case Origin::Root:
            return copyOut(file.source, to);
        case Origin::Unpacked: {
            const QString packed = to + ".packed"_L1;
            return copyOut(file.source, packed).and_then([&] {
                Progress ignored; // a few MiB
                return unpackFile(packed, to, {.bytes = FileLimit}, ignored, m_start.context.stop);
            });
        }
        case Origin::Grub:
            return m_grub.make(GrubForUefi, m_directory, to);
        case Origin::XenConfig:
            return writeNew(to, xenConfig(m_start.setup, root()));
        case Origin::Script:
            return makeScript(to);
        case Origin::Named:
            break;
        }
        return {};
    }

    Result<void> copyOut(const QByteArray& source, const QString& to) const
    {
        const auto image = Ext4Image::open(m_start.root.path, Ext4Image::Access::Read, m_start.root.offset);
        if (!image) {
            return std::unexpected(image.error());
        }
        const QByteArray bytes = image->read(source, FileLimit);
        if (bytes.isEmpty() || bytes.size() == FileLimit) {
            return fail(Error::Code::InvalidInput,
                        StartText::tr("/%1 of the host is no file that can start it: it is empty, leads nowhere, or "
                                      "is too large.")
                            .arg(QFile::decodeName(source)),
                        StartText::tr("Remove it from /boot, or install it again."));
        }
        return writeNew(to, bytes);
    }

    [[nodiscard]] QByteArray root() const
    {
        return rootArgument(m_start.setup, m_start.fileSystemId, m_start.partitionId);
    }

    /** The file of @p source in the root file system, or the first that ends with @p end, as U-Boot needs to know it. */
    [[nodiscard]] UBootFile loaded(const QByteArray& source, const QByteArray& end = {}) const
    {
        for (qsizetype i = 0; i < m_partition.files.size(); ++i) {
            const BootPartitionFile& file = m_partition.files.at(i);
            const QByteArray name = source.sliced(source.lastIndexOf('/') + 1);
            if (end.isEmpty() ? file.target == name : file.target.endsWith(end)) {
                return {file.target, QFile(sourceOf(i)).size()};
            }
        }
        return {};
    }

    Result<void> makeScript(const QString& to) const
    {
        const QString commands = to + ".cmd"_L1;
        const UBootFile ramdisk = m_start.setup.ramdisk.isEmpty() ? UBootFile() : loaded(m_start.setup.ramdisk);
        const QByteArray text = uBootScript(m_start.setup, root(),
                                            {loaded(m_start.setup.kernel), ramdisk, loaded({}, ".dtb")});
        return writeNew(commands, text).and_then([&] {
            return run(u"mkimage"_s,
                       {u"-A"_s, u"arm64"_s, u"-T"_s, u"script"_s, u"-C"_s, u"none"_s, u"-n"_s, u"Xen"_s, u"-d"_s,
                        commands, to});
        });
    }

    Result<void> run(const QString& program, const QStringList& arguments) const
    {
        CommandSpec spec;
        spec.program = program;
        spec.arguments = arguments;
        spec.workingDirectory = m_directory;
        spec.writablePaths = {m_directory};
        spec.extraEnvironment.insert(u"SOURCE_DATE_EPOCH"_s, QString::number(std::max(m_start.timeStamp, FatBegin)));
        spec.extraEnvironment.insert(u"TZ"_s, u"UTC"_s);
        spec.extraEnvironment.insert(u"LC_ALL"_s, u"C"_s);
        return m_start.runner.run(spec, m_start.context.stop).toResult(spec);
    }

    Result<void> makeFileSystem() const
    {
        QFile image(m_image);
        if (!image.open(QFile::WriteOnly | QFile::NewOnly) || !image.resize(m_partition.size)) {
            return cannotWrite(m_image);
        }
        image.close();
        const QByteArray volume = QCryptographicHash::hash("boot " + m_start.fileSystemId, QCryptographicHash::Sha256);
        const QString id = QString::fromLatin1(volume.first(4).toHex());
        auto made = run(u"mkfs.vfat"_s, {u"--invariant"_s, u"-i"_s, id, u"-n"_s, u"BOOT"_s, ImageName});
        QByteArrayList directories;
        for (const BootPartitionFile& file : m_partition.files) {
            for (qsizetype slash = file.target.indexOf('/'); slash >= 0; slash = file.target.indexOf('/', slash + 1)) {
                const QByteArray directory = file.target.first(slash).toUpper(); // FAT sees no case
                if (!directories.contains(directory)) {
                    directories.append(directory);
                    made = made.and_then(
                        [&] { return run(u"mmd"_s, {u"-i"_s, ImageName, inImage(file.target.first(slash))}); });
                }
            }
        }
        for (qsizetype i = 0; i < m_partition.files.size(); ++i) {
            const QString to = inImage(m_partition.files.at(i).target);
            made = made.and_then([&] { return run(u"mcopy"_s, {u"-i"_s, ImageName, sourceOf(i), to}); });
        }
        return made;
    }

    static QString inImage(const QByteArray& target) { return "::/"_L1 + QString::fromUtf8(target); }

    Result<void> verify() const
    {
        auto verified = run(u"fsck.vfat"_s, {u"-n"_s, ImageName});
        for (qsizetype i = 0; i < m_partition.files.size() && verified; ++i) {
            const QString back = m_directory + "/read-back"_L1;
            verified = run(u"mcopy"_s, {u"-n"_s, u"-i"_s, ImageName, inImage(m_partition.files.at(i).target), back})
                           .and_then([&]() -> Result<void> {
                               const auto written = hashFile(sourceOf(i), m_start.context.stop);
                               const auto read = hashFile(back, m_start.context.stop);
                               if (!written || !read) {
                                   return std::unexpected(written ? read.error() : written.error());
                               }
                               return *written == *read ? Result<void>() : mismatch(m_partition.files.at(i));
                           });
            QFile::remove(back);
        }
        return verified;
    }

    [[nodiscard]] std::unexpected<Error> mismatch(const BootPartitionFile& file) const
    {
        return fail(Error::Code::Io,
                    StartText::tr("%1 does not read back from the boot partition of %2 as it was written.")
                        .arg(QString::fromUtf8(file.target), m_start.root.path),
                    StartText::tr("Check the disk, and that nothing else writes there; then build again."),
                    Place::inFile(m_start.root.path));
    }

    const DiskStart& m_start;
    const DiskPartition& m_partition;
    GrubLoader& m_grub;
    QString m_directory;
    QString m_image;
};

} // namespace

Result<QByteArray> makeDiskStart(const DiskStart& start)
{
    start.context.progress.setStep(StartText::tr("Making the disk start by itself"));
    const QTemporaryDir directory(start.workDirectory + "/boot-XXXXXX"_L1);
    if (!directory.isValid()) {
        return cannotWrite(start.workDirectory);
    }
    GrubLoader grub(start.plan, start.fileSystemId, start.context, start.runner);
    if (start.plan.startsByBios) {
        if (auto installed = grub.install(start.root.fd, start.root.path, directory.path()); !installed) {
            return std::unexpected(installed.error());
        }
    }
    const DiskPartition* firmware = start.plan.find(DiskPartition::Purpose::Firmware);
    return firmware == nullptr ? Result<QByteArray>() : BootPartition(start, *firmware, grub, directory.path()).write();
}

QList<Error> missingForStart(const Layout& layout)
{
    if (!layout.disk) {
        return {};
    }
    const DiskSetup& setup = *layout.disk;
    QStringList programs;
    QList<Error> errors;
    const auto needModules = [&errors](QLatin1StringView platform) {
        if (const auto found = grubModules(platform); !found) {
            errors.append(found.error());
        }
    };
    if (setup.hasGrub()) {
        programs.append(u"grub-mkimage"_s);
    }
    if (setup.startsByBios) {
        needModules(GrubForBios);
    }
    if (setup.hasGrubForUefi()) {
        needModules(GrubForUefi);
    }
    if (setup.startsByUefi || setup.startsByUBoot || !setup.files.isEmpty()) {
        programs += QStringList{u"mkfs.vfat"_s, u"fsck.vfat"_s, u"mcopy"_s, u"mmd"_s};
    }
    if (setup.startsByUBoot) {
        programs.append(u"mkimage"_s);
    }
    return missingTools(programs) + errors;
}

} // namespace Stowage
