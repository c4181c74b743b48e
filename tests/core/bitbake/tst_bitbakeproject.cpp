// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/project/projectfile.h"
#include "inputfiles.h"

#include <QJsonObject>

using namespace Qt::StringLiterals;
using namespace Stowage;
using namespace Stowage::Test;

class BitBakeProjectTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void allValues();
    void places();
    void entryForms_data();
    void entryForms();
    void emptyFlagIsNotSet();
    void numbers_data();
    void numbers();
    void defaults();
    void classDefaults_data();
    void classDefaults();
    void unexpandedEntries_data();
    void unexpandedEntries();
    void configurationsFirst();
    void machine();
    void settingsOverride();
    void overridesOfMachineAndRecipe();
    void unpackDirectory();
    void recipe();
    void bundleGuestsFirst();
};

void BitBakeProjectTest::allValues()
{
    const ProjectInput input = readText(R"(BUNDLED_XEN_GUESTS = "g:external:autostart"
XEN_GUEST_NAME[g] = "domain"
XEN_GUEST_MEMORY[g] = "1024"
XEN_GUEST_VCPUS[g] = "2"
XEN_GUEST_VIF[g] = "bridge=xenbr1"
XEN_GUEST_EXTRA[g] = "root=/dev/xvda1 ro console=hvc0"
XEN_GUEST_DISK_DEVICE[g] = "sda"
XEN_GUEST_CONFIG_FILE[g] = "/a/g.cfg"
XEN_GUEST_ROOTFS[g] = "root.ext4"
XEN_GUEST_KERNEL[g] = "none"
XEN_GUEST_SOURCE_TYPE[g] = "rootfs_dir"
XEN_GUEST_SOURCE_FILE[g] = "dir"
XEN_GUEST_IMAGE_SIZE[g] = "128"
)");
    QCOMPARE(listed(input.problems), QString());
    const QJsonObject expected{{u"entry"_s, u"g"_s},
                               {u"external"_s, true},
                               {u"autostart"_s, true},
                               {u"name"_s, u"domain"_s},
                               {u"memory"_s, 1024},
                               {u"vcpus"_s, 2},
                               {u"vif"_s, u"bridge=xenbr1"_s},
                               {u"extra"_s, u"root=/dev/xvda1 ro console=hvc0"_s},
                               {u"diskDevice"_s, u"sda"_s},
                               {u"configFile"_s, u"/a/g.cfg"_s},
                               {u"rootfs"_s, u"root.ext4"_s},
                               {u"kernel"_s, u"none"_s},
                               {u"sourceType"_s, u"rootfs_dir"_s},
                               {u"sourceFile"_s, u"dir"_s},
                               {u"imageSize"_s, 128}};
    QCOMPARE(input.project.guests.size(), 1);
    QCOMPARE(guestToJson(input.project.guests.first()), expected);
    const QStringList keys = expected.keys();
    for (const QString& key : keys) {
        QVERIFY2(input.places.contains(placeKey(0, key)), qPrintable(key));
    }
    QCOMPARE(input.places.value(placeKey(0, u"imageSize")).line, 13);
}

void BitBakeProjectTest::places()
{
    Files files;
    files.add(u"local.conf"_s,
              "BUNDLED_XEN_GUESTS = \"one \\\n  two:autostart \\\n\"\nBUNDLED_XEN_GUESTS += \"three\"\n"
              "XEN_GUEST_MEMORY[two]   = \"64\"\nXEN_GUEST_VIF_DEFAULT = \"bridge=b\"\nMACHINE = \"m\"\n");
    const ProjectInput input = files.read();
    QCOMPARE(entries(input.project), (QStringList{u"one"_s, u"two"_s, u"three"_s}));
    QCOMPARE(input.places.value(placeKey(0)), (Place{u"local.conf"_s, 1, 23, 0, {}}));
    QCOMPARE(input.places.value(placeKey(1)), (Place{u"local.conf"_s, 2, 3, 1, {}}));
    QCOMPARE(input.places.value(placeKey(2)), (Place{u"local.conf"_s, 4, 24, 2, {}}));
    QCOMPARE(input.places.value(placeKey(1, u"memory")), (Place{u"local.conf"_s, 5, 28, 1, u"memory"_s}));
    QCOMPARE(input.places.value(placeKey(0, u"vif")), (Place{u"local.conf"_s, 6, 26, 0, u"vif"_s}));
    QCOMPARE(input.places.value(placeKey(-1, u"machine.name")), (Place{u"local.conf"_s, 7, 12, -1, u"machine.name"_s}));
}

void BitBakeProjectTest::entryForms_data()
{
    QTest::addColumn<QByteArray>("value");
    QTest::addColumn<QString>("expected"); // entry, a = autostart, e = external, other tags
    QTest::newRow("plain") << QByteArray("a") << u"a"_s;
    QTest::newRow("autostart") << QByteArray("a:autostart") << u"a+a"_s;
    QTest::newRow("tags in any order") << QByteArray("a:external:autostart b:autostart:external") << u"a+a+e b+a+e"_s;
    QTest::newRow("unknown tag") << QByteArray("a:fast:autostart") << u"a+a+fast"_s;
    QTest::newRow("case counts") << QByteArray("a:Autostart") << u"a+Autostart"_s;
    QTest::newRow("twice") << QByteArray("a:autostart:autostart") << u"a+a"_s;
    QTest::newRow("empty tags") << QByteArray("a::external:") << u"a+e"_s;
    QTest::newRow("white space") << QByteArray("  a \t b\\\n   c:autostart \\\n") << u"a b c+a"_s;
    QTest::newRow("same name twice") << QByteArray("a a:autostart") << u"a a+a"_s;
    QTest::newRow("nothing") << QByteArray("  ") << QString();
}

void BitBakeProjectTest::entryForms()
{
    QFETCH(QByteArray, value);
    QFETCH(QString, expected);
    const ProjectInput input = readText("BUNDLED_XEN_GUESTS = \"" + value + "\"\n");
    QCOMPARE(listed(input.problems), QString());
    QStringList found;
    for (const Guest& guest : input.project.guests) {
        QCOMPARE(guest.naming, NamingRule::LinkTarget);
        QString text = guest.entry;
        text += guest.autostart ? u"+a"_s : QString();
        text += guest.external ? u"+e"_s : QString();
        found.append(guest.otherTags.isEmpty() ? text : text + u'+' + guest.otherTags.join(u'+'));
    }
    QCOMPARE(found.join(u' '), expected);
}

void BitBakeProjectTest::emptyFlagIsNotSet()
{
    const ProjectInput input = readText(
        "BUNDLED_XEN_GUESTS = \"a\"\nXEN_GUEST_MEMORY[a] = \"\"\nXEN_GUEST_KERNEL[a] = \"\"\n"
        "E = \"\"\nXEN_GUEST_EXTRA[a] = \"${E}\"\n");
    QCOMPARE(listed(input.problems), QString());
    QCOMPARE(guestToJson(input.project.guests.first()), (QJsonObject{{u"entry"_s, u"a"_s}}));
}

void BitBakeProjectTest::numbers_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<qint64>("expected"); // 0: refused
    QTest::newRow("plain") << QByteArray("512") << qint64{512};
    QTest::newRow("with space") << QByteArray(" 512 ") << qint64{512};
    QTest::newRow("hexadecimal") << QByteArray("0x200") << qint64{512};
    QTest::newRow("not octal") << QByteArray("0512") << qint64{512};
    QTest::newRow("word") << QByteArray("much") << qint64{0};
    QTest::newRow("unit") << QByteArray("512M") << qint64{0};
    QTest::newRow("zero") << QByteArray("0") << qint64{0};
    QTest::newRow("negative") << QByteArray("-1") << qint64{0};
    QTest::newRow("fraction") << QByteArray("1.5") << qint64{0};
    QTest::newRow("huge") << QByteArray("99999999999999999999") << qint64{0};
    QTest::newRow("two") << QByteArray("1 2") << qint64{0};
}

void BitBakeProjectTest::numbers()
{
    QFETCH(QByteArray, text);
    QFETCH(qint64, expected);
    const ProjectInput input = readText("BUNDLED_XEN_GUESTS = \"a\"\nXEN_GUEST_MEMORY[a] = \"" + text + "\"\n");
    QCOMPARE(input.project.guests.first().memoryMiB.value_or(0), expected);
    const bool doubtful = text.startsWith("05");
    QCOMPARE(listed(input.problems),
             expected == 0  ? u"error value.invalid 2"_s
                 : doubtful ? u"warning value.invalid 2"_s
                            : QString());
    if (expected == 0) {
        QCOMPARE(input.problems.first().where.guest, 0);
        QCOMPARE(input.problems.first().where.field, u"memory"_s);
    }
}

void BitBakeProjectTest::defaults()
{
    const ProjectInput input = readText(R"(XEN_GUEST_MEMORY_DEFAULT = "256"
XEN_GUEST_VCPUS_DEFAULT ?= "2"
XEN_GUEST_VIF_DEFAULT ??= "bridge=b"
XEN_GUEST_EXTRA_DEFAULT = ""
XEN_GUEST_DISK_DEVICE_DEFAULT = "sda"
XEN_GUEST_IMAGE_SIZE_DEFAULT = "64"
XEN_GUEST_IMAGE_FSTYPE = "ext3"
)");
    QCOMPARE(listed(input.problems), QString());
    QVERIFY((input.project.defaults == GuestDefaults{256, 2, u"bridge=b"_s, QString(), u"sda"_s, 64, u"ext3"_s, {}}));
    QVERIFY(readText("A = \"1\"").project.defaults == GuestDefaults{});
    QCOMPARE(listed(readText("XEN_GUEST_VCPUS_DEFAULT = \"all\"").problems), u"error value.invalid 1"_s);
}

void BitBakeProjectTest::classDefaults_data()
{
    QTest::addColumn<QByteArray>("configuration");
    QTest::addColumn<QByteArray>("recipe");
    QTest::addColumn<QString>("extra");
    const QByteArray inherit("inherit xen-guest-cross-install\n");
    const QString usual = GuestDefaults{}.extra;
    QTest::newRow("appended") << QByteArray("XEN_GUEST_EXTRA_DEFAULT:append = \" quiet\"\n") << QByteArray()
                              << usual + u" quiet"_s;
    QTest::newRow("appended for the machine")
        << QByteArray("MACHINE = \"m\"\nXEN_GUEST_EXTRA_DEFAULT:append:m = \" quiet\"\n") << QByteArray()
        << usual + u" quiet"_s;
    QTest::newRow("removed") << QByteArray("XEN_GUEST_EXTRA_DEFAULT:remove = \"ip=dhcp\"\n") << QByteArray()
                             << QString(usual).remove(u"ip=dhcp"_s);
    QTest::newRow("added before the class")
        << QByteArray("XEN_GUEST_EXTRA_DEFAULT += \"quiet\"\n") << inherit << u" quiet"_s;
    QTest::newRow("added behind the class") << QByteArray() << inherit + "XEN_GUEST_EXTRA_DEFAULT += \"quiet\"\n"
                                            << usual + u" quiet"_s;
    QTest::newRow("referred to") << QByteArray("XEN_GUEST_EXTRA[a] = \"${XEN_GUEST_EXTRA_DEFAULT} hvc0\"\n")
                                 << QByteArray() << usual + u" hvc0"_s;
}

/** The classes set their defaults as variables, which texts change and refer to. */
void BitBakeProjectTest::classDefaults()
{
    QFETCH(QByteArray, configuration);
    QFETCH(QByteArray, recipe);
    QFETCH(QString, extra);
    Files files;
    files.add(u"local.conf"_s, "BUNDLED_XEN_GUESTS = \"a\"\n" + configuration);
    files.add(u"r_1.bb"_s, recipe);
    const ProjectInput input = files.read();
    QCOMPARE(listed(input.problems), QString());
    QCOMPARE(input.project.guests.first().effectiveExtra(input.project.defaults), extra);
}

void BitBakeProjectTest::unexpandedEntries_data()
{
    QTest::addColumn<QByteArray>("list");
    QTest::addColumn<QStringList>("expected");
    QTest::newRow("unknown variable") << QByteArray("a ${NO} b") << QStringList{u"a"_s, u"b"_s};
    QTest::newRow("part of a word") << QByteArray("a x${NO}y:autostart b") << QStringList{u"a"_s, u"b"_s};
    QTest::newRow("python with spaces") << QByteArray("a ${@bb.utils.contains('A', 'x', 'g', '', d)} b")
                                        << QStringList{u"a"_s, u"b"_s};
    QTest::newRow("python with braces") << QByteArray("a x-${@ {'k': 'v w'}['k'] }y b") << QStringList{u"a"_s, u"b"_s};
    QTest::newRow("not closed") << QByteArray("a ${@f( b") << QStringList{u"a"_s};
}

/** What cannot be expanded is one problem, and not a guest with a strange name and problems of its own. */
void BitBakeProjectTest::unexpandedEntries()
{
    QFETCH(QByteArray, list);
    QFETCH(QStringList, expected);
    const ProjectInput input = readText("\nBUNDLED_XEN_GUESTS = \"" + list + "\"\n");
    QCOMPARE(listed(input.problems), u"error bitbake.unevaluated 2"_s);
    QCOMPARE(entries(input.project), expected);
}

/** BitBake reads the configurations before any recipe, and what appends to a recipe after it. */
void BitBakeProjectTest::configurationsFirst()
{
    Files files;
    files.add(u"r_1.bbappend"_s, "XEN_GUEST_BUNDLES += \"b\"\nXEN_GUEST_VCPUS[a] = \"3\"\n");
    files.add(u"r_1.bb"_s, "XEN_GUEST_BUNDLES = \"a\"\nXEN_GUEST_MEMORY[a] = \"64\"\nXEN_GUEST_VCPUS[a] = \"2\"\n");
    files.add(u"local.conf"_s, "XEN_GUEST_MEMORY[a] = \"5\"\n");
    const ProjectInput input = files.read();
    QCOMPARE(entries(input.project), (QStringList{u"a"_s, u"b"_s}));
    QCOMPARE(input.project.guests.first().memoryMiB.value_or(0), 64);
    QCOMPARE(input.project.guests.first().vcpus.value_or(0), 3);
}

void BitBakeProjectTest::machine()
{
    const ProjectInput input = readText("MACHINE ?\?= \"qemuarm64\"\nKERNEL_IMAGETYPE = \"Image.gz\"\nD = \"/deploy\"\n"
                                        "DEPLOY_DIR_IMAGE = \"${D}/${MACHINE}\"\nUNPACKDIR = \"/unpack\"\n");
    QCOMPARE(listed(input.problems), QString());
    QCOMPARE(input.project.machine.name, u"qemuarm64"_s);
    QCOMPARE(input.project.machine.kernelImageType, u"Image.gz"_s);
    QCOMPARE(input.project.machine.deployDirectory, u"/deploy/qemuarm64"_s);
    QCOMPARE(input.project.machine.unpackDirectory, u"/unpack"_s);
    QCOMPARE(input.project.machine.effectiveArchitecture(), Architecture::Arm64);
    QVERIFY(readText("BUNDLED_XEN_GUESTS = \"a\"").project.machine == Machine{});
}

void BitBakeProjectTest::settingsOverride()
{
    Files files;
    files.add(u"local.conf"_s,
              "MACHINE = \"qemuarm64\"\nKERNEL_IMAGETYPE = \"Image\"\nDEPLOY_DIR_IMAGE = \"/d\"\nUNPACKDIR = \"/u\"\n"
              "BUNDLED_XEN_GUESTS = \"a-${MACHINE}\"\nBUNDLED_XEN_GUESTS:append:other = \" b\"\n");
    BuildSettings settings = files.settings();
    settings.machine = u"other"_s;
    settings.kernelImageType = u"zImage"_s;
    settings.deployDirectory = u"dd"_s;
    settings.unpackDirectory = u"uu"_s;
    const ProjectInput input = readInputs(files.inputs, settings);
    QCOMPARE(entries(input.project), (QStringList{u"a-other"_s, u"b"_s}));
    QCOMPARE(input.project.machine.name, u"other"_s);
    QCOMPARE(input.project.machine.kernelImageType, u"zImage"_s);
    QCOMPARE(input.project.absolutePath(input.project.machine.deployDirectory), files.directory.filePath(u"dd"_s));
    QCOMPARE(input.project.absolutePath(input.project.machine.unpackDirectory), files.directory.filePath(u"uu"_s));
}

void BitBakeProjectTest::overridesOfMachineAndRecipe()
{
    Files files;
    files.add(u"local.conf"_s,
              "MACHINE = \"qemuarm64\"\nMACHINEOVERRIDES =. \"soc:\"\nDISTRO = \"poky\"\nG = \"0\"\n"
              "G:append:qemuarm64 = \" 1\"\nG:append:soc = \" 2\"\nG:append:pn-my-guests = \" 3\"\n"
              "G:append:poky = \" 4\"\nG:append:aarch64 = \" 5\"\nG:append:class-target = \" 6\"\n"
              "G:append:qemux86-64 = \" x\"\nG:append:pn-other = \" x\"\nG:append:class-native = \" x\"\n");
    files.add(u"my-guests_1.0.bb"_s, "XEN_GUEST_BUNDLES = \"${G}\"\nXEN_GUEST_BUNDLES:remove:forcevariable = \"6\"\n");
    const ProjectInput input = files.read();
    QCOMPARE(listed(input.problems), QString());
    QCOMPARE(entries(input.project), (QStringList{u"0"_s, u"1"_s, u"2"_s, u"3"_s, u"4"_s, u"5"_s}));

    // A stated OVERRIDES is all there is.
    QCOMPARE(entries(readText("MACHINE = \"m\"\nOVERRIDES = \"n\"\nBUNDLED_XEN_GUESTS = \"a\"\n"
                              "BUNDLED_XEN_GUESTS:append:m = \" b\"\nBUNDLED_XEN_GUESTS:append:n = \" c\"\n")
                         .project),
             (QStringList{u"a"_s, u"c"_s}));
}

void BitBakeProjectTest::unpackDirectory()
{
    Files files;
    files.add(u"local.conf"_s,
              "BUNDLED_XEN_GUESTS = \"a b\"\nXEN_GUEST_CONFIG_FILE[a] = \"${UNPACKDIR}/my guest.cfg\"\n"
              "XEN_GUEST_CONFIG_FILE[b] = \"${WORKDIR}/b.cfg\"\n");
    QCOMPARE(listed(files.read().problems), u"error bitbake.unevaluated 2\nerror bitbake.unevaluated 3"_s);
    QVERIFY(files.read().problems.first().remedy.contains("--unpack-dir"_L1));

    BuildSettings settings = files.settings();
    settings.unpackDirectory = u"up"_s;
    const ProjectInput input = readInputs(files.inputs, settings);
    QCOMPARE(listed(input.problems), QString());
    QCOMPARE(input.project.guests.at(0).configFile, files.directory.filePath(u"up/my guest.cfg"_s));
    QCOMPARE(input.project.guests.at(1).configFile, files.directory.filePath(u"up/b.cfg"_s));
}

void BitBakeProjectTest::recipe()
{
    Files files;
    files.add(
        u"recipes/my-guests_1.2_r3.bb"_s,
        "SUMMARY = \"Guests of ${PN} ${PV} ${PR}\"\nDESCRIPTION = \"long\"\nLICENSE = \"MIT & (BSD-3-Clause | Zlib)\"\n"
        "inherit xen-guest-bundle\nXEN_GUEST_BUNDLES = \"a:autostart\"\nHERE := \"${THISDIR}\"\n"
        "XEN_GUEST_SOURCE_TYPE[a] = \"raw\"\nXEN_GUEST_SOURCE_FILE[a] = \"${HERE}/files/${BPN}.raw\"\n"
        "do_install:append() {\n  XEN_GUEST_BUNDLES = \"b\"\n}\n");
    const ProjectInput input = files.read();
    QCOMPARE(listed(input.problems), QString());
    QVERIFY((
        input.project.bundle
        == Bundle{u"my-guests"_s, u"1.2"_s, u"Guests of my-guests 1.2 r3"_s, u"MIT AND (BSD-3-Clause OR Zlib)"_s, {}}));
    QCOMPARE(input.project.guests.size(), 1);
    QCOMPARE(input.project.guests.first().naming, NamingRule::LinkName);
    QCOMPARE(input.project.guests.first().sourceFile, files.directory.filePath(u"recipes/files/my-guests.raw"_s));
}

void BitBakeProjectTest::bundleGuestsFirst()
{
    Files files;
    files.add(u"local.conf"_s, "BUNDLED_XEN_GUESTS = \"a b\"\n");
    files.add(u"set_1.bb"_s, "XEN_GUEST_BUNDLES = \"c d\"\n");
    const ProjectInput input = files.read();
    QCOMPARE(entries(input.project), (QStringList{u"c"_s, u"d"_s, u"a"_s, u"b"_s}));
    QCOMPARE(input.project.guests.at(1).naming, NamingRule::LinkName);
    QCOMPARE(input.project.guests.at(2).naming, NamingRule::LinkTarget);
    QCOMPARE(input.places.value(placeKey(0)).file, u"set_1.bb"_s);
    QCOMPARE(input.places.value(placeKey(3)).file, u"local.conf"_s);
}

QTEST_GUILESS_MAIN(BitBakeProjectTest)
#include "tst_bitbakeproject.moc"
