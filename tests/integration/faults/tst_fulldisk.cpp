// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "faultkill.h"
#include "fixtures.h"

#include <sys/mount.h>
#include <sys/statvfs.h>

#include <cerrno>

using namespace Stowage::Test;
using namespace Qt::StringLiterals;

constexpr qint64 MostBytes = 64LL * 1024 * 1024; ///< More than anything here takes.

/** Disks that are full, or do not write: the old target stays, nothing else does, and the error says what to do. */
class TestFullDisk : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { m_input = std::make_unique<FaultInput>(); }
    void init() { m_input->clear(); }
    void cleanup();
    void everyCall_data() { addFaultRows(); }
    void everyCall();
    void smallDisk_data() { addFaultRows(); }
    void smallDisk();
    void killedWithoutAttributes();

private:
    void begin(const FaultCase& one);
    bool fails(const FaultOptions& options);
    void mountOut(const char* type, qint64 bytes, unsigned long flags = 0) const;
    [[nodiscard]] qint64 freeBytes() const;

    std::unique_ptr<FaultInput> m_input;
    FaultCase m_case{};
    bool m_isSmall = false; ///< A file system of limited size is mounted.
    QByteArray m_old;
    QByteArray m_new;
};

void TestFullDisk::cleanup()
{
    m_isSmall = false;
    ::umount2(m_input->path(u"out"_s).toUtf8().constData(), MNT_DETACH);
}

void TestFullDisk::begin(const FaultCase& one)
{
    m_case = one;
    m_case.asNobody = false; // who has mounts of its own is no other user
    m_new = m_input->expected(m_case, u"b"_s);
    m_old = m_input->expected(m_case, u"a"_s);
    QVERIFY(!m_old.isEmpty() && m_old != m_new);
}

/** Runs version b over a with the fault. Whether it failed; then all is as it was, and it said why. */
bool TestFullDisk::fails(const FaultOptions& options)
{
    const FaultRun run = runWithFault(m_input->arguments(m_case, u"b"_s), options);
    const QByteArray said = "call " + QByteArray::number(options.fault.at) + ": status "
        + QByteArray::number(run.status) + ", " + run.error();
    const bool failed = run.status != 0;
    [&] {
        QVERIFY2(run.status == 0 || run.status == 1, said.constData());
        QVERIFY2(m_input->state(m_case) == (failed ? m_old : m_new), said.constData());
        if (failed) {
            // The file, not by its hidden name, and in a second line what to do.
            static const QRegularExpression hidden(u"\\.stowage-[0-9a-f]{12}/"_s);
            QVERIFY2(run.error().contains(m_input->path(u"out/"_s).toUtf8()), said.constData());
            QVERIFY2(!QString::fromUtf8(run.error()).contains(hidden), said.constData());
            QVERIFY2(run.error().count('\n') >= 2, said.constData());
            QVERIFY2(!run.error().contains("No space left") || run.error().contains("Free some space"),
                     said.constData());
        }
    }();
    if (!failed || !m_input->leftovers(m_case).isEmpty()) {
        if (m_isSmall) {
            mountOut("tmpfs", MostBytes, MS_REMOUNT);
        }
        (void)runWithFault(m_input->arguments(m_case, u"a"_s));
    }
    [&] {
        QCOMPARE(m_input->leftovers(m_case), QStringList());
        QCOMPARE(m_input->state(m_case), m_old);
    }();
    return failed;
}

/** Every call that takes room finds none, and so do all after it; and every change fails once. */
void TestFullDisk::everyCall()
{
    QFETCH(const int, row);
    begin(faultCases().at(row));
    for (const bool isFull : {true, false}) {
        FaultOptions options;
        options.fault = {.below = m_input->path(u"out"_s), .kind = isFull ? "space" : "change", .lasts = isFull};
        options.isRich = isFull;
        const long calls = runWithFault(m_input->arguments(m_case, u"b"_s), options).calls;
        (void)runWithFault(m_input->arguments(m_case, u"a"_s));
        QVERIFY(calls > 5);
        int failed = 0;
        const QList<long> sample = sampleOf(calls, effort(5, 1000), 4);
        for (const long at : sample) {
            options.fault.at = at;
            options.fault.error = isFull ? ENOSPC : EIO;
            failed += fails(options) ? 1 : 0;
            if (QTest::currentTestFailed()) {
                return;
            }
        }
        QVERIFY(failed > 0 || !isFull);
        qInfo("%s: %lld of %ld calls, %d stopped it", isFull ? "full" : "broken", static_cast<long long>(sample.size()),
              calls, failed);
    }
}

void TestFullDisk::mountOut(const char* type, qint64 bytes, unsigned long flags) const
{
    const QByteArray options = bytes == 0 ? QByteArray() : "size=" + QByteArray::number(bytes);
    const QByteArray place = m_input->path(u"out"_s).toUtf8();
    QVERIFY2(::mount(type, place.constData(), type, flags, options.constData()) == 0, std::strerror(errno));
}

qint64 TestFullDisk::freeBytes() const
{
    struct statvfs facts{};
    ::statvfs(m_input->path(u"out"_s).toUtf8().constData(), &facts);
    return static_cast<qint64>(facts.f_bavail) * static_cast<qint64>(facts.f_frsize);
}

/** A file system of limited size that gets full while it is written; the forecast saw more room, which others took since. */
void TestFullDisk::smallDisk()
{
    QFETCH(const int, row);
    mountOut("tmpfs", MostBytes);
    m_isSmall = true;
    begin(faultCases().at(row));
    const qint64 used = MostBytes - freeBytes();
    FaultOptions options;
    options.isRich = true;
    qint64 enough = 65536; // with which it can be done
    while (mountOut("tmpfs", used + enough, MS_REMOUNT), fails(options)) {
        enough *= 2;
        QVERIFY(enough < MostBytes && !QTest::currentTestFailed());
    }
    int failed = 0;
    const int wanted = effort(3, 60);
    for (int i = 0; i < wanted && !QTest::currentTestFailed(); ++i) {
        mountOut("tmpfs", used + (enough * i / wanted), MS_REMOUNT);
        failed += fails(options) ? 1 : 0;
    }
    QVERIFY(failed > 0);
    qInfo("%d disks, %d too small", wanted, failed);
}

/** Where a tree cannot be marked, it is known by the list of its owners, which gets its name a moment later. */
void TestFullDisk::killedWithoutAttributes()
{
    mountOut("ramfs", 0);
    QRandomGenerator random = QRandomGenerator::securelySeeded();
    KillRuns(*m_input, faultCases().first(), random).killAtEveryStep(effort(20, 1000));
}

int main(int argc, char** argv)
{
    if (!takeOwnMounts()) {
        return 1;
    }
    const QCoreApplication application(argc, argv);
    TestFullDisk test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_fulldisk.moc"
