// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "../import/importcase.h"
#include "core/output/builder.h"
#include "core/process/processrunner.h"
#include "core/support/units.h"
#include "fixtures.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QTemporaryDir>

using namespace Stowage;
using namespace Stowage::Test;
using namespace Qt::StringLiterals;

/** Disks of hosts that are images or disks, as they are planned and as sfdisk finds them written. */
class TestDiskPlan : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void asPlanned_data();
    void asPlanned();
    void identifiersOfAnImage();

private:
    [[nodiscard]] QString path(const QString& name) const { return m_directory->filePath(name); }
    void shell(const QString& script) const;
    [[nodiscard]] Plan plan() const { return makePlan({m_project, {}, {}, {}}, {}); }
    [[nodiscard]] Result<OutputReport> write(const QString& to) const;
    [[nodiscard]] QJsonObject table(const QString& image) const;

    std::unique_ptr<QTemporaryDir> m_directory;
    Project m_project;
};

/** A small host, and a guest for it. */
void TestDiskPlan::init()
{
    m_directory = std::make_unique<QTemporaryDir>();
    shell(u"mkdir -p host/etc/xen host/usr/bin deploy; echo root > host/etc/passwd; "
          "head -c 100000 /dev/urandom > deploy/web.ext4; head -c 9000 /dev/urandom > deploy/Image"_s);
    m_project = {};
    m_project.directory = m_directory->path();
    m_project.machine.architecture = Architecture::X86_64;
    m_project.machine.deployDirectory = path(u"deploy"_s);
    m_project.machine.kernelImageType = u"Image"_s;
    m_project.outputs = {{.kind = u"disk"_s, .path = path(u"out"_s)}};
    Guest web;
    web.entry = u"web"_s;
    web.rootfs = u"web.ext4"_s;
    m_project.guests = {web};
}

void TestDiskPlan::shell(const QString& script) const
{
    tool(u"bash"_s, {u"-ec"_s, u"PATH=$PATH:/usr/sbin:/sbin; cd \"$1\"; "_s + script, u"bash"_s, m_directory->path()});
}

Result<OutputReport> TestDiskPlan::write(const QString& to) const
{
    OutputSpec output = m_project.outputs.first();
    output.path = path(to);
    Progress progress;
    JobReport report;
    JobContext context{{}, progress, report};
    ProcessRunner runner;
    const Plan planned = plan();
    if (hasErrors(planned.problems)) {
        QTest::qFail("the plan has errors", __FILE__, __LINE__);
    }
    return findWriter(output.kind)->write(planned.layout, {}, output, context, runner);
}

QJsonObject TestDiskPlan::table(const QString& image) const
{
    const QByteArray json = tool(u"/sbin/sfdisk"_s, {u"--json"_s, path(image)});
    return QJsonDocument::fromJson(json)["partitiontable"_L1].toObject();
}

void TestDiskPlan::asPlanned_data()
{
    QTest::addColumn<QString>("host");
    QTest::addColumn<qint64>("sizeMiB");
    QTest::addColumn<bool>("grows");
    for (const char* host : {"host.ext4", "gpt.img", "mbr.img"}) {
        for (const qint64 sizeMiB : {0, 400}) {
            for (const bool grows : {false, true}) {
                if (sizeMiB == 0 || !grows) {
                    QTest::addRow("%s, %lld MiB%s", host, sizeMiB, grows ? ", grows" : "")
                        << QString::fromLatin1(host) << sizeMiB << grows;
                }
            }
        }
    }
}

/** The plan tells the disk that is written: its size, and the table with every partition in it. */
void TestDiskPlan::asPlanned()
{
    QFETCH(QString, host);
    QFETCH(qint64, sizeMiB);
    QFETCH(bool, grows);
    shell(u"truncate -s 150M host.ext4; mkfs.ext4 -q -d host host.ext4; truncate -s 600M gpt.img mbr.img; "
          "printf 'label: gpt\nsize=2M\nsize=200M\n' | sfdisk -q gpt.img; "
          "printf 'label: dos\nsize=2M, type=c\nsize=200M, type=83\n' | sfdisk -q mbr.img; "
          "for i in gpt mbr; do dd if=host.ext4 of=$i.img bs=1M seek=3 conv=notrunc,sparse status=none; done"_s);
    if (grows) {
        shell(u"head -c 250M /dev/urandom > deploy/web.ext4"_s);
    }
    m_project.host.path = path(host);
    m_project.outputs.first().sizeMiB = sizeMiB;
    const DiskPlan planned = *plan().disk;
    QVERIFY_RESULT(write(u"out"_s));
    const QJsonArray entries = table(u"out"_s)["partitions"_L1].toArray();
    QCOMPARE(entries.size(), planned.partitions.size());
    // What must grow is estimated, and may be some tables off; nothing else is.
    const auto isAsPlanned = [grows](qint64 written, qint64 expected) {
        return grows ? std::abs(written - expected) * 50 <= expected : written == expected;
    };
    for (qsizetype i = 0; i < entries.size(); ++i) {
        const DiskPartition& partition = planned.partitions.at(i);
        QCOMPARE(entries.at(i)["start"_L1].toInteger() * 512, partition.start);
        const qint64 size = entries.at(i)["size"_L1].toInteger() * 512;
        QVERIFY2(isAsPlanned(size, partition.size), qPrintable(u"%1 %2"_s.arg(size).arg(partition.size)));
        QCOMPARE(partition.isEstimate, sizeMiB == 0 && partition.purpose == DiskPartition::Purpose::Root);
    }
    QCOMPARE(planned.isEstimate, sizeMiB == 0);
    const qint64 size = QFileInfo(path(u"out"_s)).size();
    QVERIFY2(isAsPlanned(size, planned.size), qPrintable(u"%1 %2"_s.arg(size).arg(planned.size)));
}

/** Disks of one file system with other guests are other disks, and the same with the same. */
void TestDiskPlan::identifiersOfAnImage()
{
    shell(u"truncate -s 64M host.ext4; mkfs.ext4 -q -d host host.ext4"_s);
    m_project.host.path = path(u"host.ext4"_s);
    for (const auto scheme : {DiskSettings::Table::Gpt, DiskSettings::Table::Mbr}) {
        m_project.disk.table = scheme;
        QSet<QString> disks;
        QSet<QString> roots;
        for (const bool isOther : {false, false, true, true}) {
            shell((isOther ? u"head -c 100000 /dev/urandom > deploy/web.ext4; "_s : QString())
                  + u"touch -d @1700000000 deploy/*"_s);
            QVERIFY_RESULT(write(u"out"_s));
            const QJsonObject read = table(u"out"_s);
            disks.insert(read["id"_L1].toString());
            roots.insert(read["partitions"_L1].toArray().last()["uuid"_L1].toString());
        }
        QCOMPARE(disks.size(), 3);
        QCOMPARE(roots.size(), scheme == DiskSettings::Table::Gpt ? 3 : 1);
    }
}

QTEST_GUILESS_MAIN(TestDiskPlan)
#include "tst_diskplan.moc"
