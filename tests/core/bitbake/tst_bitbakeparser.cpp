// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/bitbake/bitbakedata.h"
#include "fixtures.h"

using namespace Qt::StringLiterals;
using namespace Stowage;

namespace
{

constexpr QByteArrayView sample = R"(# A comment
MACHINE ??= "qemuarm64"
require conf/more.conf
BUNDLED_XEN_GUESTS = "one:autostart \
    two:external \
"
BUNDLED_XEN_GUESTS:append:qemuarm64 = " three"
XEN_GUEST_MEMORY[one] = '1024'
XEN_GUEST_EXTRA[two] += "root=${ROOT} ${@d.getVar('X')}"
export PATH
unset XEN_GUEST_VIF[one]
python __anonymous() {
    d.setVar('A', 'b')
}
def f(x):
    return x
do_install:append () {
    true
}
inherit core-image
)";

/** Uses all that is read from @p text. */
void useAll(const QByteArray& text, const QString& file)
{
    BitBakeData data;
    for (const BitBakeOrigin& statement : parseBitBake(text, file).statements) {
        if (statement->kind == BitBakeStatement::Kind::Assignment) {
            data.assign(statement);
        } else if (statement->kind == BitBakeStatement::Kind::Unset) {
            data.unset(*statement);
        }
    }
    data.expandNames();
    (void)data.value(u"BUNDLED_XEN_GUESTS"_s);
    (void)data.flag(u"XEN_GUEST_EXTRA"_s, u"two"_s);
}

} // namespace

class BitBakeParserTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void statements_data();
    void statements();
    void places();
    void refused_data();
    void refused();
    void everyPrefix();
    void everyByteChanged();
};

void BitBakeParserTest::statements_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<int>("kind");
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("value");
    using Kind = BitBakeStatement::Kind;
    const auto row = [](const char* text, Kind kind, const char* name, const char* value) {
        QTest::newRow(text) << QByteArray(text) << static_cast<int>(kind) << QString::fromUtf8(name)
                            << QString::fromUtf8(value);
    };
    row("include a.inc", Kind::Include, "", "a.inc");
    row("require ../conf/a-${B}.inc", Kind::Require, "", "../conf/a-${B}.inc");
    row("inherit core-image xen-guest-bundle", Kind::Inherit, "", "core-image xen-guest-bundle");
    row("inherit_defer ${C}", Kind::Inherit, "", "${C}");
    row("export PATH", Kind::Other, "", "PATH");
    row("unset A", Kind::Unset, "A", "A");
    row("addtask bundle after do_install before do_build", Kind::Other, "", "bundle after do_install before do_build");
    row("deltask fetch", Kind::Other, "", "fetch");
    row("addhandler h", Kind::Other, "", "h");
    row("EXPORT_FUNCTIONS do_install", Kind::Other, "", "do_install");
    row("include = \"1\"", Kind::Assignment, "include", "1");
    row("inherit ?= \"1\"", Kind::Assignment, "inherit", "1");
    row("A:b[c] =+ 'd'", Kind::Assignment, "A:b", "d");
    row("do_install() {\n  echo }\n}", Kind::Function, "do_install", "  echo }\n");
    row("do_install:append:qemuarm64 () {\n\ttrue\n}", Kind::Function, "do_install:append:qemuarm64", "\ttrue\n");
    row("fakeroot python do_x() {\n  pass\n}", Kind::Function, "do_x", "  pass\n");
    row("python () {\n  pass\n}", Kind::Function, "__anonymous", "  pass\n");
    row("python __anonymous() {\n}", Kind::Function, "__anonymous", "");
    row("def f(d):\n    return 1\n\n    # more", Kind::Function, "f", "    return 1\n\n    # more\n");
}

void BitBakeParserTest::statements()
{
    QFETCH(QByteArray, text);
    QFETCH(int, kind);
    QFETCH(QString, name);
    QFETCH(QString, value);
    const BitBakeText parsed = parseBitBake(text + "\nLAST = \"1\"\n", u"test.bb"_s);
    QVERIFY2(parsed.problems.isEmpty(), qPrintable(parsed.problems.value(0).text));
    QCOMPARE(parsed.statements.size(), 2);
    QCOMPARE(static_cast<int>(parsed.statements.first()->kind), kind);
    QCOMPARE(parsed.statements.first()->name, name);
    QCOMPARE(parsed.statements.first()->value, value);
    QCOMPARE(parsed.statements.last()->name, u"LAST"_s);
}

void BitBakeParserTest::places()
{
    const BitBakeText parsed = parseBitBake("# c\n\nA = \"x\"\nBB[g] ?=  'ü \\\n  third \\\n'\r\nC = \"1\"",
                                            u"d/test.conf"_s);
    QVERIFY(parsed.problems.isEmpty());
    QCOMPARE(parsed.statements.size(), 3);
    const BitBakeStatement& second = *parsed.statements.at(1);
    QCOMPARE(second.place().toString(), u"d/test.conf:4:1"_s);
    QCOMPARE(second.valuePlace().toString(), u"d/test.conf:4:12"_s);
    QCOMPARE(second.valuePlace(second.value.indexOf("third"_L1)).toString(), u"d/test.conf:5:3"_s);
    QCOMPARE(parsed.statements.at(2)->place().line, 7);
}

void BitBakeParserTest::refused_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<int>("line");
    QTest::addColumn<int>("column");
    const auto row = [](const char* title, const char* text, int line, int column) {
        QTest::newRow(title) << QByteArray(text) << line << column;
    };
    row("no quotes", "\nA = 1", 2, 5);
    row("no value", "A =", 1, 4);
    row("open quote", "A = \"1", 1, 5);
    row("different quotes", "A = \"1'", 1, 5);
    row("comment behind", "A = \"1\" # one", 1, 8);
    row("three quotes", "A = \"1\"2\"", 1, 7);
    row("no variable", "= \"1\"", 1, 2);
    row("no operator", "A \"1\"", 1, 3);
    row("words", "this is no statement", 1, 6);
    row("odd name", "A@B = \"1\"", 1, 2);
    row("open flag", "A[b = \"1\"", 1, 2);
    row("empty flag", "A[] = \"1\"", 1, 2);
    row("reference in a flag", "A[${B}] = \"1\"", 1, 3);
    row("space in a flag", "A[b c] = \"1\"", 1, 4);
    row("append of a flag", "A[b]:append = \"1\"", 1, 5);
    row("continued wrongly", "A = \"1 \\\n\\\n2", 1, 5);
    row("function without an end", "do_x() {\n  true\n", 1, 1);
    row("unset nothing", "unset A B", 1, 7);
    row("comment runs on", "# a \\\nb\nA = \"1\"", 2, 1);
    row("comment inside", "A = \"1 \\\n# 2 \\\n3\"", 2, 1);
}

void BitBakeParserTest::refused()
{
    QFETCH(QByteArray, text);
    QFETCH(int, line);
    QFETCH(int, column);
    const BitBakeText parsed = parseBitBake(text, u"test.bb"_s);
    QCOMPARE(parsed.problems.size(), 1);
    const Problem& problem = parsed.problems.first();
    QCOMPARE(problem.severity, Problem::Severity::Error);
    QCOMPARE(problem.code, ProblemCode::BitBakeSyntax);
    QCOMPARE(problem.where.line, line);
    QCOMPARE(problem.where.column, column);
    QVERIFY(!problem.text.isEmpty() && !problem.remedy.isEmpty());
}

void BitBakeParserTest::everyPrefix()
{
    for (const QString& file : {u"x.conf"_s, u"x.bb"_s}) {
        for (qsizetype size = 0; size <= sample.size(); ++size) {
            useAll(sample.first(size).toByteArray(), file);
        }
    }
    QVERIFY(parseBitBake(sample.toByteArray(), u"x.bb"_s).problems.isEmpty());
}

void BitBakeParserTest::everyByteChanged()
{
    int problems = 0;
    for (qsizetype i = 0; i < sample.size(); ++i) {
        for (const char byte : {'\0', '"', '\\', '\n', '\xff', '{', '[', ':'}) {
            QByteArray text = sample.toByteArray();
            text[i] = byte;
            problems += parseBitBake(text, u"x.bb"_s).problems.isEmpty() ? 0 : 1;
            useAll(text, u"x.conf"_s);
        }
    }
    QVERIFY(problems > 100);
}

QTEST_GUILESS_MAIN(BitBakeParserTest)
#include "tst_bitbakeparser.moc"
