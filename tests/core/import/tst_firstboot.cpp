// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/import/firstbootseed.h"
#include "core/output/builder.h"
#include "core/project/firstboot.h"
#include "core/project/projectfile.h"
#include "fixtures.h"
#include "importcase.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTemporaryDir>

using namespace Stowage;
using namespace Stowage::Test;
using namespace Qt::StringLiterals;

namespace
{

constexpr auto Hash =
    "$6$saltsalt$LIfTb6yyn9ZxVdxAMSjyFh0aQfR8zw8c0O7nUTGB0YvX5B3P0HE5wlXzBaZJwQEJ4mCDyKnZI5cRe3AAAAAAA0";

} // namespace

/** Seed disks for cloud-init, the values that go into them, and where the layout has them. */
class TestFirstBoot : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void seeds_data();
    void seeds();
    void seedIsFound();
    void sameBytes();
    void instanceChanges();
    void tooLarge();
    void hostileTexts();
    void values_data();
    void values();
    void layout();
    void layoutProblems_data();
    void layoutProblems();

private:
    [[nodiscard]] QString path(const QString& name) const { return m_directory->filePath(name); }
    [[nodiscard]] FirstBoot full() const;
    /** What mtype says of @p name in the image @p image. */
    [[nodiscard]] static QByteArray typed(const QString& image, const QString& name)
    {
        return tool(u"mtype"_s, {u"-i"_s, image, u"::"_s + name});
    }
    [[nodiscard]] Project project() const;

    std::unique_ptr<QTemporaryDir> m_directory;
    QString m_key; ///< A public key.
};

void TestFirstBoot::initTestCase()
{
    // RFC 8709: the name of the algorithm and 32 bytes, each with its length before it.
    const QByteArray key = QByteArray("\0\0\0\x0bssh-ed25519\0\0\0 ", 19) + QByteArray(32, 'k');
    m_key = u"ssh-ed25519 %1 me: \"it's\" #1"_s.arg(QString::fromLatin1(key.toBase64()));
}

void TestFirstBoot::init()
{
    m_directory = std::make_unique<QTemporaryDir>();
    QVERIFY(m_directory->isValid());
}

FirstBoot TestFirstBoot::full() const
{
    FirstBoot firstBoot;
    firstBoot.hostname = u"db.example.org"_s;
    firstBoot.user = u"admin"_s;
    firstBoot.sshKeys = {m_key};
    firstBoot.passwordHash = QString::fromLatin1(Hash);
    firstBoot.network = FirstBoot::Network::Static;
    firstBoot.address = u"192.168.1.5/24"_s;
    firstBoot.gateway = u"192.168.1.1"_s;
    firstBoot.dns = {u"192.168.1.1"_s, u"2001:db8::1"_s};
    return firstBoot;
}

void TestFirstBoot::seeds_data()
{
    QTest::addColumn<FirstBoot>("firstBoot");
    QTest::newRow("nothing") << FirstBoot();
    QTest::newRow("all") << full();
    FirstBoot root = full();
    root.user.clear();
    root.network = FirstBoot::Network::Dhcp;
    QTest::newRow("root, DHCP") << root;
    root.sshKeys.clear();
    root.hostname = u"db"_s;
    root.dns.clear();
    QTest::newRow("root's password") << root;
    FirstBoot ipv6 = full();
    ipv6.address = u"2001:db8::5/64"_s;
    ipv6.gateway = u"fe80::1"_s;
    QTest::newRow("IPv6") << ipv6;
}

/** cloud-init itself finds nothing to complain about. */
void TestFirstBoot::seeds()
{
    QFETCH(FirstBoot, firstBoot);
    QCOMPARE(checkFirstBoot(firstBoot), QList<Error>());
    const SeedTexts texts = seedTexts(firstBoot);
    const auto image = seedImage(texts);
    QVERIFY_RESULT(image);
    const QString seed = path(u"seed.img"_s);
    writeFile(seed, *image);
    QCOMPARE(typed(seed, u"user-data"_s), texts.userData);
    QCOMPARE(typed(seed, u"meta-data"_s), texts.metaData);
    writeFile(path(u"user-data"_s), typed(seed, u"user-data"_s));
    const QByteArray valid = tool(u"cloud-init"_s, {u"schema"_s, u"--config-file"_s, path(u"user-data"_s)});
    QVERIFY2(valid.contains("Valid schema"), valid.constData());
    if (firstBoot.network != FirstBoot::Network::Unchanged) {
        writeFile(path(u"network-config"_s), typed(seed, u"network-config"_s));
        const QByteArray network = tool(u"cloud-init"_s,
                                        {u"schema"_s, u"--config-file"_s, path(u"network-config"_s), u"--schema-type"_s,
                                         u"network-config"_s});
        QVERIFY2(network.contains("Valid schema"), network.constData());
    }
    // A second reader of YAML has the same values.
    const QByteArray asJson = tool(u"python3"_s,
                                   {u"-c"_s,
                                    u"import json, sys, yaml; print(json.dumps(yaml.safe_load(open(sys.argv[1]))))"_s,
                                    path(u"user-data"_s)});
    const QJsonObject data = QJsonDocument::fromJson(asJson).object();
    const QJsonObject user = data.value("users"_L1).toArray().first().toObject();
    const QString who = firstBoot.user.isEmpty() ? u"root"_s : firstBoot.user;
    QCOMPARE(user.value("name"_L1).toString(), firstBoot == FirstBoot() ? QString() : who);
    QCOMPARE(user.value("hashed_passwd"_L1).toString(), firstBoot.passwordHash);
    QCOMPARE(user.value("ssh_authorized_keys"_L1).toArray().first().toString(), firstBoot.sshKeys.value(0));
    QCOMPARE(data.value("hostname"_L1).toString(), firstBoot.hostname.section(u'.', 0, 0));
}

/** Label, type and file system are what cloud-init and the kernel look for. */
void TestFirstBoot::seedIsFound()
{
    const QString seed = path(u"seed.img"_s);
    writeFile(seed, seedImage(seedTexts(full())).value());
    const QByteArray found = tool(u"blkid"_s, {u"-p"_s, u"-o"_s, u"export"_s, seed});
    QVERIFY2(found.contains("\nLABEL=CIDATA\n"), found.constData());
    QVERIFY2(found.contains("\nTYPE=vfat\n"), found.constData());
    const QByteArray checked = tool(u"fsck.vfat"_s, {u"-n"_s, u"-v"_s, seed}); // which counts the label
    QVERIFY2(!checked.contains("Dirty") && checked.contains(": 4 files"), checked.constData());
    const QByteArray names = tool(u"mdir"_s, {u"-b"_s, u"-i"_s, seed, u"::"_s});
    QCOMPARE(names, QByteArray("::/meta-data\n::/user-data\n::/network-config\n"));
}

void TestFirstBoot::sameBytes()
{
    QCOMPARE(seedImage(seedTexts(full())).value(), seedImage(seedTexts(full())).value());
    QCOMPARE(seedTexts(full()), seedTexts(full()));
}

/** cloud-init sets a guest up anew when its instance has another name: whenever anything is different. */
void TestFirstBoot::instanceChanges()
{
    FirstBoot other = full();
    other.gateway = u"192.168.1.2"_s;
    const auto instance = [](const FirstBoot& firstBoot) {
        return QJsonDocument::fromJson(seedTexts(firstBoot).metaData).object().value("instance-id"_L1).toString();
    };
    QVERIFY(instance(full()).startsWith(u"stowage-"_s));
    QVERIFY(instance(full()) != instance(other));
    QCOMPARE(instance(full()), instance(full()));
}

void TestFirstBoot::tooLarge()
{
    SeedTexts texts{"a", QByteArray(1500000, 'k'), {}};
    const auto image = seedImage(texts);
    QVERIFY_RESULT(image);
    writeFile(path(u"seed.img"_s), *image);
    QCOMPARE(typed(path(u"seed.img"_s), u"user-data"_s), texts.userData);
    tool(u"fsck.vfat"_s, {u"-n"_s, path(u"seed.img"_s)});
    texts.userData += QByteArray(100000, 'k');
    QVERIFY(!seedImage(texts));
}

/** Whatever stands in a value stays in it, even where it was not checked. */
void TestFirstBoot::hostileTexts()
{
    FirstBoot firstBoot;
    firstBoot.hostname = u"a\"\nruncmd: [reboot]\n#"_s;
    firstBoot.user = u"x: y\n- name: z"_s;
    firstBoot.sshKeys = {u"key'\n\truncmd: [\"halt\"]\\"_s};
    writeFile(path(u"user-data"_s), seedTexts(firstBoot).userData);
    const QByteArray keys = tool(u"python3"_s,
                                 {u"-c"_s,
                                  u"import json, sys, yaml; d = yaml.safe_load(open(sys.argv[1])); print(sorted(d)); "
                                  "print(json.dumps(d['users']))"_s,
                                  path(u"user-data"_s)});
    QVERIFY2(keys.startsWith("['disable_root', 'hostname', 'manage_etc_hosts', 'users']")
                 || keys.startsWith("['hostname', 'manage_etc_hosts', 'users']"),
             keys.constData());
    const QJsonArray users = QJsonDocument::fromJson(keys.split('\n').at(1)).array();
    QCOMPARE(users.size(), 1);
    QCOMPARE(users.first().toObject().value("name"_L1).toString(), firstBoot.user);
}

void TestFirstBoot::values_data()
{
    QTest::addColumn<QString>("field");
    QTest::addColumn<QString>("value");
    QTest::addColumn<bool>("isGood");
    const auto row = [](const QString& field, const QString& value, bool isGood) {
        QTest::addRow("%s %s", qPrintable(field), qPrintable(value)) << field << value << isGood;
    };
    for (const QString& good : {u"db"_s, u"DB-1.example.org"_s, u"1"_s, QString(63, u'a')}) {
        row(u"hostname"_s, good, true);
    }
    for (const QString& bad : {u"-db"_s, u"db-"_s, u"d b"_s, u"db."_s, u"db..x"_s, u"dä"_s, u"a_b"_s, u"db\n"_s,
                               QString(64, u'a'), u"../x"_s, u"a\tb"_s}) {
        row(u"hostname"_s, bad, false);
    }
    for (const QString& good : {u"admin"_s, u"_apt"_s, u"root"_s, u"a-1"_s}) {
        row(u"user"_s, good, true);
    }
    for (const QString& bad : {u"Admin"_s, u"a:b"_s, u"a b"_s, u"1a"_s, u"a\n"_s, u"../a"_s, QString(33, u'a')}) {
        row(u"user"_s, bad, false);
    }
    for (const QString& good : {u"$6$salt$abcdefgh./ABC"_s, u"$y$j9T$abc$ABCDEFGHIJK."_s, u"$2b$12$abcdefghijklmnop"_s,
                                QString::fromLatin1(Hash)}) {
        row(u"passwordHash"_s, good, true);
    }
    for (const QString& bad : {u"secret"_s, u"$6$"_s, u"*"_s, u"!"_s, u"$6$salt$abcdefgh:0"_s,
                               u"$6$salt$abcdefgh\nroot"_s, u"$6$salt$abc def gh"_s, u"ab0123456789."_s}) {
        row(u"passwordHash"_s, bad, false);
    }
    for (const QString& good : {u"10.0.0.1/8"_s, u"fd00::5/64"_s, u"192.168.1.5/32"_s}) {
        row(u"address"_s, good, true);
    }
    for (const QString& bad : {u""_s, u"10.0.0.1"_s, u"10.0.0.1/33"_s, u"10.0.0.1/0"_s, u"10.0.0/8"_s, u"fd00::5/129"_s,
                               u"10.0.0.1/8 "_s, u"x/8"_s, u"/8"_s, u"10.0.0.1/-1"_s}) {
        row(u"address"_s, bad, false);
    }
    row(u"gateway"_s, u"10.0.0.1"_s, true);
    row(u"gateway"_s, u"fe80::1"_s, true);
    row(u"gateway"_s, u"10.0.0.1/8"_s, false);
    row(u"gateway"_s, u"router"_s, false);
}

void TestFirstBoot::values()
{
    QFETCH(QString, field);
    QFETCH(QString, value);
    QFETCH(bool, isGood);
    Guest guest;
    guest.firstBoot = full();
    QJsonObject object = guestToJson(guest);
    QJsonObject firstBoot = object.value("firstBoot"_L1).toObject();
    firstBoot.insert(field, value);
    object.insert("firstBoot"_L1, firstBoot);
    const QList<Error> errors = checkFirstBoot(*guestFromJson(object).value().firstBoot);
    QCOMPARE(errors.isEmpty(), isGood);
    for (const Error& error : errors) {
        QVERIFY(!error.message.isEmpty() && !error.remedy.isEmpty());
        QCOMPARE(error.remedy.contains(u"mkpasswd"_s), field == u"passwordHash"_s);
    }
    FirstBoot keys;
    keys.sshKeys = {m_key, m_key.section(u' ', 0, 1)};
    QCOMPARE(checkFirstBoot(keys), QList<Error>());
    for (const QString& bad : {u"ssh-rsa AAAA"_s, QString(m_key).replace(u"ed25519"_s, u"rsa"_s), m_key + u"\nx"_s,
                               u"command=\"x\" "_s + m_key, u"-----BEGIN OPENSSH PRIVATE KEY-----"_s, QString()}) {
        keys.sshKeys = {bad};
        QCOMPARE(checkFirstBoot(keys).size(), 1);
    }
}

Project TestFirstBoot::project() const
{
    QDir(path({})).mkpath(u"root/etc"_s);
    QDir(path({})).mkpath(u"root/bin"_s);
    writeFile(path(u"root/bin/busybox"_s), "b");
    writeFile(path(u"disk.raw"_s), QByteArray(MiB, 'x'));
    Guest guest;
    guest.entry = u"db"_s;
    guest.sourceType = u"raw"_s;
    guest.sourceFile = path(u"disk.raw"_s);
    guest.kernel = u"none"_s;
    guest.firstBoot = full();
    Project project;
    project.directory = m_directory->path();
    project.guests = {guest};
    return project;
}

/** The seed is a file of the layout, and a disk of the guest that it may only read. */
void TestFirstBoot::layout()
{
    Project made = project();
    GuestDisk disk;
    disk.target = u"/dev/vg/data"_s;
    disk.device = u"xvdz"_s;
    made.guests.first().extraDisks = {disk};
    const ResolvedProject resolved = resolve(made, {}, {});
    QVERIFY(!hasErrors(resolved.problems));
    const Layout layout = planLayout(resolved, {});
    const LayoutNode* seed = layout.find("/var/lib/xen/images/db-seed.img");
    QVERIFY(seed != nullptr);
    QCOMPARE(seed->mode, 0600U);
    QCOMPARE(seed->guest, u"db"_s);
    const auto& content = std::get<FromText>(seed->origin);
    QCOMPARE(content.text, seedImage(seedTexts(full())).value());
    QCOMPARE(seed->size, content.text.size());
    QVERIFY(content.shown.contains("#cloud-config") && content.shown.contains("db.example.org"));
    const QByteArray config = resolved.guests.first().config;
    QVERIFY2(config.contains("'file:/dev/vg/data,xvdz,rw'"), config.constData());
    QVERIFY2(config.contains("'file:/var/lib/xen/images/db-seed.img,xvdy,r'"), config.constData());
    made.guests.first().firstBoot.reset();
    QVERIFY(planLayout(resolve(made, {}, {}), {}).find("/var/lib/xen/images/db-seed.img") == nullptr);
}

void TestFirstBoot::layoutProblems_data()
{
    QTest::addColumn<QString>("type");
    QTest::addColumn<QJsonObject>("values");
    QTest::addColumn<QString>("code");
    QTest::addColumn<bool>("hasFix");
    QTest::newRow("seed of a disk") << u"raw"_s << QJsonObject() << QString() << false;
    QTest::newRow("files of a disk") << u"raw"_s << QJsonObject{{u"method"_s, u"files"_s}}
                                     << QString(ProblemCode::FirstBootUnsupported) << true;
    QTest::newRow("files of a directory")
        << u"rootfs_dir"_s << QJsonObject{{u"method"_s, u"files"_s}} << QString() << false;
    QTest::newRow("network in files") << u"rootfs_dir"_s
                                      << QJsonObject{{u"method"_s, u"files"_s}, {u"network"_s, u"dhcp"_s}}
                                      << QString(ProblemCode::FirstBootUnsupported) << false;
    QTest::newRow("console by a seed") << u"raw"_s << QJsonObject{{u"consoleLogin"_s, true}}
                                       << QString(ProblemCode::FirstBootUnsupported) << false;
    QTest::newRow("bad name") << u"raw"_s << QJsonObject{{u"hostname"_s, u"a b"_s}}
                              << QString(ProblemCode::FirstBootInvalid) << false;
    QTest::newRow("no cloud-init") << u"rootfs_dir"_s << QJsonObject{{u"user"_s, u"me"_s}}
                                   << QString(ProblemCode::FirstBootNoCloudInit) << true;
}

void TestFirstBoot::layoutProblems()
{
    QFETCH(QString, type);
    QFETCH(QJsonObject, values);
    QFETCH(QString, code);
    QFETCH(bool, hasFix);
    Project made = project();
    made.guests.first().sourceType = type;
    made.guests.first().sourceFile = path(type == u"raw"_s ? u"disk.raw"_s : u"root"_s);
    QJsonObject object = guestToJson(made.guests.first());
    object.insert("firstBoot"_L1, values);
    made.guests.first() = guestFromJson(object).value();
    const QList<Problem> problems = resolve(made, {}, {}).problems;
    const auto found = std::ranges::find_if(problems, [](const Problem& problem) {
        return problem.code.startsWith(u"firstboot."_s);
    });
    QCOMPARE(found == problems.end() ? QString() : found->code, code);
    if (found != problems.end()) {
        QCOMPARE(found->where.field, u"firstBoot"_s);
        QVERIFY(!found->remedy.isEmpty());
        QCOMPARE(found->fix.has_value(), hasFix);
    }
    if (hasFix) {
        object.insert(found->fix->field, found->fix->value);
        made.guests.first() = guestFromJson(object).value();
        QVERIFY(std::ranges::none_of(resolve(made, {}, {}).problems,
                                     [](const Problem& problem) { return problem.code.startsWith(u"firstboot."_s); }));
    }
}

QTEST_GUILESS_MAIN(TestFirstBoot)
#include "tst_firstboot.moc"
