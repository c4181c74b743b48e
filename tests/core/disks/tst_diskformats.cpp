// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "../import/importcase.h"
#include "core/disks/convertdisk.h"
#include "core/disks/opendisk.h"
#include "core/support/filecopy.h"
#include "core/support/uniquefd.h"
#include "diskmaker.h"
#include "recordingrunner.h"

#include <fcntl.h>

using namespace Stowage;
using namespace Stowage::Test;
using namespace Qt::StringLiterals;

namespace
{

/** A target that asks its user to stop, or changes a file, at the first byte that is written. */
class DisturbingTarget final : public SparseTarget
{
public:
    explicit DisturbingTarget(std::function<void()> disturb) : m_disturb(std::move(disturb)) { }

    [[nodiscard]] bool isOrdered() const override { return true; }
    Result<void> write(qint64 /*position*/, std::span<const char> bytes) override
    {
        if (written == 0) {
            m_disturb();
        }
        written += static_cast<qint64>(bytes.size());
        return {};
    }
    Result<void> erase(qint64 /*position*/, qint64 /*size*/) override { return {}; }
    Result<void> extend(qint64 /*size*/) override { return {}; }
    Result<void> clear() override { return {}; }

    qint64 written = 0;

private:
    std::function<void()> m_disturb;
};

bool hasData(const QByteArray& content, qint64 from, qint64 to)
{
    return std::any_of(content.begin() + from, content.begin() + to, [](char c) { return c != 0; });
}

} // namespace

class TestDiskFormats : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void reads_data() { addFormRows(); }
    void reads();
    void converts_data() { addFormRows(); }
    void converts();
    void convertsIntoAPlace_data() { addFormRows(); }
    void convertsIntoAPlace();
    void tells_data() { addFormRows(); }
    void tells();
    void vhdOfRoundedSize();
    void manyExtents_data();
    void manyExtents();
    void largeAndEmpty();
    void cancelled_data() { addFormRows(); }
    void cancelled();
    void changedMeanwhile();
    void partOfADisk();

private:
    [[nodiscard]] QString path(const QString& name) const { return m_directory->filePath(name); }
    [[nodiscard]] QString made(const DiskForm& form) const
    {
        return makeDisk(form, makeMixedDisk(m_directory->path()), m_directory->path());
    }
    [[nodiscard]] ImportRequest request(const QString& source) const
    {
        return {.source = source, .output = path(u"out.img"_s), .sizeMiB = 0, .owners = OwnerRule::Automatic};
    }

    std::unique_ptr<QTemporaryDir> m_directory;
};

void TestDiskFormats::init()
{
    m_directory = std::make_unique<QTemporaryDir>();
    QVERIFY(m_directory->isValid());
}

void TestDiskFormats::reads()
{
    const DiskForm form = currentForm();
    const QByteArray content = expectedDisk(form);
    const auto disk = openDisk(made(form));
    QVERIFY_RESULT(disk);
    QCOMPARE(disk->type, form.type);
    QCOMPARE(disk->variant, form.variant);
    QCOMPARE(disk->reader->size(), content.size());

    // All that nextData() passes over are zeros.
    qint64 data = 0;
    for (qint64 position = 0; position < content.size();) {
        const auto extent = disk->reader->nextData(position);
        QVERIFY_RESULT(extent);
        QVERIFY(extent->start >= position && extent->start + extent->size <= content.size());
        QVERIFY(extent->size > 0 || extent->start == content.size());
        QVERIFY2(!hasData(content, position, extent->start), qPrintable(QString::number(position)));
        data += extent->size;
        position = extent->start + extent->size;
    }
    QCOMPARE(measureDisk(*disk->reader, {}).value_or(-1), data);
    QVERIFY(data > MiB);
    QCOMPARE(disk->reader->nextData(content.size()).value_or(DiskExtent{-1, -1}), (DiskExtent{content.size(), 0}));

    QRandomGenerator random(7);
    QByteArray buffer;
    for (int round = 0; round < 3000; ++round) {
        const qint64 position = random.bounded(content.size());
        const qint64 most = round % 10 == 0 ? content.size() - position
                                            : std::min<qint64>(70000, content.size() - position);
        buffer.fill('x', random.bounded(most + 1));
        QVERIFY_RESULT(disk->reader->read(position, {buffer.data(), static_cast<size_t>(buffer.size())}));
        QVERIFY2(buffer == content.sliced(position, buffer.size()), qPrintable(QString::number(position)));
        const auto extent = disk->reader->nextData(position);
        QVERIFY_RESULT(extent);
        QVERIFY(extent->start >= position && !hasData(content, position, extent->start));
    }
}

void TestDiskFormats::converts()
{
    const DiskForm form = currentForm();
    const auto import = request(made(form));
    const QByteArray content = expectedDisk(form);
    ImportCase once(form.type);
    QCOMPARE(once.check(import).value_or(-1), content.size());
    RecordingRunner runner;
    QVERIFY_RESULT(once.run(import, runner));
    QVERIFY(runner.specs().isEmpty());
    QVERIFY(readFile(import.output) == content);
    QVERIFY(allocatedBytes(import.output) <= 2 * MiB);
    QCOMPARE(once.progress.snapshot().total, once.progress.snapshot().done);
    QVERIFY(once.report.toText().contains(import.source));
    if (form.type != "raw"_L1) {
        const auto data = once.handler().dataBytes(import, {});
        QVERIFY(data.value_or(0) > MiB && *data <= content.size());
    }
    // What has the name already stays.
    writeFile(import.output, "mine");
    QVERIFY(!ImportCase(form.type).run(import));
    QCOMPARE(readFile(import.output), "mine");
}

void TestDiskFormats::convertsIntoAPlace()
{
    const DiskForm form = currentForm();
    const auto import = request(made(form));
    QCOMPARE(findHandler(form.type)->inPlace(import),
             form.type == "raw"_L1 ? ImportHandler::InPlace::Copy : ImportHandler::InPlace::Convert);
    if (form.type == "raw"_L1) {
        return;
    }
    writeFile(path(u"image"_s), QByteArray(MiB, 'b'));
    const UniqueFd file(::open(QFile::encodeName(path(u"image"_s)).constData(), O_WRONLY | O_CLOEXEC));
    SparseFile target(file.get(), path(u"image"_s), MiB);
    ImportCase once(form.type);
    JobContext context{.stop = {}, .progress = once.progress, .report = once.report};
    RecordingRunner runner;
    QVERIFY_RESULT(once.handler().runInto(import, target, context, runner));
    QVERIFY(readFile(path(u"image"_s)) == QByteArray(MiB, 'b') + expectedDisk(form));
    QVERIFY(!QFile::exists(import.output));
}

void TestDiskFormats::tells()
{
    const DiskForm form = currentForm();
    const QString file = made(form);
    const SourceInfo info = probeSource(file);
    if (form.type == "raw"_L1) {
        QCOMPARE(info.kind, SourceKind::Other); // no partitions, no file system
        return;
    }
    QCOMPARE(info.kind, form.type == "qcow2"_L1 ? SourceKind::Qcow2 : SourceKind::VirtualDisk);
    QCOMPARE(info.handler, form.type);
    QCOMPARE(info.virtualSize, expectedDisk(form).size());
    QVERIFY2(info.refusal.isEmpty(), qPrintable(info.refusal));
    QVERIFY2(info.description.contains(u" disk"_s) || form.type == "android_sparse"_L1, qPrintable(info.description));
    QVERIFY2(info.description.contains(form.variant) && info.description.endsWith(u" used"_s),
             qPrintable(info.description));
    const auto wrong = ImportCase(form.type == "vdi"_L1 ? u"vhd"_s : u"vdi"_s).check(request(file));
    QVERIFY(!wrong);
    QVERIFY(wrong.error().message.contains(file));
    const auto asRaw = ImportCase(u"raw"_s).check(request(file));
    QVERIFY(form.name == "vhd, fixed"_ba || form.variant.endsWith("Flat"_L1) || !asRaw);
}

/** Without force_size qemu-img makes the disk larger, so that it is whole cylinders. */
void TestDiskFormats::vhdOfRoundedSize()
{
    const QString raw = makeMixedDisk(m_directory->path());
    for (const auto& options : {QStringList(), QStringList{u"-o"_s, u"subformat=fixed"_s}}) {
        const QString file = path(u"rounded.vhd"_s);
        tool(u"qemu-img"_s,
             QStringList{u"convert"_s, u"-f"_s, u"raw"_s, u"-O"_s, u"vpc"_s} + options + QStringList{raw, file});
        const auto import = request(file);
        QVERIFY_RESULT(ImportCase(u"vhd"_s).run(import));
        const QByteArray content = readFile(import.output);
        QVERIFY(content.size() > mixedDisk().size() && content.startsWith(mixedDisk()));
        QVERIFY(!hasData(content, mixedDisk().size(), content.size()));
        tool(u"qemu-img"_s, {u"compare"_s, u"-f"_s, u"vpc"_s, u"-F"_s, u"raw"_s, file, import.output});
        QVERIFY(QFile::remove(import.output));
    }
}

void TestDiskFormats::manyExtents_data()
{
    QTest::addColumn<QString>("variant");
    QTest::addColumn<int>("parts");
    QTest::newRow("sparse") << u"twoGbMaxExtentSparse"_s << 3;
    QTest::newRow("flat") << u"twoGbMaxExtentFlat"_s << 3;
}

void TestDiskFormats::manyExtents()
{
    QFETCH(QString, variant);
    QFETCH(int, parts);
    const QString raw = path(u"large.raw"_s);
    writeFile(raw, mixedDisk());
    QVERIFY(QFile::resize(raw, 5 * GiB));
    for (const qint64 boundary : {2 * GiB, 4 * GiB}) {
        patch(raw, boundary - 100000, mixedDisk().first(300000));
    }
    patch(raw, 5 * GiB - 700, QByteArray(700, 'z'));
    const QString file = path(u"disk.vmdk"_s);
    tool(u"qemu-img"_s,
         {u"convert"_s, u"-f"_s, u"raw"_s, u"-O"_s, u"vmdk"_s, u"-o"_s, u"subformat="_s + variant, raw, file});
    const auto disk = openDisk(file);
    QVERIFY_RESULT(disk);
    QCOMPARE(disk->otherFiles.size(), parts);
    const auto import = request(file);
    QVERIFY_RESULT(ImportCase(u"vmdk"_s).run(import));
    tool(u"qemu-img"_s, {u"compare"_s, u"-f"_s, u"raw"_s, u"-F"_s, u"raw"_s, raw, import.output});
    QCOMPARE(QFileInfo(import.output).size(), 5 * GiB);
    QVERIFY(allocatedBytes(import.output) < 8 * MiB);
}

/** A disk of 1 TiB with nothing but its last sector: what is before it is passed over in few steps. */
void TestDiskFormats::largeAndEmpty()
{
    const QString raw = path(u"huge.raw"_s);
    writeFile(raw, "");
    QVERIFY(QFile::resize(raw, 1024 * GiB));
    patch(raw, 1024 * GiB - 512, QByteArray(512, 'e'));
    for (const auto& [type, format] :
         {std::pair(u"vmdk"_s, u"vmdk"_s), std::pair(u"vdi"_s, u"vdi"_s), std::pair(u"vhd"_s, u"vpc"_s),
          std::pair(u"vhdx"_s, u"vhdx"_s), std::pair(u"qed"_s, u"qed"_s)}) {
        const QString file = path(u"huge."_s + type);
        tool(u"qemu-img"_s, {u"create"_s, u"-q"_s, u"-f"_s, format, file, u"1T"_s});
        tool(u"qemu-io"_s, {u"-f"_s, format, u"-c"_s, u"write -P 101 %1 512"_s.arg(1024 * GiB - 512), file});
        const auto disk = openDisk(file);
        QVERIFY_RESULT(disk);
        DiskExtent extent;
        for (int told = 0; extent.start < 1023 * GiB; ++told) { // tables full of zeros may be told in parts
            const auto next = disk->reader->nextData(extent.start + extent.size);
            QVERIFY_RESULT(next);
            extent = *next;
            QVERIFY2(told < 16, qPrintable(type));
        }
        QVERIFY2(extent.start <= 1024 * GiB - 512, qPrintable(type + u' ' + QString::number(extent.start)));
        QByteArray last(512, '\0');
        QVERIFY_RESULT(disk->reader->read(1024 * GiB - 512, {last.data(), 512}));
        QCOMPARE(last, QByteArray(512, 'e'));
    }
}

void TestDiskFormats::cancelled()
{
    const DiskForm form = currentForm();
    const QString file = made(form);
    const auto disk = openDisk(file);
    QVERIFY_RESULT(disk);
    std::stop_source stop;
    Progress progress;
    DisturbingTarget target([&stop] { stop.request_stop(); });
    const auto converted = convertDisk(*disk->reader, target, progress, stop.get_token());
    QCOMPARE(converted.error_or(Error()).code, Error::Code::Cancelled);
    QVERIFY(target.written > 0 && target.written <= MiB);
    QCOMPARE(measureDisk(*disk->reader, stop.get_token()).error_or(Error()).code, Error::Code::Cancelled);

    ImportCase import(form.type);
    import.stop.request_stop();
    QCOMPARE(import.check(request(file)).error_or(Error()).code, Error::Code::Cancelled);
    QCOMPARE(import.run(request(file)).error_or(Error()).code, Error::Code::Cancelled);
    QVERIFY(!QFile::exists(path(u"out.img"_s)));
}

/** Not only the file that was named is the source. */
void TestDiskFormats::changedMeanwhile()
{
    const QString raw = makeMixedDisk(m_directory->path());
    const QString file = path(u"disk.vmdk"_s);
    tool(u"qemu-img"_s,
         {u"convert"_s, u"-f"_s, u"raw"_s, u"-O"_s, u"vmdk"_s, u"-o"_s, u"subformat=monolithicFlat"_s, raw, file});
    DisturbingTarget target([this] { patch(path(u"disk-flat.vmdk"_s), 3 * MiB, "new"); });
    ImportCase import(u"vmdk"_s);
    JobContext context{.stop = {}, .progress = import.progress, .report = import.report};
    RecordingRunner runner;
    const auto converted = import.handler().runInto(request(file), target, context, runner);
    QVERIFY(!converted);
    QVERIFY2(converted.error().message.contains("disk-flat.vmdk"_L1), qPrintable(converted.error().message));
}

void TestDiskFormats::partOfADisk()
{
    for (const DiskForm& form : diskForms()) {
        const auto disk = openDisk(made(form));
        QVERIFY_RESULT(disk);
        const QByteArray content = expectedDisk(form);
        DiskPart part(*disk->reader, 600 * KiB + 512, 500 * KiB);
        const auto read = contentOf(part, part.size());
        QVERIFY_RESULT(read);
        QVERIFY2(*read == content.sliced(600 * KiB + 512, 500 * KiB), form.name);
    }
}

QTEST_GUILESS_MAIN(TestDiskFormats)
#include "tst_diskformats.moc"
