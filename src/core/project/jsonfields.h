// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/project/jsonlocator.h"

#include <QCoreApplication>
#include <QJsonArray>
#include <QJsonObject>

#include <algorithm>
#include <array>
#include <cmath>
#include <concepts>
#include <optional>
#include <span>
#include <utility>

namespace Stowage
{

/** Context of the translated texts about project files. */
struct ProjectFile {
    Q_DECLARE_TR_FUNCTIONS(ProjectFile)
};

/** The names that stand for the values of an enumeration in JSON; the first is the one that is not written. */
template<typename Enum>
using EnumName = std::pair<Enum, QString>;

/** Smallest and greatest value of a number. */
struct NumberRange {
    qint64 smallest = 1;
    qint64 greatest = 1;
};

/** What is wrong with a value of a JSON document, and where. */
struct JsonFault {
    JsonPath path;
    QString message;
};

/**
 * Writes the members of a value that are set. A class's fields are listed once, in a template that takes a JsonWriter or
 * a JsonReader, so that the two cannot differ.
 */
class JsonWriter
{
public:
    [[nodiscard]] const QJsonObject& object() const { return m_object; }

    void text(QLatin1StringView key, const QString& value, const QString& preset = {})
    {
        if (value != preset) {
            m_object.insert(key, value);
        }
    }
    void text(QLatin1StringView key, const std::optional<QString>& value)
    {
        if (value) {
            m_object.insert(key, *value);
        }
    }
    void texts(QLatin1StringView key, const QStringList& value)
    {
        if (!value.isEmpty()) {
            m_object.insert(key, QJsonArray::fromStringList(value));
        }
    }
    void flag(QLatin1StringView key, bool value)
    {
        if (value) {
            m_object.insert(key, true);
        }
    }
    template<std::integral T>
    void number(QLatin1StringView key, const std::optional<T>& value, NumberRange)
    {
        if (value) {
            m_object.insert(key, qint64{*value});
        }
    }
    template<std::integral T>
    void number(QLatin1StringView key, const T& value, NumberRange, T preset)
    {
        if (value != preset) {
            m_object.insert(key, qint64{value});
        }
    }
    template<typename Enum>
    void choice(QLatin1StringView key, Enum value, std::span<const EnumName<Enum>> names)
    {
        for (const auto& [candidate, name] : names.subspan(1)) {
            if (candidate == value) {
                m_object.insert(key, name);
            }
        }
    }
    template<typename T, typename Fields>
    void child(QLatin1StringView key, const T& value, const Fields& fields)
    {
        JsonWriter writer;
        fields(writer, value);
        if (!writer.m_object.isEmpty()) {
            m_object.insert(key, writer.m_object);
        }
    }
    /** An object that may be there with nothing in it. */
    template<typename T, typename Fields>
    void child(QLatin1StringView key, const std::optional<T>& value, const Fields& fields)
    {
        if (value) {
            JsonWriter writer;
            fields(writer, *value);
            m_object.insert(key, writer.m_object);
        }
    }
    template<typename T, typename Fields>
    void children(QLatin1StringView key, const QList<T>& values, const Fields& fields)
    {
        QJsonArray array;
        for (const T& value : values) {
            JsonWriter writer;
            fields(writer, value);
            array.append(writer.m_object);
        }
        if (!array.isEmpty()) {
            m_object.insert(key, array);
        }
    }
    /** To be called last: adds the keys that were kept when reading. */
    void rest(const QJsonObject& unknown)
    {
        for (auto it = unknown.begin(); it != unknown.end(); ++it) {
            if (!m_object.contains(it.key())) {
                m_object.insert(it.key(), it.value());
            }
        }
    }

private:
    QJsonObject m_object;
};

/** Reads the members of a value; the counterpart of JsonWriter. After the first fault nothing is read any more. */
class JsonReader
{
public:
    explicit JsonReader(QJsonObject object, JsonPath path = {}) : m_object(std::move(object)), m_path(std::move(path))
    { }

    [[nodiscard]] const std::optional<JsonFault>& fault() const { return m_fault; }

    void text(QLatin1StringView key, QString& value, const QString& = {})
    {
        if (const auto found = take(key)) {
            readText(*found, m_path + JsonPath{key}, value);
        }
    }
    void text(QLatin1StringView key, std::optional<QString>& value)
    {
        if (const auto found = take(key)) {
            readText(*found, m_path + JsonPath{key}, value.emplace());
        }
    }
    void texts(QLatin1StringView key, QStringList& value)
    {
        const QJsonArray array = takeArray(key);
        for (qsizetype i = 0; i < array.size() && !m_fault; ++i) {
            readText(array.at(i), m_path + JsonPath{key, QString::number(i)}, value.emplaceBack());
        }
    }
    void flag(QLatin1StringView key, bool& value)
    {
        if (const auto found = take(key)) {
            if (!found->isBool()) {
                setFault(m_path + JsonPath{key}, ProjectFile::tr("\"%1\" must be true or false.").arg(key));
                return;
            }
            value = found->toBool();
        }
    }
    template<std::integral T>
    void number(QLatin1StringView key, std::optional<T>& value, NumberRange range)
    {
        if (const auto found = take(key)) {
            readNumber(*found, key, range, value.emplace());
        }
    }
    template<std::integral T>
    void number(QLatin1StringView key, T& value, NumberRange range, T)
    {
        if (const auto found = take(key)) {
            readNumber(*found, key, range, value);
        }
    }
    template<typename Enum>
    void choice(QLatin1StringView key, Enum& value, std::span<const EnumName<Enum>> names)
    {
        const auto found = take(key);
        if (!found) {
            return;
        }
        QStringList allowed;
        for (const auto& [candidate, name] : names) {
            if (!name.isEmpty() && found->isString() && found->toString() == name) {
                value = candidate;
                return;
            }
            if (!name.isEmpty()) {
                allowed.append(u'"' + name + u'"');
            }
        }
        setFault(m_path + JsonPath{key},
                 ProjectFile::tr("\"%1\" must be one of %2.").arg(key, allowed.join(QStringLiteral(", "))));
    }
    template<typename T, typename Fields>
    void child(QLatin1StringView key, T& value, const Fields& fields)
    {
        if (const auto found = take(key)) {
            readObject(*found, m_path + JsonPath{key}, value, fields);
        }
    }
    template<typename T, typename Fields>
    void child(QLatin1StringView key, std::optional<T>& value, const Fields& fields)
    {
        if (const auto found = take(key)) {
            readObject(*found, m_path + JsonPath{key}, value.emplace(), fields);
        }
    }
    template<typename T, typename Fields>
    void children(QLatin1StringView key, QList<T>& values, const Fields& fields)
    {
        const QJsonArray array = takeArray(key);
        for (qsizetype i = 0; i < array.size() && !m_fault; ++i) {
            readObject(array.at(i), m_path + JsonPath{key, QString::number(i)}, values.emplaceBack(), fields);
        }
    }
    /** To be called last: keeps all keys that were not read. One with a NUL, which Qt may take for another one, is a fault. */
    void rest(QJsonObject& unknown)
    {
        const QStringList keys = m_object.keys();
        if (std::ranges::any_of(keys, [](const QString& key) { return key.contains(QChar::Null); })) {
            setFault(m_path, ProjectFile::tr("A name in it holds a NUL character."));
        }
        unknown = std::exchange(m_object, {});
    }

private:
    void setFault(const JsonPath& path, const QString& message)
    {
        if (!m_fault) {
            m_fault = JsonFault{path, message};
        }
    }

    std::optional<QJsonValue> take(QLatin1StringView key)
    {
        if (m_fault || !m_object.contains(key)) {
            return std::nullopt;
        }
        return m_object.take(key);
    }

    QJsonArray takeArray(QLatin1StringView key)
    {
        const auto found = take(key);
        if (found && !found->isArray()) {
            setFault(m_path + JsonPath{key}, ProjectFile::tr("\"%1\" must be a list.").arg(key));
        }
        return found ? found->toArray() : QJsonArray();
    }

    void readText(const QJsonValue& found, const JsonPath& path, QString& value)
    {
        value = found.toString();
        if (!found.isString()) {
            setFault(path, ProjectFile::tr("\"%1\" must be a text in quotes.").arg(path.join(u'.')));
        } else if (value.contains(QChar::Null)) {
            setFault(path, ProjectFile::tr("\"%1\" holds a NUL character.").arg(path.join(u'.')));
        }
    }

    template<std::integral T>
    void readNumber(const QJsonValue& found, QLatin1StringView key, NumberRange range, T& value)
    {
        const double number = found.toDouble();
        const auto inRange = number >= static_cast<double>(range.smallest)
            && number <= static_cast<double>(range.greatest);
        if (!found.isDouble() || !inRange || std::floor(number) != number) {
            setFault(m_path + JsonPath{key},
                     ProjectFile::tr("\"%1\" must be a whole number from %2 to %3.")
                         .arg(key)
                         .arg(range.smallest)
                         .arg(range.greatest));
            return;
        }
        value = static_cast<T>(number);
    }

    template<typename T, typename Fields>
    void readObject(const QJsonValue& found, const JsonPath& path, T& value, const Fields& fields)
    {
        if (!found.isObject()) {
            setFault(path, ProjectFile::tr("\"%1\" must be an object in braces.").arg(path.join(u'.')));
            return;
        }
        JsonReader reader(found.toObject(), path);
        fields(reader, value);
        if (reader.m_fault) {
            m_fault = reader.m_fault;
        }
    }

    QJsonObject m_object;
    JsonPath m_path;
    std::optional<JsonFault> m_fault;
};

} // namespace Stowage
