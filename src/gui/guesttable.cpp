// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "gui/guesttable.h"

#include "gui/delegates.h"
#include "models/guestlistmodel.h"

#include <QDrag>
#include <QDropEvent>
#include <QHeaderView>
#include <QKeyEvent>
#include <QMenu>
#include <QMimeData>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace Stowage
{

namespace
{
constexpr int RowPadding = 14;
constexpr int MaximumMemoryMiB = 16 * 1024 * 1024;
constexpr int MaximumVcpus = 4096;
} // namespace

GuestTable::GuestTable(QWidget* parent) : QTableView(parent)
{
    setSelectionBehavior(QAbstractItemView::SelectRows);
    setSelectionMode(QAbstractItemView::ExtendedSelection);
    setEditTriggers(QAbstractItemView::DoubleClicked | QAbstractItemView::EditKeyPressed);
    setDragEnabled(true);
    setAcceptDrops(true);
    setDropIndicatorShown(true);
    setDragDropMode(QAbstractItemView::DragDrop);
    setDefaultDropAction(Qt::MoveAction);
    setDragDropOverwriteMode(false);
    setShowGrid(false);
    setWordWrap(false);
    setTabKeyNavigation(false);
    setContextMenuPolicy(Qt::ActionsContextMenu);
    setHorizontalScrollMode(QAbstractItemView::ScrollPerPixel);
    verticalHeader()->hide();
    verticalHeader()->setDefaultSectionSize(fontMetrics().height() + RowPadding);
    horizontalHeader()->setHighlightSections(false);
    horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    horizontalHeader()->setMinimumSectionSize(40);
}

void GuestTable::setGuestModel(GuestListModel* model)
{
    setModel(model);
    setItemDelegate(new GuestDelegate(this));
    setItemDelegateForColumn(GuestListModel::Memory, new NumberDelegate(tr(" MiB"), MaximumMemoryMiB, this));
    setItemDelegateForColumn(GuestListModel::ImageSize, new NumberDelegate(tr(" MiB"), MaximumMemoryMiB, this));
    setItemDelegateForColumn(GuestListModel::Vcpus, new NumberDelegate({}, MaximumVcpus, this));
    setItemDelegateForColumn(GuestListModel::Kernel, new KernelDelegate(this));
    setItemDelegateForColumn(GuestListModel::Autostart, new CheckDelegate(this));
    setUpColumns();
}

void GuestTable::setUpColumns()
{
    const int letter = fontMetrics().averageCharWidth();
    const auto width = [this, letter](int column, int letters) { setColumnWidth(column, letter * letters + 24); };
    width(GuestListModel::Name, 16);
    width(GuestListModel::Source, 16);
    width(GuestListModel::Memory, 9);
    width(GuestListModel::Vcpus, 5);
    width(GuestListModel::Kernel, 7);
    width(GuestListModel::Network, 14);
    width(GuestListModel::Autostart, 7);
    width(GuestListModel::ImageSize, 9);
    constexpr int IconAndMargins = 40;
    setColumnWidth(GuestListModel::State,
                   fontMetrics().horizontalAdvance(tr("%n warnings", nullptr, 10)) + IconAndMargins);
    QHeaderView* header = horizontalHeader();
    header->moveSection(header->visualIndex(GuestListModel::State), 1);
    header->setSectionsMovable(true);
    header->setSectionResizeMode(GuestListModel::Source, QHeaderView::Stretch);
    hideColumn(GuestListModel::Network);
    header->setContextMenuPolicy(Qt::CustomContextMenu);
    connect(header, &QWidget::customContextMenuRequested, this, &GuestTable::showColumnMenu);
}

void GuestTable::showColumnMenu(const QPoint& position)
{
    auto* menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    for (int column = GuestListModel::Name + 1; column < GuestListModel::ColumnCount; ++column) {
        QAction* action = menu->addAction(model()->headerData(column, Qt::Horizontal).toString());
        action->setCheckable(true);
        action->setChecked(!isColumnHidden(column));
        connect(action, &QAction::toggled, this, [this, column](bool shown) { setColumnHidden(column, !shown); });
    }
    menu->popup(horizontalHeader()->mapToGlobal(position));
}

QList<int> GuestTable::selectedRows() const
{
    QList<int> rows;
    if (selectionModel() != nullptr) {
        const QModelIndexList indexes = selectionModel()->selectedRows();
        for (const QModelIndex& index : indexes) {
            rows.append(index.row());
        }
    }
    std::ranges::sort(rows);
    return rows;
}

void GuestTable::selectRows(const QList<int>& rows)
{
    QItemSelection selection;
    for (const int row : rows) {
        selection.select(model()->index(row, 0), model()->index(row, model()->columnCount() - 1));
    }
    if (!rows.isEmpty()) {
        selectionModel()->setCurrentIndex(model()->index(rows.first(), 0), QItemSelectionModel::NoUpdate);
        scrollTo(model()->index(rows.first(), 0));
    }
    selectionModel()->select(selection, QItemSelectionModel::ClearAndSelect);
}

void GuestTable::selectionChanged(const QItemSelection& selected, const QItemSelection& deselected)
{
    QTableView::selectionChanged(selected, deselected);
    Q_EMIT selectedRowsChanged();
}

void GuestTable::keyPressEvent(QKeyEvent* event)
{
    const bool isEnter = event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter;
    if (isEnter && state() != QAbstractItemView::EditingState && currentIndex().isValid()) {
        edit(currentIndex());
        event->accept();
        return;
    }
    QTableView::keyPressEvent(event);
}

void GuestTable::dropEvent(QDropEvent* event)
{
    if (!event->mimeData()->hasFormat(GuestListModel::MimeType)) {
        event->ignore();
        return;
    }
    const auto* guests = qobject_cast<const GuestListModel*>(model());
    const bool ownRows = guests != nullptr && guests->isOwn(event->mimeData());
    if (!ownRows) {
        const QModelIndex below = indexAt(event->position().toPoint());
        const bool lower = below.isValid() && event->position().y() > visualRect(below).center().y();
        event->setDropAction(Qt::CopyAction);
        event->accept();
        Q_EMIT guestsDropped(*event->mimeData(), below.isValid() ? below.row() + (lower ? 1 : 0) : -1);
        // What the view keeps of a drag ends with it.
        stopAutoScroll();
        setState(NoState);
        viewport()->update();
        return;
    }
    QTableView::dropEvent(event);
    if (event->isAccepted()) {
        // The model has moved the rows itself: the view must not take them away.
        event->setDropAction(Qt::CopyAction);
    }
}

void GuestTable::startDrag(Qt::DropActions supportedActions)
{
    const QModelIndexList rows = selectionModel()->selectedRows();
    if (rows.isEmpty()) {
        return;
    }
    auto* drag = new QDrag(this);
    drag->setMimeData(model()->mimeData(rows));
    drag->exec(supportedActions, defaultDropAction());
}

} // namespace Stowage
