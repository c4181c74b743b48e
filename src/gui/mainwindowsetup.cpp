// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/support/units.h"
#include "gui/bootcontroller.h"
#include "gui/bootview.h"
#include "gui/buildcontroller.h"
#include "gui/filepicker.h"
#include "gui/guestactions.h"
#include "gui/icons.h"
#include "gui/importcontroller.h"
#include "gui/mainwindow.h"
#include "gui/plancontroller.h"
#include "gui/projectcontroller.h"
#include "gui/theme.h"
#include "gui/undocontroller.h"
#include "models/guestlistmodel.h"
#include "models/jobmodel.h"
#include "models/layoutmodel.h"
#include "models/problemmodel.h"
#include "models/projectdocument.h"
#include "ui_mainwindow.h"

#include <QActionGroup>
#include <QClipboard>
#include <QDir>
#include <QFileInfo>
#include <QLabel>
#include <QMenu>
#include <QMessageBox>
#include <QScreen>
#include <QSettings>
#include <QToolButton>

#include <chrono>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace Stowage
{

namespace
{
/** Raised when the docks change, so that an old arrangement is not put onto new ones. */
constexpr int StateVersion = 2;
} // namespace

void MainWindow::setUpIcons()
{
    setWindowIcon(applicationIcon());
    m_ui->actionNew->setIcon(icon(u"new"_s));
    m_ui->actionOpen->setIcon(icon(u"open"_s));
    m_ui->actionOpenExample->setIcon(icon(u"example"_s));
    m_ui->actionImportText->setIcon(icon(u"import-text"_s));
    m_ui->actionSave->setIcon(icon(u"save"_s));
    m_ui->actionProjectSettings->setIcon(icon(u"settings"_s));
    m_ui->settingsButton->setIcon(icon(u"settings"_s));
    m_ui->actionAddImages->setIcon(icon(u"add-image"_s));
    m_ui->actionAddDirectory->setIcon(icon(u"folder-rootfs"_s));
    m_ui->actionAddEmpty->setIcon(icon(u"guest"_s));
    m_ui->actionCopy->setIcon(icon(u"copy"_s));
    m_ui->actionDuplicate->setIcon(icon(u"duplicate"_s));
    m_ui->actionRemove->setIcon(icon(u"remove"_s));
    m_ui->actionMoveUp->setIcon(icon(u"move-up"_s));
    m_ui->actionMoveDown->setIcon(icon(u"move-down"_s));
    m_ui->actionBuild->setIcon(icon(u"build"_s));
    m_ui->actionBootCheck->setIcon(icon(u"boot"_s));
    m_ui->actionOpenExample->setVisible(!ProjectController::examplePath().isEmpty());
}

void MainWindow::setUpToolBar()
{
    m_ui->toolBar->addSeparator();
    for (QAction* action : {m_undo->undoAction(), m_undo->redoAction()}) {
        m_ui->toolBar->addAction(action);
        qobject_cast<QToolButton*>(m_ui->toolBar->widgetForAction(action))->setToolButtonStyle(Qt::ToolButtonIconOnly);
    }
    auto* gap = new QWidget(m_ui->toolBar);
    gap->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Preferred);
    m_ui->toolBar->addWidget(gap);
    auto* build = new QToolButton(m_ui->toolBar);
    build->setObjectName(u"buildButton"_s);
    build->setText(tr("Build…"));
    build->setToolTip(m_ui->actionBuild->toolTip());
    build->setIcon(icon(u"build"_s, IconTint::OnAccent));
    build->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    connect(build, &QToolButton::clicked, m_ui->actionBuild, &QAction::trigger);
    connect(m_ui->actionBuild, &QAction::enabledChanged, build, &QWidget::setEnabled);
    m_ui->toolBar->addWidget(build);
    const QList<QToolButton*> buttons = m_ui->toolBar->findChildren<QToolButton*>();
    for (QToolButton* button : buttons) {
        button->setFocusPolicy(Qt::TabFocus);
        if (button->objectName() == "qt_toolbar_ext_button"_L1) {
            button->setAccessibleName(tr("More tools")); // Shown where the bar is too narrow for all.
        }
    }
    m_ui->toolBar->toggleViewAction()->setVisible(false);
}

void MainWindow::setUpMenus()
{
    m_ui->menuEdit->insertAction(m_ui->actionCut, m_undo->undoAction());
    m_ui->menuEdit->insertAction(m_ui->actionCut, m_undo->redoAction());
    m_ui->menuEdit->insertSeparator(m_ui->actionCut);
    const QList<QAction*> editing{m_ui->actionCut,    m_ui->actionCopy,   m_ui->actionPaste,    m_ui->actionDuplicate,
                                  m_ui->actionRemove, m_ui->actionMoveUp, m_ui->actionMoveDown, m_ui->actionSelectAll};
    for (QAction* action : editing) {
        action->setShortcutContext(Qt::WidgetWithChildrenShortcut);
    }
    m_ui->guestTable->addActions({m_ui->actionAddImages, m_ui->actionAddDirectory, m_ui->actionAddEmpty});
    auto* separator = new QAction(this);
    separator->setSeparator(true);
    m_ui->guestTable->addAction(separator);
    m_ui->guestTable->addActions(editing);
    m_ui->emptyState->addAction(m_ui->actionPaste);
    m_ui->emptyState->setActions({.addImages = m_ui->actionAddImages,
                                  .addDirectory = m_ui->actionAddDirectory,
                                  .openProject = m_ui->actionOpen,
                                  .importText = m_ui->actionImportText,
                                  .openExample = m_ui->actionOpenExample});
}

void MainWindow::setUpDocks()
{
    setCorner(Qt::BottomRightCorner, Qt::RightDockWidgetArea);
    // A tab that is dragged off its bar takes its panel along.
    setDockOptions(dockOptions() | QMainWindow::GroupedDragging);
    setTabPosition(Qt::AllDockWidgetAreas, QTabWidget::North);
    const QList<QDockWidget*> bottom{m_ui->layoutDock, m_ui->configDock, m_ui->problemsDock, m_ui->jobsDock,
                                     m_ui->bootDock};
    for (qsizetype i = 1; i < bottom.size(); ++i) {
        tabifyDockWidget(bottom.at(i - 1), bottom.at(i));
    }
    m_ui->layoutDock->raise();
    m_dockDelay.setSingleShot(true);
    m_dockDelay.setInterval(0ms);
    connect(&m_dockDelay, &QTimer::timeout, this, &MainWindow::updateDockTitles);
    auto* detach = new QMenu(tr("&Detach"), m_ui->menuView);
    for (QDockWidget* dock : docks()) {
        m_ui->menuView->addAction(dock->toggleViewAction());
        QAction* floating = detach->addAction(dock->windowTitle());
        floating->setObjectName(dock->objectName() + u"Float"_s);
        floating->setCheckable(true);
        connect(floating, &QAction::triggered, dock, [dock](bool detached) {
            dock->setFloating(detached);
            dock->show();
        });
        connect(dock, &QDockWidget::topLevelChanged, floating, &QAction::setChecked);
        connect(dock, &QDockWidget::topLevelChanged, &m_dockDelay, qOverload<>(&QTimer::start));
        connect(dock, &QDockWidget::dockLocationChanged, &m_dockDelay, qOverload<>(&QTimer::start));
        connect(dock, &QDockWidget::visibilityChanged, &m_dockDelay, qOverload<>(&QTimer::start));
    }
    // The form's bar says which guest it is about; the menu, which panel.
    connect(m_ui->detailsDock, &QWidget::windowTitleChanged, this,
            [this] { m_ui->detailsDock->toggleViewAction()->setText(tr("Guest")); });
    connect(m_ui->guestDetails, &GuestDetails::titleChanged, m_ui->detailsDock, &QWidget::setWindowTitle);
    m_ui->menuView->addSeparator();
    m_ui->menuView->addMenu(detach);
    connect(m_ui->menuView->addAction(tr("&Reset the Panels")), &QAction::triggered, this,
            [this] { restoreState(m_firstState, StateVersion); });
    updateDockTitles();
    resizeDocks({m_ui->detailsDock}, {324}, Qt::Horizontal);
    resizeDocks({m_ui->layoutDock}, {300}, Qt::Vertical);
    m_firstState = saveState(StateVersion);
}

void MainWindow::bootCheck(const QString& path)
{
    m_ui->bootDock->show();
    m_ui->bootDock->raise();
    if (path.isEmpty()) {
        m_ui->bootView->askForImage();
    } else {
        m_ui->bootView->boot(path);
    }
}

QList<QDockWidget*> MainWindow::docks() const
{
    return {m_ui->layoutDock, m_ui->configDock, m_ui->problemsDock, m_ui->jobsDock, m_ui->bootDock, m_ui->detailsDock};
}

void MainWindow::updateDockTitles()
{
    if (QGuiApplication::mouseButtons() != Qt::NoButton) {
        // Not in the middle of a drag, which the new title would end.
        m_dockDelay.start(100ms);
        return;
    }
    m_dockDelay.setInterval(0ms);
    for (QDockWidget* dock : docks()) {
        // In a group the tab is the title and the handle. Alone, a dock needs a bar to be dragged by.
        const bool hasTab = !dock->isFloating() && !tabifiedDockWidgets(dock).isEmpty();
        if (hasTab && dock->titleBarWidget() == nullptr) {
            dock->setTitleBarWidget(new QWidget(dock));
        } else if (!hasTab && dock->titleBarWidget() != nullptr) {
            const std::unique_ptr<QWidget> bare(dock->titleBarWidget());
            dock->setTitleBarWidget(nullptr);
        }
    }
}

void MainWindow::setUpModels()
{
    m_ui->guestTable->setGuestModel(m_guests);
    m_ui->guestDetails->setDocument(m_document);
    m_ui->layoutView->setLayoutModel(m_layout);
    m_ui->problemView->setProblemModel(m_problems);
    m_jobs->setQueue(&m_builds->queue());
    m_ui->jobView->setJobModel(m_jobs);
    m_ui->bootView->setController(m_boots);
}

void MainWindow::setUpStatusBar()
{
    m_summary = new QLabel(this);
    m_summary->setObjectName(u"summaryLabel"_s);
    m_size = new QLabel(this);
    m_size->setObjectName(u"sizeLabel"_s);
    statusBar()->addPermanentWidget(m_summary);
    statusBar()->addPermanentWidget(m_size);
    statusBar()->setSizeGripEnabled(false);
}

void MainWindow::followTheme()
{
    m_ui->projectTitle->setFont(Theme::scaledFont(1.25, QFont::DemiBold));
    if (m_theme == nullptr) {
        m_ui->menuLook->menuAction()->setVisible(false);
        return;
    }
    auto* looks = new QActionGroup(this);
    const QList<std::pair<QAction*, Theme::Mode>> modes{{m_ui->actionLookSystem, Theme::Mode::System},
                                                        {m_ui->actionLookLight, Theme::Mode::Light},
                                                        {m_ui->actionLookDark, Theme::Mode::Dark}};
    for (const auto& [action, mode] : modes) {
        looks->addAction(action);
        action->setChecked(m_theme->mode() == mode);
        connect(action, &QAction::triggered, m_theme, [theme = m_theme, mode] {
            theme->setMode(mode);
            QSettings().setValue(u"look"_s, static_cast<int>(mode));
        });
    }
    connect(m_theme, &Theme::changed, m_ui->configView, &ConfigView::updateTheme);
}

void MainWindow::showDocks(bool shown)
{
    if (shown == m_docksShown) {
        return;
    }
    m_docksShown = shown;
    if (!shown) {
        m_fullState = saveState(StateVersion);
        for (QDockWidget* dock : docks()) {
            dock->hide();
        }
    } else {
        restoreState(m_fullState, StateVersion);
    }
}

void MainWindow::readSettings()
{
    const QSettings settings;
    if (!restoreGeometry(settings.value(u"window/geometry"_s).toByteArray())) {
        resize(size().boundedTo(screen()->availableSize()));
    }
    restoreState(settings.value(u"window/state"_s).toByteArray(), StateVersion);
    m_ui->guestTable->horizontalHeader()->restoreState(settings.value(u"window/guestColumns"_s).toByteArray());
    m_ui->layoutView->header()->restoreState(settings.value(u"window/layoutColumns"_s).toByteArray());
}

void MainWindow::writeSettings() const
{
    QSettings settings;
    settings.setValue(u"window/geometry"_s, saveGeometry());
    settings.setValue(u"window/state"_s, m_docksShown ? saveState(StateVersion) : m_fullState);
    settings.setValue(u"window/guestColumns"_s, m_ui->guestTable->horizontalHeader()->saveState());
    settings.setValue(u"window/layoutColumns"_s, m_ui->layoutView->header()->saveState());
}

void MainWindow::updateHeader()
{
    const Project& project = m_document->project();
    const QString name = project.bundle.name.isEmpty() ? m_projects->displayName() : project.bundle.name;
    m_ui->projectTitle->setText(project.bundle.version.isEmpty() ? name : u"%1 %2"_s.arg(name, project.bundle.version));
    QStringList parts;
    const QString architecture = architectureName(project.machine.effectiveArchitecture());
    if (!project.machine.name.isEmpty()) {
        parts.append(architecture.isEmpty() ? project.machine.name
                                            : u"%1 (%2)"_s.arg(project.machine.name, architecture));
    } else {
        parts.append(architecture.isEmpty() ? tr("No machine chosen") : architecture);
    }
    parts.append(project.machine.deployDirectory.isEmpty() ? tr("no deploy directory")
                                                           : QDir(project.machine.deployDirectory).dirName());
    if (!project.host.path.isEmpty()) {
        parts.append(tr("onto %1").arg(QDir(project.host.path).dirName()));
    }
    m_ui->projectSubtitle->setText(parts.join(u"  ·  "_s));
    m_ui->projectSubtitle->setToolTip(project.absolutePath(project.machine.deployDirectory));
    m_ui->settingsButton->setText(tr("Settings…"));
    m_ui->projectHeader->setVisible(!project.guests.isEmpty() || !m_projects->path().isEmpty());
    setWindowTitle(u"%1[*]"_s.arg(m_projects->displayName()));
    setWindowFilePath(m_projects->path());
}

void MainWindow::updateSummary()
{
    const Project& project = m_document->project();
    const int errors = m_problems->count(Problem::Severity::Error);
    const int all = m_problems->rowCount();
    const int guests = static_cast<int>(project.guests.size());
    m_ui->problemsDock->setWindowTitle(all == 0 ? tr("Problems") : tr("Problems (%1)").arg(all));
    const QString state = errors > 0 ? tr("Errors: %1").arg(errors) : tr("ready to build");
    m_summary->setText(guests > 0 ? u"%1  ·  %2"_s.arg(tr("Guests: %1").arg(guests), state) : QString());
    const qint64 bytes = m_plans->plan() ? m_plans->plan()->layout.newBytes() : 0;
    m_size->setText(bytes > 0 ? tr("%1 for the host").arg(formatBytes(bytes)) : QString());
    m_ui->actionBuild->setEnabled(guests > 0);
}

void MainWindow::updateRecentFiles()
{
    m_ui->menuRecent->clear();
    const QStringList files = ProjectController::recentFiles();
    for (const QString& file : files) {
        QAction* action = m_ui->menuRecent->addAction(QFileInfo(file).fileName());
        action->setData(file);
        action->setStatusTip(file);
        action->setToolTip(file);
        connect(action, &QAction::triggered, this, [this, file] {
            m_ui->messageBar->dismiss();
            m_projects->open(file);
        });
    }
    m_ui->menuRecent->setEnabled(!files.isEmpty());
    if (!files.isEmpty()) {
        m_ui->menuRecent->addSeparator();
        connect(m_ui->menuRecent->addAction(tr("&Clear")), &QAction::triggered, this, [this] {
            ProjectController::clearRecentFiles();
            updateRecentFiles();
        });
    }
}

void MainWindow::connectGuestActions()
{
    const auto take = [this](PathQuestion::Kind kind, const QString& title) {
        askForPath(this, {.kind = kind, .title = title, .directory = {}, .filters = {}, .suffix = {}},
                   [this](const QStringList& paths) { m_imports->addPaths(paths, m_ui->guestTable->selectedRows()); });
    };
    connect(m_ui->actionAddImages, &QAction::triggered, this,
            [take] { take(PathQuestion::Kind::OpenFiles, tr("Add Images")); });
    connect(m_ui->actionAddDirectory, &QAction::triggered, this,
            [take] { take(PathQuestion::Kind::Directory, tr("Add a Root File System")); });
    m_actions = new GuestActions(*m_document, *m_ui->guestTable, this);
    connect(m_ui->actionAddEmpty, &QAction::triggered, m_actions, &GuestActions::addEmpty);
    connect(m_ui->actionCut, &QAction::triggered, m_actions, [this] { m_actions->copySelected(true); });
    connect(m_ui->actionCopy, &QAction::triggered, m_actions, [this] { m_actions->copySelected(false); });
    connect(m_ui->actionPaste, &QAction::triggered, m_actions, &GuestActions::paste);
    connect(m_ui->actionRemove, &QAction::triggered, m_actions, &GuestActions::removeSelected);
    connect(m_ui->actionDuplicate, &QAction::triggered, m_actions, &GuestActions::duplicateSelected);
    connect(m_ui->actionMoveUp, &QAction::triggered, m_actions, [this] { m_actions->moveSelected(-1); });
    connect(m_ui->actionMoveDown, &QAction::triggered, m_actions, [this] { m_actions->moveSelected(1); });
    connect(m_ui->guestTable, &GuestTable::guestsDropped, m_actions, &GuestActions::insertTransferred);
    const auto updatePaste = [this] { m_ui->actionPaste->setEnabled(GuestActions::canPaste()); };
    connect(QGuiApplication::clipboard(), &QClipboard::dataChanged, this, updatePaste);
    updatePaste();
    connect(m_ui->actionSelectAll, &QAction::triggered, m_ui->guestTable, &QAbstractItemView::selectAll);
}

void MainWindow::showAbout()
{
    auto* box = new QMessageBox(QMessageBox::NoIcon, tr("About Stowage"),
                                tr("Stowage %1").arg(QStringLiteral(STOWAGE_VERSION)), QMessageBox::Close, this);
    box->setInformativeText(tr("Bundles Xen guests into a Dom0 host image.\nMIT licence."));
    box->setIconPixmap(windowIcon().pixmap(QSize(64, 64), devicePixelRatioF()));
    box->setAttribute(Qt::WA_DeleteOnClose);
    box->open();
}

} // namespace Stowage
