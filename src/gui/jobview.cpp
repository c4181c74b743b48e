// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "gui/jobview.h"

#include "core/jobs/jobqueue.h"
#include "gui/delegates.h"
#include "gui/icons.h"
#include "gui/progresspainter.h"
#include "gui/theme.h"
#include "models/jobmodel.h"

#include <QApplication>
#include <QClipboard>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QStyledItemDelegate>
#include <QToolButton>
#include <QTreeView>
#include <QVBoxLayout>

using namespace Qt::StringLiterals;

namespace Stowage
{

namespace
{

Job::State stateOf(const QModelIndex& index)
{
    return static_cast<Job::State>(index.data(JobModel::StateRole).toInt());
}

QIcon stateIcon(Job::State state)
{
    switch (state) {
    case Job::State::Waiting:
        return icon(u"waiting"_s, IconTint::Secondary);
    case Job::State::Running:
        return icon(u"running"_s, IconTint::Accent);
    case Job::State::Succeeded:
        return icon(u"ok"_s, IconTint::Good);
    case Job::State::Failed:
        return icon(u"error"_s, IconTint::Error);
    case Job::State::Cancelled:
        return icon(u"cancelled"_s, IconTint::Secondary);
    }
    return {};
}

/** A slim bar for the progress, an icon for the state, the reason of a failure as the tool tip. */
class JobDelegate : public QStyledItemDelegate
{
public:
    using QStyledItemDelegate::QStyledItemDelegate;

    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override
    {
        const int percent = index.data(JobModel::PercentRole).toInt();
        if (index.column() != JobModel::Progress || stateOf(index) == Job::State::Waiting || percent < 0) {
            QStyledItemDelegate::paint(painter, option, index);
            return;
        }
        QStyleOptionViewItem cell = option;
        initStyleOption(&cell, index);
        cell.text.clear();
        cell.widget->style()->drawControl(QStyle::CE_ItemViewItem, &cell, painter, cell.widget);
        const bool failed = stateOf(index) == Job::State::Failed;
        paintProgress(*painter, cell.rect.adjusted(8, 0, -8, 0), percent,
                      failed ? Theme::Role::Error : Theme::Role::Accent);
    }

protected:
    void initStyleOption(QStyleOptionViewItem* option, const QModelIndex& index) const override
    {
        QStyledItemDelegate::initStyleOption(option, index);
        keepDirection(*option);
        option->decorationSize = QSize(16, 16);
        if (index.column() == JobModel::Title) {
            option->features |= QStyleOptionViewItem::HasDecoration;
            option->icon = stateIcon(stateOf(index));
        } else {
            option->palette.setColor(QPalette::Text, Theme::color(Theme::Role::SecondaryText));
        }
    }
};

} // namespace

void setUpJobColumns(QTreeView* view)
{
    view->setItemDelegate(new JobDelegate(view));
    view->setRootIsDecorated(false);
    view->setUniformRowHeights(true);
    view->setAllColumnsShowFocus(true);
    const int letter = view->fontMetrics().averageCharWidth();
    view->header()->resizeSection(JobModel::Title, letter * 28);
    view->header()->resizeSection(JobModel::State, letter * 15);
    view->header()->resizeSection(JobModel::Progress, letter * 16);
    view->header()->resizeSection(JobModel::Done, letter * 20);
    view->header()->resizeSection(JobModel::Speed, letter * 12);
    view->header()->setStretchLastSection(true);
}

JobView::JobView(QWidget* parent)
    : QWidget(parent),
      m_tree(new QTreeView(this)),
      m_nothing(new QLabel(tr("Nothing is being built. A build shows its imports and outputs here."), this)),
      m_reason(new QLabel(this)),
      m_cancel(new QToolButton(this)),
      m_clear(new QToolButton(this)),
      m_report(new QToolButton(this))
{
    m_nothing->setObjectName(u"noJobsLabel"_s);
    m_nothing->setProperty("secondary", true);
    m_nothing->setAlignment(Qt::AlignCenter);
    m_nothing->setWordWrap(true);
    m_reason->setObjectName(u"jobErrorLabel"_s);
    m_reason->setTextFormat(Qt::PlainText);
    m_reason->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    m_reason->setWordWrap(true);
    m_reason->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred); // A long word must not widen the window.
    m_reason->setContentsMargins(10, 6, 10, 2);
    m_reason->setAccessibleName(tr("Why the job failed"));
    m_reason->hide();
    m_tree->setObjectName(u"jobList"_s);
    m_tree->setAccessibleName(tr("Jobs"));
    m_tree->setSelectionMode(QAbstractItemView::ExtendedSelection);
    const auto setUp = [](QToolButton* button, const QString& name, const QString& text, const QString& iconName) {
        button->setObjectName(name);
        button->setText(text);
        button->setIcon(icon(iconName));
        button->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
        button->setProperty("flat", true);
        button->setFocusPolicy(Qt::StrongFocus);
    };
    setUp(m_cancel, u"cancelJobButton"_s, tr("Cancel"), u"stop"_s);
    setUp(m_report, u"copyReportButton"_s, tr("Copy Report"), u"copy"_s);
    setUp(m_clear, u"clearJobsButton"_s, tr("Clear Finished"), u"close"_s);
    auto* buttons = new QHBoxLayout;
    buttons->setContentsMargins(6, 2, 6, 2);
    buttons->addWidget(m_cancel);
    buttons->addWidget(m_report);
    buttons->addStretch();
    buttons->addWidget(m_clear);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(m_tree, 1);
    layout->addWidget(m_nothing, 1);
    layout->addWidget(m_reason);
    layout->addLayout(buttons);
}

void JobView::setJobModel(JobModel* model)
{
    m_model = model;
    m_tree->setModel(model);
    setUpJobColumns(m_tree);
    connect(m_cancel, &QToolButton::clicked, this, &JobView::cancelSelected);
    connect(m_clear, &QToolButton::clicked, this, [this] {
        if (m_model->queue() != nullptr) {
            m_model->queue()->clearFinished();
        }
    });
    connect(m_report, &QToolButton::clicked, this, [this] {
        if (const Job* job = m_model->job(m_tree->currentIndex().row()); job != nullptr) {
            QApplication::clipboard()->setText(job->report().toText());
        }
    });
    connect(m_tree->selectionModel(), &QItemSelectionModel::selectionChanged, this, &JobView::updateButtons);
    connect(model, &QAbstractItemModel::dataChanged, this, &JobView::updateButtons);
    connect(model, &QAbstractItemModel::rowsInserted, this, &JobView::updateButtons);
    connect(model, &QAbstractItemModel::rowsRemoved, this, &JobView::updateButtons);
    connect(model, &QAbstractItemModel::modelReset, this, &JobView::updateButtons);
    updateButtons();
}

void JobView::cancelSelected()
{
    const QModelIndexList rows = m_tree->selectionModel()->selectedRows();
    for (const QModelIndex& index : rows) {
        if (Job* job = m_model->job(index.row()); job != nullptr) {
            job->cancel();
        }
    }
    if (rows.isEmpty() && m_model->queue() != nullptr) {
        m_model->queue()->cancelAll();
    }
}

void JobView::updateReason()
{
    const auto reasonOf = [this](int row) { return m_model->index(row, 0).data(JobModel::ErrorTextRole).toString(); };
    QString reason;
    if (m_tree->selectionModel()->hasSelection()) {
        reason = reasonOf(m_tree->currentIndex().row());
    } else {
        for (int row = m_model->rowCount() - 1; row >= 0 && reason.isEmpty(); --row) {
            reason = reasonOf(row);
        }
    }
    if (m_reason->text() != reason) {
        m_reason->setText(reason); // Not anew: what somebody marks to copy stays marked.
    }
    m_reason->setVisible(!reason.isEmpty());
}

void JobView::updateButtons()
{
    updateReason();
    bool running = false;
    bool finished = false;
    for (int row = 0; row < m_model->rowCount(); ++row) {
        const bool ended = m_model->index(row, 0).data(JobModel::FinishedRole).toBool();
        finished = finished || ended;
        running = running || !ended;
    }
    const bool empty = m_model->rowCount() == 0;
    m_nothing->setVisible(empty);
    for (QWidget* part : {static_cast<QWidget*>(m_tree), static_cast<QWidget*>(m_cancel),
                          static_cast<QWidget*>(m_report), static_cast<QWidget*>(m_clear)}) {
        part->setVisible(!empty);
    }
    const bool some = m_tree->selectionModel()->hasSelection();
    m_cancel->setText(some ? tr("Cancel") : tr("Cancel All"));
    m_cancel->setEnabled(running);
    m_clear->setEnabled(finished);
    m_report->setEnabled(m_tree->currentIndex().isValid());
}

} // namespace Stowage
