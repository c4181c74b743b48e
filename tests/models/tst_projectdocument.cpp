// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "documentfollower.h"
#include "fixtures.h"
#include "models/projectdocument.h"

#include <QRandomGenerator>
#include <QTest>

using namespace Stowage;
using namespace Qt::StringLiterals;

namespace
{

/** A guest from "entry" or "entry=memory". */
Guest guestOf(const QString& text)
{
    Guest guest;
    guest.entry = text.section(u'=', 0, 0);
    if (const QString memory = text.section(u'=', 1); !memory.isEmpty()) {
        guest.memoryMiB = memory.toLongLong();
    }
    return guest;
}

Project projectOf(const QString& guests)
{
    Project project;
    for (const QString& text : guests.split(u' ', Qt::SkipEmptyParts)) {
        project.guests.append(guestOf(text));
    }
    return project;
}

QString entriesOf(const Project& project)
{
    QStringList entries;
    for (const Guest& guest : project.guests) {
        entries.append(guest.memoryMiB ? u"%1=%2"_s.arg(guest.entry).arg(*guest.memoryMiB) : guest.entry);
    }
    return entries.join(u' ');
}

} // namespace

class TestProjectDocument : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void tellsWhatChanged_data();
    void tellsWhatChanged();
    void tellsSettings();
    void manyRowsOutOfOrderAreChangedInPlace();
    void edits_data();
    void edits();
    void insertedGuestsGetFreeEntries();
    void sinkTakesEdits();
    void equalEditsAreNone();
    void setsFields();
    void refusesBrokenFields();
    void appliesFixes();
    void proposesEntries_data();
    void proposesEntries();
    void checksEntries_data();
    void checksEntries();
    void randomEditsAndBack();
};

void TestProjectDocument::tellsWhatChanged_data()
{
    QTest::addColumn<QString>("before");
    QTest::addColumn<QString>("after");
    QTest::addColumn<QString>("signalsSeen");
    QTest::newRow("nothing") << "a b" << "a b" << "";
    QTest::newRow("first guest") << "" << "a" << "insert 0-0, changed";
    QTest::newRow("at the end") << "a b" << "a b c d" << "insert 2-3, changed";
    QTest::newRow("in between") << "a b" << "a x y b" << "insert 1-2, changed";
    QTest::newRow("two places") << "a b" << "x a y b" << "insert 0-0, insert 2-2, changed";
    QTest::newRow("remove all") << "a b c" << "" << "remove 0-2, changed";
    QTest::newRow("remove apart") << "a b c d" << "b d" << "remove 2-2, remove 0-0, changed";
    QTest::newRow("change one") << "a b c" << "a b=9 c" << "guest 1, changed";
    QTest::newRow("change two") << "a b c" << "a=1 b c=2" << "guest 0, guest 2, changed";
    QTest::newRow("rename") << "a b c" << "a x c" << "guest 1, changed";
    QTest::newRow("rename and change") << "a b c" << "a x=3 c=4" << "guest 1, guest 2, changed";
    QTest::newRow("move down") << "a b c d" << "b c a d" << "move 0>2, changed";
    QTest::newRow("move up") << "a b c d" << "a d b c" << "move 3>1, changed";
    QTest::newRow("swap") << "a b" << "b a" << "move 0>1, changed";
    QTest::newRow("move two") << "a b c d e" << "c e a b d" << "move 2>0, move 4>1, changed";
    QTest::newRow("move and change") << "a b c" << "c=7 a b" << "move 2>0, guest 0, changed";
    QTest::newRow("move and remove") << "a b c d" << "d a b" << "remove 2-2, move 2>0, changed";
    QTest::newRow("same entries") << "a a a" << "a a a=5" << "guest 2, changed";
    QTest::newRow("other project") << "a b" << "x y z" << "remove 0-1, insert 0-2, changed";
}

void TestProjectDocument::tellsWhatChanged()
{
    QFETCH(QString, before);
    QFETCH(QString, after);
    QFETCH(QString, signalsSeen);
    ProjectDocument document;
    document.setProject(projectOf(before));
    Test::DocumentFollower follower(document);
    document.setProject(projectOf(after));
    QCOMPARE(follower.take(), signalsSeen);
    QCOMPARE(entriesOf(document.project()), after);
    QCOMPARE(follower.mirror(), document.project().guests);
}

void TestProjectDocument::tellsSettings()
{
    ProjectDocument document;
    document.setProject(projectOf(u"a b"_s));
    Test::DocumentFollower follower(document);
    document.edit(u"Name"_s, [](Project& project) { project.bundle.name = u"edge"_s; });
    QCOMPARE(follower.take(), u"settings, changed"_s);
    document.edit(u"Memory"_s, [](Project& project) {
        project.defaults.memoryMiB = 64;
        project.guests.removeFirst();
    });
    QCOMPARE(follower.take(), u"settings, remove 0-0, changed"_s);
    for (const auto& change : QList<std::function<void(Project&)>>{
             [](Project& p) { p.machine.name = u"m"_s; }, [](Project& p) { p.host.path = u"h"_s; },
             [](Project& p) { p.outputs.append({u"tree"_s, u"out"_s}); },
             [](Project& p) { p.disk.boot = DiskSettings::Boot::Bios; }, [](Project& p) { p.directory = u"/d"_s; },
             [](Project& p) { p.unknown[u"k"_s] = 1; }}) {
        document.edit(u"Setting"_s, change);
        QCOMPARE(follower.take(), u"settings, changed"_s);
    }
}

void TestProjectDocument::manyRowsOutOfOrderAreChangedInPlace()
{
    Project project;
    for (int i = 0; i < 200; ++i) {
        project.guests.append(guestOf(u"g%1"_s.arg(i)));
    }
    ProjectDocument document;
    document.setProject(project);
    Test::DocumentFollower follower(document);
    std::ranges::reverse(project.guests);
    document.setProject(project);
    QCOMPARE(document.project(), project);
    QCOMPARE(follower.mirror(), project.guests);
    const QString seen = follower.take();
    QVERIFY(!seen.contains(u"move"_s));
    QCOMPARE(seen.count(u"guest "_s), 200);
}

void TestProjectDocument::edits_data()
{
    QTest::addColumn<QString>("kind");
    QTest::addColumn<QList<int>>("rows");
    QTest::addColumn<int>("to");
    QTest::addColumn<QString>("after");
    QTest::addColumn<QString>("text");
    QTest::newRow("remove one") << "remove" << QList{1} << 0 << "a c d" << "Remove b";
    QTest::newRow("remove any order, twice, outside")
        << "remove" << QList{3, 0, 3, 9, -1} << 0 << "b c" << "Remove 2 guests";
    QTest::newRow("remove none") << "remove" << QList{7} << 0 << "a b c d" << "";
    QTest::newRow("move down") << "move" << QList{0} << 3 << "b c a d" << "Move a";
    QTest::newRow("move to end") << "move" << QList{0} << 4 << "b c d a" << "Move a";
    QTest::newRow("move to its place") << "move" << QList{1} << 2 << "a b c d" << "";
    QTest::newRow("move two together") << "move" << QList{3, 1} << 0 << "b d a c" << "Move 2 guests";
    QTest::newRow("move beyond") << "move" << QList{0, 1} << 99 << "c d a b" << "Move 2 guests";
}

void TestProjectDocument::edits()
{
    QFETCH(QString, kind);
    QFETCH(QList<int>, rows);
    QFETCH(int, to);
    QFETCH(QString, after);
    QFETCH(QString, text);
    ProjectDocument document;
    document.setProject(projectOf(u"a b c d"_s));
    QString textSeen;
    document.setEditSink([&](const ProjectEdit& edit) {
        textSeen = edit.text;
        document.setProject(edit.after);
    });
    if (kind == u"remove") {
        document.removeGuests(rows);
    } else {
        document.moveGuests(rows, to);
    }
    QCOMPARE(entriesOf(document.project()), after);
    QCOMPARE(textSeen, text);
}

void TestProjectDocument::insertedGuestsGetFreeEntries()
{
    ProjectDocument document;
    document.setProject(projectOf(u"a b"_s));
    document.insertGuests(1, {guestOf(u"a"_s), guestOf(u"a"_s), guestOf(u"new"_s), Guest()});
    QCOMPARE(entriesOf(document.project()), u"a a-2 a-3 new guest b"_s);
    document.insertGuests(-1, {guestOf(u"a-3"_s)});
    QCOMPARE(entriesOf(document.project()), u"a a-2 a-3 new guest b a-4"_s);
}

void TestProjectDocument::sinkTakesEdits()
{
    ProjectDocument document;
    const Project before = projectOf(u"a b"_s);
    document.setProject(before);
    Test::DocumentFollower follower(document);
    QList<ProjectEdit> edits;
    document.setEditSink([&edits](const ProjectEdit& edit) { edits.append(edit); });
    document.setGuest(1, guestOf(u"b=64"_s), u"Set it"_s, u"memory/1"_s);
    QCOMPARE(edits.size(), 1);
    QCOMPARE(edits[0].text, u"Set it"_s);
    QCOMPARE(edits[0].mergeKey, u"memory/1"_s);
    QCOMPARE(edits[0].before, before);
    QCOMPARE(entriesOf(edits[0].after), u"a b=64"_s);
    QCOMPARE(document.project(), before);
    QCOMPARE(follower.take(), QString());
    document.setEditSink({});
    document.setGuest(1, guestOf(u"b=64"_s), u"Set it"_s);
    QCOMPARE(follower.take(), u"guest 1, changed"_s);
}

void TestProjectDocument::equalEditsAreNone()
{
    ProjectDocument document;
    document.setProject(projectOf(u"a b"_s));
    document.setEditSink([](const ProjectEdit&) { QFAIL("nothing was changed"); });
    document.submit(u"Nothing"_s, document.project());
    document.setGuest(0, guestOf(u"a"_s), u"Nothing"_s);
    document.setGuest(5, guestOf(u"x"_s), u"No such row"_s);
    document.edit(u"Nothing"_s, [](Project&) { });
    document.insertGuests(0, {});
    document.moveGuests({}, 0);
    QVERIFY_RESULT(document.setGuestField({0, 1}, u"memory"_s, QJsonValue::Null, u"Nothing"_s));
}

void TestProjectDocument::setsFields()
{
    ProjectDocument document;
    document.setProject(projectOf(u"a b=5 c"_s));
    Test::DocumentFollower follower(document);
    QVERIFY_RESULT(document.setGuestField({0, 1}, u"memory"_s, 256, u"Memory"_s));
    QCOMPARE(entriesOf(document.project()), u"a=256 b=256 c"_s);
    QCOMPARE(follower.take(), u"guest 0, guest 1, changed"_s);
    QVERIFY_RESULT(document.setGuestField({0, 1, 2}, u"memory"_s, QJsonValue::Null, u"Memory"_s));
    QCOMPARE(entriesOf(document.project()), u"a b c"_s);
    QVERIFY_RESULT(document.setGuestField({2}, u"autostart"_s, true, u"Start"_s));
    QVERIFY(document.project().guests[2].autostart);
}

void TestProjectDocument::refusesBrokenFields()
{
    ProjectDocument document;
    const Project before = projectOf(u"a b"_s);
    document.setProject(before);
    const Result<void> text = document.setGuestField({0, 1}, u"memory"_s, u"much"_s, u"Memory"_s);
    QVERIFY(!text);
    QVERIFY(!text.error().message.isEmpty());
    QVERIFY(!document.setGuestField({1}, u"memory"_s, 0, u"Memory"_s));
    QVERIFY(!document.setGuestField({1}, u"vcpus"_s, -1, u"CPUs"_s));
    QCOMPARE(document.project(), before);
}

void TestProjectDocument::appliesFixes()
{
    ProjectDocument document;
    document.setProject(projectOf(u"a b"_s));
    QString text;
    document.setEditSink([&](const ProjectEdit& edit) {
        text = edit.text;
        document.setProject(edit.after);
    });
    Problem problem;
    problem.where.guest = 1;
    QVERIFY(!document.applyFix(problem));
    problem.fix = Fix{u"Set the size to 700 MiB"_s, u"imageSize"_s, 700};
    QVERIFY_RESULT(document.applyFix(problem));
    QCOMPARE(document.project().guests[1].imageSizeMiB, std::optional<qint64>(700));
    QCOMPARE(text, problem.fix->title);
    problem.where.guest = 2;
    QVERIFY(!document.applyFix(problem));
}

void TestProjectDocument::proposesEntries_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("entry");
    QTest::newRow("plain") << "web" << "web";
    QTest::newRow("file") << "my disk.qcow2" << "my-disk";
    QTest::newRow("several suffixes") << "image-qemuarm64.rootfs.ext4.gz" << "image-qemuarm64";
    QTest::newRow("squashfs") << "router.squashfs.lz4" << "router";
    QTest::newRow("version kept") << "debian-12.5" << "debian-12.5";
    QTest::newRow("taken") << "db.img" << "db-3";
    QTest::newRow("taken number") << "db-2" << "db-3";
    QTest::newRow("accents") << "caf\u00e9 n\u00fc" << "cafe-nu";
    QTest::newRow("no letter left") << "\u65e5\u672c" << "guest";
    QTest::newRow("empty") << "" << "guest";
    QTest::newRow("suffix alone") << ".img" << "img";
    QTest::newRow("number") << "2024.raw" << "guest-2024";
    QTest::newRow("tag and path") << "../a:autostart" << "a-autostart";
    QTest::newRow("dashes") << "--a -- b--" << "a-b";
    QTest::newRow("long") << QString(300, u'x') << QString(64, u'x');
}

void TestProjectDocument::proposesEntries()
{
    QFETCH(QString, name);
    QFETCH(QString, entry);
    ProjectDocument document;
    document.setProject(projectOf(u"db db-2"_s));
    QCOMPARE(document.uniqueEntry(name), entry);
    QVERIFY_RESULT(document.checkEntry(entry));
}

void TestProjectDocument::checksEntries_data()
{
    QTest::addColumn<QString>("entry");
    QTest::addColumn<int>("row");
    QTest::addColumn<bool>("valid");
    QTest::newRow("new") << "web" << -1 << true;
    QTest::newRow("itself") << "db" << 0 << true;
    QTest::newRow("taken") << "db" << 1 << false;
    QTest::newRow("taken, new") << "db" << -1 << false;
    QTest::newRow("empty") << "" << 0 << false;
    QTest::newRow("space") << "a b" << 0 << false;
    QTest::newRow("tag") << "a:autostart" << 0 << false;
    QTest::newRow("comma") << "a,b" << 0 << false;
    QTest::newRow("slash") << "a/b" << 0 << false;
    QTest::newRow("control") << "a\nb" << 0 << false;
    QTest::newRow("unicode") << "caf\u00e9" << 0 << true;
    QTest::newRow("longest") << QString(251, u'x') << 0 << true;
    QTest::newRow("too long") << QString(252, u'x') << 0 << false;
}

void TestProjectDocument::checksEntries()
{
    QFETCH(QString, entry);
    QFETCH(int, row);
    QFETCH(bool, valid);
    ProjectDocument document;
    document.setProject(projectOf(u"db other"_s));
    QCOMPARE(document.checkEntry(entry, row).has_value(), valid);
}

void TestProjectDocument::randomEditsAndBack()
{
    QRandomGenerator random(4711);
    const auto below = [&random](qsizetype end) { return static_cast<int>(random.bounded(qMax<qint64>(1, end))); };
    ProjectDocument document;
    Test::DocumentFollower follower(document);
    QList<ProjectEdit> done;
    document.setEditSink([&](const ProjectEdit& edit) {
        done.append(edit);
        document.setProject(edit.after);
    });
    for (int step = 0; step < 600; ++step) {
        const qsizetype count = document.project().guests.size();
        const QList<int> rows{below(count), below(count), below(count)};
        switch (below(6)) {
        case 0:
        case 1:
            document.insertGuests(below(count + 1), {guestOf(u"g%1"_s.arg(below(40))), guestOf(u"h"_s)});
            break;
        case 2:
            document.removeGuests(rows);
            break;
        case 3:
            document.moveGuests(rows, below(count + 1));
            break;
        case 4:
            document.setGuest(rows[0], guestOf(u"r%1=%2"_s.arg(below(20)).arg(step + 1)), u"Change"_s);
            break;
        default:
            document.edit(u"All"_s, [&](Project& project) {
                std::shuffle(project.guests.begin(), project.guests.end(), random);
                project.guests.removeIf([&](const Guest&) { return below(5) == 0; });
                project.guests.insert(below(project.guests.size()), guestOf(u"s%1"_s.arg(below(9))));
                project.defaults.memoryMiB = below(3) + 1;
            });
        }
        if (!done.isEmpty()) {
            QCOMPARE(document.project(), done.last().after);
        }
        QCOMPARE(follower.mirror(), document.project().guests);
    }
    QVERIFY(done.size() > 400);
    while (!done.isEmpty()) {
        QCOMPARE(document.project(), done.last().after);
        document.setProject(done.takeLast().before);
        QCOMPARE(follower.mirror(), document.project().guests);
    }
    QCOMPARE(document.project(), Project());
}

QTEST_APPLESS_MAIN(TestProjectDocument)
#include "tst_projectdocument.moc"
