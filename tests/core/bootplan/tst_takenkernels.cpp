// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/bootplan/bootplan.h"
#include "core/layout/machineguest.h"
#include "core/output/builder.h"
#include "core/process/processrunner.h"
#include "core/project/imagepath.h"
#include "core/xen/kernelfacts.h"
#include "fixtures.h"
#include "systemtree.h"

#include <QCoroTask>
#include <QRandomGenerator>
#include <QTemporaryDir>

using namespace Stowage;
using namespace Stowage::Test;
using namespace Qt::StringLiterals;

namespace
{

/** Whether @p taken is loaded by every xl and what starts then is the kernel in @p original. */
bool startsTheSame(const QByteArray& taken, const QByteArray& original)
{
    const auto image = inspectKernel(taken);
    const auto one = unwrapKernel(taken, u"taken"_s);
    const auto other = unwrapKernel(original, u"original"_s);
    return image && loadsAnywhere(taken, *image) && one && other && one->bytes == other->bytes
        && taken.size() < 2 * original.size();
}

} // namespace

/** Kernels and ramdisks that are taken out of images: how they are named, found, and what lands on the target. */
class TestTakenKernels : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void paths_data();
    void paths();
    void reachTheTarget_data();
    void reachTheTarget();
    void outOfPackedSources_data();
    void outOfPackedSources();
    void unifiedKernel();
    void unloadableFileIsUnpacked();
    void problems_data();
    void problems();
    void guestWithoutDisk();
    void fromTheCd();
    void cutImages_data();
    void cutImages();

private:
    [[nodiscard]] QString path(const QString& name) const { return m_directory->filePath(name); }
    void shell(const QString& script) const { runScript(m_directory->path(), script); }
    [[nodiscard]] Plan plan() const { return makePlan({m_project, {}, {}, {}}, {}); }
    [[nodiscard]] BuildOutcome build(const Plan& plan);
    void checkTarget() const;
    [[nodiscard]] Guest& guest() { return m_project.guests.first(); }
    /** A guest of @p source as it is proposed. */
    void addGuest(const QString& source);
    /** A system as a directory ("tree"), a file system ("fs") and a disk ("disk"): made once, as its kernels take long to look at. */
    void makeDisk() const;

    std::unique_ptr<QTemporaryDir> m_directory;
    QTemporaryDir m_shared;
    Project m_project;
    ProcessRunner m_runner;
};

void TestTakenKernels::init()
{
    m_directory = std::make_unique<QTemporaryDir>();
    m_project = {};
    m_project.directory = m_directory->path();
    m_project.machine.name = u"qemux86-64"_s;
    m_project.machine.architecture = Architecture::X86_64;
}

void TestTakenKernels::addGuest(const QString& source)
{
    const SourceInfo info = probeSource(source);
    Guest added;
    added.entry = u"web"_s;
    added.sourceType = info.handler;
    added.sourceFile = source;
    added.imageSizeMiB = 400;
    applyBootPlan(planBoot(info, {Architecture::X86_64, m_project.defaults}), added);
    m_project.guests = {added};
}

void TestTakenKernels::makeDisk() const
{
    if (!QFile::exists(m_shared.filePath(u"disk"_s))) {
        makeDebianTree(m_shared.filePath(u"tree"_s));
        runScript(
            m_shared.path(),
            u"mke2fs -q -t ext4 -U 3f6a1d52-7c0e-4b9b-9a55-52e1b4d6a001 -d tree fs 300M; truncate -s 302M disk\n"
            "printf '%s\\n' 'label: gpt' 'start=2048, size=300M, type=linux' | sfdisk -q disk; dd if=fs of=disk bs=1M seek=1 conv=notrunc,sparse status=none"_s);
    }
    shell(u"ln -s %1/* ."_s.arg(m_shared.path()));
}

BuildOutcome TestTakenKernels::build(const Plan& plan)
{
    JobQueue queue;
    Builder builder(queue, m_runner);
    return QCoro::waitFor(builder.build(plan, {{u"tree"_s, path(u"out"_s), {}}}));
}

void TestTakenKernels::paths_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<bool>("good");
    QTest::addColumn<int>("partition");
    QTest::addColumn<QString>("path");
    QTest::newRow("automatic") << u"image:"_s << true << 0 << QString();
    QTest::newRow("partition") << u"image:1/boot/vmlinuz-6.12"_s << true << 1 << u"boot/vmlinuz-6.12"_s;
    QTest::newRow("whole") << u"image:/vmlinuz"_s << true << 0 << u"vmlinuz"_s;
    QTest::newRow("large number") << u"image:12/a/b"_s << true << 12 << u"a/b"_s;
    QTest::newRow("no path") << u"image:1"_s << false << 0 << QString();
    QTest::newRow("only a slash") << u"image:1/"_s << false << 0 << QString();
    QTest::newRow("zero") << u"image:0/a"_s << false << 0 << QString();
    QTest::newRow("no number") << u"image:x/a"_s << false << 0 << QString();
    QTest::newRow("negative") << u"image:-1/a"_s << false << 0 << QString();
    QTest::newRow("a file") << u"vmlinuz"_s << false << 0 << QString();
}

void TestTakenKernels::paths()
{
    QFETCH(QString, text);
    QFETCH(bool, good);
    QFETCH(int, partition);
    QFETCH(QString, path);
    const auto parsed = ImagePath::parse(text);
    QCOMPARE(parsed.has_value(), good);
    if (good) {
        QCOMPARE(*parsed, (ImagePath{partition, path}));
        QCOMPARE(parsed->toString(), text);
    }
}

void TestTakenKernels::reachTheTarget_data()
{
    QTest::addColumn<QString>("command");
    QTest::addColumn<QString>("source");
    QTest::newRow("disk") << u"true"_s << u"disk"_s;
    QTest::newRow("qcow2") << u"qemu-img convert -c -O qcow2 disk image"_s << u"image"_s;
    QTest::newRow("vmdk") << u"qemu-img convert -O vmdk -o subformat=streamOptimized disk image"_s << u"image"_s;
    QTest::newRow("ext4") << u"true"_s << u"fs"_s;
    QTest::newRow("squashfs") << u"mksquashfs $(realpath tree) image -quiet -no-progress -comp lz4"_s << u"image"_s;
    QTest::newRow("directory") << u"true"_s << u"tree"_s;
}

/** As proposed, without a word about files: kernel and ramdisk of the image's boot loader are beside the disk. */
void TestTakenKernels::reachTheTarget()
{
    QFETCH(QString, command);
    QFETCH(QString, source);
    makeDisk();
    shell(command);
    addGuest(path(source));
    const Plan plan = this->plan();
    for (const Problem& problem : plan.problems) {
        QVERIFY2(problem.severity != Problem::Severity::Error, qPrintable(problem.text));
    }
    const BuildOutcome outcome = build(plan);
    QVERIFY2(outcome.errors.isEmpty(), outcome.errors.isEmpty() ? "" : qPrintable(outcome.errors.first().message));
    checkTarget();
    const QByteArray config = readFile(path(u"out/etc/xen/web.cfg"_s));
    QVERIFY2(config.contains("type = \"pvh\"\n"), config);
}

/** Kernel and ramdisk of the tree are beside the disk, and the configuration names them. */
void TestTakenKernels::checkTarget() const
{
    const QString version = fixtureKernelVersion();
    const QString images = path(u"out/var/lib/xen/images"_s);
    QVERIFY(startsTheSame(readFile(images + u"/web-vmlinuz-"_s + version),
                          readFile(path(u"tree/boot/vmlinuz-"_s + version))));
    QVERIFY(readFile(images + u"/web-initrd.img-"_s + version) == readFile(path(u"tree/boot/initrd.img-"_s + version)));
    const QByteArray config = readFile(path(u"out/etc/xen/web.cfg"_s));
    QVERIFY2(config.contains("kernel = \"/var/lib/xen/images/web-vmlinuz-" + version.toUtf8() + "\"\n"), config);
    QVERIFY2(config.contains("ramdisk = \"/var/lib/xen/images/web-initrd.img-" + version.toUtf8() + "\"\n"), config);
}

void TestTakenKernels::outOfPackedSources_data()
{
    QTest::addColumn<QString>("command");
    QTest::newRow("disk.zst") << u"zstd -q < disk > image"_s;
    QTest::newRow("disk.tar.gz") << u"tar -czhSf image disk"_s;
    QTest::newRow("qcow2.gz") << u"qemu-img convert -O qcow2 disk q; gzip -1 -c q > image"_s;
    QTest::newRow("ext4.xz") << u"xz -0 -T2 -c fs > image"_s;
    QTest::newRow("tar") << u"tar -C tree -cf image ."_s;
    QTest::newRow("tar.zst") << u"tar -C tree -cf - . | zstd -q > image"_s;
    // Read where it lies.
    QTest::newRow("ova")
        << u"qemu-img convert -O vmdk -o subformat=streamOptimized disk one.vmdk; cat > one.ovf <<END\n"
           "<Envelope xmlns='http://schemas.dmtf.org/ovf/envelope/1' xmlns:ovf='http://schemas.dmtf.org/ovf/envelope/1' "
           "xmlns:rasd='http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_ResourceAllocationSettingData'>\n"
           "<References><File ovf:id='f' ovf:href='one.vmdk'/></References>\n"
           "<DiskSection><Disk ovf:diskId='d' ovf:fileRef='f' ovf:capacity='316669952'/></DiskSection>\n"
           "<VirtualSystem ovf:id='vm'><VirtualHardwareSection>\n"
           "<Item><rasd:InstanceID>1</rasd:InstanceID><rasd:ResourceType>5</rasd:ResourceType></Item>\n"
           "<Item><rasd:HostResource>ovf:/disk/d</rasd:HostResource><rasd:InstanceID>2</rasd:InstanceID>"
           "<rasd:Parent>1</rasd:Parent><rasd:AddressOnParent>0</rasd:AddressOnParent><rasd:ResourceType>17</rasd:ResourceType></Item>\n"
           "</VirtualHardwareSection></VirtualSystem></Envelope>\nEND\n"
           "tar -cf image one.ovf one.vmdk"_s;
}

/** Where nothing shows before it is unpacked, the image's own kernel is an alternative, and known from then on. */
void TestTakenKernels::outOfPackedSources()
{
    QFETCH(QString, command);
    qputenv("XDG_CACHE_HOME", QFile::encodeName(path(u"cache"_s)));
    makeDisk();
    shell(command);
    addGuest(path(u"image"_s));
    const BootPlan proposed = planBoot(probeSource(path(u"image"_s)), {Architecture::X86_64, m_project.defaults});
    for (const QLatin1StringView field : {"kernel"_L1, "ramdisk"_L1}) {
        const auto choice = std::ranges::find(proposed.choices, field, &BootChoice::field);
        QVERIFY(choice != proposed.choices.end());
        QVERIFY(choice->proposal.value != QJsonValue(u"image:"_s));
        QVERIFY(std::ranges::contains(choice->alternatives, QJsonValue(u"image:"_s), &BootOption::value));
    }
    QVERIFY(!QFile::exists(path(u"cache/stowage/artifacts"_s)));
    guest().kernel = u"image:"_s;
    guest().ramdisk = u"image:"_s;
    guest().type = GuestType::Pvh;
    const Plan plan = this->plan();
    for (const Problem& problem : plan.problems) {
        QVERIFY2(problem.severity != Problem::Severity::Error, qPrintable(problem.text));
    }
    const BuildOutcome outcome = build(plan);
    QVERIFY2(outcome.errors.isEmpty(), outcome.errors.isEmpty() ? "" : qPrintable(outcome.errors.first().message));
    checkTarget();
    QCOMPARE(QFile::exists(path(u"cache/stowage/artifacts"_s)), guest().sourceType != "ova"_L1);
}

/** One file on an EFI system partition holds both. */
void TestTakenKernels::unifiedKernel()
{
    shell(
        u"grub-mkimage -O x86_64-efi -p / -o stub.efi; printf 'root=/dev/xvda2 ro' > cmdline; cp $F/di-netboot/initrd.gz .\n"
        "objcopy --add-section .cmdline=cmdline --add-section .linux=$F/kernel-amd64/vmlinuz-$V --add-section .initrd=initrd.gz "
        "--change-section-vma .cmdline=0x2200000 --change-section-vma .linux=0x3000000 --change-section-vma .initrd=0x6000000 stub.efi u.efi\n"
        "truncate -s 100M esp; mkfs.vfat -F 32 esp > /dev/null; mmd -i esp ::EFI ::EFI/Linux; mcopy -i esp u.efi ::EFI/Linux/debian.efi\n"
        "truncate -s 130M disk; printf '%s\\n' 'label: gpt' 'start=2048, size=100M, type=uefi' | sfdisk -q disk; dd if=esp of=disk bs=1M seek=1 conv=notrunc,sparse status=none"_s);
    addGuest(path(u"disk"_s));
    QCOMPARE(guest().kernel, u"image:"_s);
    const BuildOutcome outcome = build(plan());
    QVERIFY2(outcome.errors.isEmpty(), outcome.errors.isEmpty() ? "" : qPrintable(outcome.errors.first().message));
    const QString images = path(u"out/var/lib/xen/images/"_s);
    QVERIFY(startsTheSame(readFile(images + u"web-debian.efi"_s),
                          readFile(fixture(u"kernel-amd64/vmlinuz-"_s + fixtureKernelVersion()))));
    QVERIFY(readFile(images + u"web-debian.efi.initrd"_s) == readFile(fixture(u"di-netboot/initrd.gz"_s)));
}

/** A kernel of the guest's own, in a form that xl does not load. */
void TestTakenKernels::unloadableFileIsUnpacked()
{
    makeDisk();
    shell(
        u"mkimage -A arm64 -O linux -T kernel -C none -n Linux-6.12 -d $F/kernel-arm64/vmlinuz-* uImage > /dev/null; cp $F/kernel-arm64/vmlinuz-* plain"_s);
    addGuest(path(u"disk"_s));
    m_project.machine.architecture = Architecture::Arm64;
    guest().kernel = path(u"uImage"_s);
    guest().ramdisk.clear();
    const Plan plan = this->plan();
    QVERIFY(std::ranges::contains(plan.problems, QString(ProblemCode::KernelUnpacked), &Problem::code));
    const BuildOutcome outcome = build(plan);
    QVERIFY2(outcome.errors.isEmpty(), outcome.errors.isEmpty() ? "" : qPrintable(outcome.errors.first().message));
    QVERIFY(readFile(path(u"out/var/lib/xen/images/uImage"_s)) == readFile(path(u"plain"_s)));
}

void TestTakenKernels::problems_data()
{
    QTest::addColumn<QString>("kernel");
    QTest::addColumn<QString>("ramdisk");
    QTest::addColumn<QString>("code");
    QTest::newRow("no such file") << u"image:1/boot/none"_s << QString() << u"kernel.missing"_s;
    QTest::newRow("no such partition") << u"image:7/boot/vmlinuz"_s << QString() << u"kernel.missing"_s;
    QTest::newRow("a directory") << u"image:1/boot"_s << QString() << u"kernel.missing"_s;
    QTest::newRow("no kernel") << u"image:1/etc/fstab"_s << QString() << u"kernel.missing"_s;
    QTest::newRow("not a path") << u"image:boot"_s << QString() << u"value.invalid"_s;
    QTest::newRow("no such ramdisk") << u"image:"_s << u"image:1/none"_s << u"ramdisk.missing"_s;
    QTest::newRow("out of the image") << u"image:1/../../../../etc/passwd"_s << QString() << u"kernel.missing"_s;
}

void TestTakenKernels::problems()
{
    QFETCH(QString, kernel);
    QFETCH(QString, ramdisk);
    QFETCH(QString, code);
    makeDisk();
    addGuest(path(u"disk"_s));
    guest().kernel = kernel;
    guest().ramdisk = ramdisk;
    const Plan plan = this->plan();
    const auto found = std::ranges::find(plan.problems, code, &Problem::code);
    QVERIFY(found != plan.problems.end());
    QCOMPARE(found->severity, Problem::Severity::Error);
    QVERIFY(!found->remedy.isEmpty());
    QVERIFY(!build(plan).errors.isEmpty());
    QVERIFY(!QFile::exists(path(u"out"_s)));
}

/** A kernel that needs no disk, such as a unikernel. */
void TestTakenKernels::guestWithoutDisk()
{
    shell(u"cp $F/kernel-amd64/vmlinuz-$V kernel; cp $F/di-netboot/initrd.gz ."_s);
    addGuest(path(u"kernel"_s));
    guest().ramdisk = path(u"initrd.gz"_s);
    guest().imageSizeMiB.reset();
    const BuildOutcome outcome = build(plan());
    QVERIFY2(outcome.errors.isEmpty(), outcome.errors.isEmpty() ? "" : qPrintable(outcome.errors.first().message));
    const QByteArray config = readFile(path(u"out/etc/xen/web.cfg"_s));
    QVERIFY2(!config.contains("\ndisk"), config);
    QVERIFY2(config.contains("kernel = \"/var/lib/xen/images/kernel\"\n"), config);
    QCOMPARE(QDir(path(u"out/var/lib/xen/images"_s)).entryList(QDir::Files),
             (QStringList{u"initrd.gz"_s, u"kernel"_s}));
}

/** An installer started by the kernel on its CD, with an empty disk to install to. */
void TestTakenKernels::fromTheCd()
{
    shell(
        u"mkdir -p cd/install cd/boot/grub; cp $F/di-netboot/initrd.gz cd/install; cp $F/kernel-amd64/vmlinuz-$V cd/install/vmlinuz\n"
        "printf 'menuentry Install {\\n linux /install/vmlinuz\\n initrd /install/initrd.gz\\n}\\n' > cd/boot/grub/grub.cfg\n"
        "xorriso -outdev iso -volid Debian -map cd / 2> /dev/null"_s);
    Guest added;
    added.entry = u"web"_s;
    added.sourceFile = path(u"iso"_s);
    applySource(probeSource(path(u"iso"_s)), m_project.defaults, added);
    added.kernel = u"image:"_s;
    added.ramdisk = u"image:"_s;
    added.type = GuestType::Pvh;
    added.imageSizeMiB = 16;
    m_project.guests = {added};
    const BuildOutcome outcome = build(plan());
    QVERIFY2(outcome.errors.isEmpty(), outcome.errors.isEmpty() ? "" : qPrintable(outcome.errors.first().message));
    const QString images = path(u"out/var/lib/xen/images/"_s);
    QVERIFY(readFile(images + u"web-initrd.gz"_s) == readFile(fixture(u"di-netboot/initrd.gz"_s)));
    QVERIFY(startsTheSame(readFile(images + u"web-vmlinuz"_s), readFile(path(u"cd/install/vmlinuz"_s))));
    QCOMPARE(QFileInfo(images + u"web.img"_s).size(), 16 * 1024 * 1024);
}

void TestTakenKernels::cutImages_data()
{
    QTest::addColumn<QString>("command");
    QTest::newRow("ext4") << u"mke2fs -q -t ext4 -b 1024 -N 32 -O ^has_journal -d tree image 300K"_s;
    QTest::newRow("ext2") << u"mke2fs -q -t ext2 -b 1024 -N 32 -d tree image 300K"_s;
    QTest::newRow("squashfs") << u"mksquashfs tree image -quiet -no-progress -nopad"_s;
    QTest::newRow("ISO 9660") << u"xorriso -as mkisofs -quiet -r -o image tree"_s;
    QTest::newRow("FAT")
        << u"truncate -s 300K image; mkfs.vfat -F 12 image > /dev/null; mcopy -i image -s tree/boot ::"_s;
}

/** Wherever the image ends, nothing is taken out of it that is not whole, and nothing crashes. */
void TestTakenKernels::cutImages()
{
    QFETCH(QString, command);
    constexpr int Cuts = 200;
    QRandomGenerator random(6);
    QByteArray kernel = readFile(sourceFile(u"tests/fuzz/corpus/kernel/bzimage"_s));
    for (int i = 0; i < 100'000; ++i) {
        kernel += static_cast<char>(random.bounded(256));
    }
    writeFile(path(u"tree/boot/vmlinuz"_s), kernel);
    shell(command);
    const qint64 size = QFileInfo(path(u"image"_s)).size();
    const ImportHandler* handler = findStepHandler(u"kernel"_s);
    const auto taken = [&] {
        return handler->check({.source = path(u"image"_s), .output = {}, .member = u"image:/boot/vmlinuz"_s}, {});
    };
    const auto whole = taken();
    QVERIFY_RESULT(whole);
    int refused = 0;
    for (int i = Cuts - 1; i >= 0; --i) {
        QVERIFY(QFile::resize(path(u"image"_s), size * i / Cuts));
        const auto bytes = taken();
        QVERIFY2(!bytes || *bytes == *whole, qPrintable(QString::number(i)));
        QVERIFY(bytes || !bytes.error().message.isEmpty());
        refused += bytes ? 0 : 1;
    }
    QVERIFY2(refused * size / Cuts >= 100'000, qPrintable(QString::number(refused)));
}

QTEST_GUILESS_MAIN(TestTakenKernels)
#include "tst_takenkernels.moc"
