// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "faultcases.h"
#include "faultrun.h"
#include "fixtures.h"

#include <QElapsedTimer>
#include <QRandomGenerator>

using namespace Stowage::Test;
using namespace Qt::StringLiterals;

/** SIGKILL at any moment: the target is the old one or the new one, and the next run leaves nothing else. */
class TestKills : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void atRandom_data() { addFaultRows(); }
    void atRandom();
    void atEveryStep_data() { addFaultRows(); }
    void atEveryStep();

private:
    void begin(const FaultCase& one);
    void kill(const FaultCase& one, const FaultOptions& options);

    std::unique_ptr<FaultInput> m_input;
    QRandomGenerator m_random;
    QByteArray m_states[2]; ///< What complete runs make of the versions.
    int m_there = 0; ///< The version that the target is of.
    int m_kills = 0;
    int m_new = 0; ///< Kills after which the new one was there.
};

void TestKills::initTestCase()
{
    const quint32 seed = QRandomGenerator::system()->generate();
    qInfo("seed %u", seed);
    m_random.seed(seed);
    m_input = std::make_unique<FaultInput>();
}

static QString version(int number)
{
    return number == 0 ? u"a"_s : u"b"_s;
}

void TestKills::begin(const FaultCase& one)
{
    for (int number : {0, 1}) {
        m_states[number] = m_input->expected(one, version(number));
    }
    QVERIFY(!m_states[0].isEmpty() && m_states[0] != m_states[1]);
    m_there = 1;
    m_kills = m_new = 0;
}

/** One run that is killed, and a complete one after it. */
void TestKills::kill(const FaultCase& one, const FaultOptions& options)
{
    const bool isFirst = m_random.bounded(4) == 0; // nothing is there before
    if (isFirst) {
        m_input->clear();
    }
    const int next = 1 - m_there;
    const FaultRun run = runWithFault(m_input->arguments(one, version(next)), options);
    const QByteArray state = m_input->state(one);
    if (!run.wasKilled()) { // it was quicker
        QVERIFY2(run.status == 0, run.text.constData());
        QCOMPARE(state, m_states[next]);
        QCOMPARE(m_input->leftovers(one), QStringList());
        m_there = next;
        return;
    }
    ++m_kills;
    m_new += state == m_states[next] ? 1 : 0;
    QVERIFY2(state == m_states[next] || state == (isFirst ? QByteArray() : m_states[m_there]), state.constData());
    m_there = m_random.bounded(2);
    const FaultRun complete = runWithFault(m_input->arguments(one, version(m_there)));
    QVERIFY2(complete.status == 0, complete.text.constData());
    QCOMPARE(m_input->state(one), m_states[m_there]);
    QCOMPARE(m_input->leftovers(one), QStringList());
}

void TestKills::atRandom()
{
    QFETCH(const int, row);
    const FaultCase& one = faultCases().at(row);
    begin(one);
    qint64 longest = 0;
    for (int i = 0; i < 4; ++i) {
        QElapsedTimer timer;
        timer.start();
        m_there = 1 - m_there;
        QCOMPARE(runWithFault(m_input->arguments(one, version(m_there))).status, 0);
        longest = std::max(longest, timer.nsecsElapsed() / 1000);
    }
    const int wanted = effort(20, 200);
    while (m_kills < wanted && !QTest::currentTestFailed()) {
        FaultOptions options;
        options.killAfter = std::chrono::microseconds(m_random.bounded(longest));
        kill(one, options);
    }
    qInfo("%d kills within %lld ms, after %d the new one was there", m_kills, static_cast<long long>(longest / 1000),
          m_new);
}

/** Before every change of the disk that the program makes beside the target: the moments between two renames, too. */
void TestKills::atEveryStep()
{
    QFETCH(const int, row);
    const FaultCase& one = faultCases().at(row);
    begin(one);
    FaultOptions options;
    options.fault = {.below = m_input->path(u"out"_s), .kills = true};
    m_there = 0;
    const long calls = runWithFault(m_input->arguments(one, version(m_there)), options).calls;
    QVERIFY(calls > 5);
    for (const long at : sampleOf(calls, effort(12, 1000), 6)) {
        options.fault.at = at;
        kill(one, options);
        if (QTest::currentTestFailed()) {
            qInfo("at call %ld of %ld", at, calls);
            return;
        }
    }
    qInfo("%d kills in %ld calls, after %d the new one was there", m_kills, calls, m_new);
}

QTEST_GUILESS_MAIN(TestKills)
#include "tst_kills.moc"
