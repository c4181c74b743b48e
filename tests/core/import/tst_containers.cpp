// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/containers/containerimage.h"
#include "core/containers/layersource.h"
#include "imagereader.h"
#include "importcase.h"

#include <QJsonDocument>
#include <QJsonObject>

using namespace Stowage;
using namespace Stowage::Test;
using namespace Qt::StringLiterals;

/** Container images, made by the tools that people make them with: their layers give what those tools unpack. */
class TestContainers : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void forms_data();
    void forms();
    void place();
    void command_data();
    void command();
    void hostile_data();
    void hostile();
    void cut();
    void cancel();

private:
    [[nodiscard]] QString path(const QString& name) const { return m_directory.filePath(name); }
    [[nodiscard]] ImportRequest request(const QString& source) const
    {
        return {.source = source, .output = path(u"out.img"_s), .sizeMiB = 32};
    }
    void shell(const QString& script) const
    {
        tool(u"bash"_s, {u"-euc"_s, u"cd \"$0\"; "_s + script, m_directory.path()});
    }
    /** A copy of the layout whose file @p name is @p content. */
    QString changed(const QString& name, const QByteArray& content);

    QTemporaryDir m_directory;
};

void TestContainers::initTestCase()
{
    // Five layers, in which names come, change their kinds, and go.
    shell(uR"(
        busybox=$(command -v busybox)
        umoci init --layout image; umoci new --image image:t
        layer() { umoci unpack --image image:t work >/dev/null; cd work/rootfs; cat >../step; bash -eu ../step; cd ../..;
                  umoci repack --image image:t work >/dev/null; rm -rf work; }
        layer <<END
mkdir -p bin sbin etc dir/sub gone/deep opaque/old lib; cp $busybox bin/busybox; ln -s busybox bin/sh
echo one >dir/a; ln dir/a dir/sub/hard; ln dir/a dir/third; echo file >becomes-dir; mkdir -p becomes-file/x; echo y >becomes-file/x/y
echo gone >gone/deep/file; echo old >opaque/old/file; ln -s lib lib64; echo l >lib/l; chown 12:34 dir; chmod 2750 dir
mkfifo pipe; echo cap >bin/ping; setfattr -n user.test -v value bin/ping; truncate -s 3M sparse; echo end >>sparse
END
        layer <<END
rm -r gone becomes-file becomes-dir opaque; echo now >becomes-file; mkdir becomes-dir opaque; echo in >becomes-dir/in; echo new >opaque/new
rm dir/a; echo more >>dir/third; chmod 700 etc; touch -d @12345 etc
END
        layer <<END
mkdir gone; echo back >gone/back; ln dir/sub/hard dir/again; echo m >lib/m; rm bin/ping
END
        layer <<END
mv dir/sub moved; ln -s nowhere dangling; rm lib64; mkdir lib64
END
        umoci config --image image:t --config.entrypoint /bin/echo --config.entrypoint "it's up" --config.cmd '$HOME' \
            --config.env 'A=b c' --config.workingdir /dir --architecture arm64
        umoci unpack --image image:t want >/dev/null
        tar -C image -cf layout.tar .
        skopeo copy -q oci:image:t docker-archive:saved.tar:example/app:1
        rm -f sbin-init)"_s);
}

void TestContainers::forms_data()
{
    QTest::addColumn<QString>("source");
    QTest::newRow("OCI layout") << u"image"_s;
    QTest::newRow("OCI archive") << u"layout.tar"_s;
    QTest::newRow("docker save") << u"saved.tar"_s;
}

void TestContainers::forms()
{
    QFETCH(const QString, source);
    const SourceInfo info = probeSource(path(source));
    QCOMPARE(info.handler, u"container"_s);
    QVERIFY(info.size > 10000); // by which the window proposes how large the disk is to be
    QCOMPARE(info.architecture, Architecture::Arm64);
    QVERIFY2(info.description.contains(u"ontainer image"_s), qPrintable(info.description));

    ImportCase import(u"container"_s);
    QVERIFY_RESULT(import.check(request(path(source))));
    QVERIFY_RESULT(import.run(request(path(source))));
    QCOMPARE(import.progress.snapshot().done, import.progress.snapshot().total);
    ImportRequest wanted{
        .source = path(u"want/rootfs"_s), .output = path(u"want.img"_s), .sizeMiB = 32, .owners = OwnerRule::Keep};
    QVERIFY_RESULT(ImportCase(u"rootfs_dir"_s).run(wanted));
    {
        ImageReader got(path(u"out.img"_s));
        ImageReader want(wanted.output);
        QVERIFY(want.seen.size() > 25);
        // What starts the container's command, and the directory that it is in.
        QVERIFY(got.content("sbin/init").contains("'/bin/echo' 'it'\\''s up' '$HOME'\n"));
        QCOMPARE(got.seen.take("sbin/init").mode, 0100755U);
        QCOMPARE(got.seen.keys(), want.seen.keys());
        for (auto name = want.seen.cbegin(); name != want.seen.cend(); ++name) {
            Seen seen = got.seen.value(name.key());
            if (name.key().isEmpty() || name.key() == "sbin") {
                seen.seconds = name->seconds; // unpacking changes them
                seen.nanoseconds = name->nanoseconds;
            }
            seen.nanoseconds = name->nanoseconds == 0 ? 0 : seen.nanoseconds;
            QVERIFY2(seen == *name, name.key().constData());
            QVERIFY2(got.content(name.key()) == want.content(name.key()), name.key().constData());
            QVERIFY2(got.attributes(name.key()) == want.attributes(name.key()), name.key().constData());
        }
    }
    QVERIFY(QFile::remove(path(u"out.img"_s)));
    QVERIFY(QFile::remove(wanted.output));
}

/** Straight into its place: the same bytes. */
void TestContainers::place()
{
    const ImportRequest made = request(path(u"saved.tar"_s));
    QVERIFY_RESULT(ImportCase(u"container"_s).run(made));
    const QByteArray alone = readFile(made.output);
    QVERIFY(QFile::remove(made.output));
    QFile file(path(u"place"_s));
    QVERIFY(file.open(QIODevice::ReadWrite));
    SparseFile target(file.handle(), file.fileName());
    ImportCase import(u"container"_s);
    ProcessRunner runner;
    JobContext context{.stop = {}, .progress = import.progress, .report = import.report};
    QVERIFY_RESULT(import.handler().runInto(made, target, context, runner));
    QCOMPARE(readFile(file.fileName()), alone);
}

void TestContainers::command_data()
{
    QTest::addColumn<QStringList>("command");
    QTest::addColumn<QStringList>("environment");
    QTest::addColumn<QString>("directory");
    QTest::addColumn<QByteArray>("says");
    const auto row = [](const char* name, const QStringList& command, const QByteArray& says,
                        const QStringList& environment = {}, const QString& directory = {}) {
        QTest::newRow(name) << command << environment << directory << says;
    };
    row("words", {u"/bin/echo"_s, u"a  b"_s, u"$HOME"_s, u"it's"_s, u"`id`"_s}, "a  b $HOME it's `id`\n");
    row("environment", {u"/bin/sh"_s, u"-c"_s, u"echo $X"_s}, "two words\n", {u"X=two words"_s});
    row("odd environment", {u"/bin/sh"_s, u"-c"_s, u"echo $Y"_s}, "'; reboot; '\n",
        {u"a-b=1"_s, u"$(reboot)=1"_s, u"=1"_s, u"Y='; reboot; '"_s});
    row("directory", {u"pwd"_s}, "/usr\n", {}, u"/usr"_s);
}

/** The script does what the image says: the part of it behind the mounts is run by a real shell. */
void TestContainers::command()
{
    QFETCH(const QStringList, command);
    QFETCH(const QStringList, environment);
    QFETCH(const QString, directory);
    QFETCH(const QByteArray, says);
    ContainerImage image;
    image.command = command;
    image.environment = environment;
    image.workingDirectory = directory;
    QByteArray script = containerInit(image);
    const QByteArray console = "exec </dev/console >/dev/console 2>&1\n";
    QVERIFY(script.contains(console));
    script = script.sliced(script.indexOf(console) + console.size());
    script.truncate(script.indexOf("sync\n"));
    writeFile(path(u"init.sh"_s), script);
    QCOMPARE(tool(u"busybox"_s, {u"sh"_s, path(u"init.sh"_s)}),
             says + "The container's command ended with status 0.\n");
}

QString TestContainers::changed(const QString& name, const QByteArray& content)
{
    shell(u"rm -rf changed; cp -a image changed"_s);
    QFile::remove(path(u"changed/"_s + name));
    writeFile(path(u"changed/"_s + name), content);
    return path(u"changed"_s);
}

void TestContainers::hostile_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QByteArray>("content");
    const auto index = [](const QByteArray& digest) {
        return R"({"schemaVersion":2,"manifests":[{"digest":")" + digest + R"("}]})";
    };
    QTest::newRow("index outside") << u"index.json"_s << index("sha256:../../../../etc/passwd");
    QTest::newRow("index with another word") << u"index.json"_s << index("../sha256:" + QByteArray(64, 'a'));
    QTest::newRow("blob that is not there") << u"index.json"_s << index("sha256:" + QByteArray(64, 'a'));
    QTest::newRow("no JSON") << u"index.json"_s << QByteArray("{");
    QTest::newRow("deep JSON") << u"index.json"_s << QByteArray(5000, '[');
    QTest::newRow("no image") << u"index.json"_s << QByteArray(R"({"manifests":[]})");
    QTest::newRow("large") << u"index.json"_s << QByteArray(5 * MiB, ' ');
    const auto docker = [](const QByteArray& layer, const QByteArray& config) {
        return "[{\"Config\":\"" + config + "\",\"Layers\":[\"" + layer + "\"]}]";
    };
    QTest::newRow("layer outside") << u"manifest.json"_s << docker("../want/rootfs/sparse", "index.json");
    QTest::newRow("absolute layer") << u"manifest.json"_s << docker("/etc/passwd", "index.json");
    QTest::newRow("config outside") << u"manifest.json"_s << docker("index.json", "../../../../etc/passwd");
    QTest::newRow("layer that is none") << u"manifest.json"_s << docker("index.json", "index.json");
    QTest::newRow("no layer") << u"manifest.json"_s << QByteArray(R"([{"Config":"index.json","Layers":[]}])");
    QTest::newRow("two images") << u"manifest.json"_s << QByteArray(R"([{},{}])");
}

void TestContainers::hostile()
{
    QFETCH(const QString, name);
    QFETCH(const QByteArray, content);
    const QString layout = changed(name, content);
    shell(u"tar -C changed -cf changed.tar ."_s);
    for (const QString& source : {layout, path(u"changed.tar"_s)}) {
        const auto made = ImportCase(u"container"_s).run(request(source));
        QVERIFY2(!made, qPrintable(source));
        QVERIFY2(made.error().message.contains(m_directory.path()), qPrintable(made.error().message));
        QVERIFY(!QFile::exists(path(u"out.img"_s)));
        QVERIFY(!ImportCase(u"container"_s).check(request(source)));
    }
}

/** An archive that ends anywhere: an error, and no file. */
void TestContainers::cut()
{
    const QByteArray whole = readFile(path(u"saved.tar"_s));
    for (int i = 1; i < 200; ++i) {
        writeFile(path(u"part.tar"_s), whole.first(whole.size() * i / 200));
        const auto made = ImportCase(u"container"_s).run(request(path(u"part.tar"_s)));
        QVERIFY2(!made || i > 190, QByteArray::number(i).constData()); // its padding may go
        QVERIFY(made.has_value() == QFile::remove(path(u"out.img"_s)));
    }
}

void TestContainers::cancel()
{
    ImportCase import(u"container"_s);
    import.stop.request_stop();
    const auto made = import.run(request(path(u"saved.tar"_s)));
    QVERIFY(!made);
    QCOMPARE(made.error().code, Error::Code::Cancelled);
    QVERIFY(!QFile::exists(path(u"out.img"_s)));
}

QTEST_GUILESS_MAIN(TestContainers)
#include "tst_containers.moc"
