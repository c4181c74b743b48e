// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include <QByteArray>

#include <optional>

namespace Stowage
{

/** A user of a guest, as far as files for it need it. */
struct Account {
    quint32 uid = 0;
    quint32 gid = 0;
    QByteArray home; ///< "/root"

    bool operator==(const Account&) const = default;
};

/** The users of a guest: its passwd(5), group(5) and shadow(5), of which only the lines that have to change do. Plain. */
struct Accounts {
    QByteArray passwd;
    QByteArray group;
    QByteArray shadow;

    bool operator==(const Accounts&) const = default;

    /** The user @p name; none where there is no such line, or one that makes no sense. */
    [[nodiscard]] std::optional<Account> find(const QByteArray& name) const;
    /** Adds the user @p name with a group, a home in /home and a number that no other has, nor is @p avoided. */
    void add(const QByteArray& name, quint32 avoided);
    /** Sets the password of @p name to @p hash. */
    void setPassword(const QByteArray& name, const QByteArray& hash);
};

} // namespace Stowage
