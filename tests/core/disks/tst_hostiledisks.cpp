// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "../import/importcase.h"
#include "core/disks/convertdisk.h"
#include "core/disks/opendisk.h"
#include "diskmaker.h"

using namespace Stowage;
using namespace Stowage::Test;
using namespace Qt::StringLiterals;

namespace
{

/** The data of a disk in parts lie in the part, which is cut then. */
QString dataFile(const QString& file)
{
    const auto disk = openDisk(file);
    return disk && !disk->otherFiles.isEmpty() ? disk->otherFiles.last() : file;
}

} // namespace

/** Whatever stands in a file: an answer, never a crash, a hang, or a disk that it is not. */
class TestHostileDisks : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cut_data() { addFormRows(); }
    void cut();
    void changed_data() { addFormRows(); }
    void changed();
    void differences_data();
    void differences();
    void foreign();

private:
    [[nodiscard]] QString path(const QString& name) const { return m_directory->filePath(name); }
    [[nodiscard]] QString made(const DiskForm& form) const
    {
        return makeDisk(form, makeMixedDisk(m_directory->path()), m_directory->path());
    }

    std::unique_ptr<QTemporaryDir> m_directory;
};

void TestHostileDisks::init()
{
    m_directory = std::make_unique<QTemporaryDir>();
    QVERIFY(m_directory->isValid());
}

void TestHostileDisks::cut()
{
    const DiskForm form = currentForm();
    const QByteArray content = expectedDisk(form);
    const QString file = made(form);
    const QString cutFile = dataFile(file);
    const qint64 whole = QFileInfo(cutFile).size();
    int refused = 0;
    // In its headers, and all over it; from the end, so that the file need not be made anew.
    QList<qint64> sizes;
    for (qint64 part = 0; part < 100; ++part) {
        sizes << std::min(part * 7, whole - 1) << whole * part / 100 + part % 5;
    }
    std::ranges::sort(sizes, std::greater());
    for (const qint64 part : sizes) {
        QVERIFY(QFile::resize(cutFile, part));
        const auto read = tryDisk(file, content.size());
        refused += read ? 0 : 1;
        if (!read) {
            QVERIFY(!read.error().message.isEmpty());
            continue;
        }
        // Cut behind all that counts; or so that nothing is left to tell it from a raw disk, which has no end of its own.
        const auto disk = openDisk(file);
        QVERIFY2(*read == content || (disk && disk->type == "raw"_L1), qPrintable(QString::number(part)));
        QVERIFY(disk->type == form.type || form.variant == "fixed"_L1 || QFileInfo(cutFile).size() < 0x44);
    }
    QVERIFY2(refused >= 150 || form.type == "raw"_L1 || form.name == "vhd, fixed"_ba,
             qPrintable(QString::number(refused)));
}

void TestHostileDisks::changed()
{
    const DiskForm form = currentForm();
    const QString file = made(form);
    const QString changedFile = dataFile(file);
    const bool isDescriptor = changedFile != file;
    QFile bytes(form.variant.endsWith("Flat"_L1) ? file : changedFile);
    QVERIFY(bytes.open(QIODevice::ReadWrite | QIODevice::Unbuffered));
    // Headers and tables lie near the start and the end; in VHDX files from each megabyte on.
    const qint64 size = bytes.size();
    const QList<std::pair<qint64, qint64>> places{{0, 512},
                                                  {0, 4 * KiB},
                                                  {0, 64 * KiB},
                                                  {0, 512 * KiB},
                                                  {size - 2048, 2048},
                                                  {2 * MiB, 256},
                                                  {3 * MiB, 256},
                                                  {3 * MiB + 64 * KiB, 64},
                                                  {64 * KiB, 80},
                                                  {192 * KiB, 80}};
    QRandomGenerator random(20261127);
    int refused = 0;
    for (int round = 0; round < 1000; ++round) {
        const auto& [start, length] = places.at(random.bounded(places.size()));
        const qint64 at = std::clamp<qint64>(start + random.bounded(length), 0, size - 1);
        char old = 0;
        QVERIFY(bytes.seek(at) && bytes.read(&old, 1) == 1);
        const char now = static_cast<char>(round % 3 == 0 ? 0xff : old ^ (1 << random.bounded(8)));
        QVERIFY(bytes.seek(at) && bytes.write(&now, 1) == 1);
        const auto disk = openDisk(file);
        const bool isMagic = at < 0x44 || at >= size - 512;
        QVERIFY2(!disk || disk->type == form.type || (isMagic && disk->type == "raw"_L1),
                 qPrintable(QString::number(at)));
        const auto read = tryDisk(file, 4 * MiB);
        QVERIFY(read || !read.error().message.isEmpty());
        refused += read ? 0 : 1;
        QVERIFY(bytes.seek(at) && bytes.write(&old, 1) == 1);
    }
    QVERIFY2(refused > 0 || form.type == "raw"_L1 || isDescriptor, qPrintable(QString::number(refused)));
    const auto again = tryDisk(file, MiB);
    QVERIFY_RESULT(again);
    QVERIFY(*again == expectedDisk(form).first(MiB));
}

void TestHostileDisks::differences_data()
{
    QTest::addColumn<QString>("format");
    QTest::newRow("qcow2") << u"qcow2"_s;
    QTest::newRow("qed") << u"qed"_s;
    QTest::newRow("vmdk") << u"vmdk"_s;
}

void TestHostileDisks::differences()
{
    QFETCH(QString, format);
    tool(u"qemu-img"_s, {u"create"_s, u"-q"_s, u"-f"_s, format, path(u"base"_s), u"1M"_s});
    tool(u"qemu-img"_s,
         {u"create"_s, u"-q"_s, u"-f"_s, format, u"-F"_s, format, u"-b"_s, path(u"base"_s), path(u"above"_s)});
    const auto disk = openDisk(path(u"above"_s));
    QVERIFY(!disk);
    QCOMPARE(disk.error().code, Error::Code::Unsupported);
    QVERIFY2(disk.error().message.contains("differences"_L1), qPrintable(disk.error().message));
}

/** Disks in formats that are not read are no raw disks. */
void TestHostileDisks::foreign()
{
    for (const QString& format : {u"qcow"_s, u"parallels"_s}) {
        tool(u"qemu-img"_s, {u"create"_s, u"-q"_s, u"-f"_s, format, path(format), u"1M"_s});
        QCOMPARE(openDisk(path(format)).error_or(Error()).code, Error::Code::Unsupported);
    }
    writeFile(path(u"esx"_s), QByteArray("COWD").append(QByteArray(4096, '\0')));
    QCOMPARE(openDisk(path(u"esx"_s)).error_or(Error()).code, Error::Code::Unsupported);
    writeFile(path(u"empty"_s), {});
    QCOMPARE(openDisk(path(u"empty"_s)).error_or(Error()).code, Error::Code::InvalidInput);
    QVERIFY(!openDisk(m_directory->path()));
    QVERIFY(!openDisk(u"/dev/zero"_s));
    QCOMPARE(openDisk(path(u"gone"_s)).error_or(Error()).code, Error::Code::NotFound);
}

QTEST_GUILESS_MAIN(TestHostileDisks)
#include "tst_hostiledisks.moc"
