// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/bitbake/bitbakeproject.h"

#include <QObject>
#include <QThreadPool>

#include <functional>

class QWidget;

namespace Stowage
{

class ProjectDocument;
class UndoController;

/** New, open, save and recent files; asks before unsaved changes are lost. Files are read and written on worker threads. */
class ProjectController : public QObject
{
    Q_OBJECT

public:
    /** None is owned, all outlive this. Dialogs are opened on @p window. */
    ProjectController(ProjectDocument& document, UndoController& undo, QWidget* window);
    /** Waits until what is being saved is saved. */
    ~ProjectController() override;

    /** File of the project; empty when it was never saved. */
    [[nodiscard]] QString path() const { return m_path; }
    /** Name for titles: the file's, or that it has none. */
    [[nodiscard]] QString displayName() const;
    [[nodiscard]] bool isModified() const;
    [[nodiscard]] static QStringList recentFiles();
    static void clearRecentFiles();
    /** The example project where it is installed or built; empty when there is none. */
    [[nodiscard]] static QString examplePath();

    void newProject();
    void askOpen();
    void open(const QString& path);
    void askImportText();
    /** Reads BitBake text into the project: its guests are added, its settings taken where the project has none. */
    void importText(const QStringList& files);
    void save();
    void askSaveAs();

    /** Calls @p then at once, or after the user has saved or thrown away what was changed; never when the user cancels. */
    void whenSafe(const std::function<void()>& then);

Q_SIGNALS:
    void pathChanged();
    void recentFilesChanged();
    void failed(const QString& text);
    void saved(const QString& path);
    /** Another project has taken the place of the old one. */
    void replaced();
    void textImported(int guests, const QList<Stowage::Problem>& problems);

private:
    void load(const QString& path);
    void replaceWith(const Project& project, const QString& path);
    void saveTo(const QString& path, const std::function<void()>& then);
    void mergeText(const ProjectInput& input);
    void remember(const QString& path);

    ProjectDocument& m_document;
    UndoController& m_undo;
    QWidget* m_window;
    QThreadPool m_pool;
    QString m_path;
};

} // namespace Stowage
