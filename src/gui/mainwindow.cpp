// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "gui/mainwindow.h"

#include "core/support/units.h"
#include "gui/bootcontroller.h"
#include "gui/buildcontroller.h"
#include "gui/builddialog.h"
#include "gui/dropcontroller.h"
#include "gui/guestactions.h"
#include "gui/handlercontroller.h"
#include "gui/handlerdialog.h"
#include "gui/importcontroller.h"
#include "gui/plancontroller.h"
#include "gui/projectcontroller.h"
#include "gui/projectdialog.h"
#include "gui/theme.h"
#include "gui/undocontroller.h"
#include "models/guestlistmodel.h"
#include "models/jobmodel.h"
#include "models/layoutmodel.h"
#include "models/problemmodel.h"
#include "models/projectdocument.h"
#include "ui_mainwindow.h"

#include <QCloseEvent>
#include <QDir>
#include <QFileInfo>
#include <QMessageBox>
#include <QPushButton>

using namespace Qt::StringLiterals;

namespace Stowage
{

MainWindow::MainWindow(Theme* theme, QWidget* parent)
    : QMainWindow(parent),
      m_ui(std::make_unique<Ui::MainWindow>()),
      m_theme(theme),
      m_document(new ProjectDocument(this)),
      m_undo(new UndoController(*m_document, this)),
      m_plans(new PlanController(*m_document, this)),
      m_projects(new ProjectController(*m_document, *m_undo, this)),
      m_imports(new ImportController(*m_document, this)),
      m_builds(new BuildController(*m_plans, this)),
      m_boots(new BootController(this)),
      m_handlers(new HandlerController(this)),
      m_drops(new DropController(this)),
      m_guests(new GuestListModel(m_document, this)),
      m_layout(new LayoutModel(this)),
      m_problems(new ProblemModel(this)),
      m_jobs(new JobModel(this))
{
    m_ui->setupUi(this);
    setUpIcons();
    setUpToolBar();
    setUpMenus();
    setUpDocks();
    setUpModels();
    setUpStatusBar();
    connectFileActions();
    connectGuestActions();
    connectControllers();
    connectViews();
    followTheme();
    readSettings();
    projectChanged();
    selectionChanged();
    m_ui->emptyState->setFocus();
    m_plans->refresh();
    m_handlers->refresh();
}

MainWindow::~MainWindow()
{
    // An editor that is still open hands in its text as it goes: nothing of that may reach a window half gone.
    disconnect(&m_undo->stack(), nullptr, this, nullptr);
    const QObjectList parts = findChildren<QObject*>();
    for (const QObject* part : parts) {
        disconnect(part, nullptr, this, nullptr);
    }
    // In the reverse order of their making: each uses only what was made before it.
    const std::unique_ptr<BuildController> builds(m_builds);
    const std::unique_ptr<BootController> boots(m_boots);
    const std::unique_ptr<ImportController> imports(m_imports);
}

void MainWindow::openFiles(const QStringList& paths)
{
    QStringList absolute;
    for (const QString& path : paths) {
        absolute.append(QFileInfo(path).absoluteFilePath());
    }
    m_imports->addPaths(absolute, {});
}

void MainWindow::connectFileActions()
{
    // What was said of the last project ends here, but not what is said of files that come together with the next.
    for (const QAction* action : {m_ui->actionNew, m_ui->actionOpen, m_ui->actionOpenExample, m_ui->actionImportText}) {
        connect(action, &QAction::triggered, m_ui->messageBar, &MessageBar::dismiss);
    }
    connect(m_ui->actionNew, &QAction::triggered, m_projects, &ProjectController::newProject);
    connect(m_ui->actionOpen, &QAction::triggered, m_projects, &ProjectController::askOpen);
    connect(m_ui->actionOpenExample, &QAction::triggered, this,
            [this] { m_projects->open(ProjectController::examplePath()); });
    connect(m_ui->actionImportText, &QAction::triggered, m_projects, &ProjectController::askImportText);
    connect(m_ui->actionSave, &QAction::triggered, m_projects, &ProjectController::save);
    connect(m_ui->actionSaveAs, &QAction::triggered, m_projects, &ProjectController::askSaveAs);
    connect(m_ui->actionProjectSettings, &QAction::triggered, this, [this] { openProjectSettings(); });
    connect(m_ui->settingsButton, &QToolButton::clicked, m_ui->actionProjectSettings, &QAction::trigger);
    connect(m_ui->actionHandlers, &QAction::triggered, this, [this] { openHandlers(); });
    connect(m_ui->actionQuit, &QAction::triggered, this, &QWidget::close);
    connect(m_ui->actionBuild, &QAction::triggered, this, &MainWindow::openBuildDialog);
    connect(m_ui->actionBootCheck, &QAction::triggered, this, [this] { bootCheck({}); });
    connect(m_ui->actionAbout, &QAction::triggered, this, &MainWindow::showAbout);
    connect(m_projects, &ProjectController::recentFilesChanged, this, &MainWindow::updateRecentFiles);
    updateRecentFiles();
}

void MainWindow::connectControllers()
{
    connect(m_document, &ProjectDocument::changed, this, &MainWindow::projectChanged);
    connect(&m_undo->stack(), &QUndoStack::cleanChanged, this, [this](bool clean) { setWindowModified(!clean); });
    connect(m_plans, &PlanController::planChanged, this, &MainWindow::planChanged);
    const auto complain = [this](const QString& text) { m_ui->messageBar->showMessage(MessageBar::Kind::Error, text); };
    connect(m_handlers, &HandlerController::handlersChanged, this, [this] {
        m_ui->guestDetails->refreshHandlers();
        m_plans->refresh();
    });
    connect(m_projects, &ProjectController::failed, this, complain);
    connect(m_projects, &ProjectController::pathChanged, this, &MainWindow::updateHeader);
    connect(m_projects, &ProjectController::saved, this, [this](const QString& path) {
        statusBar()->showMessage(tr("Saved %1").arg(QDir::toNativeSeparators(path)), 5000);
    });
    connect(m_projects, &ProjectController::replaced, this, [this] {
        m_plans->setInputProblems({});
        if (!m_document->project().guests.isEmpty()) {
            m_ui->guestTable->selectRows({0});
            m_ui->guestTable->setFocus();
        }
    });
    connect(m_projects, &ProjectController::textImported, this, &MainWindow::textImported);
    connect(m_imports, &ImportController::refused, this, [this](const QStringList& lines) {
        m_ui->messageBar->showMessage(MessageBar::Kind::Warning, lines.join(u'\n'));
    });
    connect(m_imports, &ImportController::applied, this, [this](const QStringList& lines) {
        m_ui->messageBar->showMessage(MessageBar::Kind::Good, lines.join(u'\n'));
    });
    connect(m_imports, &ImportController::busyChanged, this,
            [this](bool busy) { statusBar()->showMessage(busy ? tr("Looking at the files…") : QString()); });
    connect(m_imports, &ImportController::guestsAdded, m_actions, &GuestActions::select);
    connect(m_imports, &ImportController::projectFound, m_projects, &ProjectController::open);
    connect(m_imports, &ImportController::bitBakeFound, m_projects, &ProjectController::importText);
    connect(m_imports, &ImportController::described, m_drops, &DropController::showDescription);
    connect(m_drops, &DropController::descriptionWanted, m_imports, &ImportController::describe);
    connect(m_drops, &DropController::dropped, this, [this](const QStringList& paths) {
        m_ui->messageBar->dismiss();
        m_imports->addPaths(paths, m_ui->guestTable->selectedRows());
    });
    connect(m_builds, &BuildController::finished, this, &MainWindow::buildFinished);
    connect(m_builds, &BuildController::importProgress, m_guests, &GuestListModel::setImportProgress);
}

void MainWindow::textImported(int guests, QList<Problem> problems)
{
    for (Problem& problem : problems) {
        // Whether a guest can be built is found out anew; its row may change.
        problem.severity = std::min(problem.severity, Problem::Severity::Warning);
        problem.where.guest = -1;
    }
    m_plans->setInputProblems(problems);
    QList<int> added(guests);
    std::ranges::iota(added, static_cast<int>(m_document->project().guests.size()) - guests);
    if (guests > 0) {
        m_ui->guestTable->selectRows(added);
        m_ui->guestTable->setFocus();
    }
    const QString text = guests == 1 ? tr("One guest was imported.") : tr("%n guests were imported.", nullptr, guests);
    if (problems.isEmpty()) {
        m_ui->messageBar->showMessage(MessageBar::Kind::Good, text);
        return;
    }
    m_ui->messageBar->showMessage(MessageBar::Kind::Warning, text + u' ' + tr("Not everything could be read."));
    m_ui->messageBar->setAction(tr("Show Problems"), [this] { showProblems(); });
}

void MainWindow::showProblems()
{
    m_ui->problemsDock->show();
    m_ui->problemsDock->raise();
}

void MainWindow::connectViews()
{
    connect(m_ui->guestTable, &GuestTable::selectedRowsChanged, this, &MainWindow::selectionChanged);
    connect(m_ui->guestDetails, &GuestDetails::sourceChosen, m_imports, &ImportController::setSource);
    connect(m_ui->guestDetails, &GuestDetails::refused, this,
            [this](const QString& text) { m_ui->messageBar->showMessage(MessageBar::Kind::Warning, text); });
    connect(m_ui->layoutView, &LayoutView::guestActivated, this,
            [this](const QString& entry) { m_actions->select({entry}); });
    connect(m_ui->problemView, &ProblemView::problemActivated, this, &MainWindow::showProblem);
    connect(m_ui->problemView, &ProblemView::fixRequested, this, [this](const Problem& problem) {
        if (const Result<void> done = m_document->applyFix(problem); !done) {
            m_ui->messageBar->showMessage(MessageBar::Kind::Error, done.error().message);
        }
    });
}

void MainWindow::projectChanged()
{
    const bool empty = m_document->project().guests.isEmpty();
    m_ui->pages->setCurrentWidget(empty ? static_cast<QWidget*>(m_ui->emptyState) : m_ui->guestTable);
    // What is not shown must not keep the window from being small.
    m_ui->emptyState->setSizePolicy(empty ? QSizePolicy::Preferred : QSizePolicy::Ignored,
                                    empty ? QSizePolicy::Preferred : QSizePolicy::Ignored);
    showDocks(!empty);
    updateHeader();
    updateSummary();
    selectionChanged();
}

void MainWindow::planChanged()
{
    const Plan& plan = *m_plans->plan();
    QList<Problem> problems = plan.problems;
    // The empty window says so itself.
    problems.removeIf([](const Problem& problem) { return problem.code == ProblemCode::NoGuests; });
    QStringList entries;
    for (const Guest& guest : plan.project.guests) {
        entries.append(guest.entry);
    }
    m_guests->setSources(plan.resolved);
    m_ui->guestDetails->setResolved(plan.resolved);
    m_guests->setProblems(problems);
    m_problems->setProblems(problems, entries);
    m_layout->setLayout(plan.layout);
    updateSummary();
    showConfig();
}

void MainWindow::selectionChanged()
{
    const QList<int> rows = m_ui->guestTable->selectedRows();
    const qsizetype count = m_document->project().guests.size();
    m_ui->guestDetails->setRows(rows);
    for (QAction* action : {m_ui->actionRemove, m_ui->actionDuplicate, m_ui->actionCut, m_ui->actionCopy}) {
        action->setEnabled(!rows.isEmpty());
    }
    m_ui->actionMoveUp->setEnabled(!rows.isEmpty() && rows.first() > 0);
    m_ui->actionMoveDown->setEnabled(!rows.isEmpty() && rows.last() < count - 1);
    m_ui->actionSelectAll->setEnabled(count > 0);
    showConfig();
}

void MainWindow::showConfig()
{
    const QList<int> rows = m_ui->guestTable->selectedRows();
    const int row = m_ui->guestTable->currentIndex().isValid() && rows.contains(m_ui->guestTable->currentIndex().row())
        ? m_ui->guestTable->currentIndex().row()
        : rows.value(0, -1);
    const QString entry = row < 0 ? QString() : m_document->project().guests.at(row).entry;
    if (m_plans->plan()) {
        for (const ResolvedGuest& guest : m_plans->plan()->resolved.guests) {
            if (!entry.isEmpty() && guest.entry == entry) {
                m_ui->configView->showConfig(u"%1/%2.cfg"_s.arg(ConfigDirectory, entry), guest.config);
                return;
            }
        }
    }
    // A guest that is new, or has a new name, is in the next plan, which comes soon.
    if (entry.isEmpty() || m_plans->isCurrent()) {
        m_ui->configView->showConfig({}, {});
    }
}

void MainWindow::showProblem(const Problem& problem)
{
    if (problem.where.guest < 0 || problem.where.guest >= m_document->project().guests.size()) {
        openProjectSettings(problem.where.field);
        return;
    }
    m_ui->guestTable->selectRows({problem.where.guest});
    if (problem.code == ProblemCode::SourceTypeNotAllowed) {
        openHandlers(m_document->project().guests.at(problem.where.guest).sourceType);
        return;
    }
    m_ui->detailsDock->show();
    m_ui->detailsDock->raise();
    m_ui->guestDetails->showField(problem.where.field);
}

void MainWindow::openProjectSettings(const QString& field)
{
    auto* dialog = new ProjectDialog(m_document->project(), m_plans->plan(), this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &QDialog::accepted, this,
            [this, dialog] { m_document->submit(tr("Change Project Settings"), dialog->project()); });
    dialog->open();
    dialog->showField(field);
}

void MainWindow::openHandlers(const QString& type)
{
    auto* dialog = findChild<HandlerDialog*>();
    if (dialog == nullptr) {
        dialog = new HandlerDialog(*m_handlers, this);
        dialog->setAttribute(Qt::WA_DeleteOnClose);
        dialog->open();
    }
    dialog->showType(type);
}

void MainWindow::openBuildDialog()
{
    if (auto* open = findChild<BuildDialog*>(); open != nullptr) {
        open->raise();
        open->activateWindow();
        return;
    }
    const BuildDialog::Context context{*m_document, *m_plans, *m_builds, *m_jobs, *m_projects};
    auto* dialog = new BuildDialog(context, this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &BuildDialog::problemsRequested, this, &MainWindow::showProblems);
    connect(dialog, &BuildDialog::bootRequested, this, &MainWindow::bootCheck);
    dialog->show();
}

void MainWindow::buildFinished()
{
    if (findChild<BuildDialog*>() != nullptr) {
        return;
    }
    const BuildOutcome outcome = m_builds->outcome().value_or(BuildOutcome());
    if (outcome.cancelled) {
        m_ui->messageBar->showMessage(MessageBar::Kind::Note, tr("The build was cancelled."));
    } else if (!outcome.errors.isEmpty()) {
        m_ui->messageBar->showMessage(MessageBar::Kind::Error,
                                      tr("The build failed: %1").arg(outcome.errors.first().message));
    } else {
        m_ui->messageBar->showMessage(MessageBar::Kind::Good, tr("The build is done: everything is written."));
    }
}

void MainWindow::askToEndBuild()
{
    auto* box = new QMessageBox(QMessageBox::NoIcon, tr("A Build Is Running"),
                                tr("Cancel the build and close the window?"), QMessageBox::NoButton, this);
    box->setObjectName(u"runningQuestion"_s);
    box->setInformativeText(tr("Nothing half written is left behind."));
    const QPushButton* end = box->addButton(tr("Cancel Build"), QMessageBox::DestructiveRole);
    box->setDefaultButton(box->addButton(tr("Keep Building"), QMessageBox::RejectRole));
    box->setAttribute(Qt::WA_DeleteOnClose);
    connect(m_builds, &BuildController::finished, box, &QDialog::reject); // There is nothing left to ask.
    connect(end, &QPushButton::clicked, this, [this] {
        connect(m_builds, &BuildController::finished, this, &QWidget::close, Qt::SingleShotConnection);
        m_builds->cancel();
    });
    box->open();
}

void MainWindow::closeEvent(QCloseEvent* event)
{
    if (m_mayClose || (!m_builds->isRunning() && !m_projects->isModified())) {
        writeSettings();
        event->accept();
        return;
    }
    event->ignore();
    if (m_builds->isRunning()) {
        askToEndBuild();
        return;
    }
    m_projects->whenSafe([this] {
        m_mayClose = true;
        close();
    });
}

} // namespace Stowage
