// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include <QJsonObject>
#include <QJsonValue>
#include <QObject>

#include <functional>
#include <optional>

class QCheckBox;
class QComboBox;
class QLineEdit;
class QSpinBox;

namespace Stowage
{

class ProjectDocument;

/**
 * Ties widgets to fields of the selected guests, by the fields' keys in the project file. What the user changes is set on
 * all selected guests as one undoable edit; typing in one widget merges. A widget whose guests differ says so.
 */
class FieldBinder : public QObject
{
    Q_OBJECT

public:
    /** Text of the default that applies while a field is not set. */
    using DefaultText = std::function<QString()>;

    /** @p document is not owned and outlives this. */
    explicit FieldBinder(ProjectDocument& document, QObject* parent = nullptr);

    void bindText(QLineEdit* edit, const QString& field, const QString& title, const DefaultText& defaultText = {});
    /** The minimum of @p spin stands for "not set". */
    void bindNumber(QSpinBox* spin, const QString& field, const QString& title, const DefaultText& defaultText);
    /** The data of the items are the field's values; that of the first one stands for "not set". */
    void bindChoice(QComboBox* combo, const QString& field, const QString& title);
    void bindFlag(QCheckBox* check, const QString& field, const QString& title);
    /** Called by refresh() for what has no widget of its own. */
    void bindCustom(const std::function<void()>& refresh);

    void setRows(const QList<int>& rows);
    [[nodiscard]] const QList<int>& rows() const { return m_rows; }
    [[nodiscard]] ProjectDocument& document() const { return m_document; }

    /** The value that all selected guests have in @p field (Null: not set); none where they differ. */
    [[nodiscard]] std::optional<QJsonValue> commonValue(const QString& field) const;
    /** Sets @p field of all selected guests. @p merges: a part of typing, merged with what was typed just before. */
    void submit(const QString& field, const QJsonValue& value, const QString& title, bool merges = false);
    /** What is typed next is an edit of its own. */
    void endTyping() { ++m_session; }

    /** Shows the guests' values anew. */
    void refresh();
    [[nodiscard]] bool isRefreshing() const { return m_refreshing; }

Q_SIGNALS:
    /** A value was refused. */
    void refused(const QString& text);

private:
    /** The selected guests as in the project file. */
    [[nodiscard]] QList<QJsonObject> guestObjects() const;

    ProjectDocument& m_document;
    QList<int> m_rows;
    QList<QJsonObject> m_objects; ///< guestObjects() while all fields are refreshed, so that it is made once.
    QList<std::function<void()>> m_refreshers;
    int m_session = 0;
    bool m_refreshing = false;
};

} // namespace Stowage
