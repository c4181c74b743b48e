// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "gui/fieldbinder.h"

#include "core/project/projectfile.h"
#include "models/projectdocument.h"

#include <QCheckBox>
#include <QComboBox>
#include <QLineEdit>
#include <QSpinBox>

using namespace Qt::StringLiterals;

namespace Stowage
{

namespace
{

QString severalValues()
{
    return FieldBinder::tr("Several values");
}

} // namespace

FieldBinder::FieldBinder(ProjectDocument& document, QObject* parent) : QObject(parent), m_document(document)
{ }

void FieldBinder::bindText(QLineEdit* edit, const QString& field, const QString& title, const DefaultText& defaultText)
{
    connect(edit, &QLineEdit::textEdited, this, [this, field, title](const QString& text) {
        submit(field, text.isEmpty() ? QJsonValue(QJsonValue::Null) : QJsonValue(text), title, true);
    });
    connect(edit, &QLineEdit::editingFinished, this, &FieldBinder::endTyping);
    m_refreshers.append([this, edit, field, defaultText] {
        const std::optional<QJsonValue> value = commonValue(field);
        edit->setPlaceholderText(!value ? severalValues() : (defaultText ? defaultText() : QString()));
        const QString text = value.value_or(QJsonValue()).toString();
        if (edit->text() != text) {
            edit->setText(text);
            edit->setCursorPosition(edit->hasFocus() ? static_cast<int>(text.size()) : 0);
        }
    });
}

void FieldBinder::bindNumber(QSpinBox* spin, const QString& field, const QString& title, const DefaultText& defaultText)
{
    spin->setMinimum(0);
    connect(spin, &QSpinBox::valueChanged, this, [this, spin, field, title](int value) {
        if (!m_refreshing) {
            submit(field, value == spin->minimum() ? QJsonValue(QJsonValue::Null) : QJsonValue(value), title, true);
        }
    });
    connect(spin, &QSpinBox::editingFinished, this, &FieldBinder::endTyping);
    m_refreshers.append([this, spin, field, defaultText] {
        const std::optional<QJsonValue> value = commonValue(field);
        const QString special = value ? defaultText() : severalValues();
        if (spin->specialValueText() != special) {
            spin->setSpecialValueText(special);
        }
        const qint64 number = value.value_or(QJsonValue()).toInteger(0);
        const int shown = static_cast<int>(std::clamp<qint64>(number, 0, spin->maximum()));
        if (spin->value() != shown) {
            spin->setValue(shown);
        }
    });
}

void FieldBinder::bindChoice(QComboBox* combo, const QString& field, const QString& title)
{
    combo->setPlaceholderText(severalValues());
    connect(combo, &QComboBox::activated, this, [this, combo, field, title](int index) {
        submit(field, index == 0 ? QJsonValue(QJsonValue::Null) : QJsonValue(combo->itemData(index).toString()), title);
    });
    m_refreshers.append([this, combo, field] {
        const std::optional<QJsonValue> value = commonValue(field);
        if (!value) {
            combo->setCurrentIndex(-1);
        } else if (value->isNull()) {
            combo->setCurrentIndex(0);
        } else {
            if (combo->findData(value->toString()) < 0) {
                combo->addItem(value->toString(), value->toString());
            }
            combo->setCurrentIndex(combo->findData(value->toString()));
        }
    });
}

void FieldBinder::bindFlag(QCheckBox* check, const QString& field, const QString& title)
{
    connect(check, &QCheckBox::clicked, this, [this, check, field, title] {
        const bool on = check->checkState() != Qt::Unchecked;
        submit(field, on ? QJsonValue(true) : QJsonValue(QJsonValue::Null), title);
    });
    m_refreshers.append([this, check, field] {
        const std::optional<QJsonValue> value = commonValue(field);
        check->setTristate(!value.has_value());
        check->setCheckState(!value ? Qt::PartiallyChecked : (value->toBool() ? Qt::Checked : Qt::Unchecked));
    });
}

void FieldBinder::bindCustom(const std::function<void()>& refresh)
{
    m_refreshers.append(refresh);
}

void FieldBinder::setRows(const QList<int>& rows)
{
    if (m_rows != rows) {
        m_rows = rows;
        endTyping();
        refresh();
    }
}

QList<QJsonObject> FieldBinder::guestObjects() const
{
    const QList<Guest>& guests = m_document.project().guests;
    QList<QJsonObject> objects;
    for (const int row : m_rows) {
        if (row >= 0 && row < guests.size()) {
            objects.append(guestToJson(guests.at(row)));
        }
    }
    return objects;
}

std::optional<QJsonValue> FieldBinder::commonValue(const QString& field) const
{
    const QList<QJsonObject> objects = m_refreshing ? m_objects : guestObjects();
    std::optional<QJsonValue> common;
    for (const QJsonObject& object : objects) {
        const QJsonValue found = object.value(field);
        const QJsonValue value = found.isUndefined() ? QJsonValue(QJsonValue::Null) : found;
        if (common && *common != value) {
            return std::nullopt;
        }
        common = value;
    }
    return common.value_or(QJsonValue(QJsonValue::Null));
}

void FieldBinder::submit(const QString& field, const QJsonValue& value, const QString& title, bool merges)
{
    if (m_refreshing || m_rows.isEmpty()) {
        return;
    }
    QString key;
    if (merges) {
        key = u"details/%1/%2"_s.arg(field).arg(m_session);
    }
    const Result<void> done = m_document.setGuestField(m_rows, field, value, title, key);
    if (!done) {
        Q_EMIT refused(done.error().message);
    }
    refresh();
}

void FieldBinder::refresh()
{
    if (m_refreshing) {
        return;
    }
    m_objects = guestObjects();
    m_refreshing = true;
    for (const auto& refresher : std::as_const(m_refreshers)) {
        refresher();
    }
    m_refreshing = false;
    m_objects.clear();
}

} // namespace Stowage
