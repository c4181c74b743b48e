// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "cliinput.h"
#include "clirun.h"
#include "fixtures.h"

#include <QDir>
#include <QJsonArray>
#include <QJsonObject>
#include <QProcess>

using namespace Stowage;
using namespace Stowage::Test;
using namespace Qt::StringLiterals;

namespace
{

constexpr auto Guests = "BUNDLED_XEN_GUESTS = \"alpha:autostart beta\"\nXEN_GUEST_KERNEL[beta] = \"none\"\n"
                        "XEN_GUEST_MEMORY[beta] = \"96\"\n";

} // namespace

/** Bundles as inputs: what was built comes out again as it is. */
class TestCliBundles : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void sameTreeAgain_data();
    void sameTreeAgain();
    void extraDisks();
    void probe();
    void problems();
    void withOtherInputs();
    void noBundle();

private:
    /** The guests as they are on the target, in the directory "out/tree". */
    static void makeTree(const CliInput& input);
    static bool isSame(const QString& one, const QString& other)
    {
        return QProcess::execute(u"diff"_s, {u"-r"_s, u"--no-dereference"_s, one, other}) == 0;
    }
};

void TestCliBundles::makeTree(const CliInput& input)
{
    writeFile(input.path(u"deploy/beta-qemuarm64.ext4"_s), "root of beta");
    const Run built = run(input.arguments(u"build"_s, Guests)
                          + QStringList{u"--output"_s, u"tree:"_s + input.path(u"out/tree"_s)});
    QVERIFY2(built.status == ExitStatus::Done, qPrintable(built.err));
}

void TestCliBundles::sameTreeAgain_data()
{
    QTest::addColumn<QString>("make");
    QTest::addColumn<QString>("source");
    QTest::newRow("tree") << u"true"_s << u"out/tree"_s;
    const QString package =
        u"d=out/pkg/usr/share/xen-guest-bundles/demo; mkdir -p $d; cp -r out/tree/var/lib/xen/images $d; "
        "mkdir $d/configs; cp out/tree/etc/xen/*.cfg $d/configs; k=$(cd $d/images; echo Image*); "
        "printf 'alpha:alpha-qemuarm64.ext4:%s:autostart\\nbeta:beta-qemuarm64.ext4::\\n' $k > $d/manifest"_s;
    QTest::newRow("package") << package << u"out/pkg"_s;
    QTest::newRow("package alone") << package << u"out/pkg/usr/share/xen-guest-bundles/demo"_s;
}

void TestCliBundles::sameTreeAgain()
{
    QFETCH(QString, make);
    QFETCH(QString, source);
    const CliInput input;
    makeTree(input);
    QCOMPARE(QProcess::execute(u"bash"_s, {u"-ec"_s, u"cd \"$1\"; "_s + make, u"bash"_s, input.path(u"."_s)}), 0);
    const Run again = run({u"build"_s, input.path(source), u"--output"_s, u"tree:"_s + input.path(u"out/again"_s)});
    QVERIFY2(again.status == ExitStatus::Done, qPrintable(again.err));
    QVERIFY(isSame(input.path(u"out/tree"_s), input.path(u"out/again"_s)));
    QCOMPARE(QFile::symLinkTarget(input.path(u"out/again/etc/xen/auto/alpha.cfg"_s)), u"/etc/xen/alpha.cfg"_s);
    QVERIFY(readFile(input.path(u"out/again/etc/xen/beta.cfg"_s)).contains("memory = 96"));
}

void TestCliBundles::extraDisks()
{
    const CliInput input;
    const QString images = input.path(u"in/var/lib/xen/images/"_s);
    writeFile(images + u"a.img"_s, "root");
    writeFile(images + u"a-xvdb.img"_s, QByteArray(4096, 'd'));
    writeFile(images + u"initrd"_s, "initrd");
    writeFile(images + u"Image"_s, "kernel");
    writeFile(
        input.path(u"in/etc/xen/a.cfg"_s),
        "name = 'a' # mine\nmemory = 64\nkernel = '/var/lib/xen/images/Image'\nramdisk = '/var/lib/xen/images/initrd'\n"
        "disk = ['file:/var/lib/xen/images/a.img,xvda,rw', 'file:/var/lib/xen/images/a-xvdb.img,xvdb,r']\n");
    const Run built = run({u"build"_s, input.path(u"in"_s), u"--output"_s, u"tree:"_s + input.path(u"out/tree"_s)});
    QVERIFY2(built.status == ExitStatus::Done, qPrintable(built.err));
    QVERIFY(isSame(input.path(u"in"_s), input.path(u"out/tree"_s)));
}

void TestCliBundles::probe()
{
    const CliInput input;
    makeTree(input);
    const QString tree = input.path(u"out/tree"_s);
    const Run text = run({u"probe"_s, tree});
    QVERIFY2(text.out.contains(u"Bundle of 2 guests"_s) && text.out.contains(u"Guest: alpha, autostart"_s),
             qPrintable(text.out));
    const QJsonObject found = run({u"probe"_s, tree, u"--json"_s}).json().array().first().toObject();
    QCOMPARE(found["kind"_L1].toString(), u"bundle"_s);
    const QJsonArray guests = found["bundle"_L1]["guests"_L1].toArray();
    QCOMPARE(guests.size(), 2);
    QCOMPARE(guests.first()["name"_L1].toString(), u"alpha"_s);
    QCOMPARE(guests.first()["autostart"_L1].toBool(), true);
    QCOMPARE(guests.first()["config"_L1].toString(), tree + u"/etc/xen/alpha.cfg"_s);
    QCOMPARE(guests.last()["rootfs"_L1].toString(), tree + u"/var/lib/xen/images/beta-qemuarm64.ext4"_s);
    QVERIFY(guests.last()["kernel"_L1].isNull());
    QVERIFY(run({u"probe"_s, input.path(u"deploy"_s), u"--json"_s}).json().array().first()["bundle"_L1].isNull());
}

void TestCliBundles::problems()
{
    const CliInput input;
    makeTree(input);
    QVERIFY(QFile::remove(input.path(u"out/tree/var/lib/xen/images/beta-qemuarm64.ext4"_s)));
    const QStringList arguments{input.path(u"out/tree"_s), u"--json"_s};
    const Run checked = run(QStringList{u"check"_s} + arguments);
    QCOMPARE(checked.status, ExitStatus::InvalidInput);
    QVERIFY2(checked.out.contains(u"source.missing"_s) && checked.out.contains(u"beta.cfg"_s), qPrintable(checked.out));
    const Run built = run(QStringList{u"build"_s} + arguments
                          + QStringList{u"--output"_s, u"tree:"_s + input.path(u"out/again"_s)});
    QCOMPARE(built.status, ExitStatus::InvalidInput);
    QVERIFY(!QFile::exists(input.path(u"out/again"_s)));
}

/** Each has its copy of the kernel, which is one file on the target where it is the same. */
void TestCliBundles::withOtherInputs()
{
    const CliInput input;
    makeTree(input);
    writeFile(input.path(u"deploy/gamma-qemuarm64.ext4"_s), "root of gamma");
    QStringList arguments = input.arguments(u"build"_s, "BUNDLED_XEN_GUESTS = \"gamma\"\n");
    arguments.insert(1, input.path(u"out/tree"_s));
    const QString output = input.path(u"out/all"_s);
    const Run built = run(arguments + QStringList{u"--output"_s, u"tree:"_s + output});
    QVERIFY2(built.status == ExitStatus::Done, qPrintable(built.err));
    for (const QString& name : {u"alpha"_s, u"beta"_s, u"gamma"_s}) {
        QVERIFY(QFile::exists(output + u"/etc/xen/%1.cfg"_s.arg(name)));
        QCOMPARE(readFile(output + u"/var/lib/xen/images/%1-qemuarm64.ext4"_s.arg(name)), "root of " + name.toUtf8());
    }
    const QString kernel = u"Image--6.10-r0-qemuarm64-20240101000000.bin"_s;
    QCOMPARE(readFile(output + u"/var/lib/xen/images/"_s + kernel), "kernel");
    writeFile(input.path(u"deploy/"_s + kernel), "Kernel");
    arguments[0] = u"check"_s;
    const Run checked = run(arguments);
    QCOMPARE(checked.status, ExitStatus::InvalidInput);
    QVERIFY2((checked.out + checked.err).contains(u"target.conflict"_s), qPrintable(checked.out + checked.err));
}

void TestCliBundles::noBundle()
{
    const CliInput input;
    const Run checked = run({u"check"_s, input.path(u"deploy"_s)});
    QCOMPARE(checked.status, ExitStatus::InvalidInput);
    QVERIFY2(checked.out.contains(input.path(u"deploy"_s)) || checked.err.contains(input.path(u"deploy"_s)),
             qPrintable(checked.out + checked.err));
}

QTEST_GUILESS_MAIN(TestCliBundles)
#include "tst_clibundles.moc"
