// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "faultkill.h"
#include "fixtures.h"

#include <QElapsedTimer>

using namespace Stowage::Test;

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
    std::unique_ptr<FaultInput> m_input;
    QRandomGenerator m_random;
};

void TestKills::initTestCase()
{
    const quint32 seed = QRandomGenerator::system()->generate();
    qInfo("seed %u", seed);
    m_random.seed(seed);
    m_input = std::make_unique<FaultInput>();
}

void TestKills::atRandom()
{
    QFETCH(const int, row);
    KillRuns runs(*m_input, faultCases().at(row), m_random);
    qint64 longest = 0;
    for (int i = 0; i < 4; ++i) {
        QElapsedTimer timer;
        timer.start();
        (void)runs.complete();
        longest = std::max(longest, timer.nsecsElapsed() / 1000);
    }
    const int wanted = effort(4, 200);
    while (runs.kills() < wanted && !QTest::currentTestFailed()) {
        FaultOptions options;
        options.killAfter = std::chrono::microseconds(m_random.bounded(longest));
        runs.kill(options);
    }
    qInfo("%d kills within %lld ms, after %d the new one was there", runs.kills(),
          static_cast<long long>(longest / 1000), runs.finished());
}

/** Before every change of the disk that the program makes beside the target: the moments between two renames, too. */
void TestKills::atEveryStep()
{
    QFETCH(const int, row);
    KillRuns(*m_input, faultCases().at(row), m_random).killAtEveryStep(effort(9, 1000));
}

QTEST_GUILESS_MAIN(TestKills)
#include "tst_kills.moc"
