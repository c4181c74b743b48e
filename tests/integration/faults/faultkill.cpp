// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "faultkill.h"

#include <QtTest>

namespace Stowage::Test
{

KillRuns::KillRuns(const FaultInput& input, const FaultCase& one, QRandomGenerator& random)
    : m_input(input),
      m_case(one),
      m_random(random)
{
    for (const int number : {0, 1}) {
        m_states.at(number) = m_input.expected(one, version(number));
        m_bare.at(number) = m_input.state(one, false);
    }
    QVERIFY(!m_states[0].isEmpty() && m_states[0] != m_states[1]);
}

FaultRun KillRuns::complete(FaultOptions options)
{
    m_there = 1 - m_there;
    options.asNobody = m_case.asNobody;
    FaultRun run = runWithFault(m_input.arguments(m_case, version(m_there)), options);
    [&] {
        QVERIFY2(run.status == 0, run.text.constData());
        QCOMPARE(m_input.state(m_case), m_states.at(m_there));
        QCOMPARE(m_input.leftovers(m_case), QStringList());
    }();
    return run;
}

void KillRuns::kill(FaultOptions options)
{
    const bool isFirst = m_random.bounded(4) == 0; // nothing is there before
    if (isFirst) {
        m_input.clear();
    }
    const int next = 1 - m_there;
    options.asNobody = m_case.asNobody;
    const FaultRun run = runWithFault(m_input.arguments(m_case, version(next)), options);
    const QByteArray state = m_input.state(m_case);
    if (!run.wasKilled()) { // it was quicker
        QVERIFY2(run.status == 0, run.text.constData());
        QCOMPARE(state, m_states.at(next));
        m_there = next;
        return;
    }
    ++m_kills;
    // A tree and the list of its owners get their names one after the other. In between, no list is the tree's own.
    const bool isNew = state == m_states.at(next) || state == m_bare.at(next);
    m_finished += isNew ? 1 : 0;
    // The block map goes before the image that it is of does.
    const bool isOld = state == (isFirst ? QByteArray() : m_states.at(m_there))
        || (!isFirst && m_case.hasMap && state == m_bare.at(m_there));
    QVERIFY2(isNew || isOld, state.constData());
    m_there = m_random.bounded(2);
    (void)complete();
}

void KillRuns::killAtEveryStep(qsizetype most)
{
    FaultOptions options;
    options.fault = {.below = m_input.path(QStringLiteral("out")), .kills = true};
    const long calls = complete(options).calls;
    QVERIFY(calls > 5);
    for (const long at : sampleOf(calls, most, 6)) {
        options.fault.at = at;
        kill(options);
        if (QTest::currentTestFailed()) {
            qInfo("before call %ld of %ld", at, calls);
            return;
        }
    }
    qInfo("%d kills in %ld calls, after %d the new one was there", m_kills, calls, m_finished);
}

} // namespace Stowage::Test
