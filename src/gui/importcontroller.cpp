// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "gui/importcontroller.h"

#include "core/import/handlerregistry.h"
#include "core/layout/bundleguests.h"
#include "core/layout/machineguest.h"
#include "core/sources/bundleprobe.h"
#include "models/projectdocument.h"

#include <QFileInfo>
#include <QtConcurrentRun>

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

QList<ImportController::Recognised> recogniseAll(const QStringList& paths, const std::stop_token& stop)
{
    QList<ImportController::Recognised> all;
    for (const QString& path : paths) {
        if (stop.stop_requested()) {
            break;
        }
        all.append(recogniseSource(path, stop));
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

} // namespace

/** What one drop brings, sorted by what it is for. */
struct ImportController::Batch {
    QList<Recognised> images;
    QList<SourceInfo> kernels;
    QList<SourceInfo> ramdisks;
    QList<SourceInfo> configs;
    QList<SourceInfo> bundles;
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
        return recogniseSource(path, stop);
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
    case SourceKind::Bundle:
        return info.refusal.isEmpty() ? tr("its guests are added (%1)").arg(info.description) : info.refusal;
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
        } else if (info.kind == SourceKind::Bundle && info.refusal.isEmpty()) {
            batch.bundles.append(info);
        } else if (info.kind == SourceKind::BitBake) {
            batch.texts.append(info.path);
        } else if (info.kind == SourceKind::Project) {
            batch.projects.append(info.path);
        } else {
            batch.refusals.append(refusalLine(info.path, info.refusal));
        }
    }
    addImages(batch);
    addBundles(batch);
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
    insert(guests, batch);
}

void ImportController::addBundles(Batch& batch)
{
    constexpr qsizetype MostLines = 5;
    QList<Guest> guests;
    for (const SourceInfo& info : std::as_const(batch.bundles)) {
        guests += guestsOf(*info.bundle);
        const QList<Error>& problems = info.bundle->problems;
        for (const Error& problem : problems.first(std::min(problems.size(), MostLines))) {
            batch.refusals.append(bundleProblemText(problem));
        }
        if (problems.size() > MostLines) {
            batch.refusals.append(tr("%1: %2 more problems, which \"stowage-cli probe\" lists.")
                                      .arg(QFileInfo(info.path).fileName())
                                      .arg(problems.size() - MostLines));
        }
    }
    insert(guests, batch);
}

void ImportController::insert(const QList<Guest>& guests, Batch& batch)
{
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
    insert(guests, batch);
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
