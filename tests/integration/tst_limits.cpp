// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/support/units.h"
#include "fixtures.h"
#include "peakmemory.h"

#include <QDir>
#include <QElapsedTimer>
#include <QProcess>
#include <QStorageInfo>
#include <QTemporaryDir>

#include <algorithm>
#include <csignal>
#include <ctime>
#include <limits>

using namespace Stowage;
using namespace Stowage::Test;
using namespace Qt::StringLiterals;

namespace
{

/** How many times slower than by itself a thread is at this moment, as others use the processors: 1 or more. */
double slowdown()
{
    constexpr qint64 Work = 10'000'000; // nanoseconds
    const auto used = [] {
        timespec now = {};
        ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
        return now.tv_sec * 1'000'000'000LL + now.tv_nsec;
    };
    QElapsedTimer timer;
    timer.start();
    for (const qint64 end = used() + Work; used() < end;) {
    }
    return std::max(1.0, static_cast<double>(timer.nsecsElapsed()) / Work);
}

/**
 * Where the programs write: in memory if there is room. What is written begins at once to go to the disk, and to remove a file
 * is to wait for that, which takes as long as the disk is slow and others keep it busy.
 */
QString workTemplate()
{
    const QStorageInfo memory(u"/dev/shm"_s);
    const bool isLarge = memory.isValid() && memory.fileSystemType() == "tmpfs" && memory.bytesAvailable() > 2 * GiB;
    return (isLarge ? memory.rootPath() : QDir::tempPath()) + "/tst_limits-XXXXXX"_L1;
}

template<typename T>
T median(QList<T> values)
{
    std::ranges::sort(values);
    return values.at(values.size() / 2);
}

} // namespace

/** What the real program may take: memory while it imports, and time until it heeds a cancel. */
class TestLimits : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void memory_data();
    void memory();
    void cancel_data();
    void cancel();

private:
    [[nodiscard]] QString path(const QString& name) const { return m_directory.filePath(name); }
    void addJobs() const;
    [[nodiscard]] qint64 interrupted(const QStringList& arguments, qint64 after) const;

    QTemporaryDir m_directory{workTemplate()};
};

void TestLimits::initTestCase()
{
    // In blocks as "xz -T0" makes them of large files.
    QProcess compress;
    compress.setStandardOutputFile(path(u"debian.tar.xz"_s));
    compress.start(u"xz"_s,
                   {u"-c"_s, u"-1"_s, u"-T2"_s, u"--lzma2=preset=1,dict=8MiB"_s, u"--block-size=24MiB"_s,
                    fixture(u"debian-minbase.tar"_s)});
    QVERIFY(compress.waitForFinished(-1) && compress.exitCode() == 0);
    writeFile(path(u"local.conf"_s),
              "BUNDLED_XEN_GUESTS = \"disk\"\n"
              "XEN_GUEST_SOURCE_TYPE[disk] = \"raw\"\n"
              "XEN_GUEST_SOURCE_FILE[disk] = \""
                  + fixture(u"debian-minbase.raw"_s).toUtf8()
                  + "\"\n"
                    "XEN_GUEST_KERNEL[disk] = \"none\"\n");
}

void TestLimits::addJobs() const
{
    QTest::addColumn<QStringList>("arguments");
    const auto add = [this](const char* name, const QString& source, const QString& type) {
        QTest::newRow(name) << QStringList{u"import"_s, source,      path(u"out"_s), u"--type"_s,
                                           type,        u"--size"_s, u"400"_s};
    };
    add("directory", fixture(u"debian-minbase"_s), u"rootfs_dir"_s);
    add("tar", fixture(u"debian-minbase.tar"_s), u"rootfs_archive"_s);
    add("tar.xz", path(u"debian.tar.xz"_s), u"rootfs_archive"_s);
    QTest::newRow("qcow2") << QStringList{u"import"_s, fixture(u"debian-minbase-zlib.qcow2"_s), path(u"out"_s)};
    QTest::newRow("ext4 host") << QStringList{u"build"_s,    path(u"local.conf"_s),
                                              u"--host"_s,   fixture(u"debian-minbase.ext4"_s),
                                              u"--output"_s, u"ext4:"_s + path(u"out"_s)};
}

void TestLimits::memory_data()
{
    addJobs();
}

void TestLimits::memory()
{
    QFETCH(QStringList, arguments);
    constexpr qint64 Inodes = 5000; // rather fewer than Debian has
    const qint64 peak = peakMemory(arguments);
    QVERIFY(QFile::remove(path(u"out"_s)));
    qInfo("peak memory %lld KiB", peak / KiB);
    QVERIFY2(peak <= 64 * MiB + 150 * Inodes, QByteArray::number(peak).constData());
}

/**
 * Starts the program, interrupts it after @p after milliseconds, and waits for its end: milliseconds that took, or -1 when
 * it was ready before.
 */
qint64 TestLimits::interrupted(const QStringList& arguments, qint64 after) const
{
    QProcess process;
    process.start(arguments.first(), arguments.sliced(1));
    process.waitForStarted(-1);
    if (process.waitForFinished(static_cast<int>(after))) {
        QFile::remove(path(u"out"_s));
        return -1;
    }
    QElapsedTimer timer;
    timer.start();
    ::kill(static_cast<pid_t>(process.processId()), SIGINT);
    process.waitForFinished(-1);
    const qint64 took = timer.elapsed();
    if (QFile::remove(path(u"out"_s)) && process.exitCode() != 0) {
        QTest::qFail("an interrupted job left its output", __FILE__, __LINE__);
    }
    const bool heard = process.exitStatus() == QProcess::CrashExit || process.exitCode() == 130;
    return heard ? took : -1;
}

void TestLimits::cancel_data()
{
    addJobs();
}

/**
 * Within 100 ms, at several moments, the end of the process included. As others may use the machine, the median of several
 * tries counts, divided by what a thread that only computes is slowed down by between them.
 */
void TestLimits::cancel()
{
    QFETCH(QStringList, arguments);
    const QStringList command = QStringList{commandLineProgram()} + arguments;
    qint64 whole = std::numeric_limits<qint64>::max();
    for (int i = 0; i < 3; ++i) { // the first may read what no cache holds yet
        QElapsedTimer timer;
        timer.start();
        QCOMPARE(interrupted(command, 600'000), -1);
        whole = std::min(whole, timer.elapsed());
    }
    for (const int percent : {20, 60}) {
        QList<qint64> times;
        QList<double> factors;
        constexpr int Tries = 5;
        double after = std::max(static_cast<double>(whole) * percent / 100, 30.0);
        for (int i = 0; i < 4 * Tries && times.size() < Tries; ++i) {
            const qint64 took = interrupted(command, static_cast<qint64>(after));
            if (took >= 0) {
                times.append(took);
                factors.append(slowdown());
            } else {
                after *= 0.9; // ready before: the machine is faster now than it was
            }
        }
        QVERIFY2(times.size() > Tries / 2, "it was ready too early");
        qInfo("at %d %% of %lld ms: %lld ms, slowed down %.1f times", percent, whole, median(times), median(factors));
        QVERIFY2(static_cast<double>(median(times)) / median(factors) <= 100,
                 QByteArray::number(median(times)).constData());
    }
}

QTEST_GUILESS_MAIN(TestLimits)
#include "tst_limits.moc"
