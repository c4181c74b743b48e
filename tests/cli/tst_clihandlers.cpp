// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "cliinput.h"
#include "clirun.h"
#include "core/import/handlersettings.h"
#include "fixtures.h"

#include <QJsonArray>
#include <QJsonObject>
#include <QProcess>
#include <QSettings>

using namespace Stowage;
using namespace Stowage::Test;
using namespace Qt::StringLiterals;

namespace
{

constexpr auto Class = R"(XEN_GUEST_IMPORT_DEPENDS_labelled = "e2fsprogs-native no-such-tool-native"

xen_guest_import_labelled() {
    bbnote "making it"
    bbwarn "only a test"
    mkfs.ext4 -q -F -L mine -d "$1" "$2" "$3M"
}
)";

constexpr auto OneGuest = R"(BUNDLED_XEN_GUESTS = "web"
XEN_GUEST_SOURCE_TYPE[web] = "labelled"
XEN_GUEST_SOURCE_FILE[web] = "tree"
XEN_GUEST_IMAGE_SIZE[web] = "16"
)";

QJsonObject handlerIn(const QJsonDocument& document, const QString& type)
{
    const QJsonArray handlers = document.object().value("handlers"_L1).toArray();
    for (const QJsonValue& handler : handlers) {
        if (handler["type"_L1] == type) {
            return handler.toObject();
        }
    }
    return {};
}

} // namespace

/** The user's own import handlers on the command line. */
class TestCliHandlers : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup() { m_input.reset(); }

    void listsBuiltInTypes();
    void addShowAllowForbidRemove();
    void wrongUsage_data();
    void wrongUsage();
    void badFilesAreNotAdded();
    void importNeedsAllowing();
    void handlersOfOneRun();
    void handlersOfOneRunThatCannotBe();
    void buildsWithThem();

private:
    [[nodiscard]] QString path(const QString& name) const { return m_input->path(name); }

    std::unique_ptr<CliInput> m_input;
};

void TestCliHandlers::init()
{
    m_input = std::make_unique<CliInput>();
    QSettings::setPath(QSettings::IniFormat, QSettings::UserScope, path(u"settings"_s));
    QVERIFY(HandlerSettings::defaultFile().startsWith(path(u"settings"_s)));
    writeFile(path(u"own.bbclass"_s), Class);
    writeFile(path(u"unpack/tree/etc/hostname"_s), "web\n");
}

void TestCliHandlers::listsBuiltInTypes()
{
    const Run text = run({u"handlers"_s});
    QCOMPARE(text.status, ExitStatus::Done);
    QVERIFY(text.out.contains("rootfs_dir: Root file system directory, built in\n    tools: e2fsck\n"_L1));
    const Run json = run({u"handlers"_s, u"--json"_s});
    const QJsonObject handler = handlerIn(json.json(), u"rootfs_dir"_s);
    QCOMPARE(handler.value("builtIn"_L1), QJsonValue(true));
    QCOMPARE(handler.value("allowed"_L1), QJsonValue(true));
    QCOMPARE(handler.value("usesSize"_L1), QJsonValue(true));
    QCOMPARE(handler.value("file"_L1), QJsonValue());
    const QJsonObject tool = handler.value("tools"_L1).toArray().first().toObject();
    QCOMPARE(tool.value("program"_L1), QJsonValue(u"e2fsck"_s));
    QCOMPARE(tool.value("package"_L1), QJsonValue(u"e2fsprogs"_s));
    QVERIFY(tool.value("path"_L1).toString().endsWith("/e2fsck"_L1));
}

void TestCliHandlers::addShowAllowForbidRemove()
{
    const QString file = path(u"own.bbclass"_s);
    const Run added = run({u"handlers"_s, u"--add"_s, file});
    QCOMPARE(added.status, ExitStatus::Done);
    QVERIFY2(added.out.contains("labelled: labelled (own handler), of %1, not allowed yet\n"_L1.arg(file)),
             qPrintable(added.out));
    QVERIFY2(added.out.contains("\"no-such-tool-native\""_L1), qPrintable(added.out));
    QVERIFY(added.out.contains("tools: bash, e2fsck, mkfs.ext4\n"_L1));

    const Run shown = run({u"handlers"_s, u"--show"_s, u"labelled"_s});
    QCOMPARE(shown.out, QString::fromUtf8(Class));
    QVERIFY(!handlerIn(run({u"handlers"_s, u"--json"_s}).json(), u"labelled"_s).value("allowed"_L1).toBool());

    const Run allowed = run({u"handlers"_s, u"--allow"_s, u"labelled"_s});
    QCOMPARE(allowed.out, QString::fromUtf8(Class)); // it is seen before it may run
    QVERIFY2(allowed.err.contains("\"labelled\" may run"_L1), qPrintable(allowed.err));
    const QJsonObject handler = handlerIn(run({u"handlers"_s, u"--json"_s}).json(), u"labelled"_s);
    QVERIFY(handler.value("allowed"_L1).toBool());
    QVERIFY(!handler.value("builtIn"_L1).toBool());
    QCOMPARE(handler.value("file"_L1), QJsonValue(file));
    QCOMPARE(handler.value("sha256"_L1).toString().size(), 64);
    QCOMPARE(handler.value("notes"_L1).toArray().size(), 1);

    QCOMPARE(run({u"handlers"_s, u"--forbid"_s, u"labelled"_s}).status, ExitStatus::Done);
    QVERIFY(!handlerIn(run({u"handlers"_s, u"--json"_s}).json(), u"labelled"_s).value("allowed"_L1).toBool());
    QCOMPARE(run({u"handlers"_s, u"--remove"_s, file}).status, ExitStatus::Done);
    QVERIFY(handlerIn(run({u"handlers"_s, u"--json"_s}).json(), u"labelled"_s).isEmpty());
    QCOMPARE(run({u"handlers"_s, u"--remove"_s, file}).status, ExitStatus::Failed);
}

void TestCliHandlers::wrongUsage_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<QString>("text");
    QTest::newRow("argument") << QStringList{u"handlers"_s, u"x"_s} << u"options only"_s;
    QTest::newRow("built in") << QStringList{u"handlers"_s, u"--allow"_s, u"raw"_s} << u"\"raw\" of your own"_s;
    QTest::newRow("two") << QStringList{u"handlers"_s, u"--allow"_s, u"a"_s, u"--forbid"_s, u"b"_s} << u"Only one of"_s;
    QTest::newRow("no value") << QStringList{u"handlers"_s, u"--allow"_s} << u"allow"_s;
}

void TestCliHandlers::wrongUsage()
{
    QFETCH(QStringList, arguments);
    QFETCH(QString, text);
    const Run result = run(arguments);
    QCOMPARE(result.status, ExitStatus::WrongUsage);
    QVERIFY2(result.err.contains(text), qPrintable(result.err));
    QVERIFY(HandlerSettings().allowed().isEmpty());
}

void TestCliHandlers::badFilesAreNotAdded()
{
    writeFile(path(u"none.sh"_s), "echo nothing\n");
    for (const QString& file : {path(u"none.sh"_s), path(u"missing.sh"_s)}) {
        const Run result = run({u"handlers"_s, u"--add"_s, file});
        QVERIFY(result.status != ExitStatus::Done);
        QVERIFY2(result.err.contains(file), qPrintable(result.err));
    }
    QVERIFY(HandlerSettings().paths().isEmpty());
}

void TestCliHandlers::importNeedsAllowing()
{
    const QStringList import{u"import"_s, path(u"unpack/tree"_s), path(u"out/disk.img"_s),
                             u"--type"_s, u"labelled"_s,          u"--size"_s,
                             u"16"_s};
    QCOMPARE(run(import).status, ExitStatus::WrongUsage);
    QCOMPARE(run({u"handlers"_s, u"--add"_s, path(u"own.bbclass"_s)}).status, ExitStatus::Done);
    const Run refused = run(import);
    QCOMPARE(refused.status, ExitStatus::InvalidInput);
    QVERIFY2(refused.err.contains("stowage-cli handlers --allow labelled"_L1), qPrintable(refused.err));
    QCOMPARE(run({u"handlers"_s, u"--allow"_s, u"labelled"_s}).status, ExitStatus::Done);
    const Run done = run(import);
    QVERIFY2(done.status == ExitStatus::Done, qPrintable(done.err));
    QVERIFY(done.err.contains("only a test"_L1));
    QCOMPARE(m_input->entries(u"out"_s), QStringList{u"disk.img"_s});
    QVERIFY(QFile::remove(path(u"own.bbclass"_s)));
    writeFile(path(u"own.bbclass"_s), QByteArray(Class) + "# changed\n");
    QCOMPARE(run(import).status, ExitStatus::InvalidInput);
}

void TestCliHandlers::handlersOfOneRun()
{
    const Run done = run({u"import"_s, path(u"unpack/tree"_s), path(u"out/disk.img"_s), u"--type"_s, u"labelled"_s,
                          u"--size"_s, u"16"_s, u"--handlers"_s, path(u"own.bbclass"_s), u"--json"_s});
    QVERIFY2(done.status == ExitStatus::Done, qPrintable(done.err));
    QCOMPARE(done.json().object().value("type"_L1), QJsonValue(u"labelled"_s));
    QCOMPARE(done.json().object().value("bytes"_L1).toInteger(), 16 * 1024 * 1024);
    // For this run alone.
    QVERIFY(HandlerSettings().paths().isEmpty());
    QVERIFY(HandlerSettings().allowed().isEmpty());
    QVERIFY(handlerIn(run({u"handlers"_s, u"--json"_s}).json(), u"labelled"_s).isEmpty());
}

void TestCliHandlers::handlersOfOneRunThatCannotBe()
{
    writeFile(path(u"none.sh"_s), "echo nothing\n");
    const QStringList check = m_input->arguments(u"check"_s, OneGuest);
    const Run missing = run(check + QStringList{u"--handlers"_s, path(u"none.sh"_s)});
    QCOMPARE(missing.status, ExitStatus::InvalidInput);
    QVERIFY2(missing.err.contains("none.sh"_L1), qPrintable(missing.err));
    QVERIFY(QFile::remove(path(u"none.sh"_s)));
    writeFile(path(u"none.sh"_s), QByteArray(Class) + "xen_guest_import_raw() {\n:\n}\n");
    const Run builtIn = run(check + QStringList{u"--handlers"_s, path(u"none.sh"_s)});
    QVERIFY2(builtIn.err.contains("\"raw\""_L1) && builtIn.err.contains("built in"_L1), qPrintable(builtIn.err));
}

void TestCliHandlers::buildsWithThem()
{
    const QStringList check = m_input->arguments(u"check"_s, OneGuest);
    const Run unknown = run(check + QStringList{u"--json"_s});
    QVERIFY2(unknown.out.contains("source.type-unknown"_L1), qPrintable(unknown.out));
    QCOMPARE(run({u"handlers"_s, u"--add"_s, path(u"own.bbclass"_s)}).status, ExitStatus::Done);
    const Run forbidden = run(check + QStringList{u"--json"_s});
    QVERIFY2(forbidden.out.contains("source.type-not-allowed"_L1), qPrintable(forbidden.out));
    QCOMPARE(forbidden.status, ExitStatus::InvalidInput);

    const QStringList own{u"--handlers"_s, path(u"own.bbclass"_s)};
    QVERIFY(!run(check + own + QStringList{u"--json"_s}).out.contains("source."_L1));
    QStringList build = check;
    build.first() = u"build"_s;
    const Run done = run(build + own
                         + QStringList{u"--output"_s, u"tree:"_s + path(u"out/tree"_s), u"--output"_s,
                                       u"tar:"_s + path(u"out/host.tar"_s)});
    QVERIFY2(done.status == ExitStatus::Done, qPrintable(done.err));
    const QString image = path(u"out/tree/var/lib/xen/images/web.img"_s);
    QCOMPARE(QFileInfo(image).size(), 16 * 1024 * 1024);
    QProcess label;
    label.start(u"/sbin/e2label"_s, {image});
    QVERIFY(label.waitForFinished());
    QCOMPARE(label.readAllStandardOutput(), "mine\n");
    const Run disk = run(build + own + QStringList{u"--output"_s, u"ext4:"_s + path(u"out/host.ext4"_s)});
    QVERIFY2(disk.status == ExitStatus::Done, qPrintable(disk.err));
}

QTEST_GUILESS_MAIN(TestCliHandlers)
#include "tst_clihandlers.moc"
