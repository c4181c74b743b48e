// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "machinepackage.h"

#include "core/entries/tarmembers.h"
#include "core/entries/unpack.h"
#include "core/sources/ovf.h"
#include "core/sources/sourcefile.h"
#include "core/support/filecopy.h"
#include "core/support/safepath.h"
#include "core/support/units.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QUrl>

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <climits>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

struct PackageText {
    Q_DECLARE_TR_FUNCTIONS(MachinePackage)
};

constexpr qint64 MostManifestBytes = 1 * MiB;

bool isDescription(const QString& name)
{
    return name.endsWith(".ovf"_L1, Qt::CaseInsensitive);
}

QString again()
{
    return PackageText::tr("Copy, download or export it again.");
}

/** The regular file @p path, which is no link itself. */
Result<FileSlice> plainFile(const QString& path)
{
    struct stat status = {};
    if (::lstat(QFile::encodeName(path).constData(), &status) != 0) {
        return systemError(errno, PackageText::tr("read"), path);
    }
    if (!S_ISREG(status.st_mode)) {
        return fail(Error::Code::InvalidInput,
                    S_ISLNK(status.st_mode) ? PackageText::tr("%1 is a link.").arg(path)
                                            : PackageText::tr("%1 is no regular file.").arg(path),
                    PackageText::tr("Put the file itself there."), Place::inFile(path));
    }
    return FileSlice{path, 0, status.st_size};
}

} // namespace

QString MachinePackage::descriptionIn(const QString& path)
{
    const QStringList names = QDir(path).entryList({u"*.ovf"_s}, QDir::Files | QDir::NoSymLinks);
    return names.size() == 1 ? path + u'/' + names.first() : QString();
}

Result<MachinePackage> MachinePackage::open(const QString& path, const std::stop_token& stop)
{
    MachinePackage package;
    package.m_path = path;
    const QString description = QFileInfo(path).isDir() ? descriptionIn(path) : path;
    if (description.isEmpty()) {
        return fail(Error::Code::InvalidInput,
                    PackageText::tr(
                        "The directory %1 does not hold exactly one description of a virtual machine (.ovf).")
                        .arg(path),
                    PackageText::tr("Choose the description itself."), Place::inFile(path));
    }
    const auto sample = readSample(description, stop, 4 * KiB);
    if (!sample) {
        return std::unexpected(sample.error());
    }
    if (isTar(sample->head)) {
        if (auto listed = package.listArchive(stop); !listed) {
            return std::unexpected(listed.error());
        }
    } else {
        const QFileInfo file(QFileInfo(description).canonicalFilePath()); // a link to it stands for what is beside it
        package.m_directory = file.path();
        package.m_description = file.fileName();
    }
    return package.readDescription().transform([&package] { return std::move(package); });
}

Result<void> MachinePackage::listArchive(const std::stop_token& stop)
{
    const auto members = tarMembers(m_path, again(), stop);
    if (!members) {
        return std::unexpected(members.error());
    }
    for (const TarMember& member : *members) {
        const QString name = QString::fromUtf8(member.path);
        if (name.contains(u'/')) {
            continue;
        }
        if (m_description.isEmpty() && isDescription(name) && member.isPlain) {
            m_description = name;
        }
        const bool isTwice = m_members.contains(name);
        m_members.insert(name, {member.data, member.isPlain, isTwice});
    }
    return m_description.isEmpty()
        ? fail(Error::Code::InvalidInput,
               PackageText::tr("The archive %1 holds no description of a virtual machine (.ovf).").arg(m_path), again(),
               Place::inFile(m_path))
        : Result<void>();
}

Result<void> MachinePackage::readDescription()
{
    const auto text = readFile(m_description, MostOvfBytes);
    if (!text) {
        return std::unexpected(text.error());
    }
    const QString stem = m_description.first(m_description.size() - (isDescription(m_description) ? 4 : 0));
    const auto manifest = readFile(stem + ".mf"_L1, MostManifestBytes);
    if (!manifest && manifest.error().code != Error::Code::NotFound) {
        return std::unexpected(manifest.error());
    }
    m_manifest = MachineManifest(manifest.value_or(QByteArray()));
    if (auto same = m_manifest.check(m_description, *text, m_path); !same) {
        return same;
    }
    auto machine = readOvf(*text, m_directory.isEmpty() ? nameOf(m_description) : m_path);
    if (!machine) {
        return std::unexpected(machine.error());
    }
    m_machine = *std::move(machine);
    if (!m_manifest.unknownAlgorithms().isEmpty()) {
        m_machine.notes.append(PackageText::tr("Hashes of %1 in its manifest are not checked: they are not known.")
                                   .arg(m_manifest.unknownAlgorithms().join(", "_L1)));
    }
    if (findFile(stem + ".cert"_L1)) {
        m_machine.notes.append(PackageText::tr("Its certificate, %1, is not checked.").arg(stem + ".cert"_L1));
    }
    return {};
}

Result<MachineDisk> MachinePackage::disk(const QString& member) const
{
    const auto found = std::ranges::find_if(m_machine.disks, [&member](const MachineDisk& disk) {
        return !disk.file.isEmpty() && (member.isEmpty() || disk.file == member);
    });
    if (found != m_machine.disks.end()) {
        return *found;
    }
    QStringList names;
    for (const MachineDisk& disk : m_machine.disks) {
        names += disk.file.isEmpty() ? QStringList() : QStringList{disk.file};
    }
    return member.isEmpty() || names.isEmpty()
        ? fail(Error::Code::InvalidInput, PackageText::tr("The virtual machine %1 has no disk with data.").arg(m_path),
               PackageText::tr("Export it with its disks."), Place::inFile(m_path))
        : fail(Error::Code::NotFound,
               PackageText::tr("The virtual machine %1 has no disk \"%2\".").arg(m_path, member.left(NAME_MAX)),
               PackageText::tr("It has: %1.").arg(names.join(", "_L1)), Place::inFile(m_path));
}

QString MachinePackage::nameOf(const QString& name) const
{
    return (m_directory.isEmpty() ? m_path : m_directory) + u'/' + name;
}

Result<FileSlice> MachinePackage::findFile(const QString& name) const
{
    if (const auto plain = checkFileName(name.toUtf8()); !plain) {
        return std::unexpected(plain.error());
    }
    if (!m_directory.isEmpty()) {
        return plainFile(nameOf(name));
    }
    const auto member = m_members.constFind(name);
    if (member == m_members.cend()) {
        return fail(Error::Code::NotFound,
                    PackageText::tr("The archive %1 has no file \"%2\" in it.").arg(m_path, name), again(),
                    Place::inFile(m_path));
    }
    if (member->isTwice || !member->isPlain) {
        return fail(Error::Code::InvalidInput,
                    (member->isTwice
                         ? PackageText::tr("The archive %1 has two files \"%2\" in it.")
                         : PackageText::tr("\"%2\" in the archive %1 is a link or something else that is no file."))
                        .arg(m_path, name),
                    PackageText::tr("Export the virtual machine again."), Place::inFile(m_path));
    }
    return member->data;
}

Result<FileSlice> MachinePackage::find(const MachineDisk& disk) const
{
    if (disk.isChunked) {
        return fail(Error::Code::Unsupported,
                    PackageText::tr("The disk \"%1\" of %2 is cut into several files.").arg(disk.file, m_path),
                    PackageText::tr("Export the virtual machine with each disk in one file."), Place::inFile(m_path));
    }
    if (!disk.compression.isEmpty()) {
        return isCompressed(disk.file, disk.compression);
    }
    auto found = findFile(disk.file);
    if (!found && found.error().code == Error::Code::NotFound && disk.file.contains(u'%')) {
        // The names are those of a URI, which some write as such.
        found = findFile(QUrl::fromPercentEncoding(disk.file.toUtf8()));
    }
    if (found && !m_directory.isEmpty()) {
        found = FileSlice{.path = found->path};
    }
    return found;
}

Result<OpenedDisk> MachinePackage::open(const MachineDisk& disk, const std::stop_token& stop) const
{
    const auto slice = find(disk);
    const auto sample = slice ? readSample(*slice, stop, 4 * KiB) : std::unexpected(slice.error());
    if (!sample) {
        return std::unexpected(sample.error());
    }
    if (const QString packed = packing(sample->head); !packed.isEmpty()) {
        return isCompressed(disk.file, packed);
    }
    return openDisk(*slice, nameOf(disk.file), stop).and_then([&](OpenedDisk&& opened) -> Result<OpenedDisk> {
        if (opened.type == "raw"_L1 && disk.format.contains("vmdk"_L1, Qt::CaseInsensitive)) {
            return fail(Error::Code::InvalidInput,
                        PackageText::tr("The disk \"%1\" of %2 is no VMDK disk, as its description says.")
                            .arg(disk.file, m_path),
                        again(), Place::inFile(m_path));
        }
        return std::move(opened);
    });
}

std::unexpected<Error> MachinePackage::isCompressed(const QString& file, const QString& how) const
{
    return fail(Error::Code::Unsupported,
                PackageText::tr("The disk \"%1\" of %2 is compressed with %3.").arg(file, m_path, how),
                PackageText::tr("Export the virtual machine without compressing its files, or decompress the disk and "
                                "import it alone."),
                Place::inFile(m_path));
}

Result<QByteArray> MachinePackage::readFile(const QString& name, qint64 most) const
{
    const auto slice = findFile(name);
    if (!slice) {
        return std::unexpected(slice.error());
    }
    if (slice->size > most) {
        return fail(Error::Code::InvalidInput,
                    PackageText::tr("%1 is larger than %2.").arg(nameOf(name), formatBytes(most)), again(),
                    Place::inFile(m_path));
    }
    return openRegularFile(slice->path).and_then([&](const UniqueFd& file) {
        return readAt(file, slice->offset, slice->size, slice->path);
    });
}

} // namespace Stowage
