// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "gui/guestactions.h"

#include "core/project/projectfile.h"
#include "gui/guesttable.h"
#include "models/guestlistmodel.h"
#include "models/projectdocument.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QMimeData>
#include <QtConcurrentRun>

#include <algorithm>
#include <numeric>

using namespace Qt::StringLiterals;

namespace Stowage
{

GuestActions::GuestActions(ProjectDocument& document, GuestTable& table, QObject* parent)
    : QObject(parent),
      m_document(document),
      m_table(table)
{ }

GuestActions::~GuestActions()
{
    m_pool.waitForDone();
}

void GuestActions::addEmpty()
{
    Guest guest;
    guest.entry = m_document.uniqueEntry(u"guest"_s);
    m_document.insertGuests(-1, {guest});
    select({guest.entry});
}

void GuestActions::removeSelected()
{
    const QList<int> rows = m_table.selectedRows();
    m_document.removeGuests(rows);
    const auto last = static_cast<int>(m_document.project().guests.size()) - 1;
    if (!rows.isEmpty() && last >= 0) {
        m_table.selectRows({std::min(rows.first(), last)});
    }
}

void GuestActions::duplicateSelected()
{
    const QList<int> rows = m_table.selectedRows();
    if (rows.isEmpty()) {
        return;
    }
    Project copies;
    for (const int row : rows) {
        copies.guests.append(m_document.project().guests.at(row));
    }
    insertAndSelect(copies, rows.last() + 1);
}

void GuestActions::moveSelected(int by)
{
    const QList<int> rows = m_table.selectedRows();
    if (!rows.isEmpty()) {
        m_document.moveGuests(rows, by < 0 ? rows.first() - 1 : rows.last() + 2);
    }
}

void GuestActions::copySelected(bool cut)
{
    const QModelIndexList selected = m_table.selectionModel()->selectedRows();
    if (selected.isEmpty()) {
        return;
    }
    QGuiApplication::clipboard()->setMimeData(m_table.model()->mimeData(selected));
    if (cut) {
        removeSelected();
    }
}

bool GuestActions::canPaste()
{
    const QMimeData* data = QGuiApplication::clipboard()->mimeData();
    return data != nullptr && data->hasFormat(GuestListModel::MimeType);
}

void GuestActions::paste()
{
    const QMimeData* data = QGuiApplication::clipboard()->mimeData();
    if (data != nullptr) {
        const QList<int> rows = m_table.selectedRows();
        insertTransferred(*data, rows.isEmpty() ? -1 : rows.last() + 1);
    }
}

void GuestActions::insertTransferred(const QMimeData& data, int row)
{
    const Project transferred = GuestListModel::projectFromMimeData(&data);
    const QString directory = m_document.project().directory;
    if (transferred.guests.isEmpty()) {
        return;
    }
    if (transferred.directory.isEmpty() || transferred.directory == directory) {
        insertAndSelect(transferred, row);
        return;
    }
    QtConcurrent::run(&m_pool, [transferred, directory] {
        return relocated(transferred, directory);
    }).then(this, [this, row](const Project& moved) { insertAndSelect(moved, row); });
}

void GuestActions::insertAndSelect(const Project& transferred, int row)
{
    const auto count = static_cast<int>(m_document.project().guests.size());
    const int first = row < 0 || row > count ? count : row;
    m_document.insertGuests(first, transferred.guests);
    QList<int> added(transferred.guests.size());
    std::ranges::iota(added, first);
    m_table.selectRows(added);
    m_table.setFocus();
}

void GuestActions::select(const QStringList& entries)
{
    QList<int> rows;
    const QList<Guest>& guests = m_document.project().guests;
    for (int row = 0; row < guests.size(); ++row) {
        if (entries.contains(guests.at(row).entry)) {
            rows.append(row);
        }
    }
    m_table.selectRows(rows);
    m_table.setFocus();
}

} // namespace Stowage
