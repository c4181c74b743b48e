// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/project/projectfile.h"
#include "fixtures.h"
#include "fullproject.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QProcess>
#include <QTemporaryDir>

using namespace Qt::StringLiterals;
using namespace Stowage;
using namespace Stowage::Test;

namespace
{

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
        if (guest.firstBoot) {
            guest.firstBoot->unknown = {};
        }
    }
    project.disk.unknown = {};
    for (BootFile& file : project.disk.files) {
        file.unknown = {};
    }
    for (OutputSpec& output : project.outputs) {
        output.unknown = {};
    }
}

QString schemaPath()
{
    return sourceFile(u"resources/stowage.schema.json"_s);
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

class ProjectSchemaTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void schemaKnowsEveryKey();
    void schemaDescribesEveryKey();
    void schemaAcceptsWhatIsWritten();
    void schemaAndReaderRefuse_data();
    void schemaAndReaderRefuse();
};

void ProjectSchemaTest::schemaKnowsEveryKey()
{
    Project project = fullProject();
    removeUnknown(project);
    QStringList written = writtenKeys(QJsonDocument::fromJson(projectToJson(project)).object(), {});
    const QJsonObject schema = QJsonDocument::fromJson(readFile(schemaPath())).object();
    QStringList described = schemaKeys(schema, schema, {});
    written.sort();
    described.sort();
    QCOMPARE(written, described);
    QVERIFY(written.size() > 50);
}

void ProjectSchemaTest::schemaDescribesEveryKey()
{
    const QJsonObject schema = QJsonDocument::fromJson(readFile(schemaPath())).object();
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

void ProjectSchemaTest::schemaAcceptsWhatIsWritten()
{
    const QTemporaryDir directory;
    writeFile(directory.filePath(u"full.stowage"_s), projectToJson(fullProject()));
    writeFile(directory.filePath(u"empty.stowage"_s), projectToJson(Project{}));
    const QString example = sourceFile(u"resources/example/example.stowage"_s);
    QCOMPARE(validate({directory.filePath(u"full.stowage"_s), directory.filePath(u"empty.stowage"_s), example}),
             QString());
    const Result<Project> project = loadProject(example);
    QVERIFY_RESULT(project);
    QCOMPARE(projectToJson(*project), readFile(example));
}

void ProjectSchemaTest::schemaAndReaderRefuse_data()
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
    row("first boot is true", "{\"version\": 1, \"guests\": [{\n\"firstBoot\": true}]}", 2, 14, 0, u"firstBoot"_s);
    row("first boot's method is unknown", "{\"version\": 1, \"guests\": [{\"firstBoot\": {\n\"method\": \"x\"}}]}", 2,
        11, 0, u"firstBoot"_s);
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

void ProjectSchemaTest::schemaAndReaderRefuse()
{
    QFETCH(QByteArray, text);
    QFETCH(int, line);
    QFETCH(int, column);
    QFETCH(int, guest);
    QFETCH(QString, field);

    const QTemporaryDir directory;
    const QString path = directory.filePath(u"p.stowage"_s);
    writeFile(path, text);
    const Result<Project> project = loadProject(path);
    QVERIFY(!project);
    const Error& error = project.error();
    QCOMPARE(error.place, (Place{path, line, column, guest, field}));
    QVERIFY2(error.message.startsWith(u"%1:%2:%3: "_s.arg(path).arg(line).arg(column)), qPrintable(error.message));
    QVERIFY(!error.remedy.isEmpty());
    QVERIFY2(validate({path}).contains(path), "the schema accepts it");
}

QTEST_GUILESS_MAIN(ProjectSchemaTest)
#include "tst_projectschema.moc"
