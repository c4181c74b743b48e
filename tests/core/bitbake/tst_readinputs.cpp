// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "childprocess.h"
#include "core/project/projectfile.h"
#include "inputfiles.h"

#include <QElapsedTimer>

#include <sys/stat.h>

using namespace Qt::StringLiterals;
using namespace Stowage;
using namespace Stowage::Test;

class ReadInputsTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void unevaluated_data();
    void unevaluated();
    void includes();
    void includeProblems_data();
    void includeProblems();
    void oldPairs();
    void oldConfigs();
    void closedDeployDirectory();
    void usualDeployDirectory();
    void mixed();
    void twoRecipes();
    void hostApartFromBundle();
    void hostImage_data();
    void hostImage();
    void settingsOverrideProject();
    void broken_data();
    void broken();
    void unreadable();
    void manyGuests();
    void manyInOneLine();
    void stopsEarly_data();
    void stopsEarly();
    void everyPrefix();
};

void ReadInputsTest::unevaluated_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("problems");
    const auto row = [](const char* title, const char* text, const char* problems) {
        QTest::newRow(title) << QByteArray(text) << QString::fromUtf8(problems);
    };
    row("python that nobody uses", "A = \"${@f()}\"\nBUNDLED_XEN_GUESTS = \"a\"", "warning bitbake.unevaluated 1");
    row("python in a flag", "BUNDLED_XEN_GUESTS = \"a\"\nXEN_GUEST_EXTRA[a] = \"${@f()}\"",
        "error bitbake.unevaluated 2");
    row("python behind a variable", "A = \"${@f()}\"\nBUNDLED_XEN_GUESTS = \"a\"\nXEN_GUEST_EXTRA[a] = \"${A}\"",
        "error bitbake.unevaluated 3\nwarning bitbake.unevaluated 1");
    row("python in the list", "BUNDLED_XEN_GUESTS = \"a ${@f()}\"", "error bitbake.unevaluated 1");
    row("unknown variable", "BUNDLED_XEN_GUESTS = \"a\"\nXEN_GUEST_EXTRA[a] = \"ip=${IP}\"",
        "error bitbake.unevaluated 2");
    row("unknown variable that nobody uses", "A = \"${IP}\"", "");
    row("loop", "BUNDLED_XEN_GUESTS = \"${BUNDLED_XEN_GUESTS} a\"", "error bitbake.unevaluated 1");
    row("anonymous python", "python () {\n  pass\n}\n", "error bitbake.syntax 1\nwarning bitbake.syntax 2");
    row("old append", "BUNDLED_XEN_GUESTS = \"a\"\nBUNDLED_XEN_GUESTS_append = \" b\"", "warning bitbake.syntax 2");
    row("old append for a machine", "A_append_qemuarm64 = \" b\"", "warning bitbake.syntax 1");
    row("flag of a variant", "BUNDLED_XEN_GUESTS = \"a\"\nXEN_GUEST_MEMORY:m[a] = \"1\"",
        "warning bitbake.unevaluated 2");
    row("weak append", "A:append ?\?= \"1\"", "warning bitbake.unevaluated 1");
    row("flag of no guest", "BUNDLED_XEN_GUESTS = \"a\"\nXEN_GUEST_MEMORY[b] = \"1\"", "note value.invalid 2");
    row("broken line", "BUNDLED_XEN_GUESTS = \"a\"\nXEN_GUEST_MEMORY[a] = 1", "error bitbake.syntax 2");
}

void ReadInputsTest::unevaluated()
{
    QFETCH(QByteArray, text);
    QFETCH(QString, problems);
    const ProjectInput input = readText(text);
    QCOMPARE(listed(input.problems).section(u'\n', 0, 1), problems.section(u'\n', 0, 1));
    for (const Problem& problem : input.problems) {
        QCOMPARE(problem.where.file, u"local.conf"_s);
        QVERIFY(!problem.text.isEmpty() && !problem.remedy.isEmpty());
    }
}

void ReadInputsTest::includes()
{
    Files files;
    files.add(u"layer/conf/layer.conf"_s, "", false);
    files.add(u"layer/recipes/set_1.bb"_s,
              "P1 := \"${THISDIR}\"\nrequire part.inc\nrequire inc/${PN}.inc\ninclude missing.inc\n"
              "inherit mine\nXEN_GUEST_BUNDLES = \"${A} ${B} ${C}\"\nP2 := \"${THISDIR}\"\n"
              "XEN_GUEST_SOURCE_FILE[a] = \"${P1}\"\nXEN_GUEST_SOURCE_FILE[b] = \"${P2}\"\n");
    files.add(u"layer/recipes/part.inc"_s, "A = \"a\"\nXEN_GUEST_MEMORY[a] = \"bad\"\n", false);
    files.add(u"layer/inc/set.inc"_s, "B = \"b\"\ninclude more.inc\n", false);
    files.add(u"layer/inc/more.inc"_s, "C = \"c\"\n", false);
    files.add(u"layer/classes/mine.bbclass"_s, "C:append = \" d\"\ndo_x() {\n  true\n}\n", false);
    const ProjectInput input = files.read();
    QCOMPARE(entries(input.project), (QStringList{u"a"_s, u"b"_s, u"c"_s, u"d"_s}));
    QCOMPARE(listed(input.problems), u"error value.invalid 2"_s);
    QCOMPARE(input.problems.first().where.file, u"layer/recipes/part.inc"_s);
    QCOMPARE(input.project.guests.at(0).sourceFile, files.directory.filePath(u"layer/recipes"_s));
    QCOMPARE(input.project.guests.at(1).sourceFile, files.directory.filePath(u"layer/recipes"_s));
}

void ReadInputsTest::includeProblems_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("problems");
    QTest::newRow("missing include") << QByteArray("include x.inc") << QString();
    QTest::newRow("missing require") << QByteArray("\nrequire x.inc") << u"error input.unreadable 2"_s;
    QTest::newRow("unknown include") << QByteArray("include ${X}.inc") << u"warning bitbake.unevaluated 1"_s;
    QTest::newRow("unknown require") << QByteArray("require ${X}.inc") << u"error bitbake.unevaluated 1"_s;
    QTest::newRow("itself") << QByteArray("include x.bb") << u"error bitbake.syntax 1"_s;
    QTest::newRow("each other") << QByteArray("include other.inc") << u"error bitbake.syntax 1"_s;
    QTest::newRow("a directory") << QByteArray("require .") << u"error input.unreadable 1"_s;
    QTest::newRow("a NUL byte") << QByteArray("require a\0b", 11) << u"error bitbake.syntax 1"_s;
    QTest::newRow("unknown class") << QByteArray("inherit image") << u"note bitbake.unevaluated 1"_s;
    QTest::newRow("anonymous python") << QByteArray("\npython __anonymous() {\n}")
                                      << u"warning bitbake.unevaluated 2"_s;
    QTest::newRow("not UTF-8") << QByteArray("# \xe4\nA = \"\xff\"") << u"warning bitbake.syntax 0"_s;
}

void ReadInputsTest::includeProblems()
{
    QFETCH(QByteArray, text);
    QFETCH(QString, problems);
    Files files;
    files.add(u"x.bb"_s, text);
    files.add(u"other.inc"_s, "include x.bb\n", false);
    QCOMPARE(listed(files.read().problems), problems);
}

void ReadInputsTest::oldPairs()
{
    const ProjectInput input = readText(
        "XEN_BUNDLED_GUESTS = \"guest-qemuarm64.rootfs.ext4:Image other.ext4:vmlinuz bad\"\n");
    QCOMPARE(entries(input.project),
             (QStringList{u"xen-guest-bundle-1"_s, u"xen-guest-bundle-2"_s, u"xen-guest-bundle-3"_s}));
    QCOMPARE(input.project.guests.at(0).rootfs, u"guest-qemuarm64.rootfs.ext4"_s);
    QCOMPARE(input.project.guests.at(0).kernel, u"Image"_s);
    QCOMPARE(input.project.guests.at(1).naming, NamingRule::LinkTarget);
    QCOMPARE(input.places.value(placeKey(1)).column, 57);
    QCOMPARE(listed(input.problems), u"error value.invalid 1"_s);
}

void ReadInputsTest::oldConfigs()
{
    Files files;
    files.add(u"deploy/xen-guest-bundle-b.cfg"_s,
              "name = \"xen-guest\"\nmemory = 512\ndisk = ['file:guest.rootfs.ext4,xvda,rw']\nkernel = \"Image\"\n",
              false);
    files.add(u"deploy/xen-guest-bundle-a.cfg"_s, "name = \"a\"\ndisk = ['/x/a.img,raw,xvda']\n", false);
    files.add(u"deploy/xen-guest-bundle-1.cfg"_s, "name = \"made by a build\"\n", false);
    files.add(u"deploy/other.cfg"_s, "name = \"x\"\n", false);
    files.add(u"deploy/xen-guest-bundle-broken.cfg"_s, "name = [\n", false);
    files.add(u"local.conf"_s, "DEPLOY_DIR_IMAGE = \"deploy\"\nXEN_BUNDLED_GUESTS = \"r.ext4:k\"\n");
    const ProjectInput input = files.read();
    QCOMPARE(entries(input.project),
             (QStringList{u"xen-guest-bundle-1"_s, u"xen-guest-bundle-a"_s, u"xen-guest-bundle-b"_s}));
    QCOMPARE(input.project.guests.at(0).configFile, QString());
    QCOMPARE(input.project.guests.at(1).rootfs, u"a.img"_s);
    QCOMPARE(input.project.guests.at(1).kernel, u"none"_s);
    QCOMPARE(input.project.guests.at(2).rootfs, u"guest.rootfs.ext4"_s);
    QCOMPARE(input.project.guests.at(2).kernel, u"Image"_s);
    QCOMPARE(input.project.guests.at(2).configFile, files.directory.filePath(u"deploy/xen-guest-bundle-b.cfg"_s));
    QCOMPARE(input.problems.size(), 1);
    QCOMPARE(input.problems.first().code, ProblemCode::ConfigSyntax);

    Files modern;
    modern.add(u"deploy/xen-guest-bundle-b.cfg"_s, "name = \"b\"\ndisk = ['a,raw,xvda']\n", false);
    modern.add(u"local.conf"_s, "DEPLOY_DIR_IMAGE = \"deploy\"\nBUNDLED_XEN_GUESTS = \"g\"\n");
    QCOMPARE(entries(modern.read().project), QStringList{u"g"_s});
}

void ReadInputsTest::closedDeployDirectory()
{
    Files files;
    files.add(u"deploy/xen-guest-bundle-b.cfg"_s, "name = \"b\"\ndisk = ['a,raw,xvda']\n", false);
    files.add(u"local.conf"_s, "DEPLOY_DIR_IMAGE = \"deploy\"\n");
    QCOMPARE(::chmod(qPrintable(files.directory.path()), 0755), 0);
    QCOMPARE(::chmod(qPrintable(files.directory.filePath(u"deploy"_s)), 0), 0);
    const auto warned = [&files] { return listed(files.read().problems) == "warning input.unreadable 1"_L1 ? 0 : 1; };
    QCOMPARE(runInChild(warned, true), 0);
    QCOMPARE(::chmod(qPrintable(files.directory.filePath(u"deploy"_s)), 0755), 0);
    QCOMPARE(entries(files.read().project), QStringList{u"xen-guest-bundle-b"_s});
}

void ReadInputsTest::usualDeployDirectory()
{
    Files files;
    files.add(u"build/conf/local.conf"_s, "MACHINE ?= \"qemuarm64\"\nBUNDLED_XEN_GUESTS = \"a\"\n");
    QCOMPARE(files.read().project.machine.deployDirectory, QString());
    files.add(u"build/tmp/deploy/images/qemuarm64/Image"_s, "", false);
    QCOMPARE(files.read().project.machine.deployDirectory,
             files.directory.filePath(u"build/tmp/deploy/images/qemuarm64"_s));
}

void ReadInputsTest::mixed()
{
    Files files;
    files.add(u"a/p.stowage"_s, R"({"version": 1,
"machine": {"name": "m1", "deployDirectory": "deploy"},
"defaults": {"memory": 100},
"guests": [{"entry": "one", "sourceFile": "disk"}]})");
    files.add(u"a/disk"_s, "x", false);
    files.add(u"b/q.stowage"_s, R"({"version": 1, "machine": {"name": "m2", "memory": 64}, "bundle": {"name": "q"},
"guests": [{"entry": "two", "sourceFile": "disk2"}]})");
    files.add(u"b/disk2"_s, "x", false);
    files.add(u"b/local.conf"_s, "BUNDLED_XEN_GUESTS = \"three\"\nXEN_GUEST_MEMORY_DEFAULT = \"7\"\n");
    const ProjectInput input = files.read();
    QCOMPARE(listed(input.problems), QString());
    const Project& project = input.project;
    QCOMPARE(entries(project), (QStringList{u"one"_s, u"two"_s, u"three"_s}));
    QCOMPARE(project.directory, files.directory.filePath(u"a"_s));
    QCOMPARE(project.machine.name, u"m1"_s);
    QCOMPARE(project.machine.memoryMiB, 64);
    QCOMPARE(project.bundle.name, u"q"_s);
    QCOMPARE(project.absolutePath(project.guests.at(0).sourceFile), files.directory.filePath(u"a/disk"_s));
    QCOMPARE(project.absolutePath(project.guests.at(1).sourceFile), files.directory.filePath(u"b/disk2"_s));
    QCOMPARE(project.guests.at(0).effectiveMemoryMiB(project.defaults), 100);
    QCOMPARE(project.guests.at(1).effectiveMemoryMiB(project.defaults), 512);
    QCOMPARE(project.guests.at(2).effectiveMemoryMiB(project.defaults), 7);
    QCOMPARE(input.places.value(placeKey(0, u"sourceFile")), (Place{u"a/p.stowage"_s, 4, 43, 0, u"sourceFile"_s}));
    QCOMPARE(input.places.value(placeKey(1)), (Place{u"b/q.stowage"_s, 2, 12, 1, {}}));
    QCOMPARE(input.places.value(placeKey(2)), (Place{u"b/local.conf"_s, 1, 23, 2, {}}));
    QCOMPARE(input.places.value(placeKey(-1, u"machine.name")).file, u"a/p.stowage"_s);
}

void ReadInputsTest::twoRecipes()
{
    Files files;
    files.add(u"local.conf"_s, "BUNDLED_XEN_GUESTS = \"host-guest\"\nXEN_GUEST_MEMORY[x] = \"99\"\n");
    files.add(u"first_1.0.bb"_s, "XEN_GUEST_BUNDLES = \"x\"\nXEN_GUEST_MEMORY_DEFAULT = \"64\"\n");
    files.add(u"second_2.0.bb"_s, "XEN_GUEST_BUNDLES = \"y z\"\nXEN_GUEST_VCPUS[z] = \"3\"\n");
    files.add(u"second_%.bbappend"_s, "XEN_GUEST_BUNDLES += \"w\"\n");
    const ProjectInput input = files.read();
    QCOMPARE(listed(input.problems), QString());
    QCOMPARE(entries(input.project), (QStringList{u"x"_s, u"y"_s, u"z"_s, u"w"_s, u"host-guest"_s}));
    const GuestDefaults& defaults = input.project.defaults;
    QCOMPARE(input.project.guests.at(0).effectiveMemoryMiB(defaults), 99);
    QCOMPARE(input.project.guests.at(1).effectiveMemoryMiB(defaults), 512);
    QCOMPARE(input.project.guests.at(2).effectiveVcpus(defaults), 3);
    QCOMPARE(input.project.guests.at(4).naming, NamingRule::LinkTarget);
    QCOMPARE(input.project.bundle.name, u"first"_s);
}

/** What a bundle's recipe sets is for its own guests: the host image is another recipe. */
void ReadInputsTest::hostApartFromBundle()
{
    Files files;
    files.add(u"bundle_1.0.bb"_s,
              "inherit xen-guest-bundle\nXEN_GUEST_BUNDLES = \"x\"\nXEN_GUEST_MEMORY_DEFAULT = \"64\"\n"
              "XEN_GUEST_EXTRA[h] = \"of the bundle\"\n");
    files.add(u"local.conf"_s, "BUNDLED_XEN_GUESTS = \"h\"\nXEN_GUEST_VCPUS_DEFAULT = \"2\"\n");
    const ProjectInput input = files.read();
    QCOMPARE(listed(input.problems), u"note value.invalid 4"_s);
    QCOMPARE(entries(input.project), (QStringList{u"x"_s, u"h"_s}));
    const GuestDefaults& defaults = input.project.defaults;
    QCOMPARE(input.project.guests.at(0).effectiveMemoryMiB(defaults), 64);
    QCOMPARE(input.project.guests.at(0).effectiveVcpus(defaults), 2);
    QCOMPARE(input.project.guests.at(1).effectiveMemoryMiB(defaults), 512);
    QCOMPARE(input.project.guests.at(1).effectiveVcpus(defaults), 2);
    QCOMPARE(input.project.guests.at(1).effectiveExtra(defaults), GuestDefaults{}.extra);
    QCOMPARE(input.project.guests.at(1).naming, NamingRule::LinkTarget);
    QCOMPARE(input.places.value(placeKey(1)).file, u"local.conf"_s);
}

void ReadInputsTest::hostImage_data()
{
    QTest::addColumn<QString>("recipe");
    QTest::addColumn<QStringList>("expected");
    QTest::newRow("none") << QString() << QStringList{u"a"_s, u"b"_s};
    QTest::newRow("of a bundle") << u"set_1.0.bb"_s << QStringList{u"s"_s, u"a"_s, u"b"_s};
    QTest::newRow("of another image") << u"my-image.bb"_s << QStringList{u"a"_s, u"c"_s};
}

/** A configuration speaks of xen-image-minimal, or of the image whose recipe is given. */
void ReadInputsTest::hostImage()
{
    QFETCH(QString, recipe);
    QFETCH(QStringList, expected);
    Files files;
    files.add(u"local.conf"_s,
              "BUNDLED_XEN_GUESTS = \"a\"\nBUNDLED_XEN_GUESTS:append:pn-xen-image-minimal = \" b\"\n"
              "BUNDLED_XEN_GUESTS:append:pn-my-image = \" c\"\n");
    files.add(u"set_1.0.bb"_s, "XEN_GUEST_BUNDLES = \"s\"\n", recipe.startsWith("set"_L1));
    files.add(u"my-image.bb"_s, "inherit xen-guest-cross-install\n", recipe.startsWith("my"_L1));
    const ProjectInput input = files.read();
    QCOMPARE(listed(input.problems), QString());
    QCOMPARE(entries(input.project), expected);
}

void ReadInputsTest::settingsOverrideProject()
{
    Files files;
    files.add(u"a/p.stowage"_s,
              R"({"version": 1, "machine": {"name": "m1", "architecture": "arm", "deployDirectory": "d"}})");
    BuildSettings settings = files.settings();
    settings.machine = u"qemux86-64"_s;
    settings.deployDirectory = u"dd"_s;
    const Project project = readInputs(files.inputs, settings).project;
    QCOMPARE(project.machine.name, u"qemux86-64"_s);
    QCOMPARE(project.machine.effectiveArchitecture(), Architecture::X86_64);
    QCOMPARE(project.absolutePath(project.machine.deployDirectory), files.directory.filePath(u"dd"_s));
}

void ReadInputsTest::broken_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("problems");
    QTest::newRow("broken project") << u"p.stowage"_s << QByteArray("{\n\"version\": 1,\n")
                                    << u"error project.syntax 2"_s;
    QTest::newRow("empty project") << u"p.stowage"_s << QByteArray() << u"error project.syntax 1"_s;
    QTest::newRow("newer project") << u"p.json"_s << QByteArray("{\"version\": 2}") << u"error project.syntax 1"_s;
    QTest::newRow("empty text") << u"local.conf"_s << QByteArray() << QString();
    QTest::newRow("text with a bad line") << u"local.conf"_s << QByteArray("\n\nhello") << u"error bitbake.syntax 3"_s;
}

void ReadInputsTest::broken()
{
    QFETCH(QString, name);
    QFETCH(QByteArray, text);
    QFETCH(QString, problems);
    Files files;
    files.add(name, text);
    const ProjectInput input = files.read();
    QCOMPARE(listed(input.problems), problems);
    QVERIFY(input.problems.isEmpty() || input.problems.first().where.file == name);
}

void ReadInputsTest::unreadable()
{
    Files files;
    files.inputs = {u"missing.conf"_s, u"."_s, u"missing.stowage"_s};
    const ProjectInput input = files.read();
    QCOMPARE(listed(input.problems), u"error input.unreadable 0\nerror input.unreadable 0\nerror input.unreadable 0"_s);
    QCOMPARE(input.problems.first().where.file, u"missing.conf"_s);
    QVERIFY(readInputs({}, files.settings()).project.guests.isEmpty());
}

void ReadInputsTest::manyGuests()
{
    Project project;
    QByteArray list;
    QByteArray flags;
    constexpr int count = 5000;
    for (int i = 0; i < count; ++i) {
        project.guests.emplaceBack().entry = u"g%1"_s.arg(i);
        list += "g" + QByteArray::number(i) + " ";
        flags += "XEN_GUEST_MEMORY[g" + QByteArray::number(i) + "] = \"64\"\n";
    }
    Files files;
    files.add(u"p.stowage"_s, projectToJson(project));
    files.add(u"local.conf"_s, "BUNDLED_XEN_GUESTS = \"" + list + "\"\n" + flags);
    QElapsedTimer timer;
    timer.start();
    const ProjectInput input = files.read();
    QCOMPARE(input.project.guests.size(), 2 * count);
    QCOMPARE(input.places.value(placeKey(2 * count - 1, u"memory")).line, count + 1);
    QVERIFY2(timer.elapsed() < 20000, qPrintable(QString::number(timer.elapsed())));
}

/** Finding where each of them stands must not count the line from its start again. */
void ReadInputsTest::manyInOneLine()
{
    constexpr int count = 100'000;
    QByteArray list;
    for (int i = 0; i < count; ++i) {
        list += "g" + QByteArray::number(i) + " ";
    }
    QElapsedTimer timer;
    timer.start();
    const ProjectInput input = readText("BUNDLED_XEN_GUESTS = \"" + list + "\"\n");
    QCOMPARE(input.project.guests.size(), count);
    const Place last = input.places.value(placeKey(count - 1, u"entry"));
    QCOMPARE(last.line, 1);
    QCOMPARE(last.column, 23 + list.lastIndexOf('g'));
    QVERIFY2(timer.elapsed() < 10'000, qPrintable(QString::number(timer.elapsed())));
}

void ReadInputsTest::stopsEarly_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<int>("problems"); ///< Where nobody stops it.
    QTest::newRow("a file") << QByteArray("nonsense") << 1;
    QTest::newRow("a required file") << QByteArray("require missing.inc\n") << 1;
    QTest::newRow("old configurations") << QByteArray("DEPLOY_DIR_IMAGE = \"deploy\"\n") << 1;
}

/** On a network file system, or in a very large text, each step may take its time. */
void ReadInputsTest::stopsEarly()
{
    QFETCH(QByteArray, text);
    QFETCH(int, problems);
    Files files;
    files.add(u"deploy/xen-guest-bundle-broken.cfg"_s, "name = [\n", false);
    files.add(u"local.conf"_s, text);
    QCOMPARE(files.read().problems.size(), problems);
    std::stop_source stop;
    stop.request_stop();
    QVERIFY(readInputs(files.inputs, files.settings(), stop.get_token()).problems.isEmpty());
    QVERIFY(readBitBake(files.inputs, files.settings(), stop.get_token()).problems.isEmpty());
    QVERIFY(readInputs({u"missing.stowage"_s}, files.settings(), stop.get_token()).problems.isEmpty());
}

void ReadInputsTest::everyPrefix()
{
    const QByteArray text =
        "\xef\xbb\xbf# g\xc3\xa4st\r\nMACHINE ?\?= \"qemuarm64\"\nBUNDLED_XEN_GUESTS = \"a:autostart \\\n  b\"\n"
        "XEN_GUEST_MEMORY[a] = '10'\nXEN_GUEST_EXTRA[b]:=\"${MACHINE} ${@x}\"\nXEN_BUNDLED_GUESTS=\"r:k\"\n";
    for (qsizetype size = 0; size <= text.size(); ++size) {
        Files files;
        files.add(u"local.conf"_s, text.first(size));
        const ProjectInput input = files.read();
        QVERIFY(input.project.guests.size() <= 3);
    }
    QCOMPARE(entries(readText(text).project), (QStringList{u"a"_s, u"b"_s, u"xen-guest-bundle-1"_s}));
}

QTEST_GUILESS_MAIN(ReadInputsTest)
#include "tst_readinputs.moc"
