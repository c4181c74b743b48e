// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/bitbake/bitbakedata.h"
#include "fixtures.h"

#include <QtConcurrentRun>

using namespace Qt::StringLiterals;
using namespace Stowage;

namespace
{

/** What BitBake would have in its data store after reading @p text. */
BitBakeData evaluated(const QByteArray& text, const QString& file)
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
    return data;
}

/** The value of A, or that of its flag F when @p flag; "(unset)" when there is none. */
QString valueOf(const QByteArray& text, const QString& name)
{
    BitBakeData data = evaluated(text, u"test.conf"_s);
    const qsizetype bracket = name.indexOf(u'[');
    const BitBakeValue value = bracket < 0 ? data.value(name)
                                           : data.flag(name.first(bracket), name.sliced(bracket + 1).chopped(1));
    return value.text.value_or(u"(unset)"_s);
}

} // namespace

class BitBakeDataTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void values_data();
    void values();
    void conditions_data();
    void conditions();
    void remainders_data();
    void remainders();
    void functionsAreSkipped();
    void comments_data();
    void comments();
    void explosionEnds();
    void deepChainEnds();
    void manyStatements_data();
    void manyStatements();
};

void BitBakeDataTest::values_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("expected");
    const auto row = [](const char* title, const char* text, const char* expected, const char* name = "A") {
        QTest::newRow(title) << QByteArray(text) << QString::fromUtf8(name) << QString::fromUtf8(expected);
    };

    row("nothing", "B = \"1\"", "(unset)");
    row("set", "A = \"1\"", "1");
    row("set twice", "A = \"1\"\nA = \"2\"", "2");
    row("empty", "A = \"\"", "");
    row("single quotes", "A = 'it said \"hi\"'", "it said \"hi\"");
    row("other quote inside", "A = \"it's\"", "it's");
    row("four quotes", "A = \"a\"b\"c\"", "a\"b\"c");
    row("spaces kept", "A = \"  1  \"", "  1  ");
    row("no white space", "A=\"1\"", "1");
    row("no white space, append", "A=\"1\"\nA+=\"2\"", "1 2");
    row("no white space, immediate", "B=\"1\"\nA:=\"${B}\"\nB=\"2\"", "1");
    row("no white space, dot", "A=\"1\"\nA.=\"2\"", "12");
    row("tabs", "A\t=\t\"1\"", "1");
    row("exported", "export A = \"1\"", "1");
    row("equals in value", "A = \"root=/dev/xvda ro\"", "root=/dev/xvda ro");
    row("hash in value", "A = \"a#b\"", "a#b");
    row("unicode", "A = \"größe 大\"", "größe 大");
    row("CRLF", "A = \"1\"\r\nB = \"2\"\r\n", "1");
    row("CR", "A = \"1\"\rB = \"2\"\r", "2", "B");
    row("space behind", "A = \"1\"   \t", "1");
    row("continued", "A = \"1 \\\n   2 \\\n3\"", "1    2 3");
    row("continued, space behind the backslash", "A = \"1 \\  \n2\"", "1 2");
    row("continued between", "A = \\\n\"1\"", "1");

    row("default, unset", "A ?= \"1\"", "1");
    row("default, set before", "A = \"1\"\nA ?= \"2\"", "1");
    row("default, set behind", "A ?= \"1\"\nA = \"2\"", "2");
    row("first default wins", "A ?= \"1\"\nA ?= \"2\"", "1");
    row("default after empty", "A = \"\"\nA ?= \"2\"", "");
    row("weak default", "A ?\?= \"1\"", "1");
    row("last weak default wins", "A ?\?= \"1\"\nA ?\?= \"2\"", "2");
    row("default over weak default", "A ?\?= \"1\"\nA ?= \"2\"", "2");
    row("weak default after default", "A ?= \"1\"\nA ?\?= \"2\"", "1");
    row("weak default after set", "A = \"1\"\nA ?\?= \"2\"", "1");
    row("append replaces a weak default", "A ?\?= \"1\"\nA += \"2\"", " 2");
    row("dot replaces a weak default", "A ?\?= \"1\"\nA .= \"2\"", "2");
    row("append operator keeps a weak default", "A ?\?= \"1\"\nA:append = \" 2\"", "1 2");

    row("append", "A = \"1\"\nA += \"2\"", "1 2");
    row("prepend", "A = \"1\"\nA =+ \"2\"", "2 1");
    row("append directly", "A = \"1\"\nA .= \"2\"", "12");
    row("prepend directly", "A = \"1\"\nA =. \"2\"", "21");
    row("append to unset", "A += \"2\"", " 2");
    row("prepend to unset", "A =+ \"2\"", "2 ");
    row("append then set", "A += \"2\"\nA = \"1\"", "1");
    row("default after append", "A += \"2\"\nA ?= \"1\"", " 2");

    row("late append", "A:append = \" 2\"\nA = \"1\"", "1 2");
    row("late append without a space", "A = \"1\"\nA:append = \"2\"", "12");
    row("late prepend", "A:prepend = \"2 \"\nA = \"1\"", "2 1");
    row("late append to unset", "A:append = \"2\"", "2");
    row("late appends in order", "A = \"1\"\nA:append = \"2\"\nA:append = \"3\"", "123");
    row("late prepends in order", "A = \"1\"\nA:prepend = \"2\"\nA:prepend = \"3\"", "321");
    row("late append and prepend", "A:append = \"3\"\nA:prepend = \"1\"\nA = \"2\"", "123");
    row("late append before default", "A:append = \"2\"\nA ?= \"1\"", "12");
    row("append with +=", "A = \"1\"\nA:append += \"2\"", "1 2");
    row("append with =+", "A = \"1\"\nA:append =+ \"2\"", "12 ");
    row("append with :=", "B = \"2\"\nA = \"1\"\nA:append := \"${B}\"\nB = \"3\"", "12");
    row("append is expanded late", "B = \"2\"\nA = \"1\"\nA:append = \"${B}\"\nB = \"3\"", "13");

    row("remove", "A = \"1 2 3\"\nA:remove = \"2\"", "1  3");
    row("remove keeps other space", "A = \" 1\t2  3 \"\nA:remove = \"1 3\"", " \t2   ");
    row("remove all of a kind", "A = \"1 2 1\"\nA:remove = \"1\"", " 2 ");
    row("remove whole words only", "A = \"12 2\"\nA:remove = \"2\"", "12 ");
    row("remove what is not there", "A = \"1\"\nA:remove = \"2\"", "1");
    row("remove from late appends", "A = \"1\"\nA:append = \" 2\"\nA:remove = \"2\"", "1 ");
    row("remove before set", "A:remove = \"2\"\nA = \"1 2\"", "1 ");
    row("remove is expanded", "B = \"2\"\nA = \"1 2\"\nA:remove = \"${B}\"", "1 ");
    row("remove from what is expanded", "B = \"2 3\"\nA = \"1 ${B}\"\nA:remove = \"3\"", "1 2 ");
    row("remove from unset", "A:remove = \"1\"", "(unset)");

    row("reference", "B = \"1\"\nA = \"x${B}y\"", "x1y");
    row("reference is late", "A = \"${B}\"\nB = \"1\"\nB = \"2\"", "2");
    row("immediate", "B = \"1\"\nA := \"${B}\"\nB = \"2\"", "1");
    row("immediate, unknown is kept", "A := \"${B}\"\nB = \"2\"", "2");
    row("immediate, of itself", "A = \"1\"\nA := \"${A} 2\"", "1 2");
    row("two levels", "A = \"${B}\"\nB = \"${C}\"\nC = \"1\"", "1");
    row("name of a name", "A = \"${V_${B}}\"\nB = \"x\"\nV_x = \"1\"", "1");
    row("unknown stays", "A = \"a ${B} c\"", "a ${B} c");
    row("unknown beside known", "A = \"${B}${C}\"\nC = \"1\"", "${B}1");
    row("python stays", "A = \"${@d.getVar('B')}\"\nB = \"1\"", "${@d.getVar('B')}");
    row("references in python are expanded", "A = \"${@f('${B}')}\"\nB = \"1\"", "${@f('1')}");
    row("no reference", "A = \"$B ${ $( {B}\"", "$B ${ $( {B}");
    row("itself", "A = \"1 ${A}\"", "1 ${A}");
    row("loop of two", "A = \"a${B}\"\nB = \"b${A}\"", "ab${A}");
    row("beside a loop", "A = \"${B}\"\nB = \"1\"\nC = \"${C}\"", "1");

    row("flag", "A[f] = \"1\"", "1", "A[f]");
    row("flag of nothing", "A = \"1\"", "(unset)", "A[f]");
    row("flag does not set", "A[f] = \"1\"", "(unset)");
    row("flag, default", "A[f] ?= \"1\"\nA[f] ?= \"2\"", "1", "A[f]");
    row("flag, weak default", "A[f] ?\?= \"1\"\nA[f] ?\?= \"2\"", "2", "A[f]");
    row("flag over weak default", "A[f] ?\?= \"1\"\nA[f] = \"2\"\nA[f] ?\?= \"3\"", "2", "A[f]");
    row("flag, append", "A[f] = \"1\"\nA[f] += \"2\"", "1 2", "A[f]");
    row("flag, prepend", "A[f] = \"1\"\nA[f] =+ \"2\"", "2 1", "A[f]");
    row("flag, dots", "A[f] = \"1\"\nA[f] .= \"2\"\nA[f] =. \"0\"", "012", "A[f]");
    row("flag, immediate", "B = \"1\"\nA[f] := \"${B}\"\nB = \"2\"", "1", "A[f]");
    row("flag is expanded", "A[f] = \"${B}\"\nB = \"1\"", "1", "A[f]");
    row("flag of a guest", "A[my-guest_2.0+x] = \"1\"", "1", "A[my-guest_2.0+x]");
    row("flag survives set", "A[f] = \"1\"\nA = \"2\"", "1", "A[f]");
    row("flag of a variant is another", "OVERRIDES = \"o\"\nA:o[f] = \"1\"", "(unset)", "A[f]");

    row("unset", "A = \"1\"\nunset A", "(unset)");
    row("unset takes appends along", "A = \"1\"\nA:append = \"2\"\nunset A\nA = \"3\"", "3");
    row("unset a flag", "A[f] = \"1\"\nA[g] = \"2\"\nunset A[f]", "(unset)", "A[f]");
    row("unset a flag leaves others", "A[f] = \"1\"\nA[g] = \"2\"\nunset A[f]", "2", "A[g]");
    row("unset a variant", "OVERRIDES = \"o\"\nA = \"1\"\nA:o = \"2\"\nunset A:o", "1");

    row("name is expanded", "B = \"A\"\n${B} = \"1\"", "1");
    row("name is expanded to a variant", "OVERRIDES = \"o\"\nM = \"o\"\nA = \"1\"\nA:${M} = \"2\"", "2");
    row("old operators are names", "A = \"1\"\nA_append = \"2\"", "1");
}

void BitBakeDataTest::values()
{
    QFETCH(QByteArray, text);
    QFETCH(QString, name);
    QFETCH(QString, expected);
    QCOMPARE(valueOf(text, name), expected);
}

void BitBakeDataTest::conditions_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("overrides");
    QTest::addColumn<QString>("expected");
    const auto row = [](const char* title, const char* overrides, const char* text, const char* expected) {
        QTest::newRow(title) << QByteArray(text) << QString::fromUtf8(overrides) << QString::fromUtf8(expected);
    };

    row("not in force", "x", "A = \"1\"\nA:o = \"2\"", "1");
    row("in force", "o", "A = \"1\"\nA:o = \"2\"", "2");
    row("in force, set before", "o", "A:o = \"2\"\nA = \"1\"", "2");
    row("only the variant", "o", "A:o = \"2\"", "2");
    row("the later override wins", "o:p", "A:p = \"3\"\nA:o = \"2\"\nA = \"1\"", "3");
    row("the later override wins, other order", "p:o", "A:p = \"3\"\nA:o = \"2\"\nA = \"1\"", "2");
    row("default of a variant", "o", "A = \"1\"\nA:o ?= \"2\"", "2");
    row("weak default of a variant", "o", "A = \"1\"\nA:o ?\?= \"2\"", "2");
    row("variant's append operator", "o", "A = \"1\"\nA:o += \"2\"", " 2");
    row("upper case is no override", "O", "A = \"1\"\nA:O = \"2\"", "1");
    row("chain, all in force", "o:p", "A = \"1\"\nA:o:p = \"2\"", "2");
    row("chain, in any order", "p:o", "A = \"1\"\nA:o:p = \"2\"", "2");
    row("chain, one missing", "o", "A = \"1\"\nA:o:p = \"2\"", "1");
    row("chain over single", "o:p", "A:o = \"1\"\nA:o:p = \"2\"", "2");
    row("chain by its first", "o:p", "A:o:p = \"1\"\nA:p = \"2\"", "1");
    row("empty variant wins", "o", "A = \"1\"\nA:o = \"\"", "");

    row("append, in force", "o", "A = \"1\"\nA:append:o = \" 2\"", "1 2");
    row("append, not in force", "x", "A = \"1\"\nA:append:o = \" 2\"", "1");
    row("append for a chain", "o:p", "A = \"1\"\nA:append:o:p = \" 2\"", "1 2");
    row("append for a chain, one missing", "o", "A = \"1\"\nA:append:o:p = \" 2\"", "1");
    row("prepend, in force", "o", "A = \"1\"\nA:prepend:o = \"2 \"", "2 1");
    row("prepend, not in force", "x", "A = \"1\"\nA:prepend:o = \"2 \"", "1");
    row("remove, in force", "o", "A = \"1 2\"\nA:remove:o = \"2\"", "1 ");
    row("remove, not in force", "x", "A = \"1 2\"\nA:remove:o = \"2\"", "1 2");
    row("append to a variant", "o", "A = \"1\"\nA:o = \"2\"\nA:o:append = \"3\"", "23");
    row("append to a variant that is not set", "o", "A = \"1\"\nA:o:append = \"3\"", "3");
    row("append to a variant, not in force", "x", "A = \"1\"\nA:o:append = \"3\"", "1");
    row("append and variant", "o", "A = \"1\"\nA:append = \"3\"\nA:o = \"2\"", "23");
    row("remove from a variant", "o", "A = \"1\"\nA:o = \"2 3\"\nA:o:remove = \"3\"", "2 ");
    row("remove and variant", "o", "A = \"1\"\nA:o = \"2 3\"\nA:remove = \"3\"", "2 ");
    row("append to a variant hidden by a longer one", "o:p", "A:o:p = \"1\"\nA:o:append:p = \"2\"", "1");
    row("reference to a variant", "o", "B = \"1\"\nB:o = \"2\"\nA = \"${B}\"", "2");
    row("immediate takes the variant", "o", "B = \"1\"\nB:o = \"2\"\nA := \"${B}\"\nB:o = \"3\"", "2");
    row("variant refers to itself", "o", "A = \"1\"\nA:o = \"2 ${A}\"", "2 ${A}");
    row("overrides from a variable", "${M}", "M = \"o\"\nA = \"1\"\nA:o = \"2\"", "2");
    row("overrides depend on overrides", "o:${M}", "M = \"x\"\nM:o = \"p\"\nA = \"1\"\nA:p = \"2\"", "2");
    row("forcevariable", "o:forcevariable", "A:forcevariable = \"3\"\nA:o = \"2\"\nA = \"1\"", "3");
}

void BitBakeDataTest::conditions()
{
    QFETCH(QByteArray, text);
    QFETCH(QString, overrides);
    QFETCH(QString, expected);
    QCOMPARE(valueOf("OVERRIDES = \"" + overrides.toUtf8() + "\"\n" + text, u"A"_s), expected);
    QCOMPARE(valueOf(text + "\nOVERRIDES = \"" + overrides.toUtf8() + "\"\n", u"A"_s),
             QString::fromLatin1(QTest::currentDataTag()) == "immediate takes the variant"_L1 ? u"1"_s : expected);
}

void BitBakeDataTest::remainders_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<int>("kind");
    QTest::addColumn<QString>("rest");
    using Kind = BitBakeRemainder::Kind;
    const auto row = [](const char* title, const char* text, Kind kind, const char* rest) {
        QTest::newRow(title) << QByteArray(text) << static_cast<int>(kind) << QString::fromUtf8(rest);
    };
    row("none", "A = \"1\"", Kind::None, "");
    row("unknown", "A = \"x ${B}/c\"", Kind::UnknownVariable, "${B}");
    row("unknown, deeper", "A = \"${C}\"\nC = \"${B}\"", Kind::UnknownVariable, "${B}");
    row("python", "A = \"${@bb.utils.contains('A', 'b', {'c': 1}, '', d)} x\"", Kind::Python,
        "${@bb.utils.contains('A', 'b', {'c': 1}, '', d)}");
    row("loop", "A = \"${A}\"", Kind::Loop, "${A}");
    row("loop of three", "A = \"${B}\"\nB = \"${C}\"\nC = \"${A}\"", Kind::Loop, "${A}");
    row("into a loop", "A = \"${B}\"\nB = \"${C}\"\nC = \"${B}\"", Kind::Loop, "${B}");
    row("no name", "A = \"${ x }\"", Kind::UnknownVariable, "${ x }");
    row("not closed", "A = \"${B\"", Kind::UnknownVariable, "${B");
}

void BitBakeDataTest::remainders()
{
    QFETCH(QByteArray, text);
    QFETCH(int, kind);
    QFETCH(QString, rest);
    BitBakeData data = evaluated(text, u"test.conf"_s);
    const BitBakeRemainder remainder = data.remainder(data.value(u"A"_s).text.value_or(QString()));
    QCOMPARE(static_cast<int>(remainder.kind), kind);
    QCOMPARE(remainder.text, rest);
}

void BitBakeDataTest::functionsAreSkipped()
{
    const QByteArray text = "A = \"1\"\ndo_install() {\n    A = \"2\"\n}\npython f() {\n    d.setVar('A', '3')\n}\n"
                            "def g():\n    A = \"4\"\n\n    return A\nB = \"5\"\n";
    BitBakeData data = evaluated(text, u"test.bb"_s);
    QCOMPARE(data.value(u"A"_s).text, u"1"_s);
    QCOMPARE(data.value(u"B"_s).text, u"5"_s);
    // A configuration has no functions.
    QVERIFY(!parseBitBake(text, u"test.conf"_s).problems.isEmpty());
}

void BitBakeDataTest::comments_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("configuration");
    QTest::addColumn<QString>("recipe");
    QTest::newRow("comment line") << QByteArray("# A = \"0\"\nA = \"1\"\n#A = \"2\"") << u"1"_s << u"1"_s;
    QTest::newRow("continued comment") << QByteArray("# c \\\n# A = \"0\"\nA = \"1\"") << u"1"_s << u"1"_s;
    QTest::newRow("inside a value") << QByteArray("A = \"1 \\\n# 2 \\\n3\"") << u"1 # 2 3"_s << u"1 3"_s;
    QTest::newRow("not at the start of a line") << QByteArray("A = \"1 \\\n  # 2\"") << u"1   # 2"_s << u"1   # 2"_s;
    QTest::newRow("indented") << QByteArray("  # c\nA = \"1\"") << u"1"_s << u"1"_s;
    QTest::newRow("indented assignment") << QByteArray("  A = \"1\"") << u"1"_s << u"1"_s;
}

void BitBakeDataTest::comments()
{
    QFETCH(QByteArray, text);
    QFETCH(QString, configuration);
    QFETCH(QString, recipe);
    QCOMPARE(evaluated(text, u"test.conf"_s).value(u"A"_s).text, configuration);
    QCOMPARE(evaluated(text, u"test.inc"_s).value(u"A"_s).text, recipe);
}

void BitBakeDataTest::explosionEnds()
{
    QByteArray text = "V0 = \"${V60} 0123456789\"\n";
    for (int i = 1; i <= 60; ++i) {
        text += "V" + QByteArray::number(i) + " = \"${V" + QByteArray::number(i - 1) + "}${V"
            + QByteArray::number(i - 1) + "}\"\n";
    }
    BitBakeData data = evaluated(text + "A = \"${V60}\"\n", u"test.conf"_s);
    const QString value = data.value(u"A"_s).text.value_or(QString());
    QVERIFY(value.size() < 16 * 1024 * 1024);
    QCOMPARE(static_cast<int>(data.remainder(value).kind), static_cast<int>(BitBakeRemainder::Kind::Loop));
}

void BitBakeDataTest::deepChainEnds()
{
    QByteArray text = "V0 = \"end\"\n";
    for (int i = 1; i <= 100000; ++i) {
        text += "V" + QByteArray::number(i) + " = \"${V" + QByteArray::number(i - 1) + "}\"\n";
    }
    BitBakeData data = evaluated(text, u"test.conf"_s);
    QCOMPARE(data.value(u"V50"_s).text, u"end"_s);
    const QString deep = data.value(u"V100000"_s).text.value_or(QString());
    QVERIFY(deep == "end"_L1 || data.remainder(deep).kind == BitBakeRemainder::Kind::Loop);
}

void BitBakeDataTest::manyStatements_data()
{
    QTest::addColumn<QByteArray>("statement");
    for (const char* statement :
         {"A += \"x\"\n", "A =+ \"x\"\n", "A[f] .= \"x\"\n", "A:append = \"x\"\n", "A:prepend = \"x\"\n"}) {
        QTest::newRow(QByteArray(statement).trimmed().constData()) << QByteArray(statement);
    }
}

/** A value that is put together by a great many statements takes no more than in proportion to their number. */
void BitBakeDataTest::manyStatements()
{
    QFETCH(QByteArray, statement);
    constexpr qsizetype Count = 100'000;
    const auto work = QtConcurrent::run(
        [&] { return valueOf(statement.repeated(Count), statement.contains('[') ? u"A[f]"_s : u"A"_s).count(u'x'); });
    QTRY_VERIFY_WITH_TIMEOUT(work.isFinished(), 60'000);
    QCOMPARE(work.result(), Count);
}

QTEST_GUILESS_MAIN(BitBakeDataTest)
#include "tst_bitbakedata.moc"
