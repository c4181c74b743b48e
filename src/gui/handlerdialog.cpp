// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "gui/handlerdialog.h"

#include "gui/filepicker.h"
#include "gui/handlercontroller.h"
#include "gui/icons.h"
#include "gui/theme.h"
#include "ui_handlerdialog.h"

#include <QFileInfo>
#include <QFontDatabase>
#include <QHeaderView>
#include <QMenu>
#include <QScrollBar>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace Stowage
{

namespace
{

enum Column { TypeColumn, StateColumn, ToolsColumn };

QString toolText(const Tool& tool)
{
    if (!tool.path.isEmpty()) {
        return tool.program;
    }
    return tool.package.isEmpty() ? HandlerDialog::tr("%1 is missing").arg(tool.program)
                                  : HandlerDialog::tr("%1 is missing (package %2)").arg(tool.program, tool.package);
}

bool isMissing(const Tool& tool)
{
    return tool.path.isEmpty();
}

/** The missing ones first: there may be no room for all. */
QString toolsText(QList<Tool> tools)
{
    std::ranges::stable_partition(tools, &isMissing);
    QStringList texts;
    std::ranges::transform(tools, std::back_inserter(texts), &toolText);
    return texts.join(", "_L1);
}

/** What to know before the type is used, a line each. */
QStringList notesOn(const ListedHandler& listed)
{
    QStringList notes;
    for (const Tool& tool : listed.tools) {
        if (const Result<void> there = requireTool(tool); !there) {
            notes.append(there.error().message + u' ' + there.error().remedy);
        }
    }
    return notes + listed.own->definition().notes;
}

QString stateText(const ListedHandler& listed)
{
    if (listed.own == nullptr) {
        return HandlerDialog::tr("Built in");
    }
    return listed.own->isAllowed() ? HandlerDialog::tr("Allowed") : HandlerDialog::tr("Not allowed yet");
}

} // namespace

HandlerDialog::HandlerDialog(HandlerController& controller, QWidget* parent)
    : QDialog(parent),
      m_ui(std::make_unique<Ui::HandlerDialog>()),
      m_controller(controller)
{
    m_ui->setupUi(this);
    m_ui->handlerText->setFont(QFontDatabase::systemFont(QFontDatabase::FixedFont));
    m_ui->handlerTree->header()->setSectionResizeMode(TypeColumn, QHeaderView::ResizeToContents);
    m_ui->handlerTree->header()->setSectionResizeMode(StateColumn, QHeaderView::ResizeToContents);
    setUpPaths();
    connect(m_ui->handlerTree, &QTreeWidget::currentItemChanged, this, [this](const QTreeWidgetItem* item) {
        m_type = item == nullptr ? m_type : item->data(TypeColumn, Qt::UserRole).toString();
        showSelected();
    });
    connect(m_ui->allowButton, &QPushButton::clicked, this, [this] { m_controller.setAllowed(m_shown, true); });
    connect(m_ui->forbidButton, &QPushButton::clicked, this, [this] { m_controller.setAllowed(m_shown, false); });
    connect(m_ui->buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    connect(&controller, &HandlerController::overviewChanged, this, &HandlerDialog::load);
    connect(&controller, &HandlerController::failed, this, [this](const QString& text) {
        m_ui->problemsLabel->setText(text);
        m_ui->problemsLabel->show();
    });
    m_ui->splitter->setStretchFactor(1, 1);
    m_ui->splitter->setSizes({400, 520});
    load();
    controller.refresh();
}

HandlerDialog::~HandlerDialog() = default;

void HandlerDialog::setUpPaths()
{
    auto* menu = new QMenu(this);
    const auto choose = [this](PathQuestion::Kind kind, const QString& title) {
        askForPath(this,
                   {.kind = kind,
                    .title = title,
                    .directory = {},
                    .filters = kind == PathQuestion::Kind::Directory
                        ? QStringList()
                        : QStringList{tr("Import handlers (*.sh *.bbclass *.bb *.inc *.bbappend)"),
                                      tr("All files (*)")},
                    .suffix = {}},
                   [this](const QStringList& paths) { m_controller.addPaths(paths); });
    };
    connect(menu->addAction(icon(u"file"_s), tr("&Files…")), &QAction::triggered, this,
            [choose] { choose(PathQuestion::Kind::OpenFiles, tr("Add Import Handlers")); });
    connect(menu->addAction(icon(u"open"_s), tr("&Directory…")), &QAction::triggered, this,
            [choose] { choose(PathQuestion::Kind::Directory, tr("Add a Directory of Import Handlers")); });
    m_ui->addPathButton->setIcon(icon(u"add"_s));
    m_ui->addPathButton->setMenu(menu);
    m_ui->addPathButton->setPopupMode(QToolButton::InstantPopup);
    m_ui->removePathButton->setIcon(icon(u"remove"_s));
    connect(m_ui->removePathButton, &QToolButton::clicked, this, [this] {
        if (const QListWidgetItem* item = m_ui->pathList->currentItem(); item != nullptr) {
            m_controller.removePath(item->data(Qt::UserRole).toString());
        }
    });
    connect(m_ui->pathList, &QListWidget::currentRowChanged, this,
            [this](int row) { m_ui->removePathButton->setEnabled(row >= 0); });
}

void HandlerDialog::load()
{
    loadPaths();
    const HandlerOverview& overview = m_controller.overview();
    const QString type = m_type;
    {
        const QSignalBlocker blocker(m_ui->handlerTree);
        m_ui->handlerTree->clear();
        // Those that there is something to do about come first.
        for (const bool own : {true, false}) {
            for (const ListedHandler& listed : overview.handlers) {
                if ((listed.own != nullptr) == own) {
                    addHandler(listed);
                }
            }
        }
    }
    QStringList texts;
    for (const Error& problem : overview.problems) {
        texts.append(problem.message + u' ' + problem.remedy);
    }
    m_ui->problemsLabel->setText(texts.join(u'\n'));
    m_ui->problemsLabel->setVisible(!texts.isEmpty());
    showType(type);
    showSelected();
}

void HandlerDialog::loadPaths()
{
    const QListWidgetItem* current = m_ui->pathList->currentItem();
    const QString before = current == nullptr ? QString() : current->data(Qt::UserRole).toString();
    m_ui->pathList->clear();
    for (const QString& path : m_controller.overview().paths) {
        auto* item = new QListWidgetItem(icon(path.section(u'/', -1).contains(u'.') ? u"file"_s : u"directory"_s), path,
                                         m_ui->pathList);
        item->setData(Qt::UserRole, path);
        item->setToolTip(path);
        if (path == before) {
            m_ui->pathList->setCurrentItem(item);
        }
    }
    m_ui->removePathButton->setEnabled(m_ui->pathList->currentItem() != nullptr);
}

void HandlerDialog::addHandler(const ListedHandler& listed)
{
    const QString tools = toolsText(listed.tools);
    auto* item = new QTreeWidgetItem(m_ui->handlerTree, {listed.handler->type(), stateText(listed), tools});
    item->setData(TypeColumn, Qt::UserRole, listed.handler->type());
    item->setToolTip(TypeColumn, listed.handler->title());
    item->setToolTip(ToolsColumn, tools);
    if (!listed.handler->allowed()) {
        item->setIcon(StateColumn, icon(u"warning"_s, IconTint::Warning));
    } else {
        item->setIcon(StateColumn, icon(u"ok"_s, IconTint::Good));
    }
    if (std::ranges::any_of(listed.tools, &isMissing)) {
        item->setIcon(ToolsColumn, icon(u"error"_s, IconTint::Error));
    }
}

void HandlerDialog::showType(const QString& type)
{
    m_type = type;
    for (int i = 0; i < m_ui->handlerTree->topLevelItemCount(); ++i) {
        QTreeWidgetItem* item = m_ui->handlerTree->topLevelItem(i);
        if (item->data(TypeColumn, Qt::UserRole).toString() == type) {
            m_ui->handlerTree->setCurrentItem(item);
            return;
        }
    }
    if (type.isEmpty()) {
        m_ui->handlerTree->setCurrentItem(m_ui->handlerTree->topLevelItem(0));
    }
}

const ListedHandler* HandlerDialog::selected() const
{
    const QTreeWidgetItem* item = m_ui->handlerTree->currentItem();
    const QString type = item == nullptr ? QString() : item->data(TypeColumn, Qt::UserRole).toString();
    const QList<ListedHandler>& handlers = m_controller.overview().handlers;
    const auto found = std::ranges::find_if(handlers,
                                            [&](const ListedHandler& each) { return each.handler->type() == type; });
    return found == handlers.end() ? nullptr : &*found;
}

void HandlerDialog::showSelected()
{
    const ListedHandler* listed = selected();
    const bool isOwn = listed != nullptr && listed->own != nullptr;
    m_ui->pages->setCurrentWidget(isOwn ? m_ui->ownPage : m_ui->builtInPage);
    if (isOwn) {
        showOwn(*listed);
        return;
    }
    m_shown.clear();
    m_ui->builtInLabel->setText(listed == nullptr ? tr("No import type is selected.")
                                                  : tr("%1\n\nThis type is built in.").arg(listed->handler->title()));
}

void HandlerDialog::showOwn(const ListedHandler& listed)
{
    const CustomType& definition = listed.own->definition();
    m_ui->fileLabel->setText(definition.file);
    m_ui->fileLabel->setToolTip(definition.file);
    if (m_shown != definition.sha256) {
        m_ui->handlerText->setPlainText(QString::fromUtf8(definition.text));
        m_shown = definition.sha256;
    }
    const QStringList notes = notesOn(listed);
    m_ui->notesLabel->setText(notes.join(u'\n'));
    m_ui->notesLabel->setVisible(!notes.isEmpty());
    const bool isAllowed = listed.own->isAllowed();
    m_ui->allowHint->setText(isAllowed
                                 ? tr("This text may run. When it changes, it has to be allowed anew.")
                                 : tr("This text is a program. It runs on your machine, where it can read your files; "
                                      "it can write nothing but its image, and has no network."));
    m_ui->allowButton->setVisible(!isAllowed);
    m_ui->forbidButton->setVisible(isAllowed);
}

} // namespace Stowage
