// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include <QTableView>

namespace Stowage
{

class GuestListModel;

/** The table of guests: inline editing, selection of whole rows, reordering by drag, a context menu of the window's actions. */
class GuestTable : public QTableView
{
    Q_OBJECT

public:
    explicit GuestTable(QWidget* parent = nullptr);

    void setGuestModel(GuestListModel* model);

    /** Rows of the selected guests, in ascending order. */
    [[nodiscard]] QList<int> selectedRows() const;
    void selectRows(const QList<int>& rows);

Q_SIGNALS:
    void selectedRowsChanged();
    /** Guests of another project were dropped before @p row (-1: below the last one). */
    void guestsDropped(const QMimeData& data, int row);

protected:
    void selectionChanged(const QItemSelection& selected, const QItemSelection& deselected) override;
    void keyPressEvent(QKeyEvent* event) override;
    void dropEvent(QDropEvent* event) override;
    void startDrag(Qt::DropActions supportedActions) override;

private:
    void setUpColumns();
    void showColumnMenu(const QPoint& position);
};

} // namespace Stowage
