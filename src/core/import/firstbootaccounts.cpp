// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "firstbootaccounts.h"

#include <QByteArrayList>
#include <QSet>

#include <algorithm>

namespace Stowage
{

namespace
{

constexpr qsizetype NumberField = 2;

/** The lines of @p text without the newlines between them, and without what is behind the last. */
QByteArrayList linesOf(const QByteArray& text)
{
    QByteArrayList lines = text.split('\n');
    if (lines.last().isEmpty()) {
        lines.removeLast();
    }
    return lines;
}

QByteArray joined(const QByteArrayList& lines)
{
    return lines.isEmpty() ? QByteArray() : lines.join('\n') + '\n';
}

/** Sets the second field of the line of @p name, without which nothing is done. Whether there is one. */
bool setSecondField(QByteArray& text, const QByteArray& name, const QByteArray& value)
{
    QByteArrayList lines = linesOf(text);
    bool found = false;
    for (QByteArray& line : lines) {
        QByteArrayList fields = line.split(':');
        if (fields.size() >= 2 && fields.first() == name) {
            fields[1] = value;
            line = fields.join(':');
            found = true;
        }
    }
    if (found) {
        text = joined(lines);
    }
    return found;
}

void addLine(QByteArray& text, const QByteArray& line)
{
    if (!text.isEmpty() && !text.endsWith('\n')) {
        text += '\n';
    }
    text += line + '\n';
}

/** @p text without the lines of @p name. */
QByteArray without(const QByteArray& text, const QByteArray& name)
{
    QByteArrayList lines = linesOf(text);
    lines.removeIf([&name](const QByteArray& line) { return line.trimmed().split(':').first() == name; });
    return joined(lines);
}

/** The numbers of all users, or groups, in @p text. */
QSet<quint32> numbersIn(const QByteArray& text)
{
    QSet<quint32> numbers;
    const QByteArrayList lines = linesOf(text);
    for (const QByteArray& line : lines) {
        numbers.insert(line.split(':').value(NumberField).toUInt());
    }
    return numbers;
}

} // namespace

std::optional<Account> Accounts::find(const QByteArray& name) const
{
    constexpr qsizetype GroupField = 3;
    constexpr qsizetype HomeField = 5;
    const QByteArrayList lines = linesOf(passwd);
    for (const QByteArray& line : lines) {
        const QByteArrayList fields = line.trimmed().split(':');
        if (fields.first() != name) {
            continue;
        }
        bool hasUser = false;
        bool hasGroup = false;
        const Account account{fields.value(NumberField).toUInt(&hasUser), fields.value(GroupField).toUInt(&hasGroup),
                              fields.value(HomeField)};
        const bool isPlace = account.home.startsWith('/') && !account.home.contains('\0');
        return hasUser && hasGroup && isPlace ? std::optional(account) : std::nullopt;
    }
    return std::nullopt;
}

void Accounts::add(const QByteArray& name, quint32 avoided)
{
    constexpr quint32 FirstUser = 1000;
    const QSet<quint32> taken = numbersIn(passwd) | numbersIn(group);
    quint32 number = FirstUser;
    while (taken.contains(number) || number == avoided) {
        ++number;
    }
    const QByteArray id = QByteArray::number(number);
    passwd = without(passwd, name); // a line that makes no sense, and would be found before the new one
    addLine(passwd, name + ":x:" + id + ':' + id + "::/home/" + name + ":/bin/sh");
    addLine(group, name + ":x:" + id + ':');
    addLine(shadow, name + ":!:::::::");
}

void Accounts::setPassword(const QByteArray& name, const QByteArray& hash)
{
    setSecondField(passwd, name, "x"); // that it stands in the other file
    if (!setSecondField(shadow, name, hash)) {
        addLine(shadow, name + ':' + hash + ":::::::");
    }
}

} // namespace Stowage
