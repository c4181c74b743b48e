// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/xen/kernelimage.h"
#include "fixtures.h"

#include <QProcess>
#include <QRandomGenerator>
#include <QtEndian>
#include <QtTest>

using namespace Stowage;
using namespace Stowage::Test;
using namespace Qt::StringLiterals;
using Format = KernelImage::Format;

namespace
{

constexpr qint64 HeadSize = 64 * 1024;

QByteArray headOf(const QString& path)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly)) {
        QTest::qFail(qPrintable(path), __FILE__, __LINE__);
    }
    return file.read(HeadSize);
}

QString fixtureKernel(const QString& directory)
{
    const QDir kernels(fixture(directory));
    return kernels.filePath(kernels.entryList({u"vmlinuz*"_s}).value(0));
}

/** @p data compressed by the real gzip. */
QByteArray gzipped(const QByteArray& data)
{
    QProcess gzip;
    gzip.start(u"gzip"_s, {u"-c"_s});
    gzip.write(data);
    gzip.closeWriteChannel();
    if (!gzip.waitForFinished()) {
        QTest::qFail("gzip does not run", __FILE__, __LINE__);
    }
    return gzip.readAllStandardOutput();
}

template<typename T>
void putLittle(QByteArray& data, qsizetype at, T value)
{
    qToLittleEndian<T>(value, data.data() + at);
}

QByteArray bigCells(std::initializer_list<quint32> cells)
{
    QByteArray result;
    for (const quint32 cell : cells) {
        const quint32 big = qToBigEndian(cell);
        result.append(reinterpret_cast<const char*>(&big), sizeof(big));
    }
    return result;
}

/** A device tree whose root has a property and one node. */
QByteArray deviceTree(const QByteArray& node)
{
    constexpr quint32 structure = 40;
    const QByteArray name = node + QByteArray(4 - node.size() % 4, '\0');
    return bigCells({0xd00dfeed, 200, structure, 0, 0, 17, 16, 0, 0, 0}) + bigCells({1, 0, 3, 5, 0})
        + QByteArray("abcd\0\0\0\0", 8) + bigCells({4, 1}) + name + bigCells({2, 2, 9});
}

/** A 64-bit ELF program with one loaded segment, and one note when @p note is not empty. */
QByteArray elfProgram(quint64 virtualAddress, quint64 physicalAddress, const QByteArray& note)
{
    QByteArray elf(64 + 2 * 56, '\0');
    elf.replace(0, 6,
                QByteArray("\x7f"
                           "ELF\2\1",
                           6));
    putLittle<quint16>(elf, 16, 2);
    putLittle<quint16>(elf, 18, 62);
    putLittle<quint64>(elf, 32, 64);
    putLittle<quint16>(elf, 54, 56);
    putLittle<quint16>(elf, 56, note.isEmpty() ? 1 : 2);
    putLittle<quint32>(elf, 64, 1);
    putLittle<quint64>(elf, 64 + 16, virtualAddress);
    putLittle<quint64>(elf, 64 + 24, physicalAddress);
    putLittle<quint32>(elf, 120, 4);
    putLittle<quint64>(elf, 120 + 8, static_cast<quint64>(elf.size()));
    putLittle<quint64>(elf, 120 + 32, static_cast<quint64>(note.size()));
    return elf + note;
}

QByteArray uImage(char architecture, char type)
{
    QByteArray image = bigCells({0x27051956, 0, 0, 1000, 0x8000, 0x8000, 0}) + QByteArray(36, '\0');
    image[28] = 5;
    image[29] = architecture;
    image[30] = type;
    image.replace(32, 12, "Linux-6.6.23");
    return image + QByteArray(1000, 'x');
}

QByteArray zboot(quint16 machine)
{
    QByteArray image(0x100, '\0');
    image.replace(0, 8, QByteArray("MZ\0\0zimg", 8));
    putLittle<quint32>(image, 0x3c, 0x40);
    image.replace(0x40, 4, QByteArray("PE\0\0", 4));
    putLittle<quint16>(image, 0x44, machine);
    return image;
}

} // namespace

class TestKernelImage : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void debianKernels();
    void made_data();
    void made();
    void noKernel_data();
    void noKernel();
    void broken();
};

void TestKernelImage::debianKernels()
{
    const QString amd64 = fixtureKernel(u"kernel-amd64"_s);
    const std::optional<KernelImage> pc = inspectKernel(headOf(amd64));
    QVERIFY(pc);
    QCOMPARE(pc->format, Format::BzImage);
    QCOMPARE(pc->architecture, Architecture::X86_64);
    QCOMPARE(pc->version, QFileInfo(amd64).fileName().mid(8));
    QVERIFY(pc->loadable);
    QCOMPARE(pc->description(), u"Linux %1 bzImage, x86_64"_s.arg(pc->version));

    const QByteArray armHead = headOf(fixtureKernel(u"kernel-arm64"_s));
    const std::optional<KernelImage> arm = inspectKernel(armHead);
    QVERIFY(arm);
    QCOMPARE(arm->format, Format::Arm64Image);
    QCOMPARE(arm->architecture, Architecture::Arm64);
    QVERIFY(arm->loadable);

    QByteArray packed = gzipped(readFile(fixtureKernel(u"kernel-arm64"_s)).first(8 * HeadSize));
    QVERIFY(packed.size() > HeadSize);
    packed.truncate(HeadSize);
    const std::optional<KernelImage> compressed = inspectKernel(packed);
    QVERIFY(compressed);
    QCOMPARE(compressed->format, Format::GzipCompressed);
    QCOMPARE(compressed->architecture, Architecture::Arm64);

    const std::optional<KernelImage> installer = inspectKernel(headOf(fixture(u"di-netboot/vmlinuz"_s)));
    QVERIFY(installer && installer->format == Format::BzImage);
}

void TestKernelImage::made_data()
{
    QTest::addColumn<QByteArray>("data");
    QTest::addColumn<Format>("format");
    QTest::addColumn<Architecture>("architecture");
    QTest::addColumn<QString>("version");
    QTest::addColumn<bool>("loadable");
    QByteArray zImage(0x40, '\0');
    putLittle<quint32>(zImage, 0x24, 0x016f2818);
    QByteArray oldImage(0x400, '\0');
    putLittle<quint16>(oldImage, 0x1fe, 0xaa55);
    oldImage.replace(0x202, 4, "HdrS");
    putLittle<quint16>(oldImage, 0x206, 0x20b);
    oldImage[0x211] = 1;
    QByteArray image32 = oldImage;
    putLittle<quint16>(image32, 0x206, 0x20c);
    putLittle<quint16>(image32, 0x20e, 0x100);
    image32.replace(0x300, 16, QByteArray("2.6.32 (x@y) #1\0", 16));
    const QString none;
    QTest::newRow("32-bit Arm") << zImage << Format::Arm32ZImage << Architecture::Arm32 << none << true;
    QTest::newRow("old PC kernel") << oldImage << Format::BzImage << Architecture::Unknown << none << true;
    QTest::newRow("32-bit PC kernel") << image32 << Format::BzImage << Architecture::X86_32 << u"2.6.32"_s << true;
    QTest::newRow("zboot") << zboot(0xaa64) << Format::EfiZboot << Architecture::Arm64 << none << false;
    QTest::newRow("uImage") << uImage(2, 2) << Format::UImage << Architecture::Arm32 << u"6.6.23"_s << false;
    QTest::newRow("FIT") << deviceTree("images") << Format::Fit << Architecture::Unknown << none << false;
    QTest::newRow("vmlinux") << elfProgram(0xffffffff81000000, 0x1000000, {}) << Format::ElfX86 << Architecture::X86_64
                             << none << true;
    QTest::newRow("Xen notes") << elfProgram(0x100000, 0x100000,
                                             QByteArray("\4\0\0\0\4\0\0\0\x12\0\0\0Xen\0\0\0\0\0", 20))
                               << Format::ElfX86 << Architecture::X86_64 << none << true;
    QTest::newRow("gzip of a vmlinux") << gzipped(elfProgram(0xffffffff81000000, 0x1000000, {}))
                                       << Format::GzipCompressed << Architecture::X86_64 << none << true;
}

void TestKernelImage::made()
{
    QFETCH(QByteArray, data);
    QFETCH(Format, format);
    QFETCH(Architecture, architecture);
    QFETCH(QString, version);
    QFETCH(bool, loadable);
    const std::optional<KernelImage> image = inspectKernel(data);
    QVERIFY(image);
    QCOMPARE(image->format, format);
    QCOMPARE(image->architecture, architecture);
    QCOMPARE(image->version, version);
    QCOMPARE(image->loadable, loadable);
    QVERIFY(!image->description().isEmpty());
}

void TestKernelImage::noKernel_data()
{
    QTest::addColumn<QByteArray>("data");
    QTest::newRow("empty") << QByteArray();
    QTest::newRow("text") << QByteArray("name = \"web\"\n");
    QTest::newRow("this program") << headOf(QCoreApplication::applicationFilePath());
    QTest::newRow("ls") << headOf(u"/bin/ls"_s);
    QTest::newRow("static program") << elfProgram(0x400000, 0x400000, {});
    QTest::newRow("static program with GNU notes")
        << elfProgram(0x400000, 0x400000, QByteArray("\4\0\0\0\4\0\0\0\1\0\0\0GNU\0\0\0\0\0", 20));
    QTest::newRow("kernel module") << headOf(fixture(u"kernel-amd64/xen-blkfront.ko"_s));
    QTest::newRow("device tree") << deviceTree("memory");
    QTest::newRow("U-Boot ramdisk") << uImage(2, 3);
    QTest::newRow("installer's ramdisk") << headOf(fixture(u"di-netboot/initrd.gz"_s));
    QTest::newRow("gzip of text") << gzipped("hello");
    QTest::newRow("file system") << headOf(fixture(u"debian-minbase.ext4"_s));
    QTest::newRow("boot sector alone") << QByteArray(510, '\0') + "\x55\xaa";
}

void TestKernelImage::noKernel()
{
    QFETCH(QByteArray, data);
    QVERIFY(!inspectKernel(data));
}

/** Cut off or changed anywhere: an answer or none, but nothing read outside of the data (the sanitizers look). */
void TestKernelImage::broken()
{
    const QByteArrayList samples{headOf(fixtureKernel(u"kernel-amd64"_s)).first(2048),
                                 elfProgram(0x100000, 0x100000,
                                            QByteArray("\4\0\0\0\4\0\0\0\x12\0\0\0Xen\0\0\0\0\0", 20)),
                                 deviceTree("images"),
                                 uImage(2, 2),
                                 zboot(0xaa64),
                                 gzipped(elfProgram(0xffffffff81000000, 0x1000000, {}))};
    QRandomGenerator random(6);
    int recognised = 0;
    for (const QByteArray& sample : samples) {
        for (qsizetype size = 0; size < sample.size(); ++size) {
            recognised += inspectKernel(QByteArray(sample.constData(), size)) ? 1 : 0;
        }
        for (int i = 0; i < 3000; ++i) {
            QByteArray changed = sample;
            for (int byte = 0; byte < 3; ++byte) {
                changed[random.bounded(std::min<qsizetype>(changed.size(), 0x240))] = static_cast<char>(
                    random.bounded(256));
            }
            recognised += inspectKernel(changed) ? 1 : 0;
        }
    }
    QVERIFY(recognised > 1000);
}

QTEST_GUILESS_MAIN(TestKernelImage)
#include "tst_kernelimage.moc"
