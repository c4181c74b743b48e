// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include <QJsonObject>
#include <QWidget>

class QCheckBox;
class QComboBox;
class QFormLayout;
class QLabel;
class QLineEdit;
class QPlainTextEdit;

namespace Stowage
{

class FieldBinder;

/** What the selected guests are told before their first start: the object "firstBoot" of the project file. */
class FirstBootForm : public QWidget
{
    Q_OBJECT

public:
    explicit FirstBootForm(QWidget* parent = nullptr);

    /** @p binder is not owned and outlives this. Called once. */
    void setBinder(FieldBinder* binder);

private:
    QLineEdit* addLine(const QString& key, const QString& label, const QString& placeholder);
    QComboBox* addCombo(const QString& name, const QString& label);
    QCheckBox* addCheck(const QString& key, const QString& text);
    void addKeys();
    void addRow(const QString& label, QWidget* field);
    void bindLine(QLineEdit* edit, const QString& key);
    void methodChosen(int index);
    /** Sets @p key of all selected guests' first boots; Null removes it. */
    void setValue(const QString& key, const QJsonValue& value, bool merges);
    void refresh();
    void enableFields(bool isSeed, bool isFiles);
    [[nodiscard]] QJsonObject value() const;

    FieldBinder* m_binder = nullptr;
    QFormLayout* m_form = nullptr;
    QComboBox* m_method = nullptr;
    QLineEdit* m_hostname = nullptr;
    QLineEdit* m_user = nullptr;
    QPlainTextEdit* m_keys = nullptr;
    QLineEdit* m_password = nullptr;
    QComboBox* m_network = nullptr;
    QLineEdit* m_address = nullptr;
    QLineEdit* m_gateway = nullptr;
    QLineEdit* m_dns = nullptr;
    QCheckBox* m_console = nullptr;
    QCheckBox* m_fstab = nullptr;
    QLabel* m_hint = nullptr;
};

} // namespace Stowage
