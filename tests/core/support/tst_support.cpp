// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/support/architecture.h"
#include "core/support/place.h"
#include "core/support/result.h"
#include "core/support/safepath.h"
#include "core/support/uniquefd.h"
#include "core/support/units.h"
#include "fixtures.h"

#include <fcntl.h>

#include <cerrno>

using namespace Stowage;
using namespace Qt::StringLiterals;

class TestSupport : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { QLocale::setDefault(QLocale::c()); }
    void fileNames_data();
    void fileNames();
    void bytes_data();
    void bytes();
    void architectureNames_data();
    void architectureNames();
    void architectureUnderstands_data();
    void architectureUnderstands();
    void machines_data();
    void machines();
    void whatRunsWhere();
    void places_data();
    void places();
    void systemErrors_data();
    void systemErrors();
    void descriptorsAreClosedOnce();
};

void TestSupport::fileNames_data()
{
    QTest::addColumn<QByteArray>("name");
    QTest::addColumn<bool>("accepted");
    QTest::newRow("plain") << QByteArray("guest.img") << true;
    QTest::newRow("hidden") << QByteArray(".config") << true;
    QTest::newRow("three dots") << QByteArray("...") << true;
    QTest::newRow("space") << QByteArray("my disk") << true;
    QTest::newRow("unicode") << QByteArray("größe") << true;
    QTest::newRow("no UTF-8") << QByteArray("\xff\xfe") << true;
    QTest::newRow("as a shell option") << QByteArray("-rf") << true;
    QTest::newRow("longest") << QByteArray(255, 'x') << true;
    QTest::newRow("too long") << QByteArray(256, 'x') << false;
    QTest::newRow("too long in bytes, not in characters") << QByteArray("ö").repeated(128) << false;
    QTest::newRow("empty") << QByteArray() << false;
    QTest::newRow("this") << QByteArray(".") << false;
    QTest::newRow("parent") << QByteArray("..") << false;
    QTest::newRow("slash") << QByteArray("a/b") << false;
    QTest::newRow("only a slash") << QByteArray("/") << false;
    QTest::newRow("NUL") << QByteArray("a\0b", 3) << false;
    QTest::newRow("newline") << QByteArray("a\nb") << false;
    QTest::newRow("escape") << QByteArray("a\033[2Jb") << false;
    QTest::newRow("delete") << QByteArray("a\x7f") << false;
}

void TestSupport::fileNames()
{
    QFETCH(QByteArray, name);
    QFETCH(bool, accepted);
    const auto checked = checkFileName(name);
    QCOMPARE(checked.has_value(), accepted);
    if (!accepted) {
        QCOMPARE(checked.error().code, Error::Code::InvalidInput);
        QVERIFY(!checked.error().remedy.isEmpty());
        const QString message = checked.error().message;
        QVERIFY(std::ranges::none_of(message, [](QChar c) { return c.category() == QChar::Other_Control; }));
    }
}

void TestSupport::bytes_data()
{
    QTest::addColumn<qint64>("size");
    QTest::addColumn<QString>("text");
    QTest::newRow("none") << qint64(0) << u"0 bytes"_s;
    QTest::newRow("bytes") << qint64(812) << u"812 bytes"_s;
    QTest::newRow("last of its unit") << qint64(1023) << u"1023 bytes"_s;
    QTest::newRow("KiB") << KiB << u"1 KiB"_s;
    QTest::newRow("part of a KiB") << qint64(1536) << u"1.5 KiB"_s;
    QTest::newRow("MiB") << 256 * MiB << u"256 MiB"_s;
    QTest::newRow("part of a GiB") << GiB + GiB / 2 << u"1.5 GiB"_s;
    QTest::newRow("beyond 32 bits") << 6000 * GiB << u"5.9 TiB"_s;
}

void TestSupport::bytes()
{
    QFETCH(qint64, size);
    QFETCH(QString, text);
    QCOMPARE(formatBytes(size), text);
}

void TestSupport::architectureNames_data()
{
    QTest::addColumn<Architecture>("architecture");
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("kernel");
    QTest::newRow("x86_64") << Architecture::X86_64 << u"x86_64"_s << u"bzImage"_s;
    QTest::newRow("x86_32") << Architecture::X86_32 << u"x86_32"_s << u"bzImage"_s;
    QTest::newRow("arm64") << Architecture::Arm64 << u"arm64"_s << u"Image"_s;
    QTest::newRow("arm") << Architecture::Arm32 << u"arm"_s << u"zImage"_s;
    QTest::newRow("unknown") << Architecture::Unknown << QString() << QString();
}

void TestSupport::architectureNames()
{
    QFETCH(Architecture, architecture);
    QFETCH(QString, name);
    QFETCH(QString, kernel);
    QCOMPARE(architectureName(architecture), name);
    QCOMPARE(architectureFromName(name), architecture);
    QCOMPARE(defaultKernelImageType(architecture), kernel);
}

void TestSupport::architectureUnderstands_data()
{
    QTest::addColumn<Architecture>("architecture");
    const auto rows = [](Architecture architecture, const QStringList& names) {
        for (const QString& name : names) {
            QTest::newRow(qPrintable(name)) << architecture;
        }
    };
    rows(Architecture::X86_64, {u"amd64"_s, u"x86-64"_s, u"X86_64"_s});
    rows(Architecture::X86_32, {u"i386"_s, u"i586"_s, u"i686"_s, u"x86"_s});
    rows(Architecture::Arm64, {u"aarch64"_s, u"arm64"_s, u"AArch64"_s});
    rows(Architecture::Arm32, {u"armhf"_s, u"armv7l"_s, u"armv7a"_s, u"arm"_s});
    rows(Architecture::Unknown, {u"riscv64"_s, u"mips"_s, u"nonsense"_s});
}

void TestSupport::architectureUnderstands()
{
    QFETCH(Architecture, architecture);
    QCOMPARE(architectureFromName(QString::fromLatin1(QTest::currentDataTag())), architecture);
}

void TestSupport::machines_data()
{
    QTest::addColumn<Architecture>("architecture");
    const auto rows = [](Architecture architecture, const QStringList& names) {
        for (const QString& name : names) {
            QTest::newRow(qPrintable(name)) << architecture;
        }
    };
    rows(Architecture::Arm64,
         {u"qemuarm64"_s, u"genericarm64"_s, u"raspberrypi4-64"_s, u"zcu102-zynqmp"_s, u"QEMUARM64"_s});
    rows(Architecture::X86_64, {u"qemux86-64"_s, u"genericx86-64"_s, u"intel-corei7-64"_s});
    rows(Architecture::X86_32, {u"qemux86"_s, u"genericx86"_s});
    rows(Architecture::Arm32, {u"qemuarm"_s, u"beaglebone-armv7"_s});
    rows(Architecture::Unknown, {u"qemuriscv"_s, u"my-board"_s});
}

void TestSupport::machines()
{
    QFETCH(Architecture, architecture);
    QCOMPARE(architectureOfMachine(QString::fromLatin1(QTest::currentDataTag())), architecture);
}

void TestSupport::whatRunsWhere()
{
    using enum Architecture;
    const QList<Architecture> all{Unknown, X86_32, X86_64, Arm32, Arm64};
    for (const Architecture guest : all) {
        for (const Architecture machine : all) {
            const bool expected = guest == machine || guest == Unknown || machine == Unknown
                || (guest == X86_32 && machine == X86_64) || (guest == Arm32 && machine == Arm64);
            QCOMPARE(runsOn(guest, machine), expected);
        }
    }
}

void TestSupport::places_data()
{
    QTest::addColumn<int>("line");
    QTest::addColumn<int>("column");
    QTest::addColumn<QString>("text");
    QTest::newRow("file") << 0 << 0 << u"/a b/local.conf"_s;
    QTest::newRow("line") << 7 << 0 << u"/a b/local.conf:7"_s;
    QTest::newRow("column") << 7 << 12 << u"/a b/local.conf:7:12"_s;
    QTest::newRow("column without a line") << 0 << 12 << u"/a b/local.conf"_s;
}

void TestSupport::places()
{
    QFETCH(int, line);
    QFETCH(int, column);
    QFETCH(QString, text);
    Place place = Place::inFile(u"/a b/local.conf"_s);
    place.line = line;
    place.column = column;
    QCOMPARE(place.toString(), text);
    QCOMPARE(Place().toString(), QString());
}

void TestSupport::systemErrors_data()
{
    QTest::addColumn<int>("number");
    QTest::addColumn<int>("code");
    QTest::newRow("missing") << ENOENT << static_cast<int>(Error::Code::NotFound);
    QTest::newRow("below a file") << ENOTDIR << static_cast<int>(Error::Code::NotFound);
    QTest::newRow("forbidden") << EACCES << static_cast<int>(Error::Code::PermissionDenied);
    QTest::newRow("read-only") << EROFS << static_cast<int>(Error::Code::PermissionDenied);
    QTest::newRow("full") << ENOSPC << static_cast<int>(Error::Code::NoSpace);
    QTest::newRow("quota") << EDQUOT << static_cast<int>(Error::Code::NoSpace);
    QTest::newRow("name too long") << ENAMETOOLONG << static_cast<int>(Error::Code::InvalidInput);
    QTest::newRow("too many files") << EMFILE << static_cast<int>(Error::Code::Io);
    QTest::newRow("something else") << EPROTO << static_cast<int>(Error::Code::Io);
    QTest::newRow("hardware") << EIO << static_cast<int>(Error::Code::Io);
}

void TestSupport::systemErrors()
{
    QFETCH(int, number);
    QFETCH(int, code);
    const Error error = systemError(number, u"read"_s, u"/a/%1/b"_s).error();
    QCOMPARE(static_cast<int>(error.code), code);
    QVERIFY2(error.message.contains("/a/%1/b"_L1), qPrintable(error.message)); // A name is never a place holder.
    QVERIFY(error.message.contains("read"_L1));
    QCOMPARE(error.place.file, u"/a/%1/b"_s);
    QVERIFY(!error.remedy.isEmpty());
}

void TestSupport::descriptorsAreClosedOnce()
{
    const auto isOpen = [](int fd) { return ::fcntl(fd, F_GETFD) >= 0; };
    UniqueFd first(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    const int number = first.get();
    QVERIFY(isOpen(number));
    UniqueFd second(std::move(first));
    QCOMPARE(second.get(), number);
    UniqueFd third(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    const int other = third.get();
    third = std::move(second);
    QVERIFY(!isOpen(other));
    QVERIFY(isOpen(number));
    QVERIFY(third.close());
    QVERIFY(!isOpen(number));
    QVERIFY(!third.isValid());
    QVERIFY(third.close());
}

QTEST_GUILESS_MAIN(TestSupport)

#include "tst_support.moc"
