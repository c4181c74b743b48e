// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include <QByteArray>
#include <QStringList>

#include <chrono>
#include <optional>

namespace Stowage::Test
{

/** What goes wrong in a run: see faultinjector.cpp. */
struct Fault {
    QString below = {}; ///< Only calls on what lies there; empty: nothing goes wrong.
    const char* kind = "change"; ///< "read", "space" or "change".
    long at = 0; ///< Number of the call; 0: they are only counted.
    int error = 0; ///< errno.
    bool lasts = false; ///< What comes after it fails, too.
    bool kills = false;
    QString command = {}; ///< Shell command that is run before the call.
    const char* program = "stowage-cli";
};

struct FaultRun {
    int status = -1; ///< Exit status, or 128 and the number of the signal.
    QByteArray text; ///< All that was said.
    long calls = 0; ///< What the fault counted.

    /** The last error that was told, with what to do about it; empty when there was none. */
    [[nodiscard]] QByteArray error() const;
    [[nodiscard]] bool wasKilled() const { return status == 128 + 9; }
};

/** How a run is to be made. */
struct FaultOptions {
    Fault fault = {};
    std::optional<std::chrono::microseconds> killAfter = {}; ///< SIGKILL to its process group.
    bool asNobody = false; ///< As an ordinary user, when the test is root.
    bool isRich = false; ///< The space forecast takes every disk for endless.
};

/**
 * Runs stowage-cli with @p arguments and waits for its end and that of all it has started. Their temporary files go to a
 * directory that has to be empty afterwards, unless the run was killed.
 */
[[nodiscard]] FaultRun runWithFault(const QStringList& arguments, const FaultOptions& options = {});

/**
 * Gives this process its own mounts, which end with it; an ordinary user becomes the root of a user namespace. To be called
 * before there are threads. False, with a message, when the system does not allow it.
 */
[[nodiscard]] bool takeOwnMounts();

/** The numbers from 1 to @p calls, or @p most of them at random, the last @p end always. */
[[nodiscard]] QList<long> sampleOf(long calls, qsizetype most, qsizetype end);

/** How much is to be tried: @p quick, or @p thorough where STOWAGE_FAULTS is set. */
[[nodiscard]] int effort(int quick, int thorough);

} // namespace Stowage::Test
