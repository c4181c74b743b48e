// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "faultcases.h"

#include "core/output/bmap.h"
#include "core/output/ownerslist.h"
#include "core/support/removetree.h"
#include "faultrun.h"
#include "fixtures.h"

#include <QCryptographicHash>
#include <QDir>
#include <QDirIterator>
#include <QFile>
#include <QProcess>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace Stowage::Test
{

using namespace Qt::StringLiterals;

namespace
{

/** Makes one version in the current directory; $1 is its letter, $2 a number of KiB that differs. */
constexpr QLatin1StringView MakeVersion = R"(
    fill() { head -c "$2" /dev/zero | tr '\0' "$letter" > "$1"; }
    letter=$1 kib=$2
    mkdir -p deploy unpack guest/etc guest/bin guest/lib/deep host/etc/xen host/usr/bin host/bin
    fill deploy/Image 3000
    fill deploy/web.img $((kib * 1024))
    truncate -s $((kib * 2048)) deploy/web.img
    for i in 1 2 3 4 5 6; do fill guest/lib/deep/file$i $((kib * i)); done
    fill guest/bin/busybox $((kib * 700))
    ln -s busybox guest/bin/sh
    ln guest/lib/deep/file1 guest/lib/deep/again
    mkfifo guest/lib/pipe
    fill guest/etc/passwd 40
    fill host/etc/passwd 50
    fill host/etc/xen/web.cfg 60
    fill host/bin/tool $((kib * 300))
    fill host/usr/bin/xl 5000
    ln host/bin/tool host/usr/bin/other
    ln -s passwd host/etc/link
    mkdir bootable
    cp -a host/. bootable
    mkdir bootable/boot
    fill bootable/boot/xen-4.20-arm64 $((kib * 900))
    fill bootable/boot/vmlinuz-6.12-arm64 $((kib * 1000))
    fill bootable/boot/initrd.img-6.12-arm64 $((kib * 800))
    find guest host bootable deploy -exec touch -h -d @1700000000 {} +
    tar -C guest --sort=name --format=pax -czf guest.tar.gz .
    tar -C host --sort=name --format=pax -cf host.tar .
    truncate -s 4M guest.ext4 small.ext4
    truncate -s 12M host.ext4
    mkfs.ext4 -q -d guest guest.ext4
    mkfs.ext4 -q -b 4096 -d host host.ext4
    mkfs.ext4 -q -b 4096 -O ^has_journal -d host small.ext4
    cp --sparse=always deploy/web.img raw.img
    qemu-img convert -c -O qcow2 guest.ext4 guest.qcow2
    disk() {
        truncate -s $(($4 + 4))M "$2"
        printf 'label: gpt\nstart=2048, size=2048, name=boot\nstart=4096, size=%s, name=root\n' $(($4 * 2048)) |
            sfdisk -q "$2"
        dd if="$1" of="$2" bs=1M seek=2 conv=notrunc,sparse status=none
        head -c 1000000 /dev/zero | tr '\0' "$letter" | dd of="$2" bs=1M seek="$3" conv=notrunc status=none
    }
    disk host.ext4 disk.img 1 12
    disk small.ext4 small.img 1 4
    cat > local.conf <<END
BUNDLED_XEN_GUESTS = "web db:autostart"
XEN_GUEST_ROOTFS[web] = "web.img"
XEN_GUEST_SOURCE_TYPE[db] = "rootfs_dir"
XEN_GUEST_IMAGE_SIZE[db] = "4"
XEN_GUEST_SOURCE_FILE[db] = "$PWD/guest"
END
    touch -d @1700000000 *.* guest host bootable deploy
)"_L1;

QByteArray describe(const QString& path)
{
    struct stat facts{};
    if (::lstat(QFile::encodeName(path).constData(), &facts) != 0) {
        return {};
    }
    QByteArray text = QByteArray::number(facts.st_mode, 8) + ' ' + QByteArray::number(facts.st_uid) + ' '
        + QByteArray::number(facts.st_gid);
    if (S_ISLNK(facts.st_mode)) {
        return text + ' ' + QFile::encodeName(QFile::symLinkTarget(path));
    }
    if (S_ISREG(facts.st_mode)) {
        QFile file(path);
        if (!file.open(QIODevice::ReadOnly)) {
            return text + " unreadable";
        }
        const QByteArray bytes = file.readAll(); // not mapped: on a full tmpfs, a hole has no page to be mapped
        text += ' ' + QByteArray::number(bytes.size()) + ' ' + QByteArray::number(qHash(bytes), 16);
    }
    return text;
}

} // namespace

const QList<FaultCase>& faultCases()
{
    static const QList<FaultCase> all{
        {"tree", "tree:tree", ""},
        {"tree of an ordinary user", "tree:tree", "", "", false, true},
        {"tree over a directory", "tree:tree", "host"},
        {"tree over an archive", "tree:tree", "host.tar"},
        {"tree over an ext4 image", "tree:tree", "host.ext4"},
        {"tar", "tar:a.tar", ""},
        {"tar.zst", "tar:a.tar.zst", ""},
        {"tar.gz over a directory", "tar:a.tar.gz", "host"},
        {"ext4", "ext4:root.ext4", ""},
        {"ext4 over a directory", "ext4:root.ext4", "host"},
        {"ext4 over an archive", "ext4:root.ext4", "host.tar"},
        {"ext4 over an ext4 image", "ext4:root.ext4", "host.ext4"},
        {"ext4 over a small ext4 image", "ext4:root.ext4", "small.ext4"},
        {"ext4, compressed", "ext4:root.img.zst", ""},
        {"ext4 with a block map", "ext4:root.ext4", "", "", true},
        {"disk", "disk:disk.img", ""},
        {"disk that starts", "disk:disk.img", "bootable"},
        {"disk, compressed, with a block map", "disk:disk.img.gz", "", "", true},
        {"disk as QCOW2", "disk:disk.qcow2", ""},
        {"disk over an ext4 image", "disk:disk.img", "host.ext4"},
        {"disk over a disk", "disk:disk.img", "disk.img"},
        {"disk over a small disk", "disk:disk.img", "small.img"},
        {"import rootfs_dir", "guest.img", "guest", "rootfs_dir"},
        {"import rootfs_archive", "guest.img", "guest.tar.gz", "rootfs_archive"},
        {"import qcow2", "guest.img", "guest.qcow2", "qcow2"},
        {"import ext4", "guest.img", "guest.ext4", "ext4"},
        {"import raw", "guest.img", "raw.img", "raw"},
    };
    return all;
}

void addFaultRows()
{
    QTest::addColumn<int>("row");
    for (int row = 0; const FaultCase& one : faultCases()) {
        QTest::newRow(one.name) << row++;
    }
}

FaultInput::FaultInput()
{
    QFile::setPermissions(m_directory.path(), QFile::Permissions(0x7755));
    writeFile(path(u"make.sh"_s), MakeVersion.toString().toUtf8());
    shell(u"mkdir a b out; (cd a; bash -e ../make.sh a 200); (cd b; bash -e ../make.sh b 150); chmod 1777 out"_s);
}

void FaultInput::shell(const QString& script) const
{
    QProcess process;
    process.setWorkingDirectory(m_directory.path());
    process.start(u"bash"_s, {u"-ec"_s, u"PATH=$PATH:/usr/sbin:/sbin; "_s + script});
    QVERIFY(process.waitForFinished(60'000));
    QVERIFY2(process.exitStatus() == QProcess::NormalExit && process.exitCode() == 0,
             process.readAllStandardError().constData());
}

QStringList FaultInput::arguments(const FaultCase& one, const QString& version) const
{
    const QString from = path(version) + u'/';
    const QString input = QString::fromLatin1(one.input);
    if (*one.type != '\0') {
        return {u"import"_s,  u"--type"_s, QString::fromLatin1(one.type), u"--size"_s, u"4"_s,
                from + input, target(one)};
    }
    const QString kind = QString::fromLatin1(one.output).section(u':', 0, 0);
    QStringList arguments{u"build"_s,        from + u"local.conf"_s,   u"--machine"_s,    u"qemuarm64"_s,
                          u"--deploy-dir"_s, from + u"deploy"_s,       u"--unpack-dir"_s, from + u"unpack"_s,
                          u"--output"_s,     kind + u':' + target(one)};
    if (!input.isEmpty()) {
        arguments += {u"--host"_s, from + input};
    }
    if (one.hasMap) {
        arguments += u"--bmap"_s;
    }
    if (input.isEmpty() && (kind == "ext4"_L1 || kind == "disk"_L1)) {
        arguments += {u"--image-size"_s, u"12"_s};
    }
    return arguments;
}

QString FaultInput::target(const FaultCase& one) const
{
    return path(u"out/"_s + QString::fromLatin1(one.output).section(u':', -1));
}

QStringList FaultInput::leftovers(const FaultCase& one) const
{
    QStringList entries =
        QDir(path(u"out"_s)).entryList(QDir::AllEntries | QDir::Hidden | QDir::System | QDir::NoDotAndDotDot);
    const QString name = QFileInfo(target(one)).fileName();
    entries.removeAll(name);
    entries.removeAll(OwnersList::pathFor(name));
    if (one.hasMap) {
        entries.removeAll(Bmap::pathFor(name));
    }
    return entries;
}

void FaultInput::clear() const
{
    const QStringList entries =
        QDir(path(u"out"_s)).entryList(QDir::AllEntries | QDir::Hidden | QDir::System | QDir::NoDotAndDotDot);
    for (const QString& entry : entries) {
        QVERIFY(removeEntry(AT_FDCWD, QFile::encodeName(path(u"out/"_s + entry))));
    }
}

QByteArray FaultInput::state(const FaultCase& one, bool beside) const
{
    const QString top = target(one);
    QByteArrayList lines{describe(top)};
    if (QFileInfo(top).isDir()) {
        QDirIterator entries(top, QDir::AllEntries | QDir::Hidden | QDir::System | QDir::NoDotAndDotDot,
                             QDirIterator::Subdirectories);
        while (entries.hasNext()) {
            const QString entry = entries.next();
            lines.append(QFile::encodeName(entry) + ' ' + describe(entry));
        }
    }
    if (const QByteArray map = describe(Bmap::pathFor(top)); beside && !map.isEmpty()) {
        lines.append(map);
    }
    struct stat facts{};
    const QString list = OwnersList::pathFor(top);
    if (beside && ::stat(QFile::encodeName(top).constData(), &facts) == 0 && OwnersList::isOf(list, facts.st_ino)) {
        lines.append(readFile(list).split('\n').mid(3)); // behind the inode of the tree
    }
    std::ranges::sort(lines);
    return lines.join('\n');
}

QByteArray FaultInput::expected(const FaultCase& one, const QString& version) const
{
    clear();
    const FaultRun run = runWithFault(arguments(one, version), {.asNobody = one.asNobody});
    if (run.status != 0) {
        QTest::qFail(run.text.constData(), __FILE__, __LINE__);
    }
    return state(one);
}

} // namespace Stowage::Test
