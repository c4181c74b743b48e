// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/xen/xlconfig.h"
#include "fixtures.h"
#include "mutate.h"
#include "xlcompare.h"
#include "xlutil.h"

#include <QtTest>

using namespace Stowage;
using namespace Stowage::Test;
using namespace Qt::StringLiterals;

class TestXlEdit : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void quotedStringsComeBack();
    void replaceChangesOnlyItsSpan();
    void replaceRefusesOtherThanOneValue_data();
    void replaceRefusesOtherThanOneValue();
    void set_data();
    void set();
    void remove_data();
    void remove();
};

void TestXlEdit::quotedStringsComeBack()
{
    QByteArray everyByte;
    for (int byte = 1; byte < 256; ++byte) {
        everyByte.append(static_cast<char>(byte));
    }
    QRandomGenerator random(7);
    QByteArrayList texts{"", "plain", "'", "\"", "\\", "\n", "it's \"x\" \\n", everyByte, "ends in \\"};
    for (int i = 0; i < 2000; ++i) {
        texts.append(mutated(texts[random.bounded(9)], {"'", "\"", "\\", "\n", "\\n", "\\'", "\xc3\xa4"}, random));
    }
    for (const QByteArray& text : std::as_const(texts)) {
        for (const char quote : {'"', '\''}) {
            const QByteArray line = "a = " + XlConfig::quoted(text, quote) + '\n';
            const auto read = readByXl(line, {"a"});
            QVERIFY2(read.has_value(), line);
            QCOMPARE(read->value("a").text, text);
            QCOMPARE(XlConfig::parse(line)->string("a"), text);
        }
    }
    QCOMPARE(XlConfig::quoted("plain 'x' \t"), "\"plain 'x' \t\"");
    QCOMPARE(XlConfig::quoted("a\"b\\c"), "\"a\\\"b\\\\c\"");
    QCOMPARE(XlConfig::quoted("it's", '\''), "'it\\'s'");
}

void TestXlEdit::replaceChangesOnlyItsSpan()
{
    const Result<XlConfig> parsed = XlConfig::parse(Sample);
    QVERIFY_RESULT(parsed);
    for (const XlConfig::Statement& statement : parsed->statements()) {
        QList<XlConfig::Value> values{statement.value};
        values += statement.value.items;
        for (const XlConfig::Value& value : std::as_const(values)) {
            XlConfig config = *parsed;
            const bool isList = value.kind == XlConfig::Value::Kind::List;
            const QByteArray literal = isList ? "[ 'n\xc3\xa4w', ]" : "'n\xc3\xa4w'";
            QVERIFY_RESULT(config.replace(value, literal));
            QCOMPARE(config.text(), Sample.first(value.begin) + literal + Sample.sliced(value.end));
            compareWithXl(config.text());
        }
    }
}

void TestXlEdit::replaceRefusesOtherThanOneValue_data()
{
    QTest::addColumn<QByteArray>("literal");
    for (const char* literal :
         {"", " ", "1\nb=2", "1;b=2", "1 ", " 1", "1 # c", "'x", "[1", "x", "1]", "'a''b'", "\"\\q\"", "1@"}) {
        QTest::newRow(literal) << QByteArray(literal);
    }
}

void TestXlEdit::replaceRefusesOtherThanOneValue()
{
    QFETCH(QByteArray, literal);
    Result<XlConfig> config = XlConfig::parse(Sample);
    QVERIFY_RESULT(config);
    QVERIFY(!config->replace(config->find("name")->value, literal));
    QVERIFY(!config->set("name", literal));
    QVERIFY(!config->set("new_key", literal));
    QCOMPARE(config->text(), Sample);
}

void TestXlEdit::set_data()
{
    QTest::addColumn<QByteArray>("before");
    QTest::addColumn<QByteArray>("after");
    QTest::newRow("empty") << QByteArray() << QByteArray("key = 7\n");
    QTest::newRow("added") << QByteArray("a=1\n") << QByteArray("a=1\nkey = 7\n");
    QTest::newRow("added after a line without end") << QByteArray("a=1") << QByteArray("a=1\nkey = 7\n");
    QTest::newRow("replaced") << QByteArray(" key  =  'x' # c\na=1") << QByteArray(" key  =  7 # c\na=1");
    QTest::newRow("last one counts") << QByteArray("key=1\nkey=2\n") << QByteArray("key=1\nkey=7\n");
    QTest::newRow("additions go") << QByteArray("key=[1]\na=1\nkey+=[2]\nb=2;key+=[3] # c\n")
                                  << QByteArray("key=7\na=1\nb=2; # c\n");
    QTest::newRow("addition alone") << QByteArray("key+='x'\n") << QByteArray("key+=7\n");
}

void TestXlEdit::set()
{
    QFETCH(QByteArray, before);
    QFETCH(QByteArray, after);
    Result<XlConfig> config = XlConfig::parse(before);
    QVERIFY_RESULT(config);
    QVERIFY_RESULT(config->set("key", "7"));
    QCOMPARE(config->text(), after);
    QCOMPARE(readByXl(after, {"key"})->value("key").text, "7");
    for (const char* bad : {"", "Key", "a b", "key=1;b", "#", "a\nb"}) {
        QVERIFY(!config->set(bad, "1"));
    }
    QCOMPARE(config->text(), after);
}

void TestXlEdit::remove_data()
{
    QTest::addColumn<QByteArray>("before");
    QTest::addColumn<QByteArray>("after");
    QTest::newRow("absent") << QByteArray("a=1\n") << QByteArray("a=1\n");
    QTest::newRow("whole line") << QByteArray("a=1\n\tkey = 'x' \nb=2\n") << QByteArray("a=1\nb=2\n");
    QTest::newRow("several lines") << QByteArray("a=1\nkey = [ 1,\n 2 ];\nb=2\n") << QByteArray("a=1\nb=2\n");
    QTest::newRow("every statement") << QByteArray("key=1\na=1\nkey=2\nkey+=3") << QByteArray("a=1\n");
    QTest::newRow("comment stays") << QByteArray("key=1 # why\n") << QByteArray("# why\n");
    QTest::newRow("first of a line") << QByteArray("key=1; b=2\n") << QByteArray("b=2\n");
    QTest::newRow("last of a line") << QByteArray("a=1; key=2\n") << QByteArray("a=1; \n");
    QTest::newRow("between") << QByteArray("a=1;key=2;b=3\n") << QByteArray("a=1;b=3\n");
}

void TestXlEdit::remove()
{
    QFETCH(QByteArray, before);
    QFETCH(QByteArray, after);
    Result<XlConfig> config = XlConfig::parse(before);
    QVERIFY_RESULT(config);
    config->remove("key");
    QCOMPARE(config->text(), after);
    QCOMPARE(config->find("key"), nullptr);
    compareWithXl(after);
}

QTEST_GUILESS_MAIN(TestXlEdit)
#include "tst_xledit.moc"
