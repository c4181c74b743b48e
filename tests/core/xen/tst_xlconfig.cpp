// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/xen/xlconfig.h"
#include "fixtures.h"
#include "mutate.h"
#include "xlcompare.h"
#include "xlutil.h"

#include <QElapsedTimer>
#include <QtTest>

using namespace Stowage;
using namespace Stowage::Test;
using namespace Qt::StringLiterals;

class TestXlConfig : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void grammar_data();
    void grammar();
    void errors_data();
    void errors();
    void sampleIsRead();
    void shippedExamples();
    void agreesWithXlOnMutations();
    void hostileInput();
};

void TestXlConfig::grammar_data()
{
    QTest::addColumn<QByteArray>("text");
    const QByteArrayList texts{
        "",
        "\n",
        ";",
        "#",
        "#c",
        "#c\n",
        " \t",
        "a=1",
        "a=1\n",
        "a=1;",
        ";;a=1;;\n;",
        "a=1;b=2",
        "a=1 b=2",
        "a=1b=2",
        "a=0x1f",
        "a=012",
        "a=1g",
        "a=-1",
        "a=.5",
        "a=1.5",
        "a =\t1 # c\n",
        "a=1 #c",
        "a=1\r\n",
        "a=1\r",
        "a=1\f",
        "a=1\f\n",
        "A=1",
        "a.b_c9=1",
        "_a=1",
        "a-b=1",
        "9=1",
        "a",
        "a=",
        "=1",
        "a==1",
        "a=b",
        "a\n=1",
        "a=\n1",
        "a+=1",
        "a +=1",
        "a+ =1",
        "a=1\na+=2",
        "a='x'\na+=2",
        "a=[1]\na+=[2]",
        "a=[1]\na+=2",
        "a=1\na+=[2]",
        "a=[1]\na=2\na+=3",
        "a+=[1]",
        "a+=[]\na+=[]",
        "a='x",
        "a='x'",
        "a=\"x\"",
        "a=\"it's\"",
        "a='say \"x\"'",
        "a='x'y",
        "a='x' 'y'",
        "a='x\ny'",
        "a='x\\\ny'",
        "a='x\\'",
        "a='\\''",
        "a='\\\"'",
        "a='\\\\'",
        "a='\\a\\b\\f\\n\\r\\t\\v'",
        "a='\\q'",
        "a='\\x41'",
        "a='\\x4'",
        "a='\\0'",
        "a='\\12'",
        "a='\\123'",
        "a='\\1234'",
        "a='\\1 2'",
        "a='\\1+2'",
        "a='\\1+'",
        "a='\\7  2'",
        "a='\\7 +2'",
        "a='\\8'",
        "a='\\777'",
        "a='\x01\x7f\x80\xff'",
        "a='t\tt'",
        "a='\xc3\xa4'",
        "\xc3\xa4='x'",
        "\xef\xbb\xbf"
        "a=1",
        "a=[",
        "a=]",
        "a=[]",
        "a=[,]",
        "a=[1",
        "a=[1,",
        "a=[1,]",
        "a=[1,,2]",
        "a=[1 2]",
        "a=[[]]",
        "a=[[],[]]",
        "a=[[1,2],['x',],]",
        "a=[\n\n1\n,\n2\n,\n]",
        "a=[1;2]",
        "a=[b]",
        "a=[b=1]",
        "a=[1]]",
        "a=[1] [2]",
        "a=[#c\n1]",
        "a=[1#c\n]",
        "a=[1 #c",
        "a={}",
        "a=(1)",
        "a=1+1",
        "a=1\n@",
        "a=1\n@@",
        "a=1\n@ ",
        "a=1\n@\n",
        "+",
        "a=1 +",
        "a=1+",
        "a='x'\"",
        "a='x'\\",
        "a=[1@",
        "a=@",
        "a=[1]+",
        "import os\n",
        "def f():\n  return 1\n",
        "a=\"%s\" % x\n",
        "if a: b=1\n",
    };
    for (qsizetype i = 0; i < texts.size(); ++i) {
        QTest::addRow("%lld %s", static_cast<long long>(i), texts[i].toPercentEncoding(" ='\"[],;#").constData())
            << texts[i];
    }
}

void TestXlConfig::grammar()
{
    QFETCH(QByteArray, text);
    compareWithXl(text);
}

void TestXlConfig::errors_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<int>("line");
    QTest::addColumn<int>("column");
    QTest::addColumn<QString>("remedyPart");
    QTest::newRow("python call") << QByteArray("a=1\nb = str(1)\n") << 2 << 5 << u"quotes"_s;
    QTest::newRow("python import") << QByteArray("import os\n") << 1 << 8 << u"Python"_s;
    QTest::newRow("python bracket") << QByteArray("a = (1)\n") << 1 << 5 << u"Python"_s;
    QTest::newRow("negative number") << QByteArray("a = -1\n") << 1 << 5 << u"quotes"_s;
    QTest::newRow("windows line ends") << QByteArray("a=1\r\nb=2\r\n") << 1 << 4 << u"Unix"_s;
    QTest::newRow("byte order mark") << QByteArray("\xef\xbb\xbf"
                                                   "a=1\n")
                                     << 1 << 1 << u"UTF-8"_s;
    QTest::newRow("open string, after non-ASCII") << QByteArray("a='\xc3\xa4' \"x\n") << 1 << 7 << u"Close"_s;
    QTest::newRow("open comment") << QByteArray("a=1\n  # end") << 2 << 3 << u"newline"_s;
    QTest::newRow("capital key") << QByteArray("\n\nName=1\n") << 3 << 1 << u"small letters"_s;
    QTest::newRow("hexadecimal escape") << QByteArray("a='b\\x41'\n") << 1 << 5 << u"backslash"_s;
    QTest::newRow("NUL in a string") << QByteArray("a='b\0'\n", 7) << 1 << 5 << u"text file"_s;
    QTest::newRow("list without comma") << QByteArray("a=[\n1\n2]\n") << 3 << 1 << u"comma"_s;
    QTest::newRow("list not closed") << QByteArray("a=[1,\n") << 2 << 1 << u"brackets"_s;
    QTest::newRow("list added to text") << QByteArray("a='x'\na+=[1]\n") << 2 << 4 << u"brackets"_s;
    QTest::newRow("two values") << QByteArray("a=1 'b'\n") << 1 << 5 << u"list"_s;
}

void TestXlConfig::errors()
{
    QFETCH(QByteArray, text);
    QFETCH(int, line);
    QFETCH(int, column);
    QFETCH(QString, remedyPart);
    const Result<XlConfig> config = XlConfig::parse(text, u"guest.cfg"_s);
    QVERIFY(!config);
    QCOMPARE(config.error().code, Error::Code::InvalidInput);
    QCOMPARE(config.error().place.file, u"guest.cfg"_s);
    QCOMPARE(config.error().place.line, line);
    QCOMPARE(config.error().place.column, column);
    QVERIFY2(config.error().remedy.contains(remedyPart), qPrintable(config.error().remedy));
}

void TestXlConfig::sampleIsRead()
{
    const Result<XlConfig> config = XlConfig::parse(Sample);
    QVERIFY_RESULT(config);
    QCOMPARE(config->text(), Sample);
    QCOMPARE(config->statements().size(), 11);
    QCOMPARE(config->statements()[3].key, "disk");
    QCOMPARE(config->statements()[3].line, 4);
    QCOMPARE(config->statements()[5].line, 9);
    QVERIFY(config->statements()[5].append);
    QCOMPARE(config->string("name"), "web");
    QCOMPARE(config->string("extra"), "root=/dev/xvda ro\tquiet \"x\" \\ y more");
    QCOMPARE(config->string("disk"), std::nullopt);
    QCOMPARE(config->list("disk"), (QByteArrayList{"file:/a.img,xvda,rw", "phy:/dev/vg/b,xvdb,w", "c,,xvdc"}));
    QCOMPARE(config->list("name"), QByteArrayList{"web"});
    QCOMPARE(config->list("vnuma"), QByteArrayList{"3"});
    QCOMPARE(config->find("extra")->value.text, " more");
    QCOMPARE(config->find("absent"), nullptr);
    const XlConfig::Value& list = config->statements()[3].value;
    QCOMPARE(Sample.sliced(list.items[1].begin, list.items[1].end - list.items[1].begin), "\"phy:/dev/vg/b,xvdb,w\"");
    QVERIFY(Sample.sliced(list.begin, list.end - list.begin).endsWith("\n  ]"));
    QCOMPARE(numberByXl(Sample, "vcpus"), 2);
    compareWithXl(Sample);
}

void TestXlConfig::shippedExamples()
{
    const QDir directory(fixture(u"xen-examples"_s));
    int accepted = 0;
    for (const QFileInfo& file : directory.entryInfoList(QDir::Files)) {
        const QByteArray text = readFile(file.filePath());
        compareWithXl(text);
        accepted += XlConfig::parse(text).has_value() ? 1 : 0;
    }
    QVERIFY2(accepted >= 4, "the examples of Debian's Xen packages");
}

void TestXlConfig::agreesWithXlOnMutations()
{
    const QByteArrayList words{"=",      "+=",     "[",       "]",     ",",   ";",     "\n",   "#",   "'",   "\"",
                               "\\",     "\\1",    "\\x",     " ",     "\t",  "0x",    "12",   "abc", "a=1", "a=[1]",
                               "a+=[2]", "a+='x'", "name+=1", "# c\n", "'x'", "\"y\"", "\r\n", "[[",  "]]"};
    QByteArrayList samples{Sample, "a=1", "a=['x',\"y\"]\n", "a='\\1 2\\\\'\n"};
    for (const QFileInfo& file : QDir(fixture(u"xen-examples"_s)).entryInfoList({u"xlexample*"_s})) {
        samples.append(readFile(file.filePath()));
    }
    QRandomGenerator random(20);
    int accepted = 0;
    constexpr int rounds = 30000;
    for (int i = 0; i < rounds; ++i) {
        const QByteArray text = mutated(samples[i % samples.size()], words, random);
        compareWithXl(text);
        if (QTest::currentTestFailed()) {
            return;
        }
        accepted += XlConfig::parse(text).has_value() ? 1 : 0;
    }
    // The mutations must be of both kinds, else they compare nothing.
    QVERIFY2(accepted > rounds / 10 && accepted < rounds * 9 / 10, QByteArray::number(accepted));
}

void TestXlConfig::hostileInput()
{
    constexpr qsizetype megabyte = 1 << 20;
    QElapsedTimer timer;
    timer.start();
    const Result<XlConfig> deep = XlConfig::parse("a=" + QByteArray(megabyte, '['));
    QVERIFY(!deep);
    QVERIFY(deep.error().message.contains(QString::number(XlConfig::MaximumDepth)));
    const QByteArray nested = "a=" + QByteArray(XlConfig::MaximumDepth, '[') + QByteArray(XlConfig::MaximumDepth, ']');
    QVERIFY_RESULT(XlConfig::parse(nested));
    compareWithXl(nested);
    QVERIFY_RESULT(XlConfig::parse("a=[" + QByteArray("1,").repeated(megabyte / 2) + "]"));
    const Result<XlConfig> many = XlConfig::parse(QByteArray("a+=[1]\n").repeated(megabyte / 8));
    QVERIFY_RESULT(many);
    QCOMPARE(many->items("a").size(), megabyte / 8);
    QVERIFY_RESULT(XlConfig::parse(QByteArray(megabyte, '\n')));
    QVERIFY(!XlConfig::parse("a='" + QByteArray("\\'").repeated(megabyte / 2)));
    QVERIFY(!XlConfig::parse(QByteArray(megabyte, '\0')));
#ifdef __SANITIZE_ADDRESS__
    constexpr qint64 most = 250'000; // milliseconds; every allocation is slow there
#else
    constexpr qint64 most = 20'000;
#endif
    QVERIFY2(timer.elapsed() < most, QByteArray::number(timer.elapsed()));
}

QTEST_GUILESS_MAIN(TestXlConfig)
#include "tst_xlconfig.moc"
