// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/support/filecopy.h"
#include "importcase.h"

#include <QElapsedTimer>

#include <fcntl.h>

#include <thread>

using namespace Stowage;
using namespace Stowage::Test;
using namespace Qt::StringLiterals;

namespace
{

/** How the real tool compresses the file $1 to the file $2. */
struct Packer {
    const char* codec;
    const char* suffix;
    const char* command;
};

constexpr auto Packers = std::to_array<Packer>({
    {"gzip", "gz", R"(gzip -c "$1" >"$2")"},
    {"xz", "xz", R"(xz -T2 -0 -c "$1" >"$2")"},
    {"zstd", "zst", R"(zstd -qc "$1" >"$2")"},
    {"bzip2", "bz2", R"(bzip2 -1 -c "$1" >"$2")"},
    {"lz4", "lz4", R"(lz4 -qc "$1" >"$2")"},
    {"lz4", "legacy.lz4", R"(lz4 -qlc "$1" >"$2")"},
    {"lzma", "lzma", R"(xz --format=lzma -0 -c "$1" >"$2")"},
    {"zip", "zip", R"(zip -q -1 -j "$2" "$1")"},
    {"7z", "7z", R"(7z a -mx=1 "$2" "$1")"},
    {"tar", "tar", R"(tar -cSf "$2" -C "${1%/*}" "${1##*/}")"},
    {"tar", "pax.tar", R"(tar -cSf "$2" --format=pax -C "${1%/*}" "./${1##*/}")"},
    {"gzip, tar", "tar.gz", R"(tar -czf "$2" --format=oldgnu -S -C "${1%/*}" "${1##*/}")"},
    {"xz, tar", "tar.xz", R"(tar -cJf "$2" -C "${1%/*}" "${1##*/}")"},
});

} // namespace

/** Images that are compressed: by every tool, whole, cut, and of the wrong kind. */
class TestPackedImages : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void images_data();
    void images();
    void cut_data() { addPackers(); }
    void cut();
    void shortFileSystem();
    void otherDisks();
    void severalFiles();
    void links();
    void encrypted();
    void bomb();
    void cancel();

private:
    [[nodiscard]] QString path(const QString& name) const { return m_directory->filePath(name); }
    [[nodiscard]] ImportRequest request(const QString& source) const
    {
        return {.source = source, .output = path(u"out.img"_s), .isPacked = true};
    }
    static void addPackers();
    QString pack(const Packer& packer, const QString& source);

    std::unique_ptr<QTemporaryDir> m_directory;
    QTemporaryDir m_images;
};

void TestPackedImages::initTestCase()
{
    // A partition table, data, zeros and holes.
    QByteArray disk = diskContent();
    disk.append(QByteArray(5 * MiB, '\0'));
    disk.replace(446, 66,
                 QByteArray(4, '\0') + '\x83' + QByteArray(3, '\0') + QByteArray("\x01\0\0\0\x00\x10\0\0", 8)
                     + QByteArray(48, '\0') + "\x55\xaa");
    writeFile(m_images.filePath(u"disk.raw"_s), disk);
    tool(u"mkfs.ext4"_s, {u"-q"_s, u"-L"_s, u"data"_s, m_images.filePath(u"data.ext4"_s), u"8M"_s});
}

void TestPackedImages::init()
{
    m_directory = std::make_unique<QTemporaryDir>();
}

void TestPackedImages::addPackers()
{
    QTest::addColumn<int>("packer");
    for (int i = 0; i < std::ssize(Packers); ++i) {
        QTest::newRow(Packers.at(static_cast<size_t>(i)).suffix) << i;
    }
}

QString TestPackedImages::pack(const Packer& packer, const QString& source)
{
    const QString packed = path(QFileInfo(source).fileName() + u'.' + QLatin1StringView(packer.suffix));
    tool(u"bash"_s, {u"-ec"_s, QLatin1StringView(packer.command), u"bash"_s, source, packed});
    return packed;
}

void TestPackedImages::images_data()
{
    QTest::addColumn<int>("packer");
    QTest::addColumn<QString>("image");
    QTest::addColumn<QString>("type");
    for (int i = 0; i < std::ssize(Packers); ++i) {
        const char* suffix = Packers.at(static_cast<size_t>(i)).suffix;
        QTest::addRow("disk.%s", suffix) << i << u"disk.raw"_s << u"raw"_s;
        QTest::addRow("ext4.%s", suffix) << i << u"data.ext4"_s << u"ext4"_s;
    }
}

void TestPackedImages::images()
{
    QFETCH(const int, packer);
    QFETCH(const QString, image);
    QFETCH(const QString, type);
    const QString source = m_images.filePath(image);
    const QString packed = pack(Packers.at(static_cast<size_t>(packer)), source);

    const SourceInfo info = probeSource(packed);
    QCOMPARE(info.handler, type);
    QCOMPARE(info.codec, QLatin1StringView(Packers.at(static_cast<size_t>(packer)).codec));
    QCOMPARE(info.refusal, QString());
    for (const QString& part : info.codec.split(u", "_s)) {
        const QString words = part == "tar"_L1 ? u"in a tar archive"_s : u"compressed with "_s + part;
        QVERIFY2(info.description.contains(words), qPrintable(info.description));
    }

    ImportCase import(type);
    const ImportRequest made = request(packed);
    QCOMPARE(import.handler().inPlace(made), ImportHandler::InPlace::Convert);
    const qint64 size = QFileInfo(source).size();
    QCOMPARE(import.check(made).value_or(-1), size);
    const qint64 data = import.handler().dataBytes(made, {}).value_or(-1);
    QVERIFY2(data > 0 && data < size / 2, QByteArray::number(data).constData());
    QVERIFY_RESULT(import.run(made));
    QVERIFY(sameBytes(source, made.output));
    QVERIFY2(allocatedBytes(made.output) <= data + MiB / 4,
             QByteArray::number(allocatedBytes(made.output)).constData());
    QCOMPARE(import.progress.snapshot().total, QFileInfo(packed).size());
    QCOMPARE(import.progress.snapshot().done, QFileInfo(packed).size());

    // Into a place inside of something else.
    const UniqueFd place(::open(QFile::encodeName(path(u"place"_s)).constData(), O_RDWR | O_CREAT, 0600));
    SparseFile target(place.get(), path(u"place"_s), MiB);
    ProcessRunner runner;
    JobContext context{.stop = {}, .progress = import.progress, .report = import.report};
    QVERIFY_RESULT(import.handler().runInto(made, target, context, runner));
    QCOMPARE(readFile(path(u"place"_s)), QByteArray(MiB, '\0') + readFile(source));
}

void TestPackedImages::cut()
{
    QFETCH(const int, packer);
    const QString packed = pack(Packers.at(static_cast<size_t>(packer)), m_images.filePath(u"disk.raw"_s));
    const QByteArray whole = readFile(packed);
    const QString part = path(u"part"_s);
    for (int i = 1; i < 200; ++i) {
        writeFile(part, whole.first(whole.size() * i / 200));
        const auto made = ImportCase(u"raw"_s).run(request(part));
        QVERIFY2(!made, QByteArray::number(i).constData());
        QVERIFY2(made.error().message.contains(part), qPrintable(made.error().message));
        QVERIFY(!made.error().remedy.isEmpty());
        QVERIFY(!QFile::exists(path(u"out.img"_s)));
        QVERIFY(i % 10 != 0 || !ImportCase(u"raw"_s).check(request(part)));
    }
}

/** The file system is larger than what comes out. */
void TestPackedImages::shortFileSystem()
{
    writeFile(path(u"short"_s), readFile(m_images.filePath(u"data.ext4"_s)).first(6 * MiB));
    const QString packed = pack(Packers.front(), path(u"short"_s));
    const auto checked = ImportCase(u"ext4"_s).check(request(packed));
    QVERIFY(!checked);
    const auto made = ImportCase(u"ext4"_s).run(request(packed));
    QVERIFY(!made);
    QCOMPARE(made.error().message, checked.error().message);
    QVERIFY(!QFile::exists(path(u"out.img"_s)));
}

/** What QEMU would take for a disk format of its own does not become a raw disk by being compressed. */
void TestPackedImages::otherDisks()
{
    const QString packed = pack(Packers.front(), makeQcow2(m_directory->path()));
    const auto made = ImportCase(u"raw"_s).run(request(packed));
    QVERIFY(!made && made.error().message.contains(u"QCOW2"_s));
    QVERIFY(!QFile::exists(path(u"out.img"_s)));

    // What tells a VHD of fixed size is at its end alone.
    const QString fixed = path(u"fixed.vhd"_s);
    tool(u"qemu-img"_s,
         {u"convert"_s, u"-f"_s, u"raw"_s, u"-O"_s, u"vpc"_s, u"-o"_s, u"subformat=fixed,force_size=on"_s,
          m_images.filePath(u"disk.raw"_s), fixed});
    const QString packedVhd = pack(Packers.front(), fixed);
    const auto checked = ImportCase(u"raw"_s).check(request(packedVhd));
    QVERIFY(!checked && checked.error().message.contains(u"VHD"_s));
    const auto copied = ImportCase(u"raw"_s).run(request(packedVhd));
    QVERIFY(!copied && copied.error().message == checked.error().message);
    QVERIFY(!QFile::exists(path(u"out.img"_s)));
    QVERIFY_RESULT(ImportCase(u"vhd"_s).run(request(packedVhd)));
    QVERIFY(sameBytes(m_images.filePath(u"disk.raw"_s), path(u"out.img"_s)));
}

void TestPackedImages::severalFiles()
{
    tool(u"tar"_s, {u"-cf"_s, path(u"two.tar"_s), u"-C"_s, m_images.path(), u"disk.raw"_s, u"data.ext4"_s});
    for (const QString& archive : {u"two.tar"_s, u"two.zip"_s, u"two.7z"_s}) {
        tool(u"bash"_s,
             {u"-ec"_s, u"cd \"$1\"; test -e \"$2\" || 7z a \"$2\" disk.raw data.ext4"_s, u"bash"_s, m_images.path(),
              path(archive)});
        const auto made = ImportCase(u"raw"_s).run(request(path(archive)));
        QVERIFY(!made);
        QVERIFY2(made.error().message.contains(u"more than one file"_s), qPrintable(made.error().message));
        QVERIFY(!QFile::exists(path(u"out.img"_s)));
    }
}

/** Where a link leads is no file of the archive. */
void TestPackedImages::links()
{
    tool(u"bash"_s,
         {u"-ec"_s, u"cd \"$1\"; ln -s /etc/passwd disk.raw; tar -cf link.tar disk.raw"_s, u"bash"_s,
          m_directory->path()});
    const auto made = ImportCase(u"raw"_s).run(request(path(u"link.tar"_s)));
    QVERIFY(!made);
    QVERIFY(!QFile::exists(path(u"out.img"_s)));
}

void TestPackedImages::encrypted()
{
    for (const QString& archive : {u"secret.zip"_s, u"secret.7z"_s}) {
        tool(u"7z"_s, {u"a"_s, u"-psecret"_s, path(archive), m_images.filePath(u"disk.raw"_s)});
        const auto made = ImportCase(u"raw"_s).run(request(path(archive)));
        QVERIFY2(!made, qPrintable(archive));
        QVERIFY2(made.error().message.contains(path(archive)), qPrintable(made.error().message));
        QVERIFY(!QFile::exists(path(u"out.img"_s)));
    }
}

/** Zeros without end in a small file: they take no room, and are not counted for ever. */
void TestPackedImages::bomb()
{
    const QString packed = path(u"bomb.zst"_s);
    tool(u"bash"_s,
         {u"-ec"_s,
          u"truncate -s 3G \"$1\"; zstd -qc --long=27 \"$1\" >\"$2\"; rm \"$1\"; "
          "for i in 1 2 3 4 5 6 7 8; do cat \"$2\" \"$2\" >\"$1\"; mv \"$1\" \"$2\"; done"_s,
          u"bash"_s, path(u"zeros"_s), packed});
    ImportCase import(u"raw"_s);
    const std::jthread later([&import] {
        std::this_thread::sleep_for(std::chrono::milliseconds(300));
        import.stop.request_stop();
    });
    QElapsedTimer timer;
    timer.start();
    const auto made = import.run(request(packed));
    QVERIFY(!made);
    QCOMPARE(made.error().code, Error::Code::Cancelled);
    QVERIFY2(timer.elapsed() < 1000, QByteArray::number(timer.elapsed()).constData());
    QVERIFY(!QFile::exists(path(u"out.img"_s)));
}

void TestPackedImages::cancel()
{
    const QString packed = pack(Packers.back(), m_images.filePath(u"disk.raw"_s));
    ImportCase import(u"raw"_s);
    import.stop.request_stop();
    const auto made = import.run(request(packed));
    QVERIFY(!made);
    QCOMPARE(made.error().code, Error::Code::Cancelled);
    QVERIFY(!QFile::exists(path(u"out.img"_s)));
}

QTEST_GUILESS_MAIN(TestPackedImages)
#include "tst_packedimages.moc"
