// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/jobs/jobqueue.h"
#include "core/support/units.h"
#include "fixtures.h"
#include "models/jobmodel.h"
#include "models/problemmodel.h"
#include "modelwatch.h"

#include <QRandomGenerator>
#include <QSignalSpy>
#include <QTest>

#include <algorithm>
#include <semaphore>

using namespace Stowage;
using namespace Qt::StringLiterals;

namespace
{

Problem problemOf(Problem::Severity severity, const QString& code, int guest, const QString& text)
{
    return {severity, code, {.guest = guest, .field = u"memory"_s}, text, u"mend it"_s, {}};
}

/** A step for a job to wait at, so that the test sees each of its states. */
struct Gate {
    std::binary_semaphore open{0};
    ~Gate() { open.release(); }
};

Job::Work waitingWork(const std::shared_ptr<Gate>& gate, qint64 total, const Result<void>& result)
{
    return [gate, total, result](JobContext& context) -> Result<void> {
        context.progress.setTotal(total);
        context.progress.setDone(total / 4);
        context.progress.setStep(u"Copying"_s);
        while (!gate->open.try_acquire_for(std::chrono::milliseconds(5))) {
            if (context.stop.stop_requested()) {
                return cancelled();
            }
        }
        return result;
    };
}

} // namespace

class TestListModels : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void showsProblems();
    void tellsWhatDiffers();
    void problemsMoveWithTheirGuest();
    void randomProblems();
    void followsAJob();
    void showsFailureAndCancel();
    void followsTheQueue();
    void goneQueue();
};

void TestListModels::showsProblems()
{
    ProblemModel model;
    const Test::ModelWatch watch(model);
    Problem first = problemOf(Problem::Severity::Warning, u"a"_s, 1, u"a warning"_s);
    first.where.file = u"local.conf"_s;
    first.where.line = 7;
    first.fix = Fix{u"Set 5"_s, u"memory"_s, 5};
    model.setProblems({first, problemOf(Problem::Severity::Note, u"b"_s, -1, u"a note"_s),
                       problemOf(Problem::Severity::Error, u"c"_s, 0, u"an error"_s),
                       problemOf(Problem::Severity::Error, u"d"_s, 9, u"more"_s)},
                      {u"web"_s, u"db"_s});
    QCOMPARE(Test::columnTexts(model, ProblemModel::Text),
             (QStringList{u"an error"_s, u"more"_s, u"a warning"_s, u"a note"_s}));
    QCOMPARE(Test::columnTexts(model, ProblemModel::Severity),
             (QStringList{u"Error"_s, u"Error"_s, u"Warning"_s, u"Note"_s}));
    QCOMPARE(Test::columnTexts(model, ProblemModel::Guest), (QStringList{u"web"_s, QString(), u"db"_s, QString()}));
    QCOMPARE(model.index(2, ProblemModel::Remedy).data().toString(), u"mend it"_s);
    QCOMPARE(model.count(Problem::Severity::Error), 2);
    const QModelIndex warning = model.index(2, 0);
    QCOMPARE(warning.data(ProblemModel::SeverityRole).toInt(), static_cast<int>(Problem::Severity::Warning));
    QCOMPARE(warning.data(ProblemModel::CodeRole).toString(), u"a"_s);
    QCOMPARE(warning.data(ProblemModel::GuestRowRole).toInt(), 1);
    QCOMPARE(warning.data(ProblemModel::FieldRole).toString(), u"memory"_s);
    QCOMPARE(warning.data(ProblemModel::PlaceRole).value<Place>(), first.where);
    QCOMPARE(warning.data(ProblemModel::FixRole).value<Fix>(), *first.fix);
    QCOMPARE(warning.data(ProblemModel::FixTitleRole).toString(), u"Set 5"_s);
    QVERIFY(warning.data(ProblemModel::HasFixRole).toBool());
    QVERIFY(!model.index(0, 0).data(ProblemModel::HasFixRole).toBool());
    QVERIFY(!model.index(0, 0).data(ProblemModel::FixRole).isValid());
    QCOMPARE(warning.data(Qt::ToolTipRole).toString(), u"a warning\nmend it\nlocal.conf:7"_s);
    QCOMPARE(model.index(2, ProblemModel::Text).data(Qt::AccessibleTextRole).toString(), u"Warning: a warning"_s);
    QCOMPARE(model.problem(2), first);
}

void TestListModels::tellsWhatDiffers()
{
    ProblemModel model;
    const Test::ModelWatch watch(model);
    const QStringList entries{u"web"_s, u"db"_s};
    QList<Problem> problems{problemOf(Problem::Severity::Error, u"a"_s, 0, u"one"_s),
                            problemOf(Problem::Severity::Error, u"b"_s, 0, u"two"_s),
                            problemOf(Problem::Severity::Note, u"c"_s, 1, u"three"_s)};
    model.setProblems(problems, entries);
    QSignalSpy inserted(&model, &QAbstractItemModel::rowsInserted);
    QSignalSpy removed(&model, &QAbstractItemModel::rowsRemoved);
    QSignalSpy changed(&model, &QAbstractItemModel::dataChanged);
    const QSignalSpy reset(&model, &QAbstractItemModel::modelReset);
    model.setProblems(problems, entries);
    QCOMPARE(inserted.size() + removed.size() + changed.size(), 0);

    problems[1].text = u"two, in other words"_s;
    model.setProblems(problems, entries);
    QCOMPARE(changed.size(), 1);
    QCOMPARE(changed[0][0].toModelIndex(), model.index(1, 0));
    QCOMPARE(changed[0][1].toModelIndex(), model.index(1, ProblemModel::ColumnCount - 1));

    const QPersistentModelIndex last = model.index(2, 0);
    problems.removeFirst();
    problems.append(problemOf(Problem::Severity::Warning, u"d"_s, 1, u"four"_s));
    model.setProblems(problems, entries);
    QCOMPARE(removed.size(), 1);
    QCOMPARE(removed[0].sliced(1), (QVariantList{0, 0}));
    QCOMPARE(inserted.size(), 1);
    QCOMPARE(inserted[0].sliced(1), (QVariantList{1, 1}));
    QCOMPARE(last.data(ProblemModel::CodeRole).toString(), u"c"_s);
    QCOMPARE(last.row(), 2);
    QCOMPARE(reset.size(), 0);
}

void TestListModels::problemsMoveWithTheirGuest()
{
    ProblemModel model;
    const Test::ModelWatch watch(model);
    model.setProblems({problemOf(Problem::Severity::Error, u"a"_s, 0, u"one"_s)}, {u"web"_s});
    const QSignalSpy inserted(&model, &QAbstractItemModel::rowsInserted);
    const QSignalSpy changed(&model, &QAbstractItemModel::dataChanged);
    model.setProblems({problemOf(Problem::Severity::Error, u"a"_s, 1, u"one"_s)}, {u"new"_s, u"web"_s});
    QCOMPARE(inserted.size(), 0);
    QCOMPARE(changed.size(), 1);
    QCOMPARE(model.index(0, 0).data(ProblemModel::GuestRowRole).toInt(), 1);
}

void TestListModels::randomProblems()
{
    QRandomGenerator random(7);
    ProblemModel model;
    const Test::ModelWatch watch(model);
    for (int step = 0; step < 300; ++step) {
        QList<Problem> problems;
        for (auto count = random.bounded(12); count > 0; --count) {
            problems.append(problemOf(static_cast<Problem::Severity>(random.bounded(3)),
                                      QString::number(random.bounded(3)), random.bounded(3) - 1,
                                      QString::number(random.bounded(4))));
        }
        model.setProblems(problems, {u"x"_s, u"y"_s});
        std::ranges::stable_sort(problems, std::ranges::greater(), &Problem::severity);
        QCOMPARE(model.rowCount(), problems.size());
        QCOMPARE(watch.proxy().rowCount(), problems.size());
        for (int row = 0; row < problems.size(); ++row) {
            QCOMPARE(model.problem(row), problems[row]);
        }
    }
}

void TestListModels::followsAJob()
{
    JobQueue queue;
    JobModel model;
    const Test::ModelWatch watch(model);
    model.setQueue(&queue);
    QSignalSpy inserted(&model, &QAbstractItemModel::rowsInserted);
    const QSignalSpy changed(&model, &QAbstractItemModel::dataChanged);
    const auto gate = std::make_shared<Gate>();
    const Job* job = queue.add(u"Import db"_s, waitingWork(gate, 4 * MiB, {}));
    QCOMPARE(inserted.size(), 1);
    QCOMPARE(inserted[0].sliced(1), (QVariantList{0, 0}));
    QCOMPARE(model.job(0), job);
    QCOMPARE(model.index(0, JobModel::Title).data().toString(), u"Import db"_s);
    QTRY_COMPARE(model.index(0, JobModel::Done).data().toString(), u"1 MiB of 4 MiB"_s);
    QCOMPARE(model.index(0, JobModel::State).data().toString(), u"Copying"_s);
    QCOMPARE(model.index(0, 0).data(JobModel::PercentRole).toInt(), 25);
    QCOMPARE(model.index(0, JobModel::Progress).data().toString(), u"25 %"_s);
    QCOMPARE(model.index(0, 0).data(JobModel::StateRole).toInt(), static_cast<int>(Job::State::Running));
    QTRY_VERIFY(!changed.isEmpty());
    for (const QVariantList& signal : changed) {
        QCOMPARE(signal[0].toModelIndex(), model.index(0, 0));
        QCOMPARE(signal[1].toModelIndex(), model.index(0, JobModel::ColumnCount - 1));
    }
    gate->open.release();
    QTRY_COMPARE(model.index(0, JobModel::State).data().toString(), u"Done"_s);
    QCOMPARE(model.index(0, 0).data(JobModel::PercentRole).toInt(), 100);
    QVERIFY(model.index(0, 0).data(JobModel::FinishedRole).toBool());
    QCOMPARE(model.index(0, JobModel::TimeLeft).data().toString(), QString());
    QCOMPARE(model.index(0, JobModel::Title).data(Qt::AccessibleTextRole).toString(), u"Job: Import db"_s);
}

void TestListModels::showsFailureAndCancel()
{
    JobQueue queue;
    JobModel model;
    const Test::ModelWatch watch(model);
    model.setQueue(&queue);
    const auto gate = std::make_shared<Gate>();
    queue.add(u"fails"_s,
              [](JobContext&) -> Result<void> { return fail(Error::Code::NoSpace, u"Full."_s, u"Make room."_s); });
    Job* stopped = queue.add(u"stops"_s, waitingWork(gate, 0, {}));
    QTRY_COMPARE(model.index(0, JobModel::State).data().toString(), u"Failed"_s);
    QCOMPARE(model.index(0, 0).data(JobModel::ErrorTextRole).toString(), u"Full.\nMake room."_s);
    QCOMPARE(model.index(0, 0).data(Qt::ToolTipRole).toString(), u"Full.\nMake room."_s);
    QCOMPARE(model.index(1, 0).data(JobModel::PercentRole).toInt(), -1);
    QCOMPARE(model.index(1, JobModel::Progress).data().toString(), QString());
    stopped->cancel();
    QTRY_COMPARE(model.index(1, JobModel::State).data().toString(), u"Cancelled"_s);
    QCOMPARE(model.index(1, 0).data(JobModel::ErrorTextRole).toString(), QString());
}

void TestListModels::followsTheQueue()
{
    JobQueue queue;
    queue.setMaxRunning(1);
    const auto gate = std::make_shared<Gate>();
    const auto done = [](JobContext&) -> Result<void> { return {}; };
    queue.add(u"before"_s, done);
    JobModel model;
    const Test::ModelWatch watch(model);
    model.setQueue(&queue);
    QCOMPARE(model.queue(), &queue);
    QCOMPARE(model.rowCount(), 1);
    queue.add(u"runs"_s, waitingWork(gate, 0, {}));
    queue.add(u"waits"_s, done);
    QCOMPARE(Test::columnTexts(model, JobModel::Title), (QStringList{u"before"_s, u"runs"_s, u"waits"_s}));
    QTRY_COMPARE(Test::columnTexts(model, JobModel::State), (QStringList{u"Done"_s, u"Copying"_s, u"Waiting"_s}));
    QSignalSpy removed(&model, &QAbstractItemModel::rowsRemoved);
    queue.clearFinished();
    QCOMPARE(removed.size(), 1);
    QCOMPARE(removed[0].sliced(1), (QVariantList{0, 0}));
    QCOMPARE(Test::columnTexts(model, JobModel::Title), (QStringList{u"runs"_s, u"waits"_s}));
    gate->open.release();
    QTRY_VERIFY(queue.isIdle());
    queue.clearFinished();
    QCOMPARE(model.rowCount(), 0);
    QVERIFY(!model.job(0));
}

void TestListModels::goneQueue()
{
    auto queue = std::make_unique<JobQueue>();
    JobModel model;
    const Test::ModelWatch watch(model);
    model.setQueue(queue.get());
    queue->add(u"endless"_s, waitingWork(std::make_shared<Gate>(), 0, {}));
    QCOMPARE(model.rowCount(), 1);
    queue.reset();
    QCOMPARE(model.rowCount(), 0);
    QVERIFY(!model.queue());

    JobQueue other;
    model.setQueue(&other);
    other.add(u"here"_s, waitingWork(std::make_shared<Gate>(), 0, {}));
    QCOMPARE(model.rowCount(), 1);
    model.setQueue(nullptr);
    QCOMPARE(model.rowCount(), 0);
    other.add(u"unseen"_s, [](JobContext&) -> Result<void> { return {}; });
    QCOMPARE(model.rowCount(), 0);
}

QTEST_GUILESS_MAIN(TestListModels)
#include "tst_listmodels.moc"
