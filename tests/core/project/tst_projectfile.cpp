// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/project/inputfile.h"
#include "core/project/jsonlocator.h"
#include "core/project/projectfile.h"
#include "fixtures.h"
#include "fullproject.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QTemporaryDir>

using namespace Qt::StringLiterals;
using namespace Stowage;
using namespace Stowage::Test;

class ProjectFileTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void roundTrip();
    void writesOnlyWhatIsSet();
    void textIsStable();
    void brokenText_data();
    void brokenText();
    void everyPrefix();
    void everyByteChanged();
    void byteOrderMark();
    void duplicateKeys();
    void guestObjects();
    void saveAndLoad();
    void saveKeepsOldFileOnFailure();
    void relocate();
    void relocateKeepsLookedUpNames();
    void unreadable_data();
    void unreadable();
    void positions_data();
    void positions();
};

void ProjectFileTest::roundTrip()
{
    const Project project = fullProject();
    const Result<Project> read = projectFromJson(projectToJson(project), u"p.stowage"_s);
    QVERIFY_RESULT(read);
    QCOMPARE(projectToJson(*read), projectToJson(project));
    QVERIFY(*read == project);
}

void ProjectFileTest::writesOnlyWhatIsSet()
{
    QCOMPARE(projectToJson(Project{}), "{\n    \"guests\": [\n    ],\n    \"version\": 1\n}\n");
    Project project;
    project.guests = {Guest{}};
    project.guests.first().entry = u"a"_s;
    const QJsonObject object = QJsonDocument::fromJson(projectToJson(project)).object();
    QCOMPARE(object.value("guests"_L1).toArray(), (QJsonArray{QJsonObject{{u"entry"_s, u"a"_s}}}));
}

void ProjectFileTest::textIsStable()
{
    const QByteArray expected = R"({
    "guests": [
        {
            "entry": "zeta",
            "memory": 64
        },
        {
            "autostart": true,
            "entry": "alpha"
        }
    ],
    "machine": {
        "name": "qemuarm64"
    },
    "version": 1
}
)";
    const Result<Project> project = projectFromJson(expected, u"p.stowage"_s);
    QVERIFY_RESULT(project);
    QCOMPARE(projectToJson(*project), expected);
}

void ProjectFileTest::brokenText_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<int>("line");
    QTest::addColumn<int>("column"); // 0: not checked

    QTest::newRow("empty") << QByteArray() << 1 << 0;
    QTest::newRow("space") << QByteArray("  \n ") << 2 << 0;
    QTest::newRow("no JSON") << QByteArray("BUNDLED_XEN_GUESTS = \"a\"") << 1 << 0;
    QTest::newRow("comma missing") << QByteArray("{\n  \"version\": 1\n  \"guests\": []\n}") << 3 << 3;
    QTest::newRow("comma too many") << QByteArray("{\n  \"version\": 1,\n}") << 3 << 1;
    QTest::newRow("open string") << QByteArray("{\"version\": 1,\n\"name\": \"abc") << 2 << 0;
    QTest::newRow("open object") << QByteArray("{\"version\": 1") << 1 << 0;
    QTest::newRow("bad word") << QByteArray("{\"version\": 1,\n\n \"a\": yes}") << 3 << 0;
    QTest::newRow("NUL byte") << QByteArray("{\"version\"\0: 1}", 15) << 1 << 0;
    QTest::newRow("NUL bytes") << QByteArray(1000, '\0') << 1 << 0;
    QTest::newRow("not UTF-8") << QByteArray("{\"version\": 1,\n \"a\": \"\xff\xfe\"}") << 2 << 0;
    QTest::newRow("two documents") << QByteArray("{\"version\": 1}\n{}") << 2 << 0;
    QTest::newRow("nested lists") << QByteArray(10 * 1024 * 1024, '[') << 1 << 0;
    QTest::newRow("nested lists, closed") << QByteArray(5000000, '[') + QByteArray(5000000, ']') << 1 << 0;
    QTest::newRow("nested objects") << QByteArray("{\"a\":").repeated(100000) << 1 << 0;
    QTest::newRow("escaped NUL") << QByteArray("{\"version\": 1, \"bundle\":\n {\"name\": \"a\\u0000b\"}}") << 2 << 11;
}

void ProjectFileTest::brokenText()
{
    QFETCH(QByteArray, text);
    QFETCH(int, line);
    QFETCH(int, column);

    const Result<Project> project = projectFromJson(text, u"dir/p.stowage"_s);
    QVERIFY(!project);
    QCOMPARE(project.error().code, Error::Code::InvalidInput);
    QCOMPARE(project.error().place.file, u"dir/p.stowage"_s);
    QCOMPARE(project.error().place.line, line);
    QVERIFY(project.error().place.column > 0);
    if (column != 0) {
        QCOMPARE(project.error().place.column, column);
    }
}

void ProjectFileTest::everyPrefix()
{
    const QByteArray text = projectToJson(fullProject());
    for (qsizetype size = 0; size < text.size() - 2; ++size) {
        const Result<Project> project = projectFromJson(text.first(size), u"p"_s);
        QVERIFY2(!project, qPrintable(QString::number(size)));
        QVERIFY(project.error().place.line > 0);
    }
}

void ProjectFileTest::everyByteChanged()
{
    const QByteArray text = projectToJson(fullProject());
    int refused = 0;
    for (qsizetype i = 0; i < text.size(); ++i) {
        for (const char byte : {'"', ']', '\xff'}) {
            QByteArray changed = text;
            changed[i] = byte;
            const Result<Project> project = projectFromJson(changed, u"p"_s);
            if (project) {
                QVERIFY_RESULT(projectFromJson(projectToJson(*project), u"p"_s));
            } else {
                QVERIFY(project.error().place.line > 0);
                ++refused;
            }
        }
    }
    QVERIFY(refused > text.size());
}

void ProjectFileTest::byteOrderMark()
{
    QVERIFY_RESULT(projectFromJson("\xEF\xBB\xBF{\"version\": 1}", u"p"_s));
    const Result<Project> project = projectFromJson("\xEF\xBB\xBF{\"version\": 9}", u"p"_s);
    QVERIFY(!project);
    QCOMPARE(project.error().code, Error::Code::Unsupported);
    QCOMPARE(project.error().place.column, 13);
}

void ProjectFileTest::duplicateKeys()
{
    const Result<Project> project = projectFromJson(
        R"({"version": 7, "bundle": {"name": "a", "name": "b"}, "version": 1})", u"p"_s);
    QVERIFY_RESULT(project);
    QCOMPARE(project->bundle.name, u"b"_s);
}

void ProjectFileTest::guestObjects()
{
    const Guest guest = fullGuest();
    const Result<Guest> read = guestFromJson(guestToJson(guest));
    QVERIFY_RESULT(read);
    QVERIFY(*read == guest);
    const Result<Guest> refused = guestFromJson({{u"entry"_s, u"a"_s}, {u"vcpus"_s, u"many"_s}});
    QVERIFY(!refused);
    QCOMPARE(refused.error().place.field, u"vcpus"_s);
}

void ProjectFileTest::saveAndLoad()
{
    const QTemporaryDir directory;
    const QString path = directory.filePath(u"ünï code.stowage"_s);
    Project project = fullProject();
    project.directory = directory.path();
    QVERIFY_RESULT(saveProject(project, path));
    const Result<Project> loaded = loadProject(path);
    QVERIFY_RESULT(loaded);
    project.outputs.last().path = loaded->outputs.last().path; // made relative where both lie in /tmp
    QVERIFY(*loaded == project);
    QCOMPARE(loaded->absolutePath(loaded->outputs.last().path), u"/tmp/out.tar"_s);
}

void ProjectFileTest::saveKeepsOldFileOnFailure()
{
    const QTemporaryDir directory;
    const QString path = directory.filePath(u"missing/p.stowage"_s);
    const Result<void> saved = saveProject(fullProject(), path);
    QVERIFY(!saved);
    QCOMPARE(saved.error().code, Error::Code::NotFound);
    QVERIFY(saved.error().message.contains(directory.filePath(u"missing"_s)));
    QVERIFY(!saved.error().remedy.isEmpty());
    QVERIFY(!QFileInfo::exists(directory.filePath(u"missing"_s)));

    writeFile(directory.filePath(u"full/old"_s), "old");
    QVERIFY(!saveProject(fullProject(), directory.filePath(u"full"_s)));
    QCOMPARE(QDir(directory.path()).entryList(QDir::AllEntries | QDir::NoDotAndDotDot), QStringList{u"full"_s});
    QCOMPARE(readFile(directory.filePath(u"full/old"_s)), "old");
}

void ProjectFileTest::relocate()
{
    const QTemporaryDir temporary;
    const QString top = temporary.path();
    writeFile(top + "/a/disk.qcow2"_L1, "x");
    writeFile(top + "/a/vm.cfg"_L1, "x");
    writeFile(top + "/data.img"_L1, "x");
    Project project;
    project.directory = top + "/a"_L1;
    project.machine.deployDirectory = u"deploy"_s;
    project.machine.unpackDirectory = top + "/b/unpack"_L1;
    project.host.path = u"/nonexistent-top/host"_s;
    project.outputs = {{u"tree"_s, u"out"_s}, {u"tar"_s, top + "/b/out.tar"_L1}};
    Guest guest;
    guest.sourceFile = u"disk.qcow2"_s;
    guest.configFile = u"./vm.cfg"_s;
    guest.kernel = u"none"_s;
    guest.rootfs = u"root.ext4"_s;
    guest.extraDisks = {GuestDisk{
        .file = top + "/data.img"_L1, .type = {}, .target = {}, .device = {}, .imageSizeMiB = {}, .unknown = {}}};
    project.guests = {guest};

    const Project moved = relocated(project, top + "/b/c"_L1);
    QCOMPARE(moved.directory, top + "/b/c"_L1);
    QCOMPARE(moved.machine.deployDirectory, u"../../a/deploy"_s);
    QCOMPARE(moved.machine.unpackDirectory, u"../unpack"_s);
    QCOMPARE(moved.host.path, u"/nonexistent-top/host"_s);
    QCOMPARE(moved.outputs.at(0).path, u"../../a/out"_s);
    QCOMPARE(moved.outputs.at(1).path, u"../out.tar"_s);
    QCOMPARE(moved.guests.at(0).sourceFile, u"../../a/disk.qcow2"_s);
    QCOMPARE(moved.guests.at(0).configFile, u"../../a/vm.cfg"_s);
    QCOMPARE(moved.guests.at(0).kernel, u"none"_s);
    QCOMPARE(moved.guests.at(0).rootfs, u"root.ext4"_s);
    QCOMPARE(moved.guests.at(0).extraDisks.at(0).file, u"../../data.img"_s);

    const Project back = relocated(moved, top + "/a"_L1);
    QCOMPARE(back.guests.at(0).sourceFile, u"disk.qcow2"_s);
    QCOMPARE(back.machine.deployDirectory, u"deploy"_s);
}

void ProjectFileTest::relocateKeepsLookedUpNames()
{
    const QTemporaryDir temporary;
    const QString top = temporary.path();
    writeFile(top + "/a/unpack/disk.raw"_L1, "unpacked");
    writeFile(top + "/a/disk.raw"_L1, "beside the project");
    writeFile(top + "/a/deploy/vmlinuz"_L1, "x");
    writeFile(top + "/a/own-kernel"_L1, "x");
    Project project;
    project.directory = top + "/a"_L1;
    project.machine.deployDirectory = u"deploy"_s;
    project.machine.unpackDirectory = u"unpack"_s;
    project.guests.resize(3);
    project.guests[0].sourceFile = u"disk.raw"_s;
    project.guests[0].kernel = u"vmlinuz"_s;
    project.guests[1].sourceFile = top + "/a/disk.raw"_L1;
    project.guests[1].kernel = u"own-kernel"_s;
    project.guests[2].sourceFile = u"not there"_s;
    project.guests[2].ramdisk = u"vmlinuz"_s;

    const Project moved = relocated(project, top);
    QCOMPARE(moved.guests.at(0).sourceFile, u"disk.raw"_s);
    QCOMPARE(moved.guests.at(0).kernel, u"vmlinuz"_s);
    QCOMPARE(moved.guests.at(1).sourceFile, u"a/disk.raw"_s);
    QCOMPARE(moved.guests.at(1).kernel, u"a/own-kernel"_s);
    QCOMPARE(moved.guests.at(2).sourceFile, u"not there"_s);
    QCOMPARE(moved.guests.at(2).ramdisk, u"vmlinuz"_s);
    // Relative, it would be found in the unpack directory: another file.
    QCOMPARE(relocated(project, top + "/a"_L1).guests.at(1).sourceFile, top + "/a/disk.raw"_L1);
}

void ProjectFileTest::unreadable_data()
{
    QTest::addColumn<QString>("path");
    QTest::newRow("missing") << u"/nonexistent/p.stowage"_s;
    QTest::newRow("directory") << u"/"_s;
    QTest::newRow("device") << u"/dev/zero"_s;
    QTest::newRow("empty name") << QString();
    QTest::newRow("NUL in the name") << u"/etc/passwd\0x"_s;
}

void ProjectFileTest::unreadable()
{
    QFETCH(QString, path);
    const Result<Project> project = loadProject(path);
    QVERIFY(!project);
    QCOMPARE(project.error().place.file, path);
    QVERIFY(!project.error().message.isEmpty());
}

void ProjectFileTest::positions_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QStringList>("path");
    QTest::addColumn<qsizetype>("offset");

    const QByteArray text = R"( {"a": [1, {"b\"\u00e4": "x]}", "c": 2}, 3] , "d":null})";
    QTest::newRow("top") << text << QStringList() << text.indexOf('{');
    QTest::newRow("first of a list") << text << QStringList{u"a"_s, u"0"_s} << text.indexOf('1');
    QTest::newRow("escaped name") << text << QStringList{u"a"_s, u"1"_s, u"b\"ä"_s} << text.indexOf("\"x]}");
    QTest::newRow("after a string with brackets") << text << QStringList{u"a"_s, u"1"_s, u"c"_s} << text.indexOf("2}");
    QTest::newRow("last of a list") << text << QStringList{u"a"_s, u"2"_s} << text.indexOf("3]");
    QTest::newRow("after a list") << text << QStringList{u"d"_s} << text.indexOf("null");
    QTest::newRow("missing: the parent") << text << QStringList{u"a"_s, u"1"_s, u"z"_s} << text.indexOf("{\"b");
    QTest::newRow("broken text: as far as it goes")
        << QByteArray("{\"a\": [1, ") << QStringList{u"a"_s, u"7"_s} << qsizetype{6};
}

void ProjectFileTest::positions()
{
    QFETCH(QByteArray, text);
    QFETCH(QStringList, path);
    QFETCH(qsizetype, offset);
    QCOMPARE(locateJson(text, path), offset);
}

QTEST_GUILESS_MAIN(ProjectFileTest)
#include "tst_projectfile.moc"
