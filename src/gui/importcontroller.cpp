// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "gui/importcontroller.h"

#include "core/bootplan/bootplan.h"
#include "core/import/handlerregistry.h"
#include "core/layout/machineguest.h"
#include "core/support/units.h"
#include "models/projectdocument.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QtConcurrentRun>

#include <filesystem>

using namespace Qt::StringLiterals;

namespace Stowage
{

namespace
{

/** @p reason with the file that it is about, unless it names the file itself. */
QString refusalLine(const QString& path, const QString& reason)
{
    return reason.contains(path) ? reason : u"%1: %2"_s.arg(QFileInfo(path).fileName(), reason);
}

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

ImportController::Recognised recognise(const QString& path, const std::stop_token& stop)
{
    ImportController::Recognised found;
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

QList<ImportController::Recognised> recogniseAll(const QStringList& paths, const std::stop_token& stop)
{
    QList<ImportController::Recognised> all;
    for (const QString& path : paths) {
        if (stop.stop_requested()) {
            break;
        }
        all.append(recognise(path, stop));
    }
    return all;
}

bool isImage(SourceKind kind)
{
    return kind == SourceKind::RootfsDirectory || kind == SourceKind::RootfsArchive || kind == SourceKind::Squashfs
        || kind == SourceKind::ContainerImage || kind == SourceKind::Qcow2 || kind == SourceKind::VirtualDisk
        || kind == SourceKind::VirtualMachine || kind == SourceKind::Iso || kind == SourceKind::Ext4
        || kind == SourceKind::RawDisk;
}

bool isUsable(const SourceInfo& info)
{
    return info.kind != SourceKind::Missing && info.kind != SourceKind::Other && info.refusal.isEmpty();
}

/** An image size with room to grow: a third more than the content, and some. */
qint64 generousMiB(qint64 contentBytes)
{
    const qint64 wanted = (contentBytes + contentBytes / 3) / MiB + 32;
    return (wanted + SizeStepMiB - 1) / SizeStepMiB * SizeStepMiB;
}

void setSourceOf(Guest& guest, const ImportController::Recognised& found, const Project& project)
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

} // namespace

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

Guest guestFromSource(const ImportController::Recognised& found, const Project& project)
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

/** What one drop brings, sorted by what it is for. */
struct ImportController::Batch {
    QList<Recognised> images;
    QList<SourceInfo> kernels;
    QList<SourceInfo> ramdisks;
    QList<SourceInfo> configs;
    QStringList texts;
    QStringList projects;
    QStringList refusals;
    QStringList added;
    QStringList applied;
};

ImportController::ImportController(ProjectDocument& document, QObject* parent) : QObject(parent), m_document(document)
{ }

ImportController::~ImportController()
{
    m_stop.request_stop();
    m_pool.waitForDone();
}

void ImportController::setBusy(int change)
{
    const bool before = isBusy();
    m_running += change;
    if (isBusy() != before) {
        Q_EMIT busyChanged(isBusy());
    }
}

void ImportController::addPaths(const QStringList& paths, const QList<int>& selectedRows)
{
    if (paths.isEmpty()) {
        return;
    }
    setBusy(1);
    QtConcurrent::run(&m_pool, [paths, stop = m_stop.get_token()] {
        return recogniseAll(paths, stop);
    }).then(this, [this, selectedRows](const QList<Recognised>& found) {
        setBusy(-1);
        take(found, selectedRows);
    });
}

void ImportController::setSource(const QList<int>& rows, const QString& path)
{
    setBusy(1);
    QtConcurrent::run(&m_pool, [path, stop = m_stop.get_token()] {
        return recognise(path, stop);
    }).then(this, [this, rows](const Recognised& found) {
        setBusy(-1);
        const auto hasOwnType = [this](int row) {
            const QList<Guest>& guests = m_document.project().guests;
            return row < guests.size() && isCustomType(guests.at(row).sourceType);
        };
        const bool isDisk = isImage(found.info.kind) && found.info.kind != SourceKind::Iso;
        if (!isDisk && !std::ranges::all_of(rows, hasOwnType)) {
            const QString reason = found.info.refusal.isEmpty()
                ? tr("this is %1, not the image of a disk").arg(found.info.description)
                : found.info.refusal;
            Q_EMIT refused({refusalLine(found.info.path, reason)});
            return;
        }
        m_document.edit(tr("Change Image"), [&rows, &found](Project& project) {
            for (const int row : rows) {
                if (row < project.guests.size() && isCustomType(project.guests[row].sourceType)) {
                    project.guests[row].sourceFile = found.info.path; // what it takes is its own matter
                } else if (row < project.guests.size()) {
                    setSourceOf(project.guests[row], found, project);
                }
            }
        });
    });
}

void ImportController::describe(const QStringList& paths)
{
    const int request = ++m_description;
    QtConcurrent::run(&m_pool, [paths, stop = m_stop.get_token()] {
        QList<SourceInfo> all;
        for (const QString& path : paths) {
            all.append(probeSource(path, stop));
        }
        return all;
    }).then(this, [this, request](const QList<SourceInfo>& all) {
        if (request != m_description) {
            return;
        }
        QStringList lines;
        bool usable = false;
        for (const SourceInfo& info : all) {
            usable = usable || isUsable(info);
            lines.append(u"%1 – %2"_s.arg(QFileInfo(info.path).fileName(), outcome(info)));
        }
        Q_EMIT described(lines, usable);
    });
}

QString ImportController::outcome(const SourceInfo& info)
{
    switch (info.kind) {
    case SourceKind::RootfsDirectory:
    case SourceKind::RootfsArchive:
    case SourceKind::Qcow2:
    case SourceKind::Squashfs:
    case SourceKind::ContainerImage:
    case SourceKind::VirtualDisk:
    case SourceKind::VirtualMachine:
    case SourceKind::Iso:
    case SourceKind::Ext4:
    case SourceKind::RawDisk:
        return info.refusal.isEmpty() ? tr("becomes a guest (%1)").arg(info.description) : info.refusal;
    case SourceKind::Kernel:
        return tr("becomes the kernel of the selected guests (%1)").arg(info.description);
    case SourceKind::Ramdisk:
        return tr("becomes the ramdisk of the selected guests");
    case SourceKind::XlConfig:
        return tr("becomes the config of the selected guest, or a new guest");
    case SourceKind::BitBake:
        return tr("its guests are added");
    case SourceKind::Project:
        return tr("is opened");
    case SourceKind::Missing:
    case SourceKind::Other:
        break;
    }
    return info.refusal;
}

void ImportController::take(const QList<Recognised>& found, const QList<int>& selectedRows)
{
    Batch batch;
    for (const Recognised& one : found) {
        const SourceInfo& info = one.info;
        const QString refusal = guestRefusal(info, m_document.project().machine.effectiveArchitecture());
        if (isImage(info.kind) && !refusal.isEmpty() && info.refusal.isEmpty()) {
            batch.refusals.append(refusalLine(info.path, refusal));
        } else if (isImage(info.kind) && info.refusal.isEmpty()) {
            batch.images.append(one);
        } else if (info.kind == SourceKind::Kernel && info.refusal.isEmpty()) {
            batch.kernels.append(info);
        } else if (info.kind == SourceKind::Ramdisk) {
            batch.ramdisks.append(info);
        } else if (info.kind == SourceKind::XlConfig) {
            batch.configs.append(info);
        } else if (info.kind == SourceKind::BitBake) {
            batch.texts.append(info.path);
        } else if (info.kind == SourceKind::Project) {
            batch.projects.append(info.path);
        } else {
            batch.refusals.append(refusalLine(info.path, info.refusal));
        }
    }
    addImages(batch);
    applyBootFiles(batch, selectedRows);
    if (!batch.added.isEmpty()) {
        Q_EMIT guestsAdded(batch.added);
    }
    if (!batch.texts.isEmpty()) {
        Q_EMIT bitBakeFound(batch.texts);
    }
    for (const QString& surplus : batch.projects.mid(1)) {
        batch.refusals.append(tr("%1: only one project can be open.").arg(QFileInfo(surplus).fileName()));
    }
    if (!batch.applied.isEmpty()) {
        Q_EMIT applied(batch.applied);
    }
    if (!batch.refusals.isEmpty()) {
        Q_EMIT refused(batch.refusals);
    }
    if (!batch.projects.isEmpty()) {
        Q_EMIT projectFound(batch.projects.first());
    }
}

void ImportController::addImages(Batch& batch)
{
    QList<Guest> guests;
    for (const Recognised& image : std::as_const(batch.images)) {
        Guest guest = guestFromSource(image, m_document.project());
        guest.entry = m_document.uniqueEntry(guest.entry);
        guests.append(guest);
    }
    if (batch.images.size() == 1) {
        // What is dropped together with the only image belongs to it.
        if (batch.kernels.size() == 1) {
            guests.first().kernel = batch.kernels.takeFirst().path;
        }
        if (batch.ramdisks.size() == 1) {
            guests.first().ramdisk = batch.ramdisks.takeFirst().path;
        }
        if (batch.configs.size() == 1) {
            guests.first().configFile = batch.configs.takeFirst().path;
        }
    }
    if (guests.isEmpty()) {
        return;
    }
    const qsizetype before = m_document.project().guests.size();
    m_document.insertGuests(static_cast<int>(before), guests);
    for (qsizetype row = before; row < m_document.project().guests.size(); ++row) {
        batch.added.append(m_document.project().guests.at(row).entry);
    }
}

void ImportController::addKernelGuests(Batch& batch)
{
    QList<Guest> guests;
    for (const SourceInfo& kernel : std::as_const(batch.kernels)) {
        Guest guest = guestFromSource({.info = kernel}, m_document.project());
        guest.entry = m_document.uniqueEntry(guest.entry);
        guests.append(guest);
    }
    if (guests.size() == 1 && batch.ramdisks.size() == 1) {
        guests.first().ramdisk = batch.ramdisks.takeFirst().path;
    }
    batch.kernels.clear();
    const qsizetype before = m_document.project().guests.size();
    m_document.insertGuests(static_cast<int>(before), guests);
    for (qsizetype row = before; row < m_document.project().guests.size(); ++row) {
        batch.added.append(m_document.project().guests.at(row).entry);
    }
}

void ImportController::applyBootFiles(Batch& batch, const QList<int>& rows)
{
    const bool isAlone = std::ranges::any_of(batch.kernels, [](const SourceInfo& kernel) {
        return kernel.kernelVersion.isEmpty(); // Linux wants a disk
    });
    if (rows.isEmpty() && (isAlone || (!batch.kernels.isEmpty() && !batch.ramdisks.isEmpty()))) {
        addKernelGuests(batch);
    }
    const auto apply = [this, &batch, &rows](const SourceInfo& info, const QString& field, const QString& title,
                                             const QString& what) {
        if (rows.isEmpty()) {
            batch.refusals.append(tr("%1 is %2: select the guests that should have it, then drop it again.")
                                      .arg(QFileInfo(info.path).fileName(), info.description));
            return;
        }
        if (const Result<void> done = m_document.setGuestField(rows, field, info.path, title); !done) {
            batch.refusals.append(done.error().message);
        } else {
            const QString whose = rows.size() == 1 ? m_document.project().guests.value(rows.first()).entry
                                                   : tr("%1 guests").arg(rows.size());
            batch.applied.append(what.arg(QFileInfo(info.path).fileName(), whose));
        }
    };
    for (const SourceInfo& info : std::as_const(batch.kernels)) {
        apply(info, u"kernel"_s, tr("Change Kernel"), tr("%1 is now the kernel of %2."));
    }
    for (const SourceInfo& info : std::as_const(batch.ramdisks)) {
        apply(info, u"ramdisk"_s, tr("Change Ramdisk"), tr("%1 is now the ramdisk of %2."));
    }
    for (const SourceInfo& info : std::as_const(batch.configs)) {
        if (rows.size() == 1) {
            apply(info, u"configFile"_s, tr("Change Config File"), tr("%1 is now the config of %2."));
            continue;
        }
        Guest guest;
        guest.entry = m_document.uniqueEntry(proposedEntry(info.path));
        guest.configFile = info.path;
        m_document.insertGuests(-1, {guest});
        batch.added.append(m_document.project().guests.last().entry);
    }
}

} // namespace Stowage
