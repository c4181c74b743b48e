// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include <QJsonArray>
#include <QObject>

class QAbstractButton;
class QTableWidget;

namespace Stowage
{

class FieldBinder;

/**
 * Edits a field that is a list (further disks, interfaces, config lines) in a table, one row an element. Rows that are
 * still empty are not part of the project yet.
 */
class ListFieldEditor : public QObject
{
    Q_OBJECT

public:
    /** A column of the table. */
    struct Column {
        QString title;
        QString key; ///< Key in the element's object; empty: the element is this text.
        QString otherKey; ///< Shown, and edited, in place of key when the element has it.
        bool isFlag = false; ///< A check box.
    };

    /** @p table, @p remove and @p binder are not owned. @p editTitle names the undo step. */
    ListFieldEditor(QTableWidget* table, QAbstractButton* remove, const QString& field, const QString& editTitle,
                    const QList<Column>& columns, FieldBinder& binder);

    /** Adds @p element and selects it; with @p edit its first cell is edited, and it counts once it is complete. */
    void addElement(const QJsonValue& element, bool edit);
    [[nodiscard]] const QJsonArray& elements() const { return m_elements; }

private:
    void load();
    void showElement(int row);
    void cellEdited(int row, int column);
    void removeSelected();
    void submit();
    [[nodiscard]] QString keyFor(const QJsonObject& object, const Column& column) const;
    [[nodiscard]] bool isEmptyElement(const QJsonValue& element) const;

    QTableWidget* m_table;
    QString m_field;
    QString m_editTitle;
    QList<Column> m_columns;
    FieldBinder& m_binder;
    QJsonArray m_elements;
    QJsonArray m_known; ///< What the project holds, as far as the table knows.
    bool m_submitting = false;
    QList<int> m_shownRows; ///< Guests that the table is about.
};

} // namespace Stowage
