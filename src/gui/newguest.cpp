// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "gui/newguest.h"

#include "core/bootplan/bootplan.h"
#include "core/layout/machineguest.h"
#include "core/support/units.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>

#include <filesystem>

using namespace Qt::StringLiterals;

namespace Stowage
{

namespace
{

constexpr qint64 BlockSize = 4096;
constexpr qint64 SizeStepMiB = 64;

/** Space that the files below @p path take in a file system, in bytes; stops early when asked. */
qint64 contentSize(const QString& path, const std::stop_token& stop)
{
    namespace fs = std::filesystem;
    std::error_code error;
    qint64 total = 0;
    fs::recursive_directory_iterator walk(QFile::encodeName(path).toStdString(),
                                          fs::directory_options::skip_permission_denied, error);
    while (!error && walk != fs::recursive_directory_iterator() && !stop.stop_requested()) {
        std::error_code ignored;
        const bool isFile = walk->is_regular_file(ignored) && !walk->is_symlink(ignored);
        const qint64 size = isFile ? static_cast<qint64>(walk->file_size(ignored)) : 0;
        total += (ignored ? 0 : (size + BlockSize - 1) / BlockSize * BlockSize) + BlockSize / 8;
        walk.increment(error);
    }
    return total;
}

/** An image size with room to grow: a third more than the content, and some. */
qint64 generousMiB(qint64 contentBytes)
{
    const qint64 wanted = (contentBytes + contentBytes / 3) / MiB + 32;
    return (wanted + SizeStepMiB - 1) / SizeStepMiB * SizeStepMiB;
}

} // namespace

RecognisedSource recogniseSource(const QString& path, const std::stop_token& stop)
{
    RecognisedSource found;
    found.info = probeSource(path, stop);
    if (found.info.kind == SourceKind::RootfsDirectory) {
        found.contentBytes = contentSize(path, stop);
    } else if (found.info.kind == SourceKind::RootfsArchive || found.info.kind == SourceKind::Squashfs
               || found.info.kind == SourceKind::ContainerImage) {
        // How much is inside is known only after decompressing it all; compressed systems are about a third of it.
        constexpr qint64 Expansion = 4;
        found.contentBytes = found.info.size * Expansion;
    }
    return found;
}

void setSourceOf(Guest& guest, const RecognisedSource& found, const Project& project)
{
    guest.sourceType = found.info.handler;
    guest.sourceFile = found.info.path;
    guest.sourceMember.clear();
    guest.rootfs.clear();
    guest.imageSizeMiB.reset();
    if (found.contentBytes > 0 && generousMiB(found.contentBytes) > project.defaults.imageSizeMiB) {
        guest.imageSizeMiB = generousMiB(found.contentBytes);
    }
}

QString proposedEntry(const QString& path)
{
    static const QStringList suffixes{u".qcow2"_s, u".qcow"_s, u".img"_s,    u".raw"_s,  u".ext4"_s, u".ext3"_s,
                                      u".ext2"_s,  u".vmdk"_s, u".rootfs"_s, u".wic"_s,  u".cfg"_s,  u".vdi"_s,
                                      u".disk"_s,  u".gz"_s,   u".xz"_s,     u".zst"_s,  u".bz2"_s,  u".vhd"_s,
                                      u".tar"_s,   u".tgz"_s,  u".txz"_s,    u".tzst"_s, u".qed"_s,  u".vhdx"_s,
                                      u".ova"_s,   u".ovf"_s,  u".iso"_s};
    const QFileInfo info(QDir::cleanPath(path));
    QString name = info.fileName();
    for (bool again = true; again;) {
        again = false;
        for (const QString& suffix : suffixes) {
            if (name.size() > suffix.size() && name.endsWith(suffix, Qt::CaseInsensitive)) {
                name.chop(suffix.size());
                again = true;
            }
        }
    }
    static const QStringList nameless{u"rootfs"_s, u"root"_s, u"fs"_s, u"disk"_s, u"image"_s};
    if (nameless.contains(name, Qt::CaseInsensitive)) {
        const QString parent = QFileInfo(info.path()).fileName();
        return parent.isEmpty() ? name : parent;
    }
    return name;
}

Guest guestFromSource(const RecognisedSource& found, const Project& project)
{
    Guest guest;
    guest.entry = proposedEntry(found.info.path);
    if (found.info.kind != SourceKind::Kernel) {
        setSourceOf(guest, found, project);
    }
    applySource(found.info, project.defaults, guest);
    applyBootPlan(planBoot(found.info, {project.machine.effectiveArchitecture(), project.defaults}), guest);
    return guest;
}

} // namespace Stowage
