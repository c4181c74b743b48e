// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "gui/projectcontroller.h"

#include "core/project/projectfile.h"
#include "gui/filepicker.h"
#include "gui/messages.h"
#include "gui/undocontroller.h"
#include "models/projectdocument.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>
#include <QMessageBox>
#include <QPushButton>
#include <QSettings>
#include <QtConcurrentRun>

using namespace Qt::StringLiterals;

namespace Stowage
{

namespace
{

constexpr qsizetype MaximumRecentFiles = 8;
const QString RecentKey = u"recentFiles"_s;

QStringList projectFilters()
{
    return {ProjectController::tr("Stowage projects (*.stowage)"), ProjectController::tr("All files (*)")};
}

/** Takes what @p from says into @p into where that says nothing. */
void fillIn(QString& into, const QString& from)
{
    if (into.isEmpty()) {
        into = from;
    }
}

} // namespace

ProjectController::ProjectController(ProjectDocument& document, UndoController& undo, QWidget* window)
    : QObject(window),
      m_document(document),
      m_undo(undo),
      m_window(window)
{
    Project project;
    project.directory = QDir::homePath();
    m_document.setProject(project);
}

ProjectController::~ProjectController()
{
    m_pool.waitForDone();
}

QString ProjectController::displayName() const
{
    return m_path.isEmpty() ? tr("Untitled") : QFileInfo(m_path).completeBaseName();
}

bool ProjectController::isModified() const
{
    return !m_undo.stack().isClean();
}

QStringList ProjectController::recentFiles()
{
    return QSettings().value(RecentKey).toStringList();
}

void ProjectController::clearRecentFiles()
{
    QSettings().remove(RecentKey);
}

QString ProjectController::examplePath()
{
    const QDir binaries(QCoreApplication::applicationDirPath());
    const QStringList candidates{qEnvironmentVariable("STOWAGE_EXAMPLE"),
                                 binaries.absoluteFilePath(u"../share/stowage/example/example.stowage"_s),
                                 // Where a build puts it, with the input that it makes for it.
                                 binaries.absoluteFilePath(u"../../example/example.stowage"_s)};
    for (const QString& candidate : candidates) {
        if (!candidate.isEmpty() && QFileInfo(candidate).isFile()) {
            return QDir::cleanPath(candidate);
        }
    }
    return {};
}

void ProjectController::newProject()
{
    whenSafe([this] {
        Project project;
        project.directory = QDir::homePath();
        replaceWith(project, {});
    });
}

void ProjectController::askOpen()
{
    askForPath(m_window,
               {.kind = PathQuestion::Kind::OpenFile,
                .title = tr("Open Project"),
                .directory = {},
                .filters = projectFilters(),
                .suffix = {}},
               [this](const QStringList& paths) { open(paths.first()); });
}

void ProjectController::open(const QString& path)
{
    whenSafe([this, path] { load(QFileInfo(path).absoluteFilePath()); });
}

void ProjectController::load(const QString& path)
{
    QtConcurrent::run(&m_pool, [path] {
        return loadProject(path);
    }).then(this, [this, path](const Result<Project>& result) {
        if (result) {
            replaceWith(*result, path);
            remember(path);
        } else {
            Q_EMIT failed(errorText(result.error()));
        }
    });
}

void ProjectController::replaceWith(const Project& project, const QString& path)
{
    m_undo.stack().clear();
    m_document.setProject(project);
    m_path = path;
    Q_EMIT pathChanged();
    Q_EMIT replaced();
}

void ProjectController::askImportText()
{
    const QStringList filters{tr("BitBake text (*.conf *.bb *.inc *.bbappend)"), tr("All files (*)")};
    askForPath(m_window,
               {.kind = PathQuestion::Kind::OpenFiles,
                .title = tr("Import BitBake Text"),
                .directory = {},
                .filters = filters,
                .suffix = {}},
               [this](const QStringList& paths) { importText(paths); });
}

void ProjectController::importText(const QStringList& files)
{
    if (files.isEmpty()) {
        return;
    }
    const Project& project = m_document.project();
    BuildSettings settings;
    settings.deployDirectory = project.absolutePath(project.machine.deployDirectory);
    settings.unpackDirectory = project.absolutePath(project.machine.unpackDirectory);
    settings.machine = project.machine.name;
    settings.kernelImageType = project.machine.kernelImageType;
    settings.directory = QFileInfo(files.first()).absolutePath();
    QtConcurrent::run(&m_pool, [files, settings] {
        return readInputs(files, settings);
    }).then(this, [this](const ProjectInput& input) { mergeText(input); });
}

void ProjectController::mergeText(const ProjectInput& input)
{
    Project read = relocated(input.project, m_document.project().directory);
    Project after = m_document.project();
    if (after.guests.isEmpty()) {
        after.defaults = read.defaults;
    }
    fillIn(after.bundle.name, read.bundle.name);
    fillIn(after.bundle.version, read.bundle.version);
    fillIn(after.bundle.description, read.bundle.description);
    fillIn(after.bundle.licence, read.bundle.licence);
    fillIn(after.machine.name, read.machine.name);
    fillIn(after.machine.deployDirectory, read.machine.deployDirectory);
    fillIn(after.machine.unpackDirectory, read.machine.unpackDirectory);
    fillIn(after.machine.kernelImageType, read.machine.kernelImageType);
    if (after.machine.architecture == Architecture::Unknown) {
        after.machine.architecture = read.machine.architecture;
    }
    QStringList taken;
    for (const Guest& guest : std::as_const(after.guests)) {
        taken.append(guest.entry);
    }
    for (Guest& guest : read.guests) {
        if (taken.contains(guest.entry)) {
            guest.entry = m_document.uniqueEntry(guest.entry);
        }
        taken.append(guest.entry);
    }
    after.guests.append(read.guests);
    m_document.submit(tr("Import BitBake Text"), after);
    Q_EMIT textImported(static_cast<int>(read.guests.size()), input.problems);
}

void ProjectController::save()
{
    if (m_path.isEmpty()) {
        askSaveAs();
    } else {
        saveTo(m_path, {});
    }
}

void ProjectController::askSaveAs()
{
    askForPath(m_window,
               {.kind = PathQuestion::Kind::SaveFile,
                .title = tr("Save Project"),
                .directory = {},
                .filters = projectFilters(),
                .suffix = u"stowage"_s},
               [this](const QStringList& paths) { saveTo(paths.first(), {}); });
}

void ProjectController::saveTo(const QString& path, const std::function<void()>& then)
{
    const Project project = m_document.project();
    QtConcurrent::run(&m_pool, [project, path] {
        return saveProject(project, path);
    }).then(this, [this, project, path, then](const Result<void>& result) {
        if (!result) {
            Q_EMIT failed(errorText(result.error()));
            return;
        }
        m_path = path;
        if (m_document.project() == project) {
            m_document.setProject(relocated(project, QFileInfo(path).absolutePath()));
            m_undo.stack().setClean();
        }
        remember(path);
        Q_EMIT pathChanged();
        Q_EMIT saved(path);
        if (then) {
            then();
        }
    });
}

void ProjectController::remember(const QString& path)
{
    QStringList files = recentFiles();
    files.removeAll(path);
    files.prepend(path);
    QSettings().setValue(RecentKey, files.mid(0, MaximumRecentFiles));
    Q_EMIT recentFilesChanged();
}

void ProjectController::whenSafe(const std::function<void()>& then)
{
    if (!isModified()) {
        then();
        return;
    }
    auto* box = new QMessageBox(QMessageBox::NoIcon, tr("Unsaved Changes"),
                                tr("Save the changes to “%1”?").arg(displayName()),
                                QMessageBox::Save | QMessageBox::Discard | QMessageBox::Cancel, m_window);
    box->setObjectName(u"unsavedQuestion"_s);
    box->setAttribute(Qt::WA_DeleteOnClose);
    box->setInformativeText(tr("They are lost when you don't save them."));
    box->setDefaultButton(QMessageBox::Save);
    connect(box, &QMessageBox::finished, this, [this, then](int answer) {
        if (answer == QMessageBox::Discard) {
            m_undo.stack().setClean();
            then();
        } else if (answer == QMessageBox::Save && !m_path.isEmpty()) {
            saveTo(m_path, then);
        } else if (answer == QMessageBox::Save) {
            askForPath(m_window,
                       {.kind = PathQuestion::Kind::SaveFile,
                        .title = tr("Save Project"),
                        .directory = {},
                        .filters = projectFilters(),
                        .suffix = u"stowage"_s},
                       [this, then](const QStringList& paths) { saveTo(paths.first(), then); });
        }
    });
    box->open();
}

} // namespace Stowage
