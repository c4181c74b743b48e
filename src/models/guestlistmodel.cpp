// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "models/guestlistmodel.h"

#include "models/guestmime.h"
#include "models/projectdocument.h"

#include <QSet>
#include <QUuid>

#include <algorithm>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

/** A name for @p document that no other document has, in this process or another. */
QString documentId(const ProjectDocument* document)
{
    static const QString process = QUuid::createUuid().toString(QUuid::WithoutBraces);
    return u"%1/%2"_s.arg(process).arg(reinterpret_cast<quintptr>(document), 0, 16);
}

/** @p value of an editor as it stands in the project file; Null: back to the default; Undefined: not acceptable. */
QJsonValue fieldValue(int column, const QVariant& value)
{
    const QString text = value.toString().trimmed();
    if (text.isEmpty()) {
        return QJsonValue::Null;
    }
    const bool number = column == GuestListModel::Memory || column == GuestListModel::Vcpus
        || column == GuestListModel::ImageSize;
    if (!number) {
        return text;
    }
    bool valid = false;
    const qint64 amount = text.toLongLong(&valid);
    return valid ? QJsonValue(amount) : QJsonValue(QJsonValue::Undefined);
}

} // namespace

GuestListModel::GuestListModel(ProjectDocument* document, QObject* parent)
    : QAbstractTableModel(parent),
      m_document(document)
{
    if (document) {
        m_rows.resize(document->project().guests.size());
        m_defaults = document->project().defaults;
        followDocument(*document);
    }
}

void GuestListModel::followDocument(ProjectDocument& document)
{
    connect(&document, &ProjectDocument::guestsAboutToBeInserted, this,
            [this](int first, int last) { beginInsertRows({}, first, last); });
    connect(&document, &ProjectDocument::guestsInserted, this, [this](int first, int last) {
        m_rows.insert(first, last - first + 1, RowInfo());
        endInsertRows();
    });
    connect(&document, &ProjectDocument::guestsAboutToBeRemoved, this,
            [this](int first, int last) { beginRemoveRows({}, first, last); });
    connect(&document, &ProjectDocument::guestsRemoved, this, [this](int first, int last) {
        m_rows.remove(first, last - first + 1);
        endRemoveRows();
    });
    connect(&document, &ProjectDocument::guestsAboutToBeMoved, this,
            [this](int from, int to) { beginMoveRows({}, from, from, {}, to > from ? to + 1 : to); });
    connect(&document, &ProjectDocument::guestsMoved, this, [this](int from, int to) {
        m_rows.move(from, to);
        endMoveRows();
    });
    connect(&document, &ProjectDocument::guestChanged, this, [this](int row) { rowsChanged(row, row); });
    connect(&document, &ProjectDocument::settingsChanged, this, [this] {
        if (m_defaults != defaults()) {
            m_defaults = defaults();
            rowsChanged(0, static_cast<int>(m_rows.size()) - 1);
        }
    });
    connect(&document, &QObject::destroyed, this, [this] {
        beginResetModel();
        m_rows.clear();
        endResetModel();
    });
}

void GuestListModel::rowsChanged(int first, int last)
{
    if (first <= last) {
        Q_EMIT dataChanged(index(first, 0), index(last, ColumnCount - 1));
    }
}

template<typename Change>
void GuestListModel::changeRow(int row, const Change& change)
{
    RowInfo after = m_rows[row];
    change(after);
    if (after != m_rows[row]) {
        m_rows[row] = std::move(after);
        rowsChanged(row, row);
    }
}

void GuestListModel::setProblems(const QList<Problem>& problems)
{
    QList<QList<Problem>> byRow(m_rows.size());
    for (const Problem& problem : problems) {
        if (problem.where.guest >= 0 && problem.where.guest < byRow.size()) {
            byRow[problem.where.guest].append(problem);
        }
    }
    for (int row = 0; row < byRow.size(); ++row) {
        std::ranges::stable_sort(byRow[row], std::ranges::greater(), &Problem::severity);
        changeRow(row, [&](RowInfo& info) { info.problems = byRow[row]; });
    }
}

void GuestListModel::setSources(const ResolvedProject& resolved)
{
    for (const ResolvedGuest& guest : resolved.guests) {
        if (guest.index >= 0 && guest.index < m_rows.size()) {
            changeRow(guest.index, [&](RowInfo& info) {
                info.disk = guest.disks.value(0);
                info.checked = true;
            });
        }
    }
}

void GuestListModel::setImportProgress(const QString& entry, int percent)
{
    for (int row = 0; row < m_rows.size(); ++row) {
        if (guest(row).entry == entry) {
            changeRow(row, [percent](RowInfo& info) { info.progress = qBound(-1, percent, 100); });
        }
    }
}

QList<Problem> GuestListModel::problems(int row) const
{
    QList<Problem> problems = m_rows.value(row).problems;
    for (Problem& problem : problems) {
        problem.where.guest = row; // It may have moved since.
    }
    return problems;
}

int GuestListModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
}

int GuestListModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant GuestListModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid)) {
        return {};
    }
    const int row = index.row();
    const int column = index.column();
    switch (role) {
    case Qt::DisplayRole:
        return column == Autostart ? QVariant() : text(row, column);
    case Qt::EditRole:
        return editValue(row, column);
    case Qt::CheckStateRole:
        return column == Autostart ? QVariant::fromValue(guest(row).autostart ? Qt::Checked : Qt::Unchecked)
                                   : QVariant();
    case Qt::ToolTipRole:
        return toolTip(row, column);
    case Qt::AccessibleTextRole:
        return accessibleText(row, column);
    case Qt::TextAlignmentRole:
        return alignment(column);
    default:
        return ownRole(row, column, role);
    }
}

Qt::ItemFlags GuestListModel::flags(const QModelIndex& index) const
{
    if (!index.isValid()) {
        return Qt::ItemIsDropEnabled;
    }
    const Qt::ItemFlags flags = QAbstractTableModel::flags(index) | Qt::ItemIsDragEnabled | Qt::ItemNeverHasChildren;
    switch (index.column()) {
    case Autostart:
        return flags | Qt::ItemIsUserCheckable;
    case State:
        return flags;
    case ImageSize:
        return hasImageSize(index.row()) ? flags | Qt::ItemIsEditable : flags;
    default:
        return flags | Qt::ItemIsEditable;
    }
}

bool GuestListModel::setData(const QModelIndex& index, const QVariant& value, int role)
{
    if (!index.isValid() || !checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid)
        || !m_document) {
        return false;
    }
    const int row = index.row();
    if (index.column() == Autostart) {
        if (role != Qt::CheckStateRole && role != Qt::EditRole) {
            return false;
        }
        const bool start = role == Qt::EditRole ? value.toBool() : value.toInt() == Qt::Checked;
        const QString text = start ? tr("Start %1 automatically") : tr("Don't start %1 automatically");
        return m_document->setGuestField({row}, u"autostart"_s, start, text.arg(guest(row).entry)).has_value();
    }
    if (role != Qt::EditRole || !flags(index).testFlag(Qt::ItemIsEditable)) {
        return false;
    }
    return index.column() == Name ? setEntry(row, value.toString()) : setValue(row, index.column(), value);
}

bool GuestListModel::setEntry(int row, const QString& entry)
{
    const QString wanted = entry.trimmed();
    Guest renamed = guest(row);
    if (wanted == renamed.entry) {
        return true;
    }
    if (!m_document->checkEntry(wanted, row)) {
        return false;
    }
    const QString text = tr("Rename %1 to %2").arg(renamed.entry, wanted);
    renamed.entry = wanted;
    m_document->setGuest(row, renamed, text);
    return true;
}

bool GuestListModel::setValue(int row, int column, const QVariant& value)
{
    const QJsonValue field = fieldValue(column, value);
    if (field.isUndefined()) {
        return false;
    }
    if (!isSet(row, column) && value.toString().trimmed() == editValue(row, column).toString()) {
        return true; // An editor that was opened and closed again makes no default a value of the guest.
    }
    const QString title = headerData(column, Qt::Horizontal, Qt::DisplayRole).toString();
    const QString text = tr("Change %1: %2").arg(guest(row).entry, title);
    return m_document->setGuestField({row}, fieldOf(row, column), field, text).has_value();
}

QStringList GuestListModel::mimeTypes() const
{
    return {MimeType};
}

QMimeData* GuestListModel::mimeData(const QModelIndexList& indexes) const
{
    GuestTransfer transfer;
    transfer.document = documentId(m_document);
    for (const QModelIndex& index : indexes) {
        if (index.isValid()) {
            transfer.rows.append(index.row());
        }
    }
    std::ranges::sort(transfer.rows);
    transfer.rows.erase(std::ranges::unique(transfer.rows).begin(), transfer.rows.end());
    if (transfer.rows.isEmpty()) {
        return nullptr;
    }
    for (const int row : std::as_const(transfer.rows)) {
        transfer.project.guests.append(guest(row));
    }
    if (m_document) {
        const Project& project = m_document->project();
        transfer.project.directory = project.directory;
        transfer.project.machine.deployDirectory = project.machine.deployDirectory;
        transfer.project.machine.unpackDirectory = project.machine.unpackDirectory;
    }
    auto data = std::make_unique<QMimeData>();
    writeGuests(transfer, *data);
    return data.release(); // The caller's, as QAbstractItemModel has it.
}

Project GuestListModel::projectFromMimeData(const QMimeData* data)
{
    return data ? readGuests(*data).project : Project();
}

bool GuestListModel::isOwn(const QMimeData* data) const
{
    return data && m_document && readGuests(*data).document == documentId(m_document);
}

bool GuestListModel::canDropMimeData(const QMimeData* data, Qt::DropAction action, int, int, const QModelIndex&) const
{
    return m_document && data && data->hasFormat(MimeType) && supportedDropActions().testFlag(action);
}

bool GuestListModel::dropMimeData(const QMimeData* data, Qt::DropAction action, int row, int column,
                                  const QModelIndex& parent)
{
    if (!canDropMimeData(data, action, row, column, parent)) {
        return false;
    }
    const GuestTransfer transfer = readGuests(*data);
    const QList<Guest>& guests = transfer.project.guests;
    if (guests.isEmpty()) {
        return false;
    }
    int before = row;
    if (before < 0) {
        before = parent.isValid() ? parent.row() : rowCount();
    }
    if (action == Qt::MoveAction && transfer.document == documentId(m_document)) {
        const QList<Guest>& present = m_document->project().guests;
        for (qsizetype i = 0; i < guests.size(); ++i) {
            if (present.value(transfer.rows.value(i, -1)).entry != guests[i].entry) {
                return false; // The list changed under the drag.
            }
        }
        m_document->moveGuests(transfer.rows, before);
    } else {
        m_document->insertGuests(before, guests);
    }
    return true;
}

Qt::DropActions GuestListModel::supportedDragActions() const
{
    return Qt::CopyAction | Qt::MoveAction;
}

Qt::DropActions GuestListModel::supportedDropActions() const
{
    return Qt::CopyAction | Qt::MoveAction;
}

} // namespace Stowage
