// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "cliinput.h"
#include "clirun.h"
#include "fixtures.h"

#include <QBuffer>
#include <QJsonArray>
#include <QJsonObject>

using namespace Stowage;
using namespace Stowage::Test;
using namespace Qt::StringLiterals;

namespace
{

/** The node at @p path of a plan's JSON. */
QJsonObject nodeAt(const QJsonObject& layout, const QString& path)
{
    if (layout["path"_L1].toString() == path) {
        return layout;
    }
    const QJsonArray children = layout["children"_L1].toArray();
    for (const auto& child : children) {
        if (const QJsonObject found = nodeAt(child.toObject(), path); !found.isEmpty()) {
            return found;
        }
    }
    return {};
}

constexpr auto OneGuest = "BUNDLED_XEN_GUESTS = \"alpha:autostart\"\n";

} // namespace

/** The command line, and the verbs that only look: probe, check, plan. */
class TestCli : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void usage_data();
    void usage();
    void help();
    void usageErrorsAreJsonToo();
    void probe();
    void probeMissing();
    void checkFindsProblems();
    void checkAsJson();
    void checkOfUnreadableInput();
    void controlCharactersAreEscaped();
    void planAsText();
    void planAsJson();
    void planWithHost();
    void planOfBrokenInputStillShowsTheRest();
    void quietTellsErrorsOnly();
    void everyOptionIsDescribed();
};

void TestCli::usage_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<QString>("text");
    QTest::newRow("nothing") << QStringList{} << u"Usage: stowage-cli VERB"_s;
    QTest::newRow("near verb") << QStringList{u"biuld"_s} << u"\"build\""_s;
    QTest::newRow("start of a verb") << QStringList{u"exp"_s} << u"\"export\""_s;
    QTest::newRow("far verb") << QStringList{u"frobnicate"_s} << u"no verb \"frobnicate\""_s;
    QTest::newRow("option first") << QStringList{u"--json"_s, u"plan"_s} << u"options follow the verb"_s;
    QTest::newRow("help of nothing") << QStringList{u"help"_s, u"chek"_s} << u"\"check\""_s;
    QTest::newRow("no input") << QStringList{u"plan"_s} << u"INPUT..."_s;
    QTest::newRow("empty input") << QStringList{u"plan"_s, QString()} << u"empty"_s;
    QTest::newRow("unknown option") << QStringList{u"plan"_s, u"x.conf"_s, u"--frob"_s} << u"frob"_s;
    QTest::newRow("no value") << QStringList{u"plan"_s, u"x.conf"_s, u"--machine"_s} << u"machine"_s;
    QTest::newRow("too many") << QStringList{u"import"_s, u"a"_s, u"b"_s, u"c"_s} << u"SOURCE OUTPUT"_s;
    QTest::newRow("size") << QStringList{u"import"_s, u"a"_s, u"b"_s, u"--size"_s, u"12M"_s} << u"MiB"_s;
    QTest::newRow("size 0") << QStringList{u"import"_s, u"a"_s, u"b"_s, u"--size"_s, u"0"_s} << u"MiB"_s;
    QTest::newRow("huge size") << QStringList{u"import"_s, u"a"_s, u"b"_s, u"--size"_s, u"99999999999999"_s}
                               << u"MiB"_s;
    QTest::newRow("type") << QStringList{u"import"_s, u"a"_s, u"b"_s, u"--type"_s, u"parallels"_s} << u"rootfs_dir"_s;
    QTest::newRow("jobs") << QStringList{u"build"_s, u"a.conf"_s, u"--jobs"_s, u"0"_s} << u"--jobs"_s;
    QTest::newRow("output without kind") << QStringList{u"build"_s, u"a.conf"_s, u"--output"_s, u"/tmp/x"_s}
                                         << u"KIND:PATH"_s;
    QTest::newRow("output without path") << QStringList{u"build"_s, u"a.conf"_s, u"--output"_s, u"tree:"_s}
                                         << u"KIND:PATH"_s;
    QTest::newRow("later output") << QStringList{u"build"_s, u"a.conf"_s, u"--output"_s, u"deb:x.deb"_s}
                                  << u"not in this version"_s;
    QTest::newRow("unknown output") << QStringList{u"build"_s, u"a.conf"_s, u"--output"_s, u"zip:x"_s}
                                    << u"tree, tar"_s;
    QTest::newRow("same output twice") << QStringList{u"build"_s,  u"a.conf"_s, u"-o"_s,
                                                      u"tree:x"_s, u"-o"_s,     u"tar:./x"_s}
                                       << u"Two outputs"_s;
    QTest::newRow("no format") << QStringList{u"export"_s, u"a.conf"_s} << u"--format"_s;
    QTest::newRow("later format") << QStringList{u"export"_s, u"a.conf"_s, u"--format"_s, u"recipe"_s}
                                  << u"not in this version"_s;
    QTest::newRow("unknown format") << QStringList{u"export"_s, u"a.conf"_s, u"--format"_s, u"xml"_s} << u"\"xml\""_s;
}

void TestCli::usage()
{
    QFETCH(const QStringList, arguments);
    QFETCH(const QString, text);
    const Run result = run(arguments);
    QCOMPARE(result.status, ExitStatus::WrongUsage);
    QVERIFY2(result.err.contains(text), qPrintable(result.err));
    QCOMPARE(result.out, QString());
}

void TestCli::help()
{
    for (const QStringList& arguments : {QStringList{u"help"_s}, QStringList{u"--help"_s}, QStringList{u"-h"_s}}) {
        const Run result = run(arguments);
        QCOMPARE(result.status, ExitStatus::Done);
        QVERIFY(result.out.contains("probe SOURCE..."_L1));
        QCOMPARE(result.err, QString());
        QCOMPARE(run({}).err, result.out);
    }
    const Run ofVerb = run({u"help"_s, u"build"_s});
    QCOMPARE(ofVerb.status, ExitStatus::Done);
    QVERIFY(ofVerb.out.contains("--output KIND:PATH"_L1));
    QCOMPARE(run({u"build"_s, u"--help"_s}).out, ofVerb.out);
    QCOMPARE(run({u"build"_s, u"--help"_s, u"--json"_s}).out, ofVerb.out);
    const QString version = run({u"--version"_s}).out;
    QVERIFY2(version.startsWith(u"stowage-cli " STOWAGE_VERSION "\n"_s), qPrintable(version));
    QVERIFY2(version.contains(u"\ne2fsck: e2fsck 1."_s), qPrintable(version));
}

void TestCli::usageErrorsAreJsonToo()
{
    const Run result = run({u"plan"_s, u"--json"_s, u"--frob"_s});
    QCOMPARE(result.status, ExitStatus::WrongUsage);
    const QJsonArray errors = result.json()["errors"_L1].toArray();
    QCOMPARE(errors.size(), 1);
    QCOMPARE(errors.first()["code"_L1].toString(), u"usage"_s);
    QVERIFY(errors.first()["message"_L1].toString().contains("frob"_L1));
}

void TestCli::probe()
{
    const CliInput input;
    writeFile(input.path(u"notes ü.txt"_s), "nothing to see\n");
    const QStringList sources{fixture(u"debian-minbase.qcow2"_s), fixture(u"debian-minbase"_s),
                              input.path(u"notes ü.txt"_s)};
    const Run text = run(QStringList{u"probe"_s} + sources);
    QCOMPARE(text.status, ExitStatus::Done);
    QVERIFY2(text.out.contains("Imported as: qcow2"_L1) && text.out.contains("Imported as: rootfs_dir"_L1),
             qPrintable(text.out));
    QCOMPARE(text.err, QString());

    const Run json = run(QStringList{u"probe"_s, u"--json"_s} + sources);
    const QJsonArray found = json.json().array();
    QCOMPARE(found.size(), 3);
    QCOMPARE(found.at(0)["kind"_L1].toString(), u"qcow2"_s);
    QCOMPARE(found.at(0)["handler"_L1].toString(), u"qcow2"_s);
    QCOMPARE(found.at(0)["virtualSize"_L1].toInteger(), 512LL * 1024 * 1024);
    QCOMPARE(found.at(1)["handler"_L1].toString(), u"rootfs_dir"_s);
    QCOMPARE(found.at(1)["architecture"_L1].toString(), u"x86_64"_s);
    QCOMPARE(found.at(2)["path"_L1].toString(), sources.at(2));
    QVERIFY(found.at(2)["handler"_L1].isNull());
    QVERIFY(!found.at(2)["refusal"_L1].toString().isEmpty());
}

void TestCli::probeMissing()
{
    const CliInput input;
    const Run result = run({u"probe"_s, u"--json"_s, input.path(u"nothing"_s)});
    QCOMPARE(result.status, ExitStatus::InvalidInput);
    QCOMPARE(result.json().array().first()["kind"_L1].toString(), u"missing"_s);
}

void TestCli::checkFindsProblems()
{
    const CliInput input;
    const Run good = run(input.arguments(u"check"_s, OneGuest));
    QCOMPARE(good.status, ExitStatus::Done);
    QVERIFY2(good.out.endsWith(u'\n'), qPrintable(good.out));
    QVERIFY2(!good.out.contains("error"_L1), qPrintable(good.out));

    const Run warning = run(input.arguments(u"check"_s, "BUNDLED_XEN_GUESTS = \"alpha:later\"\n"));
    QCOMPARE(warning.status, ExitStatus::Done);
    QVERIFY2(warning.out.contains("warning[tag.unknown]: "_L1), qPrintable(warning.out));

    const Run broken = run(input.arguments(u"check"_s, "\nBUNDLED_XEN_GUESTS = \"beta\"\n"));
    QCOMPARE(broken.status, ExitStatus::InvalidInput);
    QVERIFY2(broken.out.contains(input.path(u"local.conf"_s) + ":2"_L1), qPrintable(broken.out));
    QVERIFY2(broken.out.contains("error[source.missing]: "_L1), qPrintable(broken.out));
    QVERIFY2(broken.out.contains(input.path(u"deploy/beta-qemuarm64.rootfs.ext4"_s)), qPrintable(broken.out));
    QCOMPARE(broken.err, QString());
}

void TestCli::checkAsJson()
{
    const CliInput input;
    const Run result = run(input.arguments(u"check"_s, "\nBUNDLED_XEN_GUESTS = \"alpha beta\"\n")
                           + QStringList{u"--json"_s});
    QCOMPARE(result.status, ExitStatus::InvalidInput);
    const QJsonArray problems = result.json()["problems"_L1].toArray();
    QVERIFY(!problems.isEmpty());
    const auto missing = std::ranges::find_if(problems, [](const QJsonValue& problem) {
        return problem["code"_L1] == "source.missing"_L1;
    });
    QVERIFY(missing != problems.end());
    const QJsonObject problem = missing->toObject();
    QCOMPARE(problem["severity"_L1].toString(), u"error"_s);
    QCOMPARE(problem["guest"_L1].toString(), u"beta"_s);
    QCOMPARE(problem["file"_L1].toString(), input.path(u"local.conf"_s));
    QCOMPARE(problem["line"_L1].toInt(), 2);
    QVERIFY(!problem["remedy"_L1].toString().isEmpty());
    QVERIFY(result.json()["errors"_L1].toArray().isEmpty());
}

void TestCli::checkOfUnreadableInput()
{
    const CliInput input;
    const Run missing = run({u"check"_s, input.path(u"nothing.conf"_s)});
    QCOMPARE(missing.status, ExitStatus::InvalidInput);
    QVERIFY2(missing.out.contains("error[input.unreadable]: "_L1), qPrintable(missing.out));

    writeFile(input.path(u"broken.stowage"_s), "{\n  \"version\": 1,\n  oops\n}\n");
    const Run broken = run({u"check"_s, input.path(u"broken.stowage"_s)});
    QCOMPARE(broken.status, ExitStatus::InvalidInput);
    QVERIFY2(broken.out.contains("broken.stowage:3"_L1), qPrintable(broken.out));
}

void TestCli::controlCharactersAreEscaped()
{
    QCOMPARE(printable(u"a\x1b[31m\nb\t\x7f\u202e"_s), u"a\\x1b[31m\\nb\\t\\x7f\\u202e"_s);
    QCOMPARE(printable(u"größe 日本 🙂"_s), u"größe 日本 🙂"_s);

    const CliInput input;
    const QString odd = input.path(u"odd\nerror: \x1b[31mname"_s);
    writeFile(odd, "text\n");
    const Run result = run({u"probe"_s, odd});
    QVERIFY2(result.out.contains("odd\\nerror: \\x1b[31mname"_L1), qPrintable(result.out));
    QCOMPARE(run({u"probe"_s, u"--json"_s, odd}).json().array().first()["path"_L1].toString(), odd);
}

void TestCli::planAsText()
{
    const CliInput input;
    const Run result = run(input.arguments(u"plan"_s, OneGuest));
    QCOMPARE(result.status, ExitStatus::Done);
    const QStringList lines = result.out.split(u'\n');
    QVERIFY(lines.first().startsWith("PATH"_L1));
    const auto line = [&](const QString& start) {
        const auto it = std::ranges::find_if(lines,
                                             [&](const QString& text) { return text.trimmed().startsWith(start); });
        return it == lines.end() ? QString() : it->simplified();
    };
    QCOMPARE(line(u"alpha-qemuarm64.ext4"_s),
             "alpha-qemuarm64.ext4 13 bytes 0644 root:root new "_L1 + input.path(u"deploy/alpha-qemuarm64.ext4"_s));
    QVERIFY(line(u"Image--6.10"_s).contains("6 bytes 0644 root:root new"_L1));
    QVERIFY2(result.out.contains("-> /etc/xen/alpha.cfg"_L1), qPrintable(result.out));
    QVERIFY2(result.out.contains("New files: 3"_L1), qPrintable(result.out));
}

void TestCli::planAsJson()
{
    const CliInput input;
    const Run result = run(input.arguments(u"plan"_s, OneGuest) + QStringList{u"--json"_s});
    QCOMPARE(result.status, ExitStatus::Done);
    const QJsonObject layout = result.json()["layout"_L1].toObject();
    QCOMPARE(layout["path"_L1].toString(), u"/"_s);
    const QJsonObject image = nodeAt(layout, u"/var/lib/xen/images/alpha-qemuarm64.ext4"_s);
    QCOMPARE(image["kind"_L1].toString(), u"file"_s);
    QCOMPARE(image["mode"_L1].toString(), u"0644"_s);
    QCOMPARE(image["size"_L1].toInteger(), 13);
    QCOMPARE(image["estimated"_L1].toBool(true), false);
    QCOMPARE(image["state"_L1].toString(), u"new"_s);
    QCOMPARE(image["guest"_L1].toString(), u"alpha"_s);
    QCOMPARE(image["origin"_L1]["path"_L1].toString(), input.path(u"deploy/alpha-qemuarm64.ext4"_s));
    const QJsonObject link = nodeAt(layout, u"/etc/xen/auto/alpha.cfg"_s);
    QCOMPARE(link["kind"_L1].toString(), u"symlink"_s);
    QCOMPARE(link["linkTarget"_L1].toString(), u"/etc/xen/alpha.cfg"_s);
    QVERIFY(
        nodeAt(layout, u"/etc/xen/alpha.cfg"_s)["origin"_L1]["text"_L1].toString().startsWith("name = \"alpha\"\n"_L1));
    QVERIFY(result.json()["problems"_L1].isArray());
}

void TestCli::planWithHost()
{
    const CliInput input;
    writeFile(input.path(u"host/etc/xen/xl.conf"_s), "# kept\n");
    writeFile(input.path(u"host/usr/share/doc/a/b"_s), "b");
    const QStringList arguments = input.arguments(u"plan"_s, OneGuest)
        + QStringList{u"--host"_s, input.path(u"host"_s)};
    const Run text = run(arguments);
    QCOMPARE(text.status, ExitStatus::Done);
    QVERIFY2(text.out.contains("xl.conf"_L1) && text.out.contains("kept"_L1), qPrintable(text.out));
    QVERIFY2(text.out.contains("4 inside"_L1) || text.out.contains("3 inside"_L1), qPrintable(text.out));
    QVERIFY2(!text.out.contains(" doc/"_L1), qPrintable(text.out));
    const QJsonObject layout = run(arguments + QStringList{u"--json"_s}).json()["layout"_L1].toObject();
    QCOMPARE(nodeAt(layout, u"/usr/share/doc/a/b"_s)["state"_L1].toString(), u"kept"_s);

    const Run missing = run(input.arguments(u"plan"_s, OneGuest) + QStringList{u"--host"_s, input.path(u"nowhere"_s)});
    QCOMPARE(missing.status, ExitStatus::InvalidInput);
    QVERIFY2(missing.err.contains("error[host.unusable]"_L1), qPrintable(missing.err));
}

void TestCli::planOfBrokenInputStillShowsTheRest()
{
    const CliInput input;
    const Run result = run(input.arguments(u"plan"_s, "BUNDLED_XEN_GUESTS = \"alpha beta\"\n"));
    QCOMPARE(result.status, ExitStatus::InvalidInput);
    QVERIFY(result.out.contains("alpha.cfg"_L1));
    QVERIFY(result.err.contains("error[source.missing]"_L1));
}

void TestCli::quietTellsErrorsOnly()
{
    const CliInput input;
    const Run result = run(input.arguments(u"plan"_s, "BUNDLED_XEN_GUESTS = \"alpha:later beta\"\n")
                           + QStringList{u"--quiet"_s});
    QVERIFY2(!result.err.contains("warning"_L1), qPrintable(result.err));
    QVERIFY(result.err.contains("error[source.missing]"_L1));
}

void TestCli::everyOptionIsDescribed()
{
    QBuffer none;
    Console console(none, none, Console::Progress::None);
    const CommandLine commandLine(console);
    const QByteArray manual = readFile(sourceFile(u"packaging/man/stowage-cli.1"_s));
    const QByteArray completion = readFile(sourceFile(u"packaging/completions/stowage-cli"_s));
    for (const auto& command : commandLine.commands()) {
        QVERIFY(manual.contains(".It Cm " + command->name().toUtf8() + '\n'));
        for (const QCommandLineOption& option : command->options() + CommandLine::commonOptions()) {
            const QByteArray name = option.names().last().toUtf8();
            QVERIFY2(manual.contains("-" + name), name.constData());
            QVERIFY2(completion.contains("--" + name), name.constData());
        }
    }
}

QTEST_GUILESS_MAIN(TestCli)
#include "tst_cli.moc"
