// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/boot/guestconsole.h"

#include <QByteArray>
#include <QHash>
#include <QList>
#include <QRegularExpression>
#include <QString>

namespace Stowage
{

/** How a guest fared when its host was booted. */
struct GuestVerdict {
    enum class State {
        Waiting, ///< Not seen in `xl list` so far.
        Started, ///< In `xl list`; its console has not said what is waited for.
        Running, ///< Its console has.
        Crashed, ///< It stopped with a fault, or went away.
    };

    QString name; ///< As in its configuration.
    State state = State::Waiting;
    QString reason; ///< Why it counts as crashed.
    int domain = -1; ///< Number that Xen gave it; -1: none yet.
    qint64 memoryMiB = 0; ///< As in `xl list`.
    int vcpus = 0; ///< As in `xl list`.
    QString console; ///< What it said; of very much the end.

    bool operator==(const GuestVerdict&) const = default;
};

/** "waiting", "started", "running", "crashed", the same in every language. */
[[nodiscard]] QLatin1StringView stateName(GuestVerdict::State state);

/** How far a host has come. */
enum class BootStage {
    Firmware, ///< Nothing was said yet.
    Hypervisor,
    Kernel,
    LoggingIn,
    Guests, ///< There is a shell on it, and its guests are being waited for.
    Done,
    Failed,
};

/** One line that `xl list` prints, by its columns (xl(1)). */
struct ListedDomain {
    QString name;
    int domain = 0;
    qint64 memoryMiB = 0;
    int vcpus = 0;
    QByteArray state; ///< "r-----"

    bool operator==(const ListedDomain&) const = default;
};
/** The domains in @p listing. Lines of more than 512 bytes, which xl has none of, are left out. */
[[nodiscard]] QList<ListedDomain> parseXlList(const QByteArray& listing);

/**
 * Makes of @p guest what @p domains, which `xl list` has now, and @p consoles by their numbers say of it; it runs when
 * its console has said @p pattern. One that has crashed remains so. Pure.
 */
void judgeGuest(GuestVerdict& guest, const QRegularExpression& pattern, const QList<ListedDomain>& domains,
                const QHash<int, GuestConsole>& consoles);

} // namespace Stowage
