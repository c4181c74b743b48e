// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include <QMainWindow>
#include <QTimer>

#include <memory>

class QDockWidget;
class QLabel;
class QToolButton;

namespace Stowage
{

class BootController;
class BuildController;
class DropController;
class GuestActions;
class GuestListModel;
class HandlerController;
class ImportController;
class JobModel;
class LayoutModel;
class PlanController;
class ProblemModel;
class ProjectController;
class ProjectDocument;
class Theme;
class UndoController;
struct Problem;

namespace Ui
{
class MainWindow;
}

/** The window: puts the parts together and lets them know of each other. What they do is in the controllers. */
class MainWindow : public QMainWindow
{
    Q_OBJECT

public:
    /** @p theme, which may be null, is not owned. */
    explicit MainWindow(Theme* theme = nullptr, QWidget* parent = nullptr);
    ~MainWindow() override;

    /** Takes files as they are given on the command line: a project is opened, everything else is taken in. */
    void openFiles(const QStringList& paths);

    [[nodiscard]] ProjectDocument& document() { return *m_document; }
    [[nodiscard]] ProjectController& projects() { return *m_projects; }
    [[nodiscard]] PlanController& plans() { return *m_plans; }
    [[nodiscard]] ImportController& imports() { return *m_imports; }
    [[nodiscard]] BuildController& builds() { return *m_builds; }
    [[nodiscard]] BootController& boots() { return *m_boots; }

protected:
    void closeEvent(QCloseEvent* event) override;

private:
    void setUpIcons();
    void setUpToolBar();
    void setUpMenus();
    void setUpDocks();
    void setUpModels();
    void setUpStatusBar();
    void connectFileActions();
    void connectGuestActions();
    void connectControllers();
    void connectViews();
    void followTheme();
    [[nodiscard]] QList<QDockWidget*> docks() const;
    void updateDockTitles();
    void readSettings();
    void writeSettings() const;

    void projectChanged();
    void planChanged();
    void selectionChanged();
    void updateHeader();
    void updateSummary();
    void updateRecentFiles();
    /** An empty project has nothing to show in the docks; their arrangement comes back with the first guest. */
    void showDocks(bool shown);
    void showConfig();
    void showProblem(const Problem& problem);
    void textImported(int guests, QList<Problem> problems);
    void showProblems();
    void openProjectSettings(const QString& field = {});
    /** Shows the import handlers, and of these @p type. */
    void openHandlers(const QString& type = {});
    void openBuildDialog();
    void buildFinished();
    /** Shows the boot check, and boots the image @p path; empty: asks for one. */
    void bootCheck(const QString& path);
    void showAbout();
    void askToEndBuild();

    std::unique_ptr<Ui::MainWindow> m_ui;
    Theme* m_theme;
    ProjectDocument* m_document;
    UndoController* m_undo;
    PlanController* m_plans;
    ProjectController* m_projects;
    ImportController* m_imports;
    BuildController* m_builds;
    BootController* m_boots;
    HandlerController* m_handlers;
    DropController* m_drops;
    GuestListModel* m_guests;
    LayoutModel* m_layout;
    ProblemModel* m_problems;
    JobModel* m_jobs;
    GuestActions* m_actions = nullptr;
    QLabel* m_summary = nullptr;
    QLabel* m_size = nullptr;
    QTimer m_dockDelay;
    QByteArray m_firstState; ///< Arrangement of the docks before anybody changed it.
    QByteArray m_fullState; ///< Arrangement of the docks while they are hidden.
    bool m_docksShown = true;
    bool m_mayClose = false;
};

} // namespace Stowage
