// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "gui/listfieldeditor.h"

#include "gui/fieldbinder.h"

#include <QAbstractButton>
#include <QHeaderView>
#include <QJsonObject>
#include <QSignalBlocker>
#include <QTableWidget>

using namespace Qt::StringLiterals;

namespace Stowage
{

ListFieldEditor::ListFieldEditor(QTableWidget* table, QAbstractButton* remove, const QString& field,
                                 const QString& editTitle, const QList<Column>& columns, FieldBinder& binder)
    : QObject(table),
      m_table(table),
      m_field(field),
      m_editTitle(editTitle),
      m_columns(columns),
      m_binder(binder)
{
    QStringList titles;
    for (const Column& column : columns) {
        titles.append(column.title);
    }
    table->setColumnCount(static_cast<int>(columns.size()));
    table->setHorizontalHeaderLabels(titles);
    table->horizontalHeader()->setVisible(columns.size() > 1);
    table->horizontalHeader()->setHighlightSections(false);
    table->horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    // What is long, a path or a value, takes what the short ones leave.
    const bool firstIsLong = columns.size() != 2;
    table->horizontalHeader()->setMinimumSectionSize(0);
    table->horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
    table->horizontalHeader()->setSectionResizeMode(firstIsLong ? 0 : 1, QHeaderView::Stretch);
    table->setTextElideMode(Qt::ElideMiddle);
    table->verticalHeader()->hide();
    table->verticalHeader()->setDefaultSectionSize(table->fontMetrics().height() + 12);
    table->setSelectionBehavior(QAbstractItemView::SelectRows);
    table->setSelectionMode(QAbstractItemView::SingleSelection);
    table->setShowGrid(false);
    table->setTabKeyNavigation(false);
    table->setFrameShape(QFrame::StyledPanel);
    connect(table, &QTableWidget::cellChanged, this, &ListFieldEditor::cellEdited);
    connect(remove, &QAbstractButton::clicked, this, &ListFieldEditor::removeSelected);
    binder.bindCustom([this] { load(); });
}

void ListFieldEditor::addElement(const QJsonValue& element, bool edit)
{
    m_elements.append(element);
    const int row = static_cast<int>(m_elements.size()) - 1;
    {
        const QSignalBlocker blocker(m_table);
        m_table->setRowCount(row + 1);
        showElement(row);
    }
    m_table->setCurrentCell(row, 0);
    if (edit) {
        m_table->setFocus();
        m_table->editItem(m_table->item(row, 0));
    } else {
        submit();
    }
}

void ListFieldEditor::load()
{
    const std::optional<QJsonValue> value = m_binder.commonValue(m_field);
    m_table->setEnabled(value.has_value());
    m_table->setToolTip(value ? QString() : tr("The selected guests differ: select one to change this list."));
    const QJsonArray elements = value.value_or(QJsonValue()).toArray();
    if (m_submitting) {
        m_known = elements;
        return;
    }
    if (m_shownRows == m_binder.rows() && elements == m_known) {
        return;
    }
    m_shownRows = m_binder.rows();
    m_elements = elements;
    m_known = elements;
    const QSignalBlocker blocker(m_table);
    m_table->setRowCount(0);
    m_table->setRowCount(static_cast<int>(elements.size()));
    for (int row = 0; row < elements.size(); ++row) {
        showElement(row);
    }
}

QString ListFieldEditor::keyFor(const QJsonObject& object, const Column& column) const
{
    const bool other = !column.otherKey.isEmpty() && object.contains(column.otherKey);
    return other ? column.otherKey : column.key;
}

void ListFieldEditor::showElement(int row)
{
    const QJsonValue element = m_elements.at(row);
    for (int i = 0; i < m_columns.size(); ++i) {
        const Column& column = m_columns.at(i);
        auto* item = new QTableWidgetItem;
        const QJsonObject object = element.toObject();
        if (column.key.isEmpty()) {
            item->setText(element.toString());
        } else if (column.isFlag) {
            item->setFlags((item->flags() | Qt::ItemIsUserCheckable) & ~Qt::ItemIsEditable);
            item->setCheckState(object.value(column.key).toBool() ? Qt::Checked : Qt::Unchecked);
        } else {
            item->setText(object.value(keyFor(object, column)).toString());
        }
        item->setToolTip(item->text());
        m_table->setItem(row, i, item);
    }
}

void ListFieldEditor::cellEdited(int row, int column)
{
    if (row >= m_elements.size()) {
        return;
    }
    const Column& spec = m_columns.at(column);
    const QTableWidgetItem* item = m_table->item(row, column);
    if (spec.key.isEmpty()) {
        m_elements.replace(row, item->text());
    } else {
        QJsonObject object = m_elements.at(row).toObject();
        if (spec.isFlag) {
            object.insert(spec.key, item->checkState() == Qt::Checked);
        } else {
            object.insert(keyFor(object, spec), item->text());
        }
        m_elements.replace(row, object);
    }
    submit();
}

void ListFieldEditor::removeSelected()
{
    const int row = m_table->currentRow();
    if (row < 0 || row >= m_elements.size()) {
        return;
    }
    m_elements.removeAt(row);
    {
        const QSignalBlocker blocker(m_table);
        m_table->removeRow(row);
    }
    submit();
}

bool ListFieldEditor::isEmptyElement(const QJsonValue& element) const
{
    const Column& first = m_columns.first();
    const QJsonObject object = element.toObject();
    return (first.key.isEmpty() ? element : object.value(keyFor(object, first))).toString().trimmed().isEmpty();
}

void ListFieldEditor::submit()
{
    QJsonArray complete;
    for (const QJsonValue& element : std::as_const(m_elements)) {
        if (!isEmptyElement(element)) {
            complete.append(element);
        }
    }
    m_submitting = true;
    m_binder.submit(m_field, complete.isEmpty() ? QJsonValue(QJsonValue::Null) : QJsonValue(complete), m_editTitle);
    m_submitting = false;
}

} // namespace Stowage
