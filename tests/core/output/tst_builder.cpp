// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/output/builder.h"
#include "core/output/outputchecks.h"
#include "core/process/processrunner.h"
#include "core/support/filecopy.h"
#include "core/support/units.h"
#include "fixtures.h"

#include <QCoroTask>
#include <QDir>
#include <QProcess>
#include <QSignalSpy>
#include <QTemporaryDir>

#include <sys/xattr.h>

using namespace Stowage;
using namespace Qt::StringLiterals;

/** Whole builds through the queue: imports side by side, several outputs, failure and cancel. */
class TestBuilder : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void treeAndArchive();
    void importsRunSideBySide();
    void problemsEndItBeforeAnythingStarts();
    void unwritableOutputEndsItBeforeAnythingStarts();
    void failedImportEndsTheOthers();
    void cancelLeavesNothing();
    void jobsMayBeClearedMeanwhile();
    void builderMayGoFirst();
    void nothingToBuildIsDoneAtOnce();
    void replacedHostFilesAreTold();
    void forecastsSpace();
    void sizesAreCheckedFirst_data();
    void sizesAreCheckedFirst();
    void stuckPartitionIsToldFirst();
    void packedHostCountsUnpacked();
    void zerosNeedNoSize();
    void outputsThatMeetAreRefused_data();
    void outputsThatMeetAreRefused();

private:
    [[nodiscard]] QString path(const QString& name) const { return m_directory->filePath(name); }
    void addGuest(const QString& entry, qint64 bytes);
    [[nodiscard]] Plan plan() const { return makePlan({m_project, {}, {}, {}}, {}); }
    [[nodiscard]] BuildOutcome build(const QList<OutputSpec>& outputs);
    [[nodiscard]] QStringList left() const;

    std::unique_ptr<QTemporaryDir> m_directory;
    Project m_project;
    std::unique_ptr<JobQueue> m_queue;
    ProcessRunner m_runner;
    std::unique_ptr<Builder> m_builder;
};

void TestBuilder::init()
{
    m_directory = std::make_unique<QTemporaryDir>();
    QVERIFY(QDir().mkpath(path(u"out"_s)));
    m_project = {};
    m_project.directory = m_directory->path();
    m_project.machine.name = u"qemux86-64"_s;
    m_project.machine.deployDirectory = u"deploy"_s;
    Test::writeFile(path(u"deploy/bzImage"_s), QByteArray(1000, 'k'));
    m_builder.reset();
    m_queue = std::make_unique<JobQueue>();
    m_builder = std::make_unique<Builder>(*m_queue, m_runner);
}

void TestBuilder::addGuest(const QString& entry, qint64 bytes)
{
    Test::writeFile(path(entry), QByteArray(64 * 1024, entry.front().toLatin1()));
    QVERIFY(QFile::resize(path(entry), bytes));
    Guest guest;
    guest.entry = entry;
    guest.sourceType = u"raw"_s;
    guest.sourceFile = entry;
    m_project.guests.append(guest);
}

BuildOutcome TestBuilder::build(const QList<OutputSpec>& outputs)
{
    BuildOutcome outcome;
    bool done = false;
    QCoro::connect(m_builder->build(plan(), outputs), m_builder.get(), [&](const BuildOutcome& result) {
        outcome = result;
        done = true;
    });
    [&] { QTRY_VERIFY_WITH_TIMEOUT(done, 30'000); }();
    return outcome;
}

QStringList TestBuilder::left() const
{
    return QDir(path(u"out"_s)).entryList(QDir::AllEntries | QDir::Hidden | QDir::System | QDir::NoDotAndDotDot);
}

void TestBuilder::treeAndArchive()
{
    addGuest(u"alpha"_s, 4 * MiB);
    addGuest(u"beta"_s, 2 * MiB);
    const BuildOutcome outcome = build({{u"tree"_s, path(u"out/tree"_s)}, {u"tar"_s, path(u"out/all.tar.gz"_s)}});
    QVERIFY2(outcome.errors.isEmpty(), outcome.errors.isEmpty() ? "" : qPrintable(outcome.errors.first().message));
    QVERIFY(!outcome.cancelled);
    QCOMPARE(outcome.outputs.size(), 2);
    QCOMPARE(Test::readFile(path(u"out/tree/var/lib/xen/images/alpha.img"_s)), Test::readFile(path(u"alpha"_s)));
    QCOMPARE(Test::readFile(path(u"out/tree/var/lib/xen/images/beta.img"_s)), Test::readFile(path(u"beta"_s)));
    QVERIFY(QFile::exists(path(u"out/all.tar.gz"_s)));
    QCOMPARE(left().filter(u".stowage-"_s, Qt::CaseSensitive).filter(QRegularExpression(u"^\\."_s)), QStringList{});
    QVERIFY(m_queue->isIdle());
}

void TestBuilder::importsRunSideBySide()
{
    m_queue->setMaxRunning(2);
    addGuest(u"alpha"_s, 2 * GiB);
    addGuest(u"beta"_s, 2 * GiB);
    int most = 0;
    connect(m_queue.get(), &JobQueue::jobAdded, this, [&](int index) {
        connect(m_queue->jobs().at(index), &Job::stateChanged, this, [&] {
            const auto running = std::ranges::count(m_queue->jobs(), Job::State::Running, &Job::state);
            most = std::max(most, static_cast<int>(running));
        });
    });
    QStringList guests;
    connect(m_builder.get(), &Builder::importAdded, this,
            [&](const QString& entry, const Job* job) { guests.append(entry + u": "_s + job->title()); });
    QVERIFY(build({{u"tree"_s, path(u"out/tree"_s)}}).errors.isEmpty());
    QCOMPARE(most, 2);
    QCOMPARE(guests, (QStringList{u"alpha: Import alpha"_s, u"beta: Import beta"_s}));
}

void TestBuilder::problemsEndItBeforeAnythingStarts()
{
    addGuest(u"alpha"_s, MiB);
    m_project.guests.first().kernel = u"absent"_s;
    const BuildOutcome outcome = build({{u"tree"_s, path(u"out/tree"_s)}});
    QCOMPARE(outcome.errors.size(), 1);
    QVERIFY(outcome.errors.first().message.contains(u"absent"_s));
    QVERIFY(outcome.outputs.isEmpty());
    QCOMPARE(left(), QStringList{});
}

void TestBuilder::unwritableOutputEndsItBeforeAnythingStarts()
{
    addGuest(u"alpha"_s, MiB);
    const BuildOutcome outcome = build({{u"tree"_s, path(u"out/tree"_s)}, {u"tar"_s, path(u"no/such/place/x.tar"_s)}});
    QCOMPARE(outcome.errors.size(), 1);
    QVERIFY(outcome.outputs.isEmpty());
    QCOMPARE(left(), QStringList{});
}

void TestBuilder::failedImportEndsTheOthers()
{
    addGuest(u"alpha"_s, 16 * GiB);
    addGuest(u"beta"_s, MiB);
    const Plan planned = plan();
    BuildOutcome outcome;
    bool done = false;
    QVERIFY(QFile::remove(path(u"beta"_s)));
    QCoro::connect(m_builder->build(planned, {{u"tree"_s, path(u"out/tree"_s)}}), m_builder.get(),
                   [&](const BuildOutcome& result) {
                       outcome = result;
                       done = true;
                   });
    QTRY_VERIFY_WITH_TIMEOUT(done, 30'000);
    QCOMPARE(outcome.errors.size(), 1);
    QVERIFY(outcome.errors.first().message.contains(u"beta"_s));
    QCOMPARE(left(), QStringList{});
}

void TestBuilder::cancelLeavesNothing()
{
    addGuest(u"alpha"_s, MiB);
    Test::writeFile(path(u"alpha"_s), QByteArray(64 * MiB, 'a'));
    const auto start = [&](bool& done, BuildOutcome& outcome) {
        QCoro::connect(m_builder->build(plan(), {{u"tree"_s, path(u"out/tree"_s)}}), m_builder.get(),
                       [&done, &outcome](const BuildOutcome& result) {
                           outcome = result;
                           done = true;
                       });
    };
    for (const int milliseconds : {0, 5, 20, 60}) {
        bool done = false;
        BuildOutcome outcome;
        start(done, outcome);
        QTest::qWait(milliseconds);
        m_builder->cancel();
        QTRY_VERIFY_WITH_TIMEOUT(done, 10'000);
        if (outcome.cancelled) {
            QVERIFY(outcome.errors.isEmpty());
            QCOMPARE(left(), QStringList{});
        } else {
            QCOMPARE(outcome.outputs.size(), 1); // it was faster than we
        }
        QVERIFY(QDir(path(u"out/tree"_s)).removeRecursively());
    }
}

/** Somebody clears the list whenever a job ends: the build still knows how each of its own ended. */
void TestBuilder::jobsMayBeClearedMeanwhile()
{
    addGuest(u"alpha"_s, 64 * KiB);
    addGuest(u"beta"_s, GiB);
    addGuest(u"gamma"_s, 64 * KiB);
    const auto clear = [this] { m_queue->clearFinished(); };
    connect(m_queue.get(), &JobQueue::jobAdded, this, [&](int index) {
        connect(m_queue->jobs().at(index), &Job::finished, m_queue.get(), clear, Qt::QueuedConnection);
    });
    const BuildOutcome outcome = build({{u"tar"_s, path(u"out/a.tar"_s)}, {u"tree"_s, path(u"out/tree"_s)}});
    QVERIFY2(outcome.errors.isEmpty(), qPrintable(outcome.errors.value(0).message));
    QCOMPARE(outcome.outputs.size(), 2);
    clear();
    QVERIFY(m_queue->jobs().isEmpty());
}

void TestBuilder::builderMayGoFirst()
{
    m_queue->setMaxRunning(1);
    addGuest(u"alpha"_s, MiB);
    addGuest(u"beta"_s, MiB);
    Test::writeFile(path(u"alpha"_s), QByteArray(64 * MiB, 'a'));
    const auto reset = [this] { m_builder.reset(); };
    connect(m_builder.get(), &Builder::importAdded, m_queue.get(), reset, Qt::QueuedConnection);
    bool told = false;
    QCoro::connect(m_builder->build(plan(), {{u"tree"_s, path(u"out/tree"_s)}}), this,
                   [&](const BuildOutcome& outcome) { told = outcome.cancelled; });
    QTRY_VERIFY(m_builder == nullptr);
    QTRY_VERIFY(m_queue->isIdle());
    QCOMPARE(m_queue->jobs().last()->state(), Job::State::Cancelled);
    QTRY_VERIFY(told);
    QCOMPARE(left(), QStringList{});
    m_queue->clearFinished();
    QVERIFY(m_queue->jobs().isEmpty());
}

void TestBuilder::nothingToBuildIsDoneAtOnce()
{
    addGuest(u"alpha"_s, MiB);
    const BuildOutcome outcome = build({});
    QVERIFY(outcome.errors.isEmpty() && outcome.outputs.isEmpty() && !outcome.cancelled);
}

void TestBuilder::replacedHostFilesAreTold()
{
    addGuest(u"alpha"_s, 64 * KiB);
    addGuest(u"beta"_s, 64 * KiB);
    m_project.host.path = u"host"_s;
    Test::writeFile(path(u"host/etc/xen/beta.cfg"_s), "the host's own");
    Test::writeFile(path(u"host/etc/xen/xl.conf"_s), "autoballoon=0");
    const Plan made = plan();
    QStringList told;
    for (const Problem& problem : made.problems) {
        if (problem.code == ProblemCode::HostReplaced) {
            QCOMPARE(problem.severity, Problem::Severity::Warning);
            QCOMPARE(problem.where.guest, 1);
            told.append(problem.text);
        }
    }
    QCOMPARE(told.size(), 1);
    QVERIFY2(told.first().contains(u"\"beta\""_s) && told.first().contains(u": /etc/xen/beta.cfg."_s),
             qPrintable(told.first()));
}

void TestBuilder::forecastsSpace()
{
    addGuest(u"alpha"_s, 4 * GiB); // of which 64 KiB are data
    const Layout layout = plan().layout;
    const OutputSpec tree{u"tree"_s, path(u"out/tree"_s)};
    const OutputSpec archive{u"tar"_s, path(u"out/a.tar"_s)};
    const auto one = forecastSpace(layout, {tree}, {});
    QCOMPARE(one.size(), 1);
    QCOMPARE(one.first().outputs, QStringList{tree.path});
    QVERIFY(one.first().needed < 10 * MiB);
    QVERIFY(one.first().needed >= 64 * KiB);
    QVERIFY(one.first().available.value_or(0) > 0);
    // Two on one file system: their needs add up, and the tree takes over what lies in the work area.
    const auto both = forecastSpace(layout, {tree, archive}, {});
    QCOMPARE(both.size(), 1);
    QCOMPARE(both.first().outputs, QStringList({archive.path, tree.path}));
    QCOMPARE(both.first().needed, 2 * one.first().needed);
    // An archive reads a raw disk where it is; what has to be converted first lies in the work area, too.
    const auto archiveAlone = forecastSpace(layout, {archive}, {});
    QCOMPARE(archiveAlone.first().needed, one.first().needed);
    Layout converted = layout;
    converted.imports.first().handler = u"qcow2"_s;
    QVERIFY(forecastSpace(converted, {archive}, {}).first().needed >= one.first().needed + 64 * KiB);
    // An image has tables; a packed one is made from a raw one, which is there until the end.
    const auto needed = [&](const QString& name, qint64 sizeMiB) {
        return forecastSpace(layout, {{.kind = u"disk"_s, .path = path(name), .sizeMiB = sizeMiB}}, {}).first().needed;
    };
    const qint64 raw = needed(u"out/a.img"_s, 0);
    QVERIFY(raw > archiveAlone.first().needed);
    QVERIFY(needed(u"out/a.img"_s, 65536) > raw + 8 * MiB); // what its tables take on the disk
    for (const QString& name : {u"out/a.img.zst"_s, u"out/a.qcow2"_s}) {
        QVERIFY(needed(name, 0) > raw * 3 / 2);
    }
    // /dev/shm is another file system, and none that counts blocks tells what is free.
    const auto apart = forecastSpace(layout, {tree, {u"tar"_s, u"/dev/shm/stowage-test.tar"_s}}, {});
    QCOMPARE(apart.size(), 2);
    QCOMPARE(forecastSpace(layout, {{u"tar"_s, u"/proc/stowage-test.tar"_s}}, {}).first().available, std::nullopt);
}

void TestBuilder::sizesAreCheckedFirst_data()
{
    QTest::addColumn<QString>("host");
    QTest::addColumn<QString>("kind");
    QTest::addColumn<bool>("fromFiles");
    for (const char* host : {"", "host", "host.ext4"}) {
        for (const char* kind : {"ext4", "disk"}) {
            QTest::addRow("%s to %s", host, kind) << QString::fromLatin1(host) << QString::fromLatin1(kind) << false;
        }
    }
    QTest::newRow("image made of files") << QString() << u"disk"_s << true;
}

/** A size that is too small ends it before any import, and the size that is named is enough. */
void TestBuilder::sizesAreCheckedFirst()
{
    QFETCH(QString, host);
    QFETCH(QString, kind);
    QFETCH(bool, fromFiles);
    QByteArray bytes(40 * MiB, '\0');
    for (qsizetype i = 0; i < bytes.size(); ++i) {
        bytes[i] = static_cast<char>(i * 7 + i / 4096);
    }
    addGuest(u"alpha"_s, MiB);
    QVERIFY(QFile::remove(path(u"alpha"_s)));
    Test::writeFile(path(fromFiles ? u"alpha/bin/sh"_s : u"alpha"_s), bytes);
    if (fromFiles) {
        QVERIFY(QDir().mkpath(path(u"alpha/etc"_s)));
        m_project.guests.first().sourceType = u"rootfs_dir"_s;
        m_project.guests.first().imageSizeMiB = 64;
    }
    Test::writeFile(path(u"host/etc/passwd"_s), "root::0:0::/root:/bin/sh");
    Test::writeFile(path(u"host/usr/bin/xl"_s), "xl");
    QCOMPARE(QProcess::execute(
                 u"bash"_s,
                 {u"-c"_s,
                  u"cd \"$0\" && truncate -s 12M host.ext4 && PATH=$PATH:/sbin mkfs.ext4 -q -d host host.ext4"_s,
                  m_directory->path()}),
             0);
    m_project.host.path = host;
    OutputSpec output{.kind = kind, .path = path(u"out/a.img"_s), .sizeMiB = 15};
    const BuildOutcome outcome = build({output});
    QCOMPARE(outcome.errors.size(), 1);
    QCOMPARE(outcome.errors.first().code, Error::Code::NoSpace);
    QCOMPARE(m_queue->jobs().size(), 1); // the one that prepares
    QCOMPARE(left(), QStringList{});
    output.sizeMiB = outcome.errors.first().neededBytes / MiB;
    QVERIFY2(output.sizeMiB > (fromFiles ? 20 : 40) && output.sizeMiB < 120,
             qPrintable(QString::number(output.sizeMiB)));
    QVERIFY(outcome.errors.first().remedy.contains(QString::number(output.sizeMiB)));
    if (!fromFiles) { // of which not all is known before
        const BuildOutcome enough = build({output});
        QVERIFY2(enough.errors.isEmpty(), enough.errors.isEmpty() ? "" : qPrintable(enough.errors.first().message));
        QCOMPARE(left(), QStringList{u"a.img"_s});
    }
}

/** That a host's root partition cannot grow is told by the plan, and ends the build before any import. */
void TestBuilder::stuckPartitionIsToldFirst()
{
    addGuest(u"alpha"_s, MiB);
    Test::writeFile(path(u"alpha"_s), QByteArray(60 * MiB, 'a'));
    Test::writeFile(path(u"host/etc/passwd"_s), "root::0:0::/root:/bin/sh");
    Test::writeFile(path(u"host/usr/bin/xl"_s), "xl");
    QCOMPARE(
        QProcess::execute(u"bash"_s,
                          {u"-ec"_s,
                           u"cd \"$0\"; PATH=$PATH:/sbin; truncate -s 20M host.ext4; mkfs.ext4 -q -d host host.ext4; "
                           "truncate -s 60M host.img; printf 'size=20M\\nsize=20M\\n' | sfdisk -q -X gpt host.img; "
                           "dd if=host.ext4 of=host.img bs=1M seek=1 conv=notrunc status=none"_s,
                           m_directory->path()}),
        0);
    m_project.host.path = u"host.img"_s;
    const OutputSpec output{.kind = u"disk"_s, .path = path(u"out/a.img"_s)};
    m_project.outputs = {output};
    const auto told = [this] {
        QList<Problem::Severity> severities;
        for (const Problem& problem : plan().problems) {
            if (problem.code == ProblemCode::SizeTooSmall && problem.text.contains("partition 2 lies behind it"_L1)) {
                severities.append(problem.severity);
            }
        }
        return severities;
    };
    QCOMPARE(told(), QList{Problem::Severity::Warning}); // as it is estimated
    const BuildOutcome outcome = build({output});
    QCOMPARE(outcome.errors.size(), 1);
    QVERIFY2(outcome.errors.first().message.contains("partition 2 lies behind it"_L1),
             qPrintable(outcome.errors.first().message));
    QCOMPARE(m_queue->jobs().size(), 1); // the one that prepares
    QCOMPARE(left(), QStringList{});
    m_project.outputs.first().sizeMiB = 100;
    QCOMPARE(told(), QList{Problem::Severity::Error});
    Test::writeFile(path(u"alpha"_s), QByteArray(MiB, 'a'));
    m_project.outputs.first().sizeMiB = 0;
    QVERIFY(told().isEmpty());
    const BuildOutcome fits = build({output});
    QVERIFY2(fits.errors.isEmpty(), fits.errors.isEmpty() ? "" : qPrintable(fits.errors.first().message));
}

/** A host in a packed archive takes as much as its files, not as the archive. */
void TestBuilder::packedHostCountsUnpacked()
{
    addGuest(u"alpha"_s, MiB);
    Test::writeFile(path(u"host/etc/passwd"_s), "root::0:0::/root:/bin/sh");
    Test::writeFile(path(u"host/usr/lib/big"_s), QByteArray(32 * MiB, 'b'));
    QCOMPARE(QProcess::execute(u"tar"_s, {u"-C"_s, path(u"host"_s), u"-czf"_s, path(u"host.tar.gz"_s), u"."_s}), 0);
    m_project.host.path = u"host.tar.gz"_s;
    const qint64 needed = forecastSpace(plan().layout, {{u"tree"_s, path(u"out/tree"_s)}}, {}).first().needed;
    QVERIFY2(needed > 32 * MiB && needed < 36 * MiB, qPrintable(QString::number(needed)));
}

/** What is written out as zeros takes nothing in a new image, so that it may be smaller than its guests. */
void TestBuilder::zerosNeedNoSize()
{
    addGuest(u"alpha"_s, MiB);
    QVERIFY(QFile::remove(path(u"alpha"_s)));
    Test::writeFile(path(u"alpha"_s), QByteArray(64 * MiB, '\0') + "end");
    const BuildOutcome outcome = build({{.kind = u"ext4"_s, .path = path(u"out/a.ext4"_s), .sizeMiB = 16}});
    QVERIFY2(outcome.errors.isEmpty(), outcome.errors.isEmpty() ? "" : qPrintable(outcome.errors.first().message));
    QCOMPARE(left(), QStringList{u"a.ext4"_s});
}

void TestBuilder::outputsThatMeetAreRefused_data()
{
    QTest::addColumn<QStringList>("outputs");
    QTest::addColumn<QString>("named");
    QTest::newRow("twice") << QStringList{u"tar:out/a.tar"_s, u"tar:out/a.tar"_s} << u"out/a.tar"_s;
    QTest::newRow("an archive in a tree") << QStringList{u"tree:out"_s, u"tar:out/a.tar"_s} << u"out/a.tar"_s;
    QTest::newRow("through a link") << QStringList{u"tree:out"_s, u"tar:link/a.tar"_s} << u"link/a.tar"_s;
    QTest::newRow("through a link and back")
        << QStringList{u"tree:far/../out/tree"_s, u"tar:root/out/tree/a.tar"_s} << u"root/out/tree/a.tar"_s;
    QTest::newRow("a source's file") << QStringList{u"tar:alpha.tar"_s} << u"alpha.tar"_s;
    QTest::newRow("a source by another name") << QStringList{u"tar:other.tar"_s} << u"other.tar"_s;
    QTest::newRow("an owners list") << QStringList{u"tree:out/t"_s, u"tree:out/t.stowage-owners"_s}
                                    << u"out/t.stowage-owners"_s;
    QTest::newRow("a block map") << QStringList{u"disk:out/a.img"_s, u"tar:out/a.img.bmap/a.tar"_s}
                                 << u"out/a.img.bmap/a.tar"_s;
    QTest::newRow("a config's directory") << QStringList{u"tree:root/../configs"_s} << u"root/../configs"_s;
    QTest::newRow("in a source") << QStringList{u"tree:root/out"_s} << u"root/out"_s;
    QTest::newRow("in the host") << QStringList{u"tree:host/out"_s} << u"host/out"_s;
    QTest::newRow("a kernel") << QStringList{u"tar:deploy/bzImage"_s} << u"deploy/bzImage"_s;
}

void TestBuilder::outputsThatMeetAreRefused()
{
    QFETCH(QStringList, outputs);
    QFETCH(QString, named);
    addGuest(u"alpha.tar"_s, 64 * KiB);
    QVERIFY(QFile::link(path(u"alpha.tar"_s), path(u"other.tar"_s)));
    QVERIFY(QFile::link(path(u"out"_s), path(u"link"_s)));
    QVERIFY(QDir().mkpath(path(u"root/deep"_s)) && QFile::link(path(u"root/deep"_s), path(u"far"_s)));
    QVERIFY(QDir().mkpath(path(u"root/out/tree"_s)));
    QVERIFY(QDir().mkpath(path(u"host/etc"_s)) && QDir().mkpath(path(u"root/etc"_s))
            && QDir().mkpath(path(u"root/bin"_s)));
    m_project.host.path = u"host"_s;
    Guest guest;
    guest.entry = u"beta"_s;
    guest.sourceType = u"rootfs_dir"_s;
    guest.sourceFile = u"root"_s;
    guest.imageSizeMiB = 64;
    m_project.guests.append(guest);
    QList<OutputSpec> specs;
    for (const QString& output : std::as_const(outputs)) {
        specs.append({output.section(u':', 0, 0), path(output.section(u':', 1))});
    }
    // An earlier tree of ours, in which somebody keeps a config.
    Test::writeFile(path(u"configs/own.cfg"_s), "name = \"alpha\"\ndisk = ['x,raw,xvda,w']\n");
    QCOMPARE(::setxattr(qPrintable(path(u"configs"_s)), "user.stowage.output", "tree", 4, 0), 0);
    m_project.guests.first().configFile = path(u"configs/own.cfg"_s);
    const Plan made = plan();
    QVERIFY2(!hasErrors(made.problems), qPrintable(made.problems.value(0).text));
    const QList<Error> errors = checkOutputs(made.layout, specs, made.inputs);
    QVERIFY(!errors.isEmpty());
    QCOMPARE(errors.last().place.file, path(named));
    QVERIFY(!errors.last().remedy.isEmpty());
    const BuildOutcome outcome = build(specs);
    QCOMPARE(outcome.errors, checkOutputs(made.layout, inBuildOrder(specs), made.inputs));
    QVERIFY(outcome.outputs.isEmpty());
    QVERIFY(QDir(path(u"out"_s)).isEmpty());
    QVERIFY(checkOutputs(made.layout, {{u"tar"_s, path(u"out/a.tar"_s)}, {u"tree"_s, path(u"out/a"_s)}}, made.inputs)
                .isEmpty());
}

QTEST_GUILESS_MAIN(TestBuilder)
#include "tst_builder.moc"
