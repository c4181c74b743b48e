// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "guestbench.h"

#include <QElapsedTimer>
#include <QMimeData>
#include <QRandomGenerator>
#include <QSignalSpy>
#include <QTest>

using namespace Stowage;
using namespace Qt::StringLiterals;
using Column = GuestListModel::Column;
using Test::named;
using Bench = Test::GuestBench;

namespace
{

Problem problemOf(int guest, Problem::Severity severity, const QString& field, const QString& text)
{
    return {severity, u"test.code"_s, {.guest = guest, .field = field}, text, {}, {}};
}

} // namespace

class TestGuestState : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void problemsStayWithTheirGuest();
    void sourcesAndState();
    void importProgress();
    void goneDocument();
    void randomEdits();
    void manyGuests();
};

void TestGuestState::problemsStayWithTheirGuest()
{
    Bench bench(u"a b c"_s);
    QSignalSpy spy(&bench.model, &QAbstractItemModel::dataChanged);
    const QList<Problem> problems{problemOf(-1, Problem::Severity::Error, u"machine.name"_s, u"none of the guests"_s),
                                  problemOf(2, Problem::Severity::Note, u"entry"_s, u"a note"_s),
                                  problemOf(2, Problem::Severity::Error, u"memory"_s, u"too much"_s),
                                  problemOf(1, Problem::Severity::Warning, u"vif"_s, u"no bridge"_s),
                                  problemOf(7, Problem::Severity::Error, u"vif"_s, u"no such guest"_s)};
    bench.model.setProblems(problems);
    QCOMPARE(spy.size(), 2);
    bench.model.setProblems(problems);
    QCOMPARE(spy.size(), 2);
    QCOMPARE(bench.get(0, 0, GuestListModel::SeverityRole).toInt(), -1);
    QCOMPARE(bench.get(1, 0, GuestListModel::SeverityRole).toInt(), static_cast<int>(Problem::Severity::Warning));
    QCOMPARE(bench.get(2, 0, GuestListModel::SeverityRole).toInt(), static_cast<int>(Problem::Severity::Error));
    QCOMPARE(bench.get(2, 0, GuestListModel::ProblemCountRole).toInt(), 2);
    QCOMPARE(bench.get(2, Column::State).toString(), u"1 error"_s);
    QCOMPARE(bench.get(1, Column::State).toString(), u"1 warning"_s);
    QCOMPARE(bench.get(2, Column::State, Qt::ToolTipRole).toString(), u"1 error\ntoo much\na note"_s);
    QCOMPARE(bench.get(2, Column::Memory, GuestListModel::CellSeverityRole).toInt(),
             static_cast<int>(Problem::Severity::Error));
    QCOMPARE(bench.get(2, Column::Vcpus, GuestListModel::CellSeverityRole).toInt(), -1);
    QVERIFY(bench.get(2, Column::Memory, Qt::ToolTipRole).toString().contains(u"too much"_s));

    bench.document.moveGuests({2}, 0);
    bench.document.insertGuests(0, {named(u"new"_s)});
    QCOMPARE(bench.entries(), u"new c a b"_s);
    QCOMPARE(bench.get(1, Column::State).toString(), u"1 error"_s);
    QCOMPARE(bench.get(0, Column::State).toString(), u"Not checked"_s);
    QCOMPARE(bench.model.problems(1).size(), 2);
    QCOMPARE(bench.model.problems(1)[0].text, u"too much"_s);
    QCOMPARE(bench.model.problems(1)[0].where.guest, 1);
    bench.model.setProblems({});
    QCOMPARE(bench.get(1, 0, GuestListModel::SeverityRole).toInt(), -1);
    QVERIFY(bench.model.problems(99).isEmpty());
}

void TestGuestState::sourcesAndState()
{
    Bench bench(u"a b"_s);
    ResolvedProject resolved;
    ResolvedGuest guest;
    guest.index = 1;
    guest.entry = u"b"_s;
    ResolvedDisk disk;
    disk.found = true;
    disk.file.path = u"/deploy/b-qemuarm64.ext4"_s;
    disk.source.kind = SourceKind::Ext4;
    disk.source.description = u"ext4 file system, 300 MiB"_s;
    guest.disks = {disk};
    resolved.guests = {guest};
    const QSignalSpy spy(&bench.model, &QAbstractItemModel::dataChanged);
    bench.model.setSources(resolved);
    bench.model.setSources(resolved);
    QCOMPARE(spy.size(), 1);
    QCOMPARE(spy[0][0].toModelIndex().row(), 1);
    QCOMPARE(bench.get(1, Column::Source).toString(), u"b-qemuarm64.ext4"_s);
    QVERIFY(bench.get(1, Column::Source, GuestListModel::IsDefaultRole).toBool());
    QCOMPARE(bench.get(1, 0, GuestListModel::SourceKindRole).toInt(), static_cast<int>(SourceKind::Ext4));
    QCOMPARE(bench.get(0, 0, GuestListModel::SourceKindRole).toInt(), -1);
    QCOMPARE(bench.get(1, 0, GuestListModel::SourceDescriptionRole).toString(), disk.source.description);
    QCOMPARE(bench.get(1, Column::Source, Qt::ToolTipRole).toString(),
             u"/deploy/b-qemuarm64.ext4\next4 file system, 300 MiB"_s);
    QCOMPARE(bench.get(1, Column::State).toString(), u"Ready"_s);
    QCOMPARE(bench.get(0, Column::State).toString(), u"Not checked"_s);
    bench.model.setProblems({problemOf(1, Problem::Severity::Note, {}, u"note"_s)});
    QCOMPARE(bench.get(1, 0, GuestListModel::StateRole).toInt(), static_cast<int>(GuestListModel::GuestState::Noted));
}

void TestGuestState::importProgress()
{
    Bench bench(u"a b"_s);
    QSignalSpy spy(&bench.model, &QAbstractItemModel::dataChanged);
    bench.model.setImportProgress(u"b"_s, 45);
    bench.model.setImportProgress(u"b"_s, 45);
    bench.model.setImportProgress(u"nobody"_s, 45);
    QCOMPARE(spy.size(), 1);
    QCOMPARE(bench.get(1, Column::State).toString(), u"Importing, 45 %"_s);
    QCOMPARE(bench.get(1, 0, GuestListModel::ProgressRole).toInt(), 45);
    QCOMPARE(bench.get(0, 0, GuestListModel::ProgressRole).toInt(), -1);
    bench.model.setImportProgress(u"b"_s, -1);
    QCOMPARE(bench.get(1, Column::State).toString(), u"Not checked"_s);
}

void TestGuestState::goneDocument()
{
    auto document = std::make_unique<ProjectDocument>();
    document->insertGuests(0, {named(u"a"_s)});
    GuestListModel model(document.get());
    const Test::ModelWatch watch(model);
    QCOMPARE(model.rowCount(), 1);
    document.reset();
    QCOMPARE(model.rowCount(), 0);
}

void TestGuestState::randomEdits()
{
    QRandomGenerator random(815);
    const auto below = [&random](qsizetype end) { return static_cast<int>(random.bounded(qMax<qint64>(1, end))); };
    Bench bench;
    QList<Project> values{bench.document.project()};
    const auto check = [&bench] {
        const Project& project = bench.document.project();
        QCOMPARE(bench.model.rowCount(), project.guests.size());
        QCOMPARE(bench.watch.proxy().rowCount(), project.guests.size());
        for (int row = 0; row < project.guests.size(); ++row) {
            const Guest& guest = project.guests[row];
            QCOMPARE(bench.get(row, Column::Name).toString(), guest.entry);
            QCOMPARE(bench.get(row, Column::Memory, Qt::EditRole).toLongLong(),
                     guest.effectiveMemoryMiB(project.defaults));
            QCOMPARE(bench.get(row, Column::Autostart, Qt::CheckStateRole).toBool(), guest.autostart);
        }
    };
    for (int step = 0; step < 400; ++step) {
        const int count = bench.model.rowCount();
        const int row = below(count);
        const std::unique_ptr<QMimeData> data(bench.model.mimeData({bench.at(row, 0), bench.at(below(count), 0)}));
        switch (count == 0 ? 0 : below(7)) {
        case 0:
            bench.document.insertGuests(below(count + 1), {named(u"g%1"_s.arg(below(30)))});
            break;
        case 1:
            bench.document.removeGuests({row});
            break;
        case 2:
            bench.model.setData(bench.at(row, Column::Memory), below(4000) + 1);
            break;
        case 3:
            bench.model.setData(bench.at(row, Column::Name), u"n%1"_s.arg(below(50)));
            break;
        case 4:
            bench.model.setData(bench.at(row, Column::Autostart), below(2) == 0 ? Qt::Checked : Qt::Unchecked,
                                Qt::CheckStateRole);
            break;
        default:
            bench.model.dropMimeData(data.get(), below(3) == 0 ? Qt::CopyAction : Qt::MoveAction, below(count + 1), 0,
                                     {});
        }
        values.append(bench.document.project());
        check();
    }
    QVERIFY(bench.model.rowCount() > 3);
    while (!values.isEmpty()) {
        bench.document.setProject(values.takeLast());
        check();
    }
    QCOMPARE(bench.model.rowCount(), 0);
}

void TestGuestState::manyGuests()
{
    ProjectDocument document;
    GuestListModel model(&document);
    QList<Guest> guests;
    for (int i = 0; i < 5000; ++i) {
        guests.append(named(u"guest%1"_s.arg(i)));
    }
    QElapsedTimer clock;
    clock.start();
    const QSignalSpy inserted(&model, &QAbstractItemModel::rowsInserted);
    const QSignalSpy changed(&model, &QAbstractItemModel::dataChanged);
    document.insertGuests(0, guests);
    QCOMPARE(inserted.size(), 1);
    for (int i = 0; i < 20; ++i) {
        QVERIFY(model.setData(model.index(i * 100, Column::Memory), i + 1));
        QCOMPARE(changed.size(), i + 1);
        QCOMPARE(changed.last()[0].toModelIndex(), model.index(i * 100, 0));
        QCOMPARE(changed.last()[1].toModelIndex(), model.index(i * 100, Column::ColumnCount - 1));
    }
    document.removeGuests({0, 2500, 4999});
    document.moveGuests({10, 20, 4000}, 3000);
    QCOMPARE(model.rowCount(), 4997);
    QVERIFY2(clock.elapsed() < 10'000, qPrintable(QString::number(clock.elapsed())));
}

QTEST_APPLESS_MAIN(TestGuestState)
#include "tst_gueststate.moc"
