// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "../import/imagereader.h"
#include "../import/importcase.h"
#include "core/layout/layout.h"
#include "core/output/outputchecks.h"
#include "core/output/outputwriter.h"
#include "core/process/processrunner.h"
#include "core/support/filecopy.h"
#include "fixtures.h"

#include <QDir>
#include <QTemporaryDir>

#include <sched.h>
#include <sys/stat.h>

#include <functional>

using namespace Stowage;
using namespace Stowage::Test;
using namespace Qt::StringLiterals;

namespace
{

/** Runs everything, and does something more behind the check of the raw image. */
class AfterCheck : public CommandRunner
{
public:
    explicit AfterCheck(std::function<void()> then) : m_then(std::move(then)) { }

    CommandOutcome run(const CommandSpec& spec, const std::stop_token& stop, const OutputSink& onOutput) override
    {
        CommandOutcome outcome = m_runner.run(spec, stop, onOutput);
        if (spec.program == "e2fsck"_L1 && spec.arguments.contains(u"-n"_s)) {
            m_then();
        }
        return outcome;
    }

private:
    ProcessRunner m_runner;
    std::function<void()> m_then;
};

/** One processor for this thread and what it starts, as long as it lives. */
class OneProcessor
{
public:
    OneProcessor()
    {
        ::sched_getaffinity(0, sizeof(m_before), &m_before);
        cpu_set_t one;
        CPU_ZERO(&one);
        for (int i = 0; i < CPU_SETSIZE && CPU_COUNT(&one) == 0; ++i) {
            if (CPU_ISSET(i, &m_before)) {
                CPU_SET(i, &one);
            }
        }
        ::sched_setaffinity(0, sizeof(one), &one);
    }
    ~OneProcessor() { ::sched_setaffinity(0, sizeof(m_before), &m_before); }
    Q_DISABLE_COPY_MOVE(OneProcessor)

private:
    cpu_set_t m_before = {};
};

/** How the real tools test and unpack a form. */
struct Unpack {
    const char* suffix;
    const char* test;
    const char* toRaw;
};

constexpr std::array Unpacks{
    Unpack{".qcow2", "qemu-img check -q out.qcow2", "qemu-img convert -O raw out.qcow2 raw"},
    Unpack{".img.zst", "zstd -q -t out.img.zst", "zstd -q -d out.img.zst -o raw"},
    Unpack{".wic.xz", "xz -t out.wic.xz", "xz -dc out.wic.xz > raw"},
    Unpack{".gz", "gzip -t out.gz", "gzip -dc out.gz > raw"},
};

/** Writes an image to a disk full of ones, as a used card is full of something, with bmaptool's own code. */
constexpr auto CopyOverOnes = R"(
import sys
from bmaptool import BmapCopy, TransRead
image, map, target = sys.argv[1:]
with open(target, "r+b") as to, open(map) as bmap:
    BmapCopy.BmapCopy(TransRead.TransRead(image), to, bmap).copy(sync=False, verify=True)
)";

} // namespace

/** Every form of an image, judged by the tools that people use on it, and block maps. */
class TestImageForms : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void forms_data();
    void forms();
    void blockMap_data();
    void blockMap();
    void mapIsNeverOfAnother();
    void mapStaysWithItsImage();
    void refused_data();
    void refused();
    void toolsByForm();
    void stopped_data();
    void stopped();
    void workNames();
    void replacesOnlyWhole();

private:
    [[nodiscard]] QString path(const QString& name) const { return m_directory->filePath(name); }
    void shell(const QString& script) const;
    void plan(const QString& host);
    Result<OutputReport> write(const OutputSpec& output, CommandRunner& runner);
    Result<OutputReport> write(const OutputSpec& output);
    [[nodiscard]] OutputSpec spec(const QString& kind, const QString& name, bool bmap = false) const;
    [[nodiscard]] QStringList names() const;

    std::unique_ptr<QTemporaryDir> m_directory;
    Layout m_layout;
    QByteArray m_disk;
    std::stop_source m_stop;
    Progress m_progress;
    JobReport m_report;
};

void TestImageForms::init()
{
    m_directory = std::make_unique<QTemporaryDir>();
    m_stop = {};
    m_disk = diskContent();
    writeFile(path(u"in/web.img"_s), m_disk);
    // Zeros of a file that are data to the file system, and lie in a hole of the image; the same in a partition of its own.
    shell(
        u"touch -d @1700000000 in/*; mkdir -p host/etc/xen host/usr/bin; echo xl > host/usr/bin/xl; "
        "head -c 900000 /dev/zero > host/etc/zeros; echo end >> host/etc/zeros; truncate -s 30M full.ext4; "
        "mkfs.ext4 -q -b 1024 full.ext4; (echo 'mkdir etc'; echo 'mkdir usr'; echo 'mkdir usr/bin'; "
        "echo 'cd /usr/bin'; echo 'write host/usr/bin/xl xl'; echo 'cd /etc'; echo 'write host/etc/zeros zeros'; "
        "echo 'fallocate zeros 0 878') | debugfs -w full.ext4 > /dev/null 2>&1; cp --sparse=always full.ext4 host.ext4; "
        "truncate -s 50M gpt.img; printf 'label: gpt\\nstart=2048, size=4096, name=boot\\nstart=8192, size=61440, "
        "name=root\\n' | sfdisk -q gpt.img; dd if=host.ext4 of=gpt.img bs=1M seek=4 conv=notrunc,sparse status=none"_s);
    plan(u"host"_s);
}

void TestImageForms::shell(const QString& script) const
{
    tool(u"bash"_s, {u"-ec"_s, u"PATH=$PATH:/usr/sbin:/sbin; cd \"$1\"; "_s + script, u"bash"_s, m_directory->path()});
}

void TestImageForms::plan(const QString& host)
{
    const QString disk = path(u"in/web.img"_s);
    ResolvedGuest web;
    web.index = 0;
    web.entry = u"web"_s;
    web.disks = {{.file = {disk, disk, u"web.img"_s, m_disk.size(), allocatedBytes(disk)},
                  .handler = {},
                  .member = {},
                  .firstBoot = {},
                  .device = {},
                  .source = {},
                  .found = true}};
    web.config = "name = \"web\"\n";
    ResolvedProject project;
    project.guests = {web};
    project.hostPath = path(host);
    const auto kept = readHostTree(project.hostPath, {});
    QVERIFY_RESULT(kept);
    m_layout = planLayout(project, *kept);
}

Result<OutputReport> TestImageForms::write(const OutputSpec& output, CommandRunner& runner)
{
    m_progress.setDone(0);
    JobContext context{m_stop.get_token(), m_progress, m_report};
    return findWriter(output.kind)->write(m_layout, {}, output, context, runner);
}

Result<OutputReport> TestImageForms::write(const OutputSpec& output)
{
    ProcessRunner runner;
    return write(output, runner);
}

OutputSpec TestImageForms::spec(const QString& kind, const QString& name, bool bmap) const
{
    return {.kind = kind, .path = path(u"out/"_s + name), .sizeMiB = 40, .bmap = bmap};
}

/** What is in the directory of outputs, hidden names too. */
QStringList TestImageForms::names() const
{
    return QDir(path(u"out"_s)).entryList(QDir::AllEntries | QDir::Hidden | QDir::NoDotAndDotDot, QDir::Name);
}

void TestImageForms::forms_data()
{
    QTest::addColumn<QString>("kind");
    QTest::addColumn<int>("form");
    for (const char* kind : {"ext4", "disk"}) {
        for (size_t i = 0; i < Unpacks.size(); ++i) {
            QTest::addRow("%s%s", kind, Unpacks.at(i).suffix) << QString::fromLatin1(kind) << static_cast<int>(i);
        }
    }
}

void TestImageForms::forms()
{
    QFETCH(QString, kind);
    QFETCH(int, form);
    const Unpack& unpack = Unpacks.at(static_cast<size_t>(form));
    const QString suffix = QString::fromLatin1(unpack.suffix);
    QVERIFY(QDir().mkpath(path(u"out"_s)));
    const auto raw = write(spec(kind, u"plain"_s));
    QVERIFY_RESULT(raw);
    const auto packed = write(spec(kind, u"out"_s + suffix));
    QVERIFY_RESULT(packed);
    QCOMPARE(packed->path, path(u"out/out"_s + suffix));
    QCOMPARE(packed->bytes, raw->bytes);
    QCOMPARE(packed->bytes, QFileInfo(path(u"out/plain"_s)).size());
    QVERIFY(QFileInfo(packed->path).size() < raw->bytes / 8);
    QCOMPARE(QFileInfo(packed->path).permissions() & QFile::ReadOther, QFile::ReadOther);
    shell(u"cd out; %1; %2; cmp plain raw; rm raw"_s.arg(QLatin1StringView(unpack.test),
                                                         QLatin1StringView(unpack.toRaw)));
    const ProgressSnapshot progress = m_progress.snapshot();
    QVERIFY2(progress.done > 0 && progress.done <= progress.total + packed->bytes / 10,
             qPrintable(u"%1 of %2"_s.arg(progress.done).arg(progress.total)));
    // Another second by the clock, another name, another number of processors.
    QTest::qWait(1100);
    const OneProcessor one;
    QVERIFY_RESULT(write(spec(kind, u"again"_s + suffix)));
    QVERIFY(readFile(path(u"out/out"_s + suffix)) == readFile(path(u"out/again"_s + suffix)));
    QCOMPARE(names(), (QStringList{u"again"_s + suffix, u"out"_s + suffix, u"plain"_s}));
}

void TestImageForms::blockMap_data()
{
    QTest::addColumn<QString>("host");
    QTest::addColumn<QString>("kind");
    QTest::addColumn<QString>("name");
    for (const char* host : {"host", "host.ext4", "gpt.img"}) {
        for (const char* kind : {"ext4", "disk"}) {
            QTest::addRow("%s to %s", host, kind)
                << QString::fromLatin1(host) << QString::fromLatin1(kind) << u"a.img"_s;
        }
    }
    for (const char* name : {"a.img.zst", "a.xz", "a.wic.gz"}) {
        QTest::addRow("%s", name) << u"gpt.img"_s << u"disk"_s << QString::fromLatin1(name);
    }
}

void TestImageForms::blockMap()
{
    QFETCH(QString, host);
    QFETCH(QString, kind);
    QFETCH(QString, name);
    shell(u"mkdir out"_s);
    plan(host);
    QVERIFY_RESULT(write(spec(kind, u"raw"_s)));
    const auto written = write(spec(kind, name, true));
    QVERIFY_RESULT(written);
    QCOMPARE(written->bmapFile, path(u"out/%1.bmap"_s.arg(name)));
    QCOMPARE(names(), (QStringList{name, name + u".bmap"_s, u"raw"_s}));
    // As people call it, to a new file, where everything that is left out is zeros.
    shell(u"cd out; bmaptool -q copy %1 new; cmp new raw"_s.arg(name));
    writeFile(path(u"overones.py"_s), CopyOverOnes);
    shell(u"cd out; head -c $(stat -c %s raw) /dev/zero | tr '\\0' '\\377' > card; "
          "python3 ../overones.py %1 %1.bmap card; ! cmp -s card raw"_s.arg(name)); // it wrote not everything
    QString image = path(u"out/card"_s);
    if (kind == "disk"_L1) {
        shell(u"cd out; sfdisk --verify card | grep -q 'No errors'; "
              "start=$(sfdisk --dump card | sed -n 's/.*start= *\\([0-9]*\\),.*/\\1/p' | tail -n 1); "
              "dd if=card of=root bs=512 skip=$start status=none"_s);
        image = path(u"out/root"_s);
        if (host == "gpt.img"_L1) { // what else there is, bit by bit
            shell(u"cd out; cmp -n $((2 * 1048576)) -i 1048576 card raw"_s);
        }
    }
    tool(u"/sbin/e2fsck"_s, {u"-f"_s, u"-n"_s, image});
    const ImageReader reader(image);
    QVERIFY(reader.content("var/lib/xen/images/web.img") == m_disk);
    QCOMPARE(reader.content("etc/xen/web.cfg"), "name = \"web\"\n");
    QCOMPARE(reader.content("etc/zeros"), QByteArray(900000, '\0') + "end\n");
    // Twice the same, wherever the file system of this directory has holes.
    const QByteArray map = readFile(written->bmapFile);
    QTest::qWait(1100); // another second by the clock
    QVERIFY_RESULT(write(spec(kind, name, true)));
    QVERIFY(readFile(written->bmapFile) == map);
}

void TestImageForms::mapIsNeverOfAnother()
{
    shell(u"mkdir out"_s);
    const OutputSpec with = spec(u"disk"_s, u"a.img"_s, true);
    QVERIFY_RESULT(write(with));
    const QByteArray map = readFile(with.path + u".bmap"_s);
    // At the moment when the image changes, no map is there.
    writeFile(path(u"in/web.img"_s), m_disk + "more");
    plan(u"host"_s);
    QVERIFY_RESULT(write(with));
    QVERIFY(readFile(with.path + u".bmap"_s) != map);
    shell(u"cd out; bmaptool -q copy a.img new; cmp new a.img; rm new"_s);
    QVERIFY_RESULT(write(spec(u"disk"_s, u"a.img"_s)));
    QCOMPARE(names(), QStringList{u"a.img"_s});
    // What only has the name stays.
    writeFile(path(u"out/a.img.bmap"_s), "my notes");
    QVERIFY_RESULT(write(spec(u"disk"_s, u"a.img"_s)));
    QCOMPARE(readFile(path(u"out/a.img.bmap"_s)), "my notes");
}

void TestImageForms::mapStaysWithItsImage()
{
    shell(u"mkdir out"_s);
    const OutputSpec with = spec(u"ext4"_s, u"a.img"_s, true);
    QVERIFY_RESULT(write(with));
    const QByteArray map = readFile(with.path + u".bmap"_s);
    // Something that is not to be replaced takes the image's name meanwhile.
    AfterCheck runner([this] { shell(u"rm out/a.img; mkdir out/a.img"_s); });
    const auto failed = write(with, runner);
    QVERIFY(!failed);
    QVERIFY2(failed.error().message.contains("a.img"_L1), qPrintable(failed.error().message));
    QCOMPARE(names(), (QStringList{u"a.img"_s, u"a.img.bmap"_s}));
    QVERIFY(readFile(with.path + u".bmap"_s) == map);
}

void TestImageForms::refused_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<bool>("bmap");
    QTest::addColumn<QString>("message");
    QTest::addColumn<QString>("remedy");
    QTest::newRow("compressed qcow2") << u"a.qcow2.gz"_s << false << u"compressed QCOW2"_s << u".img.zst"_s;
    QTest::newRow("qcow2 with map") << u"a.qcow2"_s << true << u"no block map"_s << u"raw"_s;
    QTest::newRow("other compression") << u"a.img.bz2"_s << false << u"not written"_s << u".img.xz"_s;
    QTest::newRow("other format") << u"a.vmdk"_s << false << u"not written"_s << u".qcow2"_s;
    QTest::newRow("other format inside") << u"a.VDI.zst"_s << false << u"not written"_s << u".qcow2"_s;
    QTest::newRow("archive") << u"a.tar.zst"_s << false << u"archive"_s << u"\"tar\""_s;
    QTest::newRow("short archive") << u"a.TGZ"_s << false << u"archive"_s << u"\"tar\""_s;
    QTest::newRow("map in the way") << u"dir.img"_s << true << u"is a directory"_s << u"another name"_s;
    QTest::newRow("no directory") << u"none/a.img.zst"_s << false << u"does not exist"_s << u"another place"_s;
}

void TestImageForms::refused()
{
    QFETCH(QString, name);
    QFETCH(bool, bmap);
    QFETCH(QString, message);
    QFETCH(QString, remedy);
    shell(u"mkdir -p out/dir.img.bmap"_s);
    for (const QString& kind : {u"ext4"_s, u"disk"_s}) {
        const auto written = write(spec(kind, name, bmap));
        QVERIFY(!written);
        QVERIFY2(written.error().message.contains(message), qPrintable(written.error().message));
        QVERIFY2(written.error().remedy.contains(remedy), qPrintable(written.error().remedy));
        const QList<Error> before = checkOutputs(m_layout, {spec(kind, name, bmap)}, {});
        QCOMPARE(before.size(), 1);
        QCOMPARE(before.first().message, written.error().message);
    }
    QCOMPARE(names(), QStringList{u"dir.img.bmap"_s});
}

void TestImageForms::toolsByForm()
{
    shell(u"mkdir out"_s);
    const QByteArray before = qgetenv("PATH");
    qputenv("PATH", "/nowhere"); // what is in sbin is found in any case
    const QList<Error> raw = checkOutputs(m_layout, {spec(u"disk"_s, u"a.img.zst"_s)}, {});
    const QList<Error> qcow2 = checkOutputs(m_layout, {spec(u"disk"_s, u"a.qcow2"_s)}, {});
    qputenv("PATH", before);
    QVERIFY(raw.isEmpty());
    QCOMPARE(qcow2.size(), 1);
    QCOMPARE(qcow2.first().code, Error::Code::ToolMissing);
    QVERIFY2(qcow2.first().message.contains("qemu-img"_L1), qPrintable(qcow2.first().message));
    // The map's place counts as the image's own.
    const QList<Error> meeting = checkOutputs(m_layout,
                                              {spec(u"disk"_s, u"a.img"_s, true),
                                               spec(u"ext4"_s, u"a.img.bmap.ext4"_s),
                                               {u"tree"_s, path(u"out/a.img.bmap"_s)}},
                                              {});
    QCOMPARE(meeting.size(), 1);
    QCOMPARE(meeting.first().place.file, path(u"out/a.img.bmap"_s));
}

void TestImageForms::stopped_data()
{
    forms_data();
}

/** A cancel once the raw image is made: what had the name stays. */
void TestImageForms::stopped()
{
    QFETCH(QString, kind);
    QFETCH(int, form);
    const QString name = u"a"_s + QLatin1StringView(Unpacks.at(static_cast<size_t>(form)).suffix);
    writeFile(path(u"out/"_s + name), "the old one");
    AfterCheck runner([this] { m_stop.request_stop(); });
    QCOMPARE(write(spec(kind, name), runner).error_or(Error()).code, Error::Code::Cancelled);
    QCOMPARE(names(), QStringList{name});
    QCOMPARE(readFile(path(u"out/"_s + name)), "the old one");
}

/** Names that work files have, too. */
void TestImageForms::workNames()
{
    shell(u"mkdir out"_s);
    for (const QString& name : {u"map"_s, u"raw"_s}) {
        QVERIFY_RESULT(write(spec(u"ext4"_s, name, true)));
        QVERIFY_RESULT(write(spec(u"ext4"_s, name, true)));
        shell(u"cd out; bmaptool -q copy %1 new; cmp new %1; rm new"_s.arg(name));
    }
    plan(u"gpt.img"_s);
    QVERIFY_RESULT(write(spec(u"disk"_s, u"root.ext4"_s))); // whose file system grows, in a file of its own first
}

/** A disk that is full when the image is packed: an error that says so, and the old image. */
void TestImageForms::replacesOnlyWhole()
{
    const QString name = u"a.img.zst"_s;
    writeFile(path(u"out/"_s + name), "the old one");
    // The directory of the work files goes, so that there is no place for what is packed.
    AfterCheck runner([this] { shell(u"chmod 0500 out/.*stowage-*; mv out/.*stowage-* moved"_s); });
    const auto failed = write(spec(u"disk"_s, name), runner);
    QVERIFY(!failed);
    QVERIFY(!failed.error().message.isEmpty() && !failed.error().remedy.isEmpty());
    QCOMPARE(readFile(path(u"out/"_s + name)), "the old one");
    QCOMPARE(names(), QStringList{name});
}

QTEST_GUILESS_MAIN(TestImageForms)
#include "tst_imageforms.moc"
