// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "../import/imagereader.h"
#include "../import/importcase.h"
#include "core/output/bootconfig.h"
#include "core/output/builder.h"
#include "core/output/disktable.h"
#include "core/output/grubloader.h"
#include "core/output/outputchecks.h"
#include "core/process/processrunner.h"
#include "core/support/removetree.h"
#include "fixtures.h"

#include <QDir>
#include <QJsonArray>
#include <QJsonDocument>
#include <QTemporaryDir>

#include <fcntl.h>

using namespace Stowage;
using namespace Stowage::Test;
using namespace Qt::StringLiterals;

using Boot = DiskSettings::Boot;
using Loader = DiskSettings::Loader;
using Table = DiskSettings::Table;

Q_DECLARE_METATYPE(Stowage::DiskSettings)

/** New disks that start by themselves. sfdisk, fsck.vfat, mtools, e2fsck and GRUB's own tools judge. */
class TestDisks : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();
    void everyDisk_data();
    void everyDisk();
    void sameBytes_data();
    void sameBytes();
    void grubForBios_data();
    void grubForBios();
    void menu();
    void menuOfTheHostGivesWay();
    void xenAlone();
    void uBoot();
    void withoutRamdisk_data();
    void withoutRamdisk();
    void namedFiles();
    void hostileTargets_data();
    void hostileTargets();
    void missingAndLargeFiles();
    void hostileNamesInBoot();
    void impossible_data();
    void impossible();
    void hostThatIsADisk();
    void linksInBoot();
    void tooLargeForMbr();
    void missingTools();
    void failingTools_data();
    void failingTools();
    void cancelled();

private:
    [[nodiscard]] QString path(const QString& name) const { return m_directory->filePath(name); }
    void shell(const QString& script) const;
    void makeHost(Architecture architecture);
    [[nodiscard]] Plan plan() const { return makePlan({m_project, {}, {}, {}}, {}); }
    Result<OutputReport> write(const QString& to, CommandRunner& runner);
    Result<OutputReport> write(const QString& to)
    {
        ProcessRunner runner;
        return write(to, runner);
    }
    [[nodiscard]] QJsonObject table(const QString& image) const;
    void cutOut(const QString& image, DiskPartition::Purpose purpose, const QString& to) const;
    [[nodiscard]] QByteArray inFat(const QString& fat, const QByteArray& name) const;
    [[nodiscard]] QByteArray fatOf(const QString& image, const QByteArray& name) const;
    [[nodiscard]] QStringList errorsOf(const QString& code) const;
    [[nodiscard]] QStringList leftBehind() const;

    std::unique_ptr<QTemporaryDir> m_directory;
    Project m_project;
    DiskPlan m_plan; ///< Of what was written last.
    std::stop_source m_stop;
    Progress m_progress;
    JobReport m_report;
};

void TestDisks::init()
{
    m_directory = std::make_unique<QTemporaryDir>();
    m_stop = {};
    qunsetenv("SOURCE_DATE_EPOCH");
    makeHost(Architecture::X86_64);
}

void TestDisks::cleanup()
{
    QVERIFY(removeEntry(AT_FDCWD, QFile::encodeName(m_directory->path())));
}

void TestDisks::shell(const QString& script) const
{
    tool(u"bash"_s, {u"-ec"_s, u"PATH=$PATH:/usr/sbin:/sbin; cd \"$1\"; "_s + script, u"bash"_s, m_directory->path()});
}

/** A small host with the names that Debian gives what is in /boot, and a guest for it. */
void TestDisks::makeHost(Architecture architecture)
{
    const bool isArm = architecture == Architecture::Arm64;
    const QString suffix = isArm ? u"arm64"_s : u"amd64"_s;
    shell(u"rm -rf host deploy; mkdir -p host/boot host/etc/xen host/usr/bin deploy; cd host; echo root > etc/passwd; "
          "head -c 300000 /dev/urandom > xen; gzip -nc xen > boot/xen-4.20-%1.gz; head -c 400000 /dev/urandom > "
          "boot/xen-4.20-%1.efi; mv xen ../xen-unpacked; for v in 6.9 6.12; do head -c 500000 /dev/urandom > "
          "boot/vmlinuz-$v-%1; head -c 600000 /dev/urandom > boot/initrd.img-$v-%1; done; echo old > "
          "boot/xen-4.19-%1.gz; echo no > boot/config-6.12-%1; head -c 100000 /dev/urandom > ../deploy/web.ext4; "
          "head -c 9000 /dev/urandom > ../deploy/Image"_s.arg(suffix));
    m_project = {};
    m_project.directory = m_directory->path();
    m_project.machine.architecture = architecture;
    m_project.machine.deployDirectory = path(u"deploy"_s);
    m_project.machine.kernelImageType = u"Image"_s;
    m_project.machine.dom0MemoryMiB = 768;
    m_project.host.path = path(u"host"_s);
    m_project.outputs = {{.kind = u"disk"_s, .path = path(u"out"_s)}};
    Guest web;
    web.entry = u"web"_s;
    web.rootfs = u"web.ext4"_s;
    m_project.guests = {web};
}

/** Plans and writes; a problem of the plan fails the test. */
Result<OutputReport> TestDisks::write(const QString& to, CommandRunner& runner)
{
    const Plan planned = plan();
    for (const Problem& problem : planned.problems) {
        if (problem.severity == Problem::Severity::Error) {
            QTest::qFail(qPrintable(problem.text), __FILE__, __LINE__);
        }
    }
    const OutputSpec output{.kind = u"disk"_s, .path = path(to), .sizeMiB = m_project.outputs.first().sizeMiB};
    const OutputWriter* writer = findWriter(output.kind);
    JobContext context{m_stop.get_token(), m_progress, m_report};
    auto written = writer->write(planned.layout, {}, output, context, runner);
    if (written) {
        const QJsonArray entries = table(to)["partitions"_L1].toArray();
        m_plan = planDisk(planned.layout, 0, entries.last()["size"_L1].toInteger() * 512);
    }
    return written;
}

QJsonObject TestDisks::table(const QString& image) const
{
    const QByteArray json = tool(u"/sbin/sfdisk"_s, {u"--json"_s, path(image)});
    return QJsonDocument::fromJson(json)["partitiontable"_L1].toObject();
}

/** The partition of @p purpose as a file of its own. */
void TestDisks::cutOut(const QString& image, DiskPartition::Purpose purpose, const QString& to) const
{
    const DiskPartition* partition = m_plan.find(purpose);
    QVERIFY(partition != nullptr);
    shell(u"dd if=%1 of=%2 bs=1M skip=%3 count=%4 status=none conv=sparse; truncate -s %4M %2"_s.arg(image, to)
              .arg(partition->start / MiB)
              .arg(partition->size / MiB));
}

QByteArray TestDisks::inFat(const QString& fat, const QByteArray& name) const
{
    return tool(u"mcopy"_s, {u"-n"_s, u"-i"_s, path(fat), u"::/"_s + QString::fromUtf8(name), u"-"_s});
}

QByteArray TestDisks::fatOf(const QString& image, const QByteArray& name) const
{
    cutOut(image, DiskPartition::Purpose::Firmware, u"fat"_s);
    return inFat(u"fat"_s, name);
}

/** The texts of the plan's errors and warnings of @p code. */
QStringList TestDisks::errorsOf(const QString& code) const
{
    QStringList texts;
    for (const Problem& problem : plan().problems) {
        if (problem.code == code) {
            texts.append(problem.text);
            if (problem.remedy.isEmpty()) {
                QTest::qFail("a problem without a remedy", __FILE__, __LINE__);
            }
        }
    }
    return texts;
}

QStringList TestDisks::leftBehind() const
{
    return QDir(m_directory->path()).entryList({u".*"_s}, QDir::AllEntries | QDir::Hidden | QDir::NoDotAndDotDot);
}

void TestDisks::everyDisk_data()
{
    QTest::addColumn<int>("architecture");
    QTest::addColumn<DiskSettings>("settings");
    QTest::addColumn<QString>("purposes");
    const auto row = [](const char* name, Architecture architecture, Table table, Boot boot, Loader loader,
                        const QString& purposes) {
        QTest::newRow(name) << static_cast<int>(architecture) << DiskSettings{table, boot, loader, {}, {}, {}, {}}
                            << purposes;
    };
    using enum Architecture;
    row("GPT", X86_64, Table::Gpt, Boot::Automatic, Loader::Grub, u"loader firmware root"_s);
    row("GPT, Xen itself", X86_64, Table::Gpt, Boot::Automatic, Loader::XenEfi, u"loader firmware root"_s);
    row("GPT, BIOS", X86_64, Table::Gpt, Boot::Bios, Loader::Grub, u"loader root"_s);
    row("GPT, UEFI", X86_64, Table::Gpt, Boot::Uefi, Loader::Grub, u"firmware root"_s);
    row("GPT, none", X86_64, Table::Gpt, Boot::None, Loader::Grub, u"root"_s);
    row("MBR", X86_64, Table::Mbr, Boot::Both, Loader::Grub, u"firmware root"_s);
    row("MBR, BIOS", X86_64, Table::Mbr, Boot::Bios, Loader::Grub, u"root"_s);
    row("MBR, Xen itself", X86_64, Table::Mbr, Boot::Uefi, Loader::XenEfi, u"firmware root"_s);
    row("MBR, none", X86_64, Table::Mbr, Boot::None, Loader::Grub, u"root"_s);
    row("arm64, GPT", Arm64, Table::Gpt, Boot::Automatic, Loader::Grub, u"firmware root"_s);
    row("arm64, MBR", Arm64, Table::Mbr, Boot::Automatic, Loader::Grub, u"firmware root"_s);
}

void TestDisks::everyDisk()
{
    QFETCH(int, architecture);
    QFETCH(DiskSettings, settings);
    QFETCH(QString, purposes);
    makeHost(static_cast<Architecture>(architecture));
    m_project.disk = settings;
    QVERIFY_RESULT(write(u"out"_s));
    QVERIFY(leftBehind().isEmpty());
    const QByteArray verified = tool(u"/sbin/sfdisk"_s, {u"--verify"_s, path(u"out"_s)});
    QVERIFY2(verified.contains("No errors detected"), verified.constData());

    // The table is what the plan says, and every partition begins at a whole MiB.
    const QJsonObject read = table(u"out"_s);
    const bool isGpt = settings.table == Table::Gpt;
    QCOMPARE(read["label"_L1].toString(), isGpt ? u"gpt"_s : u"dos"_s);
    const QJsonArray entries = read["partitions"_L1].toArray();
    QCOMPARE(entries.size(), m_plan.partitions.size());
    QStringList found;
    qint64 end = 0;
    for (qsizetype i = 0; i < entries.size(); ++i) {
        const DiskPartition& planned = m_plan.partitions.at(i);
        const QJsonValue entry = entries.at(i);
        found.append(purposeName(planned.purpose));
        QCOMPARE(entry["start"_L1].toInteger() * 512, planned.start);
        QCOMPARE(entry["size"_L1].toInteger() * 512, planned.size);
        QCOMPARE(planned.start % MiB, 0);
        QVERIFY(planned.start >= std::max(end, MiB));
        end = planned.start + planned.size;
        const QString type = entry["type"_L1].toString().toLower();
        QCOMPARE(type, isGpt ? guidText(planned.type) : QString::number(planned.mbrType, 16));
        const bool isBootable = isGpt ? entry["attrs"_L1].toString().contains("LegacyBIOSBootable"_L1)
                                      : entry["bootable"_L1].toBool();
        QCOMPARE(isBootable, planned.isBootable);
    }
    QCOMPARE(found.join(u' '), purposes);
    QCOMPARE(QFile(path(u"out"_s)).size(), m_plan.size);

    cutOut(u"out"_s, DiskPartition::Purpose::Root, u"root"_s);
    tool(u"/sbin/e2fsck"_s, {u"-f"_s, u"-n"_s, path(u"root"_s)});
    const ImageReader root(path(u"root"_s));
    QCOMPARE(root.content("var/lib/xen/images/Image"), readFile(path(u"deploy/Image"_s)));
    QCOMPARE(root.seen.contains("boot/grub/grub.cfg"), plan().layout.disk->hasGrub());
    const DiskPartition* firmware = m_plan.find(DiskPartition::Purpose::Firmware);
    if (firmware == nullptr) {
        return;
    }
    cutOut(u"out"_s, DiskPartition::Purpose::Firmware, u"fat"_s);
    tool(u"/sbin/fsck.vfat"_s, {u"-n"_s, path(u"fat"_s)});
    const QByteArrayList listed = tool(u"mdir"_s, {u"-i"_s, path(u"fat"_s), u"-/"_s, u"-b"_s, u"::"_s}).split('\n');
    QByteArrayList files;
    for (const QByteArray& line : listed) {
        if (!line.isEmpty() && !line.endsWith('/')) {
            files.append(line.mid(3)); // "::/"
        }
    }
    std::ranges::sort(files);
    QByteArrayList expected;
    for (const BootPartitionFile& file : firmware->files) {
        expected.append(file.target);
        const QByteArray content = inFat(u"fat"_s, file.target);
        QVERIFY2(!content.isEmpty() && content.size() <= file.size, file.target.constData());
        if (file.origin == BootPartitionFile::Origin::Root) {
            QCOMPARE(content, root.content(file.source));
        } else if (file.origin == BootPartitionFile::Origin::Unpacked) {
            QCOMPARE(content, readFile(path(u"xen-unpacked"_s)));
        }
    }
    QCOMPARE(files, expected);
}

void TestDisks::sameBytes_data()
{
    QTest::addColumn<int>("architecture");
    QTest::addColumn<DiskSettings>("settings");
    const auto row = [](const char* name, Architecture architecture, Table table, Loader loader) {
        QTest::newRow(name) << static_cast<int>(architecture)
                            << DiskSettings{table, Boot::Automatic, loader, {}, {}, {}, {}};
    };
    row("GPT", Architecture::X86_64, Table::Gpt, Loader::Grub);
    row("MBR, Xen itself", Architecture::X86_64, Table::Mbr, Loader::XenEfi);
    row("arm64", Architecture::Arm64, Table::Gpt, Loader::Grub);
}

/** The same input gives the same disk, with the same identifiers; another input gives others. */
void TestDisks::sameBytes()
{
    QFETCH(int, architecture);
    QFETCH(DiskSettings, settings);
    makeHost(static_cast<Architecture>(architecture));
    m_project.disk = settings;
    QVERIFY_RESULT(write(u"one"_s));
    QTest::qWait(2100); // other times by the clock, of FAT too
    QVERIFY_RESULT(write(u"two"_s));
    shell(u"cmp one two"_s);

    const auto identifiers = [this](const QString& image) {
        const QJsonObject read = table(image);
        QStringList all{read["id"_L1].toString()};
        for (const auto& entry : read["partitions"_L1].toArray()) {
            if (entry["uuid"_L1].isString()) {
                all.append(entry["uuid"_L1].toString());
            }
        }
        return all;
    };
    const QStringList before = identifiers(u"one"_s);
    QCOMPARE(QSet(before.begin(), before.end()).size(), before.size());
    shell(u"echo more >> host/etc/passwd"_s);
    QVERIFY_RESULT(write(u"three"_s));
    const QStringList after = identifiers(u"three"_s);
    QCOMPARE(after.size(), before.size());
    for (const QString& id : after) {
        QVERIFY2(!before.contains(id), qPrintable(id));
    }
}

void TestDisks::grubForBios_data()
{
    QTest::addColumn<int>("table");
    QTest::addColumn<qint64>("start");
    QTest::newRow("GPT") << static_cast<int>(Table::Gpt) << qint64{2048};
    QTest::newRow("MBR") << static_cast<int>(Table::Mbr) << qint64{1};
}

/** The bytes that grub-bios-setup would write, and none beside them. */
void TestDisks::grubForBios()
{
    QFETCH(int, table);
    QFETCH(qint64, start);
    m_project.disk.table = static_cast<Table>(table);
    m_project.disk.boot = Boot::Bios;
    QVERIFY_RESULT(write(u"out"_s));
    const QByteArray disk = readFile(path(u"out"_s)).first(4 * MiB);
    QByteArray boot = readFile(*grubModules(GrubForBios) + "/boot.img"_L1);
    QCOMPARE(boot.size(), 512);
    boot.replace(0x5c, 8,
                 QByteArray(1, static_cast<char>(start & 0xff)) + static_cast<char>(start >> 8) + QByteArray(6, '\0'));
    boot.replace(0x64, 1, "\xff");
    boot.replace(0x66, 2, "\x90\x90");
    QCOMPARE(disk.first(440), boot.first(440));
    // The rest begins there, knows its own length and goes on in the next sector.
    const QByteArray core = disk.sliced(start * 512, MiB - 512);
    QCOMPARE(core.first(4), readFile(*grubModules(GrubForBios) + "/diskboot.img"_L1).first(4));
    QCOMPARE(qFromLittleEndian<quint64>(core.constData() + 0x1f4), static_cast<quint64>(start + 1));
    const auto sectors = qFromLittleEndian<quint16>(core.constData() + 0x1fc);
    QVERIFY(sectors > 100);
    QVERIFY(core.sliced(sectors * 512, 512).count('\0') < 512);
    QCOMPARE(core.sliced((sectors + 1) * 512), QByteArray(core.size() - (sectors + 1) * 512, '\0'));
}

/** GRUB takes the menu for well-formed, and its words are those of the options. */
void TestDisks::menu()
{
    m_project.disk.xenOptions = uR"(console=com1 a;b $root "c d"=e {x})"_s;
    m_project.disk.kernelOptions = u"rw dyndbg=\"file a.c +p\" quiet"_s;
    const Plan planned = plan();
    QVERIFY(!hasErrors(planned.problems));
    const LayoutNode* node = planned.layout.find("/boot/grub/grub.cfg");
    QVERIFY(node != nullptr);
    QCOMPARE(node->state, LayoutNode::State::New);
    const QByteArray text = std::get<FromText>(node->origin).text;
    writeFile(path(u"grub.cfg"_s), text);
    tool(u"grub-script-check"_s, {path(u"grub.cfg"_s)});
    QVERIFY2(text.contains("    multiboot2 /boot/xen-4.20-amd64.gz console=com1 'a;b' '$root' 'c d=e' '{x}'\n"),
             text.constData());
    QVERIFY2(text.contains("    module2 /boot/vmlinuz-6.12-amd64 root=UUID=$root_id rw 'dyndbg=file a.c +p' quiet\n"),
             text.constData());
    QVERIFY2(text.contains("    module2 --nounzip /boot/initrd.img-6.12-amd64\n"), text.constData());
    for (const QString& bad : {u"a'b"_s, u"a\nb"_s, u"a\tb"_s, QString(u"a\x7f"_s)}) {
        m_project.disk.xenOptions = bad;
        QCOMPARE(errorsOf(ProblemCode::ValueInvalid).size(), 1);
    }
    m_project.disk.xenOptions.reset();
    QVERIFY(grubMenu(*plan().layout.disk).contains("console=com1,vga com1=115200,8n1 dom0_mem=768M,max:768M\n"));
}

void TestDisks::menuOfTheHostGivesWay()
{
    writeFile(path(u"host/boot/grub/grub.cfg"_s), "the host's own\n");
    QCOMPARE(plan().layout.find("/boot/grub/grub.cfg")->state, LayoutNode::State::Replaced);
    const QStringList told = errorsOf(ProblemCode::HostReplaced);
    QCOMPARE(told.size(), 1);
    QVERIFY(told.first().contains("/boot/grub/grub.cfg"_L1));
    QVERIFY_RESULT(write(u"out"_s));
    cutOut(u"out"_s, DiskPartition::Purpose::Root, u"root"_s);
    QVERIFY(ImageReader(path(u"root"_s)).content("boot/grub/grub.cfg").contains("multiboot2"));
    m_project.disk.boot = Boot::None;
    QCOMPARE(plan().layout.find("/boot/grub/grub.cfg")->state, LayoutNode::State::Kept);
    QVERIFY(errorsOf(ProblemCode::HostReplaced).isEmpty());
    m_project.disk.boot = Boot::Automatic;
    m_project.outputs.first().kind = u"tar"_s; // no disk, no menu
    QCOMPARE(plan().layout.find("/boot/grub/grub.cfg")->state, LayoutNode::State::Kept);
}

/** Xen as an EFI program with its configuration, for the file system that is there. */
void TestDisks::xenAlone()
{
    m_project.disk.loader = Loader::XenEfi;
    m_project.disk.boot = Boot::Uefi;
    m_project.disk.xenOptions = u"loglvl=all"_s;
    QVERIFY_RESULT(write(u"out"_s));
    cutOut(u"out"_s, DiskPartition::Purpose::Root, u"root"_s);
    const QByteArray uuid = tool(u"/sbin/blkid"_s, {u"-p"_s, u"-s"_s, u"UUID"_s, u"-o"_s, u"value"_s, path(u"root"_s)});
    QCOMPARE(fatOf(u"out"_s, "EFI/BOOT/BOOTX64.CFG"),
             "[global]\ndefault=xen\n\n[xen]\noptions=loglvl=all\nkernel=\\vmlinuz-6.12-amd64 root=UUID="
                 + uuid.trimmed() + " rw console=tty0 console=hvc0\nramdisk=\\initrd.img-6.12-amd64\n");
    QVERIFY(!ImageReader(path(u"root"_s)).seen.contains("boot/grub/grub.cfg"));
}

/** The script that U-Boot runs, behind the header that it checks. */
void TestDisks::uBoot()
{
    makeHost(Architecture::Arm64);
    shell(u"rm host/boot/*.efi"_s);
    QVERIFY_RESULT(write(u"out"_s));
    QVERIFY(!m_plan.startsByUefi && m_plan.startsByUBoot);
    writeFile(path(u"boot.scr"_s), fatOf(u"out"_s, "boot.scr"));
    const QByteArray listed = tool(u"mkimage"_s, {u"-l"_s, path(u"boot.scr"_s)});
    QVERIFY2(listed.contains("AArch64 Linux Script (uncompressed)"), listed.constData());
    const QByteArray script = readFile(path(u"boot.scr"_s)).sliced(72); // header of 64 bytes, sizes of the texts
    const QByteArray uuid = tool(u"bash"_s,
                                 {u"-c"_s,
                                  u"/sbin/blkid -p -O %1 -s UUID -o value %2"_s
                                      .arg(m_plan.find(DiskPartition::Purpose::Root)->start)
                                      .arg(path(u"out"_s))});
    QVERIFY2(script.contains("fdt set /chosen xen,xen-bootargs 'console=dtuart dom0_mem=768M'\n"), script.constData());
    QVERIFY2(script.contains("fdt set /chosen/module@0 bootargs 'root=UUID=" + uuid.trimmed() + " rw console=hvc0'\n"),
             script.constData());
    QVERIFY(script.contains("load ${devtype} ${devnum}:${distro_bootpart} ${kernel_addr_r} xen\n"));
    QVERIFY(script.contains("setexpr module_addr ${kernel_addr_r} + 0x2000000\n"));
    QVERIFY(script.contains("setexpr module_addr ${kernel_addr_r} + 0x2200000\n")); // behind the 500000 bytes
    QVERIFY(script.contains("reg <0x${module_high} 0x${module_low} 0x0 0x7a120>\n")); // 500000
    QVERIFY(script.contains("reg <0x${module_high} 0x${module_low} 0x0 0x927c0>\n")); // 600000
    QVERIFY(script.contains("fdt move ${fdtcontroladdr} ${tree_addr} 0x100000\n"));
    QVERIFY(script.endsWith("booti ${kernel_addr_r} - ${tree_addr}\n"));

    writeFile(path(u"board.dtb"_s), QByteArray(4096, 'd'));
    m_project.disk.files = {{path(u"board.dtb"_s), u"board.dtb"_s}};
    QVERIFY_RESULT(write(u"out"_s));
    const QByteArray withTree = fatOf(u"out"_s, "boot.scr");
    QVERIFY2(withTree.contains("${tree_addr} board.dtb\nfdt addr ${tree_addr} 0x101000\n"), withTree.constData());
    QCOMPARE(inFat(u"fat"_s, "board.dtb"), QByteArray(4096, 'd'));
}

void TestDisks::withoutRamdisk_data()
{
    QTest::addColumn<int>("table");
    QTest::newRow("GPT") << static_cast<int>(Table::Gpt);
    QTest::newRow("MBR") << static_cast<int>(Table::Mbr);
}

/** A kernel without a RAM disk knows partitions alone. */
void TestDisks::withoutRamdisk()
{
    QFETCH(int, table);
    shell(u"rm host/boot/initrd*"_s);
    m_project.disk.table = static_cast<Table>(table);
    m_project.disk.loader = Loader::XenEfi;
    QVERIFY_RESULT(write(u"out"_s));
    const QByteArray menu = grubMenu(*plan().layout.disk);
    QVERIFY(menu.contains("probe --set=root_id --part-uuid $root\n"));
    QVERIFY(menu.contains(" root=PARTUUID=$root_id "));
    const QJsonObject read = this->table(u"out"_s);
    const QJsonArray entries = read["partitions"_L1].toArray();
    const int number = static_cast<int>(entries.size());
    const QString id = static_cast<Table>(table) == Table::Gpt
        ? entries.last()["uuid"_L1].toString().toLower()
        : u"%1-%2"_s.arg(read["id"_L1].toString().mid(2)).arg(number, 2, 16, QLatin1Char('0'));
    const QByteArray config = fatOf(u"out"_s, "EFI/BOOT/BOOTX64.CFG");
    QVERIFY2(config.contains(" root=PARTUUID=" + id.toLatin1() + " "), config.constData());
    QVERIFY(!config.contains("ramdisk"));
}

/** Files of the project's own, found like a guest's kernel; they win over what would be there. */
void TestDisks::namedFiles()
{
    writeFile(path(u"deploy/loader.efi"_s), "the user's own loader");
    writeFile(path(u"start.elf"_s), "firmware of a board");
    m_project.disk.files = {{u"loader.efi"_s, u"/efi/boot/bootx64.efi"_s}, {u"start.elf"_s, u"overlays//start.elf"_s}};
    QVERIFY_RESULT(write(u"out"_s));
    QCOMPARE(fatOf(u"out"_s, "EFI/BOOT/BOOTX64.EFI"), "the user's own loader");
    QCOMPARE(inFat(u"fat"_s, "overlays/start.elf"), "firmware of a board");
    QCOMPARE(m_plan.find(DiskPartition::Purpose::Firmware)->files.size(), 2);
    const QList<OutputSpec> onto{{.kind = u"disk"_s, .path = path(u"start.elf"_s)}};
    QCOMPARE(checkOutputs(plan().layout, onto, {}).size(), 1); // it would be written over

    // They make a partition of their own where nothing else asks for one.
    m_project.disk.boot = Boot::None;
    m_project.disk.table = Table::Mbr;
    QVERIFY_RESULT(write(u"out"_s));
    QCOMPARE(m_plan.partitions.size(), 2);
    QCOMPARE(fatOf(u"out"_s, "overlays/start.elf"), "firmware of a board");
    QCOMPARE(readFile(path(u"out"_s)).first(440), QByteArray(440, '\0'));

    // And it grows with them.
    shell(u"head -c 150M /dev/urandom > start.elf"_s);
    QVERIFY_RESULT(write(u"out"_s));
    cutOut(u"out"_s, DiskPartition::Purpose::Firmware, u"fat"_s);
    tool(u"/sbin/fsck.vfat"_s, {u"-n"_s, path(u"fat"_s)});
    QVERIFY(inFat(u"fat"_s, "overlays/start.elf") == readFile(path(u"start.elf"_s)));
}

void TestDisks::hostileTargets_data()
{
    QTest::addColumn<QString>("target");
    for (const char* target : {"",    "/",    ".",           "..",  "../up",   "a/../../b", "a/..",     "a:b", "a*b",
                               "a?",  "a\"b", "a<b",         "a|b", "a\\b",    "a.",        "a b",      "x;y", "$x",
                               "`x`", "a'b",  "line\nbreak", "CON", "nul.txt", "dir/LPT1",  "Com3.cfg", "\x7f"}) {
        QTest::addRow("%s", QByteArray(target).toPercentEncoding().constData()) << QString::fromUtf8(target);
    }
    QTest::newRow("not ASCII") << u"größe"_s;
    QTest::newRow("a NUL") << QString(u"a\0b"_s);
    QTest::newRow("long name") << QString(256, u'a');
    QTest::newRow("long path") << QString(200, u'a') + u'/' + QString(50, u'b');
}

void TestDisks::hostileTargets()
{
    QFETCH(QString, target);
    m_project.disk.files = {{path(u"host/etc/passwd"_s), target}};
    const QStringList told = errorsOf(ProblemCode::BootFileTarget);
    QCOMPARE(told.size(), 1);
    QVERIFY(!told.first().contains(u'\n') && !told.first().contains(QChar::Null));
    QVERIFY(plan().layout.disk->files.isEmpty());
}

void TestDisks::missingAndLargeFiles()
{
    const QString source = path(u"host/etc/passwd"_s);
    m_project.disk.files = {{u"nowhere"_s, u"a"_s}, {path(u"host"_s), u"b"_s}, {{}, u"c"_s}, {source, u"d"_s}};
    const QStringList told = errorsOf(ProblemCode::BootFileMissing);
    QCOMPARE(told.size(), 3);
    QVERIFY(told.first().contains("nowhere"_L1));
    shell(u"truncate -s 4G large; truncate -s $((4 * 1024 * 1024 * 1024 - 1)) fits"_s);
    m_project.disk.files = {{path(u"fits"_s), u"a"_s}, {path(u"large"_s), u"b"_s}};
    QCOMPARE(errorsOf(ProblemCode::BootFileTarget).size(), 1);
    for (const auto& [one, other] : {std::pair{u"a/B"_s, u"A/b"_s}, {u"a"_s, u"a/b"_s}, {u"X/y"_s, u"x"_s}}) {
        m_project.disk.files = {{source, one}, {source, other}};
        QCOMPARE(errorsOf(ProblemCode::BootFileTarget).size(), 1);
    }
    // What starts the disk may be replaced, but not made a directory, or its directory a file.
    for (const QString& target : {u"EFI"_s, u"efi/Boot"_s, u"EFI/BOOT/bootx64.efi/x"_s}) {
        m_project.disk.files = {{source, target}};
        QCOMPARE(errorsOf(ProblemCode::BootFileTarget).size(), 1);
    }
    m_project.disk.files = {{source, u"a"_s}, {source, u"ab"_s}, {source, u"b/a"_s}, {source, u"EFI/BOOT/x"_s}};
    QVERIFY(errorsOf(ProblemCode::BootFileTarget).isEmpty());
}

/** Names that a script would take for something else start nothing. */
void TestDisks::hostileNamesInBoot()
{
    for (const char* name : {"vmlinuz-9;reboot", "vmlinuz-9 x", "vmlinuz-9'", "vmlinuz-9\nx", "vmlinuz-9$(x)",
                             "xen-9`x`.gz", "xen-9:9.efi"}) {
        writeFile(path(u"host/boot/"_s + QString::fromLatin1(name)), "x");
    }
    const DiskSetup setup = *plan().layout.disk;
    QCOMPARE(setup.kernel, "boot/vmlinuz-6.12-amd64");
    QCOMPARE(setup.hypervisor, "boot/xen-4.20-amd64.gz");
    QCOMPARE(setup.efiHypervisor, "boot/xen-4.20-amd64.efi");
    // A link that leads out of /boot and the image is no kernel.
    shell(u"rm host/boot/vmlinuz*; ln -s ../../../../etc/hostname host/boot/vmlinuz-9-amd64; "
          "ln -s /nowhere host/boot/initrd.img-9-amd64"_s);
    m_project.disk.loader = Loader::XenEfi;
    const auto written = write(u"out"_s);
    QVERIFY(!written);
    QVERIFY2(written.error().message.contains("vmlinuz-9-amd64"_L1)
                 || written.error().message.contains("initrd.img-9-amd64"_L1),
             qPrintable(written.error().message));
    QVERIFY(!QFile::exists(path(u"out"_s)));
    QVERIFY(leftBehind().isEmpty());
}

void TestDisks::impossible_data()
{
    QTest::addColumn<QString>("script");
    QTest::addColumn<int>("architecture");
    QTest::addColumn<DiskSettings>("settings");
    QTest::addColumn<bool>("isError");
    const auto row = [](const char* name, const QString& script, Architecture architecture, Boot boot, Loader loader,
                        bool isError, const std::optional<QString>& options = {}) {
        QTest::newRow(name) << script << static_cast<int>(architecture)
                            << DiskSettings{Table::Gpt, boot, loader, {}, options, {}, {}} << isError;
    };
    using enum Architecture;
    const QString noXen = u"rm host/boot/xen*"_s;
    row("no Xen", noXen, X86_64, Boot::Automatic, Loader::Grub, false);
    row("no Xen, BIOS", noXen, X86_64, Boot::Bios, Loader::Grub, true);
    row("no kernel", u"rm host/boot/vmlinuz*"_s, X86_64, Boot::Automatic, Loader::Grub, false);
    row("no kernel, both", u"rm host/boot/vmlinuz*"_s, X86_64, Boot::Both, Loader::Grub, true);
    row("no /boot", u"rm -r host/boot"_s, X86_64, Boot::Uefi, Loader::Grub, true);
    row("no EFI program", u"rm host/boot/*.efi"_s, X86_64, Boot::Uefi, Loader::XenEfi, true);
    row("nothing but an EFI program", u"rm host/boot/xen*.gz"_s, X86_64, Boot::Both, Loader::XenEfi, true);
    row("arm64, BIOS", {}, Arm64, Boot::Bios, Loader::Grub, true);
    row("arm64, no EFI program", u"rm host/boot/*.efi"_s, Arm64, Boot::Uefi, Loader::Grub, true);
    row("arm", {}, Arm32, Boot::Automatic, Loader::Grub, false);
    row("a comment for Xen", {}, X86_64, Boot::Uefi, Loader::XenEfi, true, u"rw init=/x#y quiet"_s);
    row("a comment for Xen on arm64", {}, Arm64, Boot::Automatic, Loader::Grub, true, u"rw #"_s);
    row("arm, UEFI", {}, Arm32, Boot::Uefi, Loader::Grub, true);
}

/** What cannot start is told where it is asked for; else the disk has its root partition alone, as ever. */
void TestDisks::impossible()
{
    QFETCH(QString, script);
    QFETCH(int, architecture);
    QFETCH(DiskSettings, settings);
    QFETCH(bool, isError);
    makeHost(static_cast<Architecture>(architecture));
    shell(script);
    m_project.disk = settings;
    QCOMPARE(errorsOf(ProblemCode::BootImpossible).size(), isError ? 1 : 0);
    const Plan planned = plan();
    QCOMPARE(planned.disk->partitions.size(), 1);
    QCOMPARE(planned.disk->partitions.first().start, MiB);
    QVERIFY(planned.layout.find("/boot/grub/grub.cfg") == nullptr
            || planned.layout.find("/boot/grub")->kind != LayoutNode::Kind::Directory);
}

/** A host that is a disk keeps what it has; settings for another are told to be in vain. */
void TestDisks::hostThatIsADisk()
{
    QVERIFY_RESULT(write(u"host.img"_s));
    m_project.host.path = path(u"host.img"_s);
    QVERIFY(errorsOf(ProblemCode::BootIgnored).isEmpty());
    const DiskPlan planned = *plan().disk;
    QVERIFY(planned.isHosts);
    QCOMPARE(planned.partitions.size(), 3);
    QCOMPARE(planned.find(DiskPartition::Purpose::Root)->number, 3);
    QVERIFY(plan().layout.find("/boot/grub/grub.cfg")->state == LayoutNode::State::Kept);
    m_project.disk.table = Table::Mbr;
    QCOMPARE(errorsOf(ProblemCode::BootIgnored).size(), 1);
    m_project.disk = {};
    const Plan again = plan();
    JobContext context{m_stop.get_token(), m_progress, m_report};
    ProcessRunner runner;
    QVERIFY_RESULT(
        findWriter(u"disk"_s)->write(again.layout, {}, {.kind = u"disk"_s, .path = path(u"out"_s)}, context, runner));
    shell(u"cmp -n $((66 * 1024 * 1024)) host.img out"_s);
}

/** The partition for firmware has room for what a chain of links leads to. */
void TestDisks::linksInBoot()
{
    shell(u"cd host; mkdir -p usr/lib/xen; head -c 80M /dev/urandom > usr/lib/xen/xen-real; ln -s usr/lib lib; "
          "ln -sf ../lib/xen/../xen/xen.efi boot/xen-4.20-amd64.efi; ln -s xen-real usr/lib/xen/xen.efi; "
          "rm boot/xen-4.19* boot/initrd*"_s);
    m_project.disk.loader = Loader::XenEfi;
    m_project.disk.boot = Boot::Uefi;
    const DiskPlan planned = *plan().disk;
    const QList<BootPartitionFile>& files = planned.find(DiskPartition::Purpose::Firmware)->files;
    const auto xen = std::ranges::find(files, "EFI/BOOT/BOOTX64.EFI", &BootPartitionFile::target);
    QVERIFY(xen != files.end());
    QCOMPARE(xen->size, 80 * MiB);
    QVERIFY_RESULT(write(u"out"_s));
    QCOMPARE(fatOf(u"out"_s, "EFI/BOOT/BOOTX64.EFI"), readFile(path(u"host/usr/lib/xen/xen-real"_s)));
    // Links that lead in a circle lead nowhere.
    shell(u"ln -sf xen.efi host/usr/lib/xen/xen-real"_s);
    QVERIFY(plan().layout.follow("boot/xen-4.20-amd64.efi") == nullptr);
}

/** An MBR knows 2 TiB: more is refused before anything is written. */
void TestDisks::tooLargeForMbr()
{
    m_project.disk.table = Table::Mbr;
    m_project.outputs.first().sizeMiB = 2 * 1024 * 1024;
    const auto written = write(u"out"_s);
    QVERIFY(!written);
    QCOMPARE(written.error().code, Error::Code::Unsupported);
    QVERIFY2(written.error().message.contains("2 TiB"_L1), qPrintable(written.error().message));
    QVERIFY(!written.error().remedy.isEmpty());
    QVERIFY(!QFile::exists(path(u"out"_s)));
    QVERIFY(leftBehind().isEmpty());
}

/** What is not installed is told with its package before anything is written. */
void TestDisks::missingTools()
{
    const auto packages = [this] {
        QStringList remedies;
        for (const Error& error : findWriter(u"disk"_s)->missing(plan().layout)) {
            remedies.append(error.remedy);
        }
        return remedies.join(u'\n');
    };
    QCOMPARE(packages(), QString());
    const QByteArray before = qgetenv("PATH");
    const auto restore = qScopeGuard([&before] { qputenv("PATH", before); });
    qputenv("PATH", QFile::encodeName(path(u"deploy"_s)));
    QVERIFY(packages().contains("grub-common"_L1));
    QVERIFY(packages().contains("mtools"_L1));
    QVERIFY(!packages().contains("u-boot-tools"_L1));
    m_project.disk.boot = Boot::None;
    QVERIFY(!packages().contains("grub"_L1) && !packages().contains("mtools"_L1));
    qputenv("PATH", before);
    makeHost(Architecture::Arm64);
    qputenv("PATH", QFile::encodeName(path(u"deploy"_s)));
    QVERIFY(packages().contains("u-boot-tools"_L1) && !packages().contains("grub"_L1));
    for (const auto& [platform, package] :
         {std::pair{GrubForBios, "grub-pc-bin"_L1}, std::pair{GrubForUefi, "grub-efi-amd64-bin"_L1}}) {
        const auto modules = grubModules(platform, {path(u"deploy"_s)});
        QCOMPARE(modules.error_or(Error()).code, Error::Code::ToolMissing);
        QVERIFY(modules.error().remedy.contains(package));
    }
}

void TestDisks::failingTools_data()
{
    QTest::addColumn<QString>("program");
    for (const char* program : {"grub-mkimage", "mkfs.vfat", "mmd", "mcopy", "fsck.vfat"}) {
        QTest::newRow(program) << QString::fromLatin1(program);
    }
}

namespace
{

/** Runs everything, but lets one program fail. */
class FailingRunner final : public CommandRunner
{
public:
    explicit FailingRunner(QString program) : m_program(std::move(program)) { }

    CommandOutcome run(const CommandSpec& spec, const std::stop_token& stop, const OutputSink& onOutput) override
    {
        if (spec.program != m_program) {
            return m_runner.run(spec, stop, onOutput);
        }
        CommandOutcome outcome;
        outcome.state = CommandOutcome::State::ExitedWithError;
        outcome.exitCode = 1;
        outcome.standardError = "it did not work\n";
        return outcome;
    }

private:
    QString m_program;
    ProcessRunner m_runner;
};

} // namespace

/** A tool that fails ends the build; what was there stays. */
void TestDisks::failingTools()
{
    QFETCH(QString, program);
    writeFile(path(u"out"_s), "what was there");
    FailingRunner runner(program);
    const auto written = write(u"out"_s, runner);
    QVERIFY(!written);
    QCOMPARE(written.error().code, Error::Code::ToolFailed);
    QVERIFY2(written.error().message.contains(program), qPrintable(written.error().message));
    QCOMPARE(readFile(path(u"out"_s)), "what was there");
    QVERIFY(leftBehind().isEmpty());
}

void TestDisks::cancelled()
{
    m_stop.request_stop();
    QCOMPARE(write(u"out"_s).error_or(Error()).code, Error::Code::Cancelled);
    QVERIFY(!QFile::exists(path(u"out"_s)));
    QVERIFY(leftBehind().isEmpty());
}

QTEST_GUILESS_MAIN(TestDisks)
#include "tst_disks.moc"
