// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/project/inputfile.h"
#include "core/project/jsonlocator.h"
#include "core/project/projectfile.h"
#include "fixtures.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QProcess>
#include <QTemporaryDir>

using namespace Qt::StringLiterals;
using namespace Stowage;

namespace
{

/** A guest with every field set. */
Guest fullGuest()
{
    Guest guest;
    guest.entry = u"gäst 1"_s;
    guest.autostart = true;
    guest.external = true;
    guest.otherTags = {u"odd"_s, u""_s};
    guest.naming = NamingRule::LinkName;
    guest.name = u"domain"_s;
    guest.memoryMiB = qint64{1} << 30;
    guest.vcpus = 4;
    guest.type = GuestType::Pvh;
    guest.sourceType = u"rootfs_dir"_s;
    guest.sourceFile = u"a \"quoted\" \\ root"_s;
    guest.imageSizeMiB = 64;
    guest.owners = OwnerRule::Root;
    guest.rootfs = u"root.ext4"_s;
    guest.diskDevice = u"xvdb"_s;
    guest.extraDisks = {
        GuestDisk{u"data.img"_s, u"raw"_s, u"/dev/vg/x"_s, u"xvdc"_s, true, 32, {{u"cache"_s, u"none"_s}}}};
    guest.vif = u""_s;
    guest.extraVifs = {u"bridge=xenbr1"_s};
    guest.kernel = u"vmlinuz"_s;
    guest.ramdisk = u"initrd.img"_s;
    guest.extra = u"root=/dev/xvda"_s;
    guest.configFile = u"custom.cfg"_s;
    guest.options = {XlOption{u"on_crash"_s, u"\"restart\""_s, {{u"why"_s, 1}}}};
    guest.unknown = {{u"later"_s, QJsonArray{1, u"two"_s}}};
    return guest;
}

/** A project with every field set. */
Project fullProject()
{
    Project project;
    project.bundle = {u"pack"_s, u"1.2"_s, u"A line"_s, u"MIT"_s, {{u"b"_s, true}}};
    project.machine = {u"qemuarm64"_s, Architecture::Arm64, u"deploy"_s, u"unpack"_s, u"Image"_s, 4096, 512,
                       {{u"m"_s, 1.5}}};
    project.host = {u"host"_s, {u"xenbr0"_s, u"xenbr1"_s}, {{u"h"_s, QJsonValue::Null}}};
    project.defaults = {256,      2,   u"bridge=b"_s, u"ro"_s,
                        u"sda"_s, 100, u"ext3"_s,     {{u"d"_s, QJsonObject{{u"e"_s, u"f"_s}}}}};
    project.guests = {fullGuest(), Guest{}};
    project.guests.last().entry = u"second"_s;
    project.outputs = {OutputSpec{u"tree"_s, u"out"_s, {{u"o"_s, 1}}}, OutputSpec{u"tar"_s, u"/tmp/out.tar"_s}};
    project.unknown = {{u"future"_s, QJsonObject{{u"x"_s, 1}}}};
    project.directory = QDir::currentPath();
    return project;
}

/** The schema that @p schema stands for, references followed. */
QJsonObject resolved(const QJsonObject& root, const QJsonObject& schema)
{
    const QString reference = schema.value("$ref"_L1).toString();
    return reference.isEmpty() ? schema
                               : root.value("$defs"_L1).toObject().value(reference.section(u'/', -1)).toObject();
}

/** The dotted names of all properties that the schema describes; "[]" stands for the elements of a list. */
QStringList schemaKeys(const QJsonObject& root, const QJsonObject& schema, const QString& prefix)
{
    QStringList keys;
    const QJsonObject properties = schema.value("properties"_L1).toObject();
    for (auto it = properties.begin(); it != properties.end(); ++it) {
        const QJsonObject property = resolved(root, it->toObject());
        keys.append(prefix + it.key());
        keys.append(schemaKeys(root, property, prefix + it.key() + u'.'));
        keys.append(
            schemaKeys(root, resolved(root, property.value("items"_L1).toObject()), prefix + it.key() + "[]."_L1));
    }
    return keys;
}

/** The dotted names of all keys in @p value, in the manner of schemaKeys(). */
QStringList writtenKeys(const QJsonObject& value, const QString& prefix)
{
    QStringList keys;
    for (auto it = value.begin(); it != value.end(); ++it) {
        keys.append(prefix + it.key());
        keys.append(writtenKeys(it->toObject(), prefix + it.key() + u'.'));
        const QJsonArray items = it->toArray();
        for (const auto item : items) {
            keys.append(writtenKeys(item.toObject(), prefix + it.key() + "[]."_L1));
        }
    }
    keys.removeDuplicates();
    return keys;
}

void removeUnknown(Project& project)
{
    project.unknown = {};
    project.bundle.unknown = {};
    project.machine.unknown = {};
    project.host.unknown = {};
    project.defaults.unknown = {};
    for (Guest& guest : project.guests) {
        guest.unknown = {};
        for (GuestDisk& disk : guest.extraDisks) {
            disk.unknown = {};
        }
        for (XlOption& option : guest.options) {
            option.unknown = {};
        }
    }
    for (OutputSpec& output : project.outputs) {
        output.unknown = {};
    }
}

QString schemaPath()
{
    return Test::sourceFile(u"resources/stowage.schema.json"_s);
}

/** Validates @p files against the schema with an independent validator; its complaints, empty when there are none. */
QString validate(const QStringList& files)
{
    QProcess python;
    const QString program = uR"(
import json, sys, jsonschema
schema = json.load(open(sys.argv[1], encoding="utf-8"))
jsonschema.Draft202012Validator.check_schema(schema)
for name in sys.argv[2:]:
    for error in jsonschema.Draft202012Validator(schema).iter_errors(json.load(open(name, encoding="utf-8"))):
        print(name, list(error.absolute_path), error.message)
print("validated", len(sys.argv) - 2)
)"_s;
    python.setProcessChannelMode(QProcess::MergedChannels);
    python.start(u"python3"_s, QStringList{u"-c"_s, program, schemaPath()} + files);
    if (!python.waitForFinished(60000)) {
        return u"python3 did not finish: "_s + python.errorString();
    }
    const QString said = QString::fromUtf8(python.readAll()).trimmed();
    return said == u"validated %1"_s.arg(files.size()) ? QString() : said;
}

} // namespace

class ProjectFileTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void roundTrip();
    void writesOnlyWhatIsSet();
    void textIsStable();
    void schemaKnowsEveryKey();
    void schemaDescribesEveryKey();
    void schemaAcceptsWhatIsWritten();
    void schemaAndReaderRefuse_data();
    void schemaAndReaderRefuse();
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

void ProjectFileTest::schemaKnowsEveryKey()
{
    Project project = fullProject();
    removeUnknown(project);
    QStringList written = writtenKeys(QJsonDocument::fromJson(projectToJson(project)).object(), {});
    const QJsonObject schema = QJsonDocument::fromJson(Test::readFile(schemaPath())).object();
    QStringList described = schemaKeys(schema, schema, {});
    written.sort();
    described.sort();
    QCOMPARE(written, described);
    QVERIFY(written.size() > 50);
}

void ProjectFileTest::schemaDescribesEveryKey()
{
    const QJsonObject schema = QJsonDocument::fromJson(Test::readFile(schemaPath())).object();
    QList<QJsonObject> objects{schema};
    qsizetype seen = 0;
    const QJsonObject definitions = schema.value("$defs"_L1).toObject();
    for (const auto definition : definitions) {
        objects.append(definition.toObject());
    }
    while (!objects.isEmpty()) {
        const QJsonObject object = objects.takeLast();
        QVERIFY2(object.value("additionalProperties"_L1) != false, "unknown keys are kept, so they must be allowed");
        const QJsonObject properties = object.value("properties"_L1).toObject();
        for (auto it = properties.begin(); it != properties.end(); ++it) {
            QVERIFY2(it->toObject().value("description"_L1).toString().size() > 5, qPrintable(it.key()));
            objects.append(it->toObject());
            ++seen;
        }
    }
    QVERIFY(seen > 50);
}

void ProjectFileTest::schemaAcceptsWhatIsWritten()
{
    const QTemporaryDir directory;
    Test::writeFile(directory.filePath(u"full.stowage"_s), projectToJson(fullProject()));
    Test::writeFile(directory.filePath(u"empty.stowage"_s), projectToJson(Project{}));
    const QString example = Test::sourceFile(u"resources/example/example.stowage"_s);
    QCOMPARE(validate({directory.filePath(u"full.stowage"_s), directory.filePath(u"empty.stowage"_s), example}),
             QString());
    const Result<Project> project = loadProject(example);
    QVERIFY_RESULT(project);
    QCOMPARE(projectToJson(*project), Test::readFile(example));
}

void ProjectFileTest::schemaAndReaderRefuse_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<int>("line");
    QTest::addColumn<int>("column");
    QTest::addColumn<int>("guest");
    QTest::addColumn<QString>("field");

    const auto row = [](const char* name, const char* text, int line, int column, int guest, const QString& field) {
        QTest::newRow(name) << QByteArray(text) << line << column << guest << field;
    };
    row("not an object", "\n [1]", 2, 2, -1, {});
    row("no version", "{\"guests\": []}", 1, 1, -1, {});
    row("version is a text", "{\"version\": \"1\"}", 1, 13, -1, {});
    row("version 0", "{\"version\": 0}", 1, 13, -1, {});
    row("version of the future", "{\n  \"guests\": [],\n  \"version\":  2}", 3, 15, -1, {});
    row("version with a fraction", "{\"version\": 1.5}", 1, 13, -1, {});
    row("guests is no list", "{\"version\": 1,\n\"guests\": {}}", 2, 11, -1, u"guests"_s);
    row("guest is no object", "{\"version\": 1,\n\"guests\": [{},\n 5]}", 3, 2, 1, {});
    row("memory is a text", "{\"version\": 1, \"guests\": [\n{\"entry\": \"ä\", \"memory\": \"512\"}]}", 2, 26, 0,
        u"memory"_s);
    row("memory is 0", "{\"version\": 1, \"guests\": [\n{\"memory\": 0}]}", 2, 12, 0, u"memory"_s);
    row("memory is negative", "{\"version\": 1, \"guests\": [\n{\"memory\": -5}]}", 2, 12, 0, u"memory"_s);
    row("memory is huge", "{\"version\": 1, \"guests\": [\n{\"memory\": 1e300}]}", 2, 12, 0, u"memory"_s);
    row("memory has a fraction", "{\"version\": 1, \"guests\": [\n{\"memory\": 0.5}]}", 2, 12, 0, u"memory"_s);
    row("memory is null", "{\"version\": 1, \"guests\": [\n{\"memory\": null}]}", 2, 12, 0, u"memory"_s);
    row("vcpus is huge", "{\"version\": 1, \"guests\": [\n{\"vcpus\": 4294967297}]}", 2, 11, 0, u"vcpus"_s);
    row("autostart is a number", "{\"version\": 1, \"guests\": [{\n \"autostart\" : 1}]}", 2, 16, 0, u"autostart"_s);
    row("type is unknown", "{\"version\": 1, \"guests\": [{\n\"type\":\n\t\"PV\"}]}", 3, 2, 0, u"type"_s);
    row("owners is a number", "{\"version\": 1, \"guests\": [{\n\"owners\": 1}]}", 2, 11, 0, u"owners"_s);
    row("tag is a number", "{\"version\": 1, \"guests\": [{\"tags\": [\"a\",\n1]}]}", 2, 1, 0, u"tags"_s);
    row("disk is a text", "{\"version\": 1, \"guests\": [{}, {\"disks\": [\n\"a\"]}]}", 2, 1, 1, u"disks"_s);
    row("option's key is a list", "{\"version\": 1, \"guests\": [{\"options\": [{},\n{\"key\": []}]}]}", 2, 9, 0,
        u"options"_s);
    row("architecture is unknown", "{\"version\": 1, \"machine\": {\n \"architecture\": \"mips\"}}", 2, 18, -1,
        u"machine.architecture"_s);
    row("architecture is empty", "{\"version\": 1, \"machine\": {\n \"architecture\": \"\"}}", 2, 18, -1,
        u"machine.architecture"_s);
    row("machine is a list", "{\"version\": 1, \"machine\":\n []}", 2, 2, -1, u"machine"_s);
    row("bridges is a text", "{\"version\": 1, \"host\": {\n \"bridges\": \"x\"}}", 2, 13, -1, u"host.bridges"_s);
    row("output's path is a number", "{\"version\": 1, \"outputs\": [{\n \"path\": 1}]}", 2, 10, -1,
        u"outputs.0.path"_s);
    row("the last of two counts", "{\"version\": 1, \"bundle\": {\"name\": \"a\",\n\"name\": 1}}", 2, 9, -1,
        u"bundle.name"_s);
}

void ProjectFileTest::schemaAndReaderRefuse()
{
    QFETCH(QByteArray, text);
    QFETCH(int, line);
    QFETCH(int, column);
    QFETCH(int, guest);
    QFETCH(QString, field);

    const QTemporaryDir directory;
    const QString path = directory.filePath(u"p.stowage"_s);
    Test::writeFile(path, text);
    const Result<Project> project = loadProject(path);
    QVERIFY(!project);
    const Error& error = project.error();
    QCOMPARE(error.place, (Place{path, line, column, guest, field}));
    QVERIFY2(error.message.startsWith(u"%1:%2:%3: "_s.arg(path).arg(line).arg(column)), qPrintable(error.message));
    QVERIFY(!error.remedy.isEmpty());
    QVERIFY2(validate({path}).contains(path), "the schema accepts it");
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
    QVERIFY(saved.error().message.contains(path));
    QVERIFY(!QFileInfo::exists(directory.filePath(u"missing"_s)));

    Test::writeFile(directory.filePath(u"full/old"_s), "old");
    QVERIFY(!saveProject(fullProject(), directory.filePath(u"full"_s)));
    QCOMPARE(QDir(directory.path()).entryList(QDir::AllEntries | QDir::NoDotAndDotDot), QStringList{u"full"_s});
    QCOMPARE(Test::readFile(directory.filePath(u"full/old"_s)), "old");
}

void ProjectFileTest::relocate()
{
    const QTemporaryDir temporary;
    const QString top = temporary.path();
    Test::writeFile(top + "/a/disk.qcow2"_L1, "x");
    Test::writeFile(top + "/a/vm.cfg"_L1, "x");
    Test::writeFile(top + "/data.img"_L1, "x");
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
    Test::writeFile(top + "/a/unpack/disk.raw"_L1, "unpacked");
    Test::writeFile(top + "/a/disk.raw"_L1, "beside the project");
    Test::writeFile(top + "/a/deploy/vmlinuz"_L1, "x");
    Test::writeFile(top + "/a/own-kernel"_L1, "x");
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
