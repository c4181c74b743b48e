// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "faultcases.h"
#include "faultrun.h"

#include <QRandomGenerator>

#include <array>

namespace Stowage::Test
{

/** Runs of one FaultCase that are killed, each followed by a complete one. Fails the running test. */
class KillRuns
{
public:
    /** Makes both versions once, to know them. */
    KillRuns(const FaultInput& input, const FaultCase& one, QRandomGenerator& random);

    /**
     * A run that is to be killed as @p options say: the target has to be the old or the new one. Then a complete run,
     * which has to leave the target alone.
     */
    void kill(FaultOptions options);

    /** A run that is not killed, of the version that is not there. */
    FaultRun complete(FaultOptions options = {});

    /** Kills runs before every change of the disk beside the target, or before @p most of them, the last ones always. */
    void killAtEveryStep(qsizetype most);

    [[nodiscard]] int kills() const { return m_kills; }
    /** Kills after which the new one was there. */
    [[nodiscard]] int finished() const { return m_finished; }

private:
    [[nodiscard]] static QString version(int number) { return number == 0 ? QStringLiteral("a") : QStringLiteral("b"); }

    const FaultInput& m_input;
    const FaultCase& m_case;
    QRandomGenerator& m_random;
    std::array<QByteArray, 2> m_states; ///< Of complete runs.
    std::array<QByteArray, 2> m_bare; ///< The same without lists of owners.
    int m_there = 1; ///< The version that the target is of.
    int m_kills = 0;
    int m_finished = 0;
};

} // namespace Stowage::Test
