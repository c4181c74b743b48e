// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/xen/vifspec.h"
#include "fixtures.h"
#include "mutate.h"
#include "xlutil.h"

#include <QtTest>

using namespace Stowage;
using namespace Stowage::Test;
using namespace Qt::StringLiterals;

namespace
{

/** The parts of @p spec as xl takes them. */
QByteArray joined(const VifSpec& spec)
{
    QByteArrayList parts;
    for (const auto& [key, value] : spec.pairs) {
        parts.append(key.endsWith("trusted") ? key : key + '=' + value);
    }
    return parts.join(',');
}

} // namespace

class TestVifSpec : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void vifs_data();
    void vifs();
    void vifValues();
    void vifErrors_data();
    void vifErrors();
    void vifRates();
};

void TestVifSpec::vifs_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QByteArray>("bridge");
    QTest::addColumn<QByteArray>("formatted");
    QTest::newRow("default") << QByteArray() << QByteArray("xenbr0") << QByteArray();
    QTest::newRow("bridge") << QByteArray("bridge=br1") << QByteArray("br1") << QByteArray("bridge=br1");
    QTest::newRow("spaces and empty parts") << QByteArray(" bridge=br1,, mac=00:16:3e:00:00:01,") << QByteArray("br1")
                                            << QByteArray("bridge=br1,mac=00:16:3e:00:00:01");
    QTest::newRow("last counts") << QByteArray("bridge=a,bridge=b") << QByteArray("b")
                                 << QByteArray("bridge=a,bridge=b");
    QTest::newRow("routed") << QByteArray("gatewaydev=eth0,script=vif-route") << QByteArray()
                            << QByteArray("gatewaydev=eth0,script=vif-route");
    QTest::newRow("old alias") << QByteArray("netdev=eth0") << QByteArray() << QByteArray("netdev=eth0");
    QTest::newRow("all")
        << QByteArray("type=ioemu,model=e1000,vifname=web0,ip=10.0.0.2,backend=d,rate=10Mb/s@20ms,devid=3,mtu=9000,"
                      "vlan=10p/20,bridge=b,untrusted")
        << QByteArray("b")
        << QByteArray("type=ioemu,model=e1000,vifname=web0,ip=10.0.0.2,backend=d,rate=10Mb/s@20ms,devid=3,mtu=9000,"
                      "vlan=10p/20,bridge=b,untrusted");
}

void TestVifSpec::vifs()
{
    QFETCH(QByteArray, text);
    QFETCH(QByteArray, bridge);
    QFETCH(QByteArray, formatted);
    const Result<VifSpec> spec = parseVifSpec(text);
    QVERIFY_RESULT(spec);
    QCOMPARE(spec->bridge(), bridge);
    QCOMPARE(joined(*spec), formatted);
    QVERIFY(parseVifSpec(formatted).value_or(VifSpec{{{"x", "y"}}}) == *spec);
}

void TestVifSpec::vifValues()
{
    const Result<VifSpec> spec = parseVifSpec("mac=0:16:3E:a:b:c,script=/etc/x y=z,trusted");
    QVERIFY_RESULT(spec);
    QCOMPARE(spec->value("mac"), "0:16:3E:a:b:c");
    QCOMPARE(spec->value("script"), "/etc/x y=z");
    QCOMPARE(spec->value("ip"), "");
    QCOMPARE(spec->pairs.size(), 3);
}

void TestVifSpec::vifErrors_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("message");
    QTest::addColumn<QString>("remedy");
    QTest::newRow("near key") << QByteArray("brigde=x") << u"\"brigde\""_s << u"\"bridge\""_s;
    QTest::newRow("unknown key") << QByteArray("colour=x") << u"\"colour\""_s << u"xl-network-configuration(5)"_s;
    QTest::newRow("bare bridge") << QByteArray("xenbr0") << u"\"xenbr0\""_s << u"bridge=NAME"_s;
    QTest::newRow("no value") << QByteArray("bridge") << u"no value"_s << u"bridge=VALUE"_s;
    QTest::newRow("short MAC") << QByteArray("mac=00:16:3e:00:00") << u"MAC"_s << u"six"_s;
    QTest::newRow("MAC out of range") << QByteArray("mac=100:16:3e:00:00:01") << u"MAC"_s << u"six"_s;
    QTest::newRow("type") << QByteArray("type=tap") << u"type"_s << u"ioemu"_s;
    QTest::newRow("rate") << QByteArray("rate=fast") << u"rate"_s << u"10Mb/s"_s;
    QTest::newRow("mtu") << QByteArray("mtu=big") << u"mtu"_s << u"number"_s;
    QTest::newRow("devid") << QByteArray("devid=-1") << u"devid"_s << u"number"_s;
    QTest::newRow("vlan") << QByteArray("vlan=x") << u"VLAN"_s << u"10p/20"_s;
}

void TestVifSpec::vifErrors()
{
    QFETCH(QByteArray, text);
    QFETCH(QString, message);
    QFETCH(QString, remedy);
    const Result<VifSpec> spec = parseVifSpec(text);
    QVERIFY(!spec);
    QVERIFY2(spec.error().message.contains(message), qPrintable(spec.error().message));
    QVERIFY2(spec.error().remedy.contains(remedy), qPrintable(spec.error().remedy));
}

void TestVifSpec::vifRates()
{
    QByteArrayList rates{"10Mb/s",
                         "250KB/s",
                         "1GB/s",
                         "1MB/s@20ms",
                         "1B/s",
                         "1b/s@5us",
                         "1MB/s@2s",
                         "1MB/s@2",
                         "1MB/s@",
                         "",
                         "10",
                         "10M",
                         "10Mb",
                         "Mb/s",
                         "1.5MB/s",
                         "10mb/s",
                         "10Tb/s",
                         "10Mb/m",
                         "10Mb/s@20min",
                         " 10Mb/s",
                         "10Mb/s ",
                         "-1b/s",
                         "10Mb/s@ms",
                         "10MB/s@20ms@",
                         "99999999999999999999GB/s",
                         "4294967295B/s",
                         "4294967296B/s",
                         "2951479Gb/s",
                         "2951480Gb/s",
                         "1B/s@4294967295us",
                         "1B/s@4294967296us",
                         "1B/s@4295s",
                         "1b/s@0us",
                         "1MB/s@5m",
                         "1MB/s@5u",
                         "1MB/s@4294967m",
                         "1MB/s@4294968m",
                         "1MB/s@4294",
                         "1MB/s@4295",
                         "4294967295GB/s@4us",
                         "4294967295GB/s@5us",
                         "4294967295GB/s",
                         "1MB/s@0ms",
                         "0MB/s"};
    QRandomGenerator random(9);
    for (int i = 0; i < 3000; ++i) {
        rates.append(mutated(rates[random.bounded(8)], {"M", "b", "B", "/s", "@", "us", "ms", "1", "0"}, random));
    }
    for (const QByteArray& rate : std::as_const(rates)) {
        if (rate.contains(',')) {
            continue;
        }
        QVERIFY2(parseVifSpec("rate=" + rate).has_value() == rateByXl(rate),
                 (rateByXl(rate) ? "only xl takes " : "only we take ") + rate);
    }
}

QTEST_GUILESS_MAIN(TestVifSpec)
#include "tst_vifspec.moc"
