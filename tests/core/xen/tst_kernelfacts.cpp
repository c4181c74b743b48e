// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/xen/kernelfacts.h"
#include "fixtures.h"
#include "systemtree.h"

#include <QRandomGenerator>
#include <QTemporaryDir>
#include <QtEndian>

using namespace Stowage;
using namespace Stowage::Test;
using namespace Qt::StringLiterals;
using Format = KernelImage::Format;
using Setting = KernelConfig::Setting;

/** What real kernels say of themselves, and what comes out of those that are packed. */
class TestKernelFacts : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void bzImage();
    void bzImages_data();
    void bzImages();
    void zboot_data();
    void zboot();
    void uImage_data();
    void uImage();
    void plainStays();
    void ownConfig();
    void userProgramHasNoNotes();
    void cutAnywhere();
    void changedAnywhere();

private:
    [[nodiscard]] QString path(const QString& name) const { return m_directory.filePath(name); }
    void shell(const QString& script) const { runScript(m_directory.path(), script); }

    QTemporaryDir m_directory;
    QByteArray m_x86; ///< The bzImage.
    QByteArray m_elf; ///< The vmlinux in it, as the reference tools take it out.
    QByteArray m_arm; ///< The Image for arm64.
};

void TestKernelFacts::initTestCase()
{
    // The reference: where the payload lies by the header, taken out and decompressed by the tools.
    shell(
        u"cp $F/kernel-amd64/vmlinuz-$V bzImage; cp $F/kernel-arm64/vmlinuz-* Image\n"
        "u8() { od -An -tu1 -j $1 -N 1 bzImage | tr -d ' '; }; u32() { od -An -tu4 -j $1 -N 4 bzImage | tr -d ' '; }\n"
        "start=$(( ($(u8 497) + 1) * 512 + $(u32 584) )); size=$(u32 588)\n"
        "tail -c +$((start + 1)) bzImage | head -c $((size - 4)) > payload\n"
        "case $(od -An -tx1 -N 4 payload | tr -d ' ') in fd377a58) xz -dc < payload > vmlinux;; 28b52ffd) zstd -qdc < payload > vmlinux;; "
        "1f8b*) gzip -dc < payload > vmlinux 2> /dev/null || true;; 0221*) lz4 -dc < payload > vmlinux;; *) exit 1;; esac"_s);
    m_x86 = readFile(path(u"bzImage"_s));
    m_arm = readFile(path(u"Image"_s));
    m_elf = readFile(path(u"vmlinux"_s));
    QVERIFY(m_elf.startsWith("\177ELF"));
}

void TestKernelFacts::bzImage()
{
    const auto plain = unwrapKernel(m_x86, u"bzImage"_s);
    QVERIFY_RESULT(plain);
    QVERIFY(plain->bytes == m_elf);
    QCOMPARE(plain->image.format, Format::ElfX86);
    QCOMPARE(plain->image.architecture, Architecture::X86_64);
    QCOMPARE(plain->image.version, fixtureKernelVersion());
    const KernelFacts facts = kernelFactsOf(m_x86);
    QVERIFY(facts.notes.has_value());
    QVERIFY(facts.notes->pv);
    QVERIFY(facts.notes->pvh);
    QCOMPARE(facts.version, fixtureKernelVersion());
    QVERIFY2(kernelFactsOf(m_arm).version.startsWith("6."_L1), qPrintable(kernelFactsOf(m_arm).version));
}

void TestKernelFacts::bzImages_data()
{
    QTest::addColumn<QString>("packer");
    QTest::addColumn<bool>("anywhere");
    QTest::newRow("gzip") << u"gzip -1"_s << true;
    QTest::newRow("xz") << u"xz -0 --check=crc32"_s << true;
    QTest::newRow("lzma") << u"xz -0 --format=lzma"_s << true;
    QTest::newRow("bzip2") << u"bzip2 -1"_s << true;
    QTest::newRow("lz4") << u"lz4 -l -1"_s << true;
    QTest::newRow("zstd") << u"zstd -q -1"_s << false;
}

/** The same kernel compressed in each way that Linux offers: its setup with another payload behind it. */
void TestKernelFacts::bzImages()
{
    QFETCH(QString, packer);
    QFETCH(bool, anywhere);
    shell(u"%1 -c < vmlinux > packed"_s.arg(packer));
    QByteArray payload = readFile(path(u"packed"_s));
    if (!payload.startsWith("\x1f\x8b")) { // which ends with the size itself
        QByteArray size(4, '\0');
        qToLittleEndian(static_cast<quint32>(m_elf.size()), size.data());
        payload += size;
    }
    const qint64 start = (static_cast<quint8>(m_x86.at(0x1f1)) + 1) * 512;
    QByteArray kernel = m_x86.first(start) + payload;
    qToLittleEndian<quint32>(0, kernel.data() + 0x248);
    qToLittleEndian(static_cast<quint32>(payload.size()), kernel.data() + 0x24c);
    const auto plain = unwrapKernel(kernel, u"bzImage"_s);
    QVERIFY_RESULT(plain);
    QVERIFY(plain->bytes == m_elf);
    QCOMPARE(loadsAnywhere(kernel, *inspectKernel(kernel)), anywhere);
}

void TestKernelFacts::zboot_data()
{
    QTest::addColumn<QString>("packer");
    QTest::newRow("gzip") << u"gzip -1"_s;
    QTest::newRow("zstd") << u"zstd -q -1"_s;
    QTest::newRow("xz") << u"xz -0"_s;
}

void TestKernelFacts::zboot()
{
    QFETCH(QString, packer);
    shell(u"%1 -c < Image > packed"_s.arg(packer));
    QByteArray payload = readFile(path(u"packed"_s));
    if (!payload.startsWith("\x1f\x8b")) {
        QByteArray size(4, '\0');
        qToLittleEndian(static_cast<quint32>(m_arm.size()), size.data());
        payload += size;
    }
    constexpr quint32 Header = 4096;
    QByteArray kernel(Header, '\0');
    kernel.replace(0, 8, QByteArray("MZ\0\0zimg", 8));
    qToLittleEndian(Header, kernel.data() + 8);
    qToLittleEndian(static_cast<quint32>(payload.size()), kernel.data() + 12);
    qToLittleEndian<quint32>(0x40, kernel.data() + 0x3c);
    kernel.replace(0x40, 6, QByteArray("PE\0\0\x64\xaa", 6));
    kernel += payload;
    const auto image = inspectKernel(kernel);
    QVERIFY(image && image->format == Format::EfiZboot && !loadsAnywhere(kernel, *image));
    const auto plain = unwrapKernel(kernel, u"vmlinuz.efi"_s);
    QVERIFY_RESULT(plain);
    QVERIFY(plain->bytes == m_arm);
    QCOMPARE(plain->image.format, Format::Arm64Image);
    QVERIFY(!kernelFactsOf(kernel).notes.has_value());
}

void TestKernelFacts::uImage_data()
{
    QTest::addColumn<QString>("command");
    QTest::newRow("plain")
        << u"mkimage -A arm64 -O linux -T kernel -C none -n Linux-6.12 -d Image uImage > /dev/null"_s;
    QTest::newRow("gzip")
        << u"gzip -1 -c Image > Image.gz; mkimage -A arm64 -O linux -T kernel -C gzip -d Image.gz uImage > /dev/null"_s;
    QTest::newRow("zstd")
        << u"zstd -q -f -1 Image -o Image.zst; mkimage -A arm64 -O linux -T kernel -C zstd -d Image.zst uImage > /dev/null"_s;
}

void TestKernelFacts::uImage()
{
    QFETCH(QString, command);
    shell(command);
    const auto plain = unwrapKernel(readFile(path(u"uImage"_s)), u"uImage"_s);
    QVERIFY_RESULT(plain);
    QVERIFY(plain->bytes == m_arm);
    QCOMPARE(plain->image.format, Format::Arm64Image);
}

void TestKernelFacts::plainStays()
{
    for (const QByteArray& kernel : {m_elf, m_arm}) {
        const auto plain = unwrapKernel(kernel, u"kernel"_s);
        QVERIFY_RESULT(plain);
        QVERIFY(plain->bytes == kernel);
        QVERIFY(plain->codec.isEmpty());
        QVERIFY(loadsAnywhere(kernel, plain->image));
    }
}

/** As a kernel with IKCONFIG carries it; the text is that of the real configuration. */
void TestKernelFacts::ownConfig()
{
    QVERIFY(kernelFactsOf(m_arm).config == KernelConfig());
    shell(u"gzip -9 -c < $F/kernel-amd64/config-$V > config.gz"_s);
    const QByteArray kernel = m_arm + "IKCFG_ST" + readFile(path(u"config.gz"_s)) + "IKCFG_ED";
    const KernelConfig expected{Setting::BuiltIn, Setting::BuiltIn, Setting::BuiltIn,
                                Setting::Module,  Setting::BuiltIn, Setting::BuiltIn};
    QVERIFY(kernelFactsOf(kernel).config == expected);
}

void TestKernelFacts::userProgramHasNoNotes()
{
    const XenNotes notes = xenNotesOf(readFile(u"/bin/sh"_s));
    QVERIFY(!notes.pv && !notes.pvh);
    QVERIFY(!unwrapKernel(readFile(u"/bin/sh"_s), u"sh"_s));
}

void TestKernelFacts::cutAnywhere()
{
    constexpr int Cuts = 200;
    const auto number = [this](qsizetype at) { return qFromLittleEndian<quint32>(m_x86.constData() + at); };
    // What follows the payload does not belong to the kernel in it.
    const qsizetype end = (static_cast<quint8>(m_x86.at(0x1f1)) + 1) * 512 + number(0x248) + number(0x24c);
    for (int i = 0; i < Cuts; ++i) {
        const qsizetype length = end * i / Cuts;
        const auto plain = unwrapKernel(m_x86.first(length), u"cut"_s);
        QVERIFY2(!plain, qPrintable(u"%1 bytes were taken for a whole kernel"_s.arg(length)));
        QVERIFY(!plain.error().message.isEmpty());
        (void)xenNotesOf(m_elf.first(m_elf.size() * i / Cuts));
    }
}

/** No change of the header or of the notes crashes or leads out of the file. */
void TestKernelFacts::changedAnywhere()
{
    constexpr int Changes = 2000;
    constexpr qsizetype HeaderBytes = 1024;
    QRandomGenerator random(7);
    QByteArray head = m_elf.first(64 * 1024);
    for (int i = 0; i < Changes; ++i) {
        QByteArray changed = head;
        for (int n = 0; n < 4; ++n) {
            changed[random.bounded(HeaderBytes)] = static_cast<char>(random.bounded(256));
        }
        (void)xenNotesOf(changed);
        QByteArray kernel = m_x86.first(128 * 1024);
        kernel[random.bounded(HeaderBytes)] = static_cast<char>(random.bounded(256));
        (void)kernelFactsOf(kernel);
    }
}

QTEST_GUILESS_MAIN(TestKernelFacts)
#include "tst_kernelfacts.moc"
