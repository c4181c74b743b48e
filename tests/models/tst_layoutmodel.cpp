// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "layoutbuilder.h"
#include "models/layoutmodel.h"
#include "modelwatch.h"

#include <QElapsedTimer>
#include <QRandomGenerator>
#include <QSignalSpy>
#include <QTest>

using namespace Stowage;
using namespace Qt::StringLiterals;
using Column = LayoutModel::Column;
using Test::addFile;
using Test::childOf;
using Test::nodeAt;

namespace
{

/** The layout of one guest "db" with an imported disk, on a host with a configuration of its own. */
Layout sample()
{
    Layout layout;
    addFile(layout, "/etc/xen/db.cfg", 120, FromText{"name"}, u"db"_s);
    LayoutNode& link = nodeAt(layout.root, "/etc/xen/auto/db.cfg");
    link.kind = LayoutNode::Kind::Symlink;
    link.mode = 0777;
    link.linkTarget = "/etc/xen/db.cfg";
    link.guest = u"db"_s;
    LayoutNode& kept = addFile(layout, "/etc/xen/xl.conf", 30, FromSource{u"/host/etc/xen/xl.conf"_s});
    kept.state = LayoutNode::State::Kept;
    kept.uid = 1000;
    kept.gid = 100;
    kept.mode = 04750;
    addFile(layout, "/var/lib/xen/images/Image", 2048, FromSource{u"/deploy/Image"_s}, u"db"_s);
    addFile(layout, "/var/lib/xen/images/db.img", 4096, FromImport{u"db.img"_s}, u"db"_s).sizeIsEstimate = true;
    ImportStep step;
    step.artifact = u"db.img"_s;
    step.request.source = u"/srv/db.qcow2"_s;
    layout.imports.append(step);
    return layout;
}

/** The tree as text, a line a node, with all its cells. */
void dump(const QAbstractItemModel& model, const QModelIndex& parent, QStringList& lines)
{
    for (int row = 0; row < model.rowCount(parent); ++row) {
        QStringList cells;
        for (int column = 0; column < model.columnCount(); ++column) {
            cells.append(model.index(row, column, parent).data().toString());
        }
        lines.append(model.index(row, 0, parent).data(LayoutModel::PathRole).toString() + u": "_s
                     + cells.join(u" | "_s));
        dump(model, model.index(row, 0, parent), lines);
    }
}

QStringList dump(const QAbstractItemModel& model)
{
    QStringList lines;
    dump(model, {}, lines);
    return lines;
}

} // namespace

class TestLayoutModel : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void showsTheTree();
    void modes_data();
    void modes();
    void roles();
    void tellsFirstBoots();
    void findsPaths();
    void tellsInsertions();
    void tellsRemovals();
    void tellsChanges();
    void tellsNewImportSource();
    void keepsPersistentIndexes();
    void kindsMayChange();
    void oddNames();
    void randomLayouts();
    void manyNodes();
};

void TestLayoutModel::showsTheTree()
{
    LayoutModel model;
    const Test::ModelWatch watch(model);
    model.setLayout(sample());
    const QStringList expected{
        u"/etc: etc | 150 bytes | root:root | drwxr-xr-x | made for the guests"_s,
        u"/etc/xen: xen | 150 bytes | root:root | drwxr-xr-x | made for the guests"_s,
        u"/etc/xen/auto: auto | 0 bytes | root:root | drwxr-xr-x | made for the guests"_s,
        u"/etc/xen/auto/db.cfg: db.cfg → /etc/xen/db.cfg |  | root:root | lrwxrwxrwx | autostart of guest db"_s,
        u"/etc/xen/db.cfg: db.cfg | 120 bytes | root:root | -rw-r--r-- | generated for guest db"_s,
        u"/etc/xen/xl.conf: xl.conf | 30 bytes | 1000:100 | -rwsr-x--- | host"_s,
        u"/var: var | ≈ 6 KiB | root:root | drwxr-xr-x | made for the guests"_s,
        u"/var/lib: lib | ≈ 6 KiB | root:root | drwxr-xr-x | made for the guests"_s,
        u"/var/lib/xen: xen | ≈ 6 KiB | root:root | drwxr-xr-x | made for the guests"_s,
        u"/var/lib/xen/images: images | ≈ 6 KiB | root:root | drwxr-xr-x | made for the guests"_s,
        u"/var/lib/xen/images/Image: Image | 2 KiB | root:root | -rw-r--r-- | copied from /deploy/Image"_s,
        u"/var/lib/xen/images/db.img: db.img | ≈ 4 KiB | root:root | -rw-r--r-- | imported from /srv/db.qcow2"_s,
    };
    QCOMPARE(dump(model), expected);
    model.setLayout({});
    QCOMPARE(dump(model), QStringList());
}

void TestLayoutModel::modes_data()
{
    QTest::addColumn<quint32>("mode");
    QTest::addColumn<QString>("text");
    QTest::newRow("usual") << 0644U << "-rw-r--r--";
    QTest::newRow("none") << 0U << "----------";
    QTest::newRow("all") << 07777U << "-rwsrwsrwt";
    QTest::newRow("marks without x") << 07000U << "---S--S--T";
    QTest::newRow("odd") << 0135U << "---x-wxr-x";
}

void TestLayoutModel::modes()
{
    QFETCH(quint32, mode);
    QFETCH(QString, text);
    Layout layout;
    addFile(layout, "/f", 1).mode = mode;
    LayoutModel model;
    model.setLayout(layout);
    QCOMPARE(model.index(0, Column::Mode).data().toString(), text);
}

void TestLayoutModel::roles()
{
    LayoutModel model;
    const Test::ModelWatch watch(model);
    Layout layout = sample();
    nodeAt(layout.root, "/etc/xen/db.cfg").state = LayoutNode::State::Replaced;
    model.setLayout(layout);
    const QModelIndex image = model.indexOf("/var/lib/xen/images/db.img");
    QCOMPARE(image.data(LayoutModel::PathRole).toString(), u"/var/lib/xen/images/db.img"_s);
    QCOMPARE(image.data(LayoutModel::SizeRole).toLongLong(), 4096);
    QCOMPARE(image.data(LayoutModel::EstimatedRole).toBool(), true);
    QCOMPARE(image.data(LayoutModel::GuestRole).toString(), u"db"_s);
    QCOMPARE(image.data(LayoutModel::OriginTextRole).toString(), u"imported from /srv/db.qcow2"_s);
    QCOMPARE(image.data(LayoutModel::KindRole).toInt(), static_cast<int>(LayoutNode::Kind::File));
    QVERIFY(image.flags().testFlag(Qt::ItemNeverHasChildren));
    const QModelIndex config = model.indexOf("/etc/xen/db.cfg");
    QCOMPARE(config.data(LayoutModel::StateRole).toInt(), static_cast<int>(LayoutNode::State::Replaced));
    QCOMPARE(config.data(LayoutModel::EstimatedRole).toBool(), false);
    QVERIFY(config.data(Qt::ToolTipRole).toString().startsWith(u"/etc/xen/db.cfg\n"_s));
    QCOMPARE(config.siblingAtColumn(Column::Size).data(Qt::AccessibleTextRole).toString(), u"Size: 120 bytes"_s);
    QCOMPARE(model.node(config).origin, ContentOrigin(FromText{"name"}));
    for (int column = 0; column < Column::ColumnCount; ++column) {
        QVERIFY(!model.headerData(column, Qt::Horizontal).toString().isEmpty());
        QVERIFY(!model.headerData(column, Qt::Horizontal, Qt::ToolTipRole).toString().isEmpty());
        QVERIFY(config.siblingAtColumn(column).data(LayoutModel::SortRole).isValid());
    }
}

void TestLayoutModel::tellsFirstBoots()
{
    Layout layout = sample();
    addFile(layout, "/var/lib/xen/images/db-seed.img", 64, FromText{QByteArray(64, '\0'), "# user-data\n"}, u"db"_s);
    FirstBoot& firstBoot = layout.imports.first().request.firstBoot.emplace();
    firstBoot.hostname = u"db"_s;
    firstBoot.sshKeys = {u"a"_s, u"b"_s};
    firstBoot.consoleLogin = true;
    LayoutModel model;
    model.setLayout(layout);
    const QModelIndex seed = model.indexOf("/var/lib/xen/images/db-seed.img");
    QCOMPARE(seed.data(LayoutModel::OriginTextRole).toString(), u"seed disk for the first boot of guest db"_s);
    QVERIFY(seed.data(Qt::ToolTipRole).toString().endsWith(u"\n# user-data\n"_s));
    const QModelIndex image = model.indexOf("/var/lib/xen/images/db.img");
    const QString told =
        u"imported from /srv/db.qcow2, with host name db, 2 SSH keys of root, login on hvc0 for its first boot"_s;
    QCOMPARE(image.data(LayoutModel::OriginTextRole).toString(), told);
    QVERIFY(image.data(Qt::ToolTipRole).toString().contains(told));
}

void TestLayoutModel::findsPaths()
{
    LayoutModel model;
    model.setLayout(sample());
    QCOMPARE(model.indexOf("/etc/xen").data().toString(), u"xen"_s);
    QCOMPARE(model.indexOf("etc/xen/").data().toString(), u"xen"_s);
    QVERIFY(!model.indexOf("/").isValid());
    QVERIFY(!model.indexOf("/etc/none").isValid());
    QVERIFY(!model.indexOf("/etc/xen/db.cfg/more").isValid());
}

void TestLayoutModel::tellsInsertions()
{
    LayoutModel model;
    const Test::ModelWatch watch(model);
    Layout layout = sample();
    model.setLayout(layout);
    QSignalSpy inserted(&model, &QAbstractItemModel::rowsInserted);
    const QSignalSpy removed(&model, &QAbstractItemModel::rowsRemoved);
    const QSignalSpy reset(&model, &QAbstractItemModel::modelReset);
    addFile(layout, "/etc/xen/aa.cfg", 1);
    addFile(layout, "/etc/xen/ab.cfg", 1);
    addFile(layout, "/etc/xen/z.cfg", 1);
    addFile(layout, "/srv/deep/down", 1);
    model.setLayout(layout);
    QCOMPARE(inserted.size(), 3);
    QCOMPARE(inserted[0], (QVariantList{QModelIndex(), 1, 1}));
    QCOMPARE(inserted[1], (QVariantList{model.indexOf("/etc/xen"), 0, 1}));
    QCOMPARE(inserted[2], (QVariantList{model.indexOf("/etc/xen"), 5, 5}));
    QCOMPARE(removed.size() + reset.size(), 0);
    QVERIFY(model.indexOf("/srv/deep/down").isValid());
}

void TestLayoutModel::tellsRemovals()
{
    LayoutModel model;
    const Test::ModelWatch watch(model);
    model.setLayout(sample());
    const QSignalSpy inserted(&model, &QAbstractItemModel::rowsInserted);
    QSignalSpy removed(&model, &QAbstractItemModel::rowsRemoved);
    Layout layout = sample();
    nodeAt(layout.root, "/var/lib/xen/images").children.removeLast();
    layout.root.children.removeFirst();
    model.setLayout(layout);
    QCOMPARE(removed.size(), 2);
    QCOMPARE(removed[0], (QVariantList{QModelIndex(), 0, 0}));
    QCOMPARE(removed[1], (QVariantList{model.indexOf("/var/lib/xen/images"), 1, 1}));
    QCOMPARE(inserted.size(), 0);
}

void TestLayoutModel::tellsChanges()
{
    LayoutModel model;
    const Test::ModelWatch watch(model);
    model.setLayout(sample());
    QSignalSpy changed(&model, &QAbstractItemModel::dataChanged);
    model.setLayout(sample());
    QCOMPARE(changed.size(), 0);
    Layout layout = sample();
    nodeAt(layout.root, "/etc/xen/xl.conf").mode = 0600;
    model.setLayout(layout);
    QCOMPARE(changed.size(), 1);
    const QModelIndex conf = model.indexOf("/etc/xen/xl.conf");
    QCOMPARE(changed[0][0].toModelIndex(), conf);
    QCOMPARE(changed[0][1].toModelIndex(), conf.siblingAtColumn(Column::ColumnCount - 1));
    changed.clear();
    nodeAt(layout.root, "/etc/xen/xl.conf").size = 99;
    model.setLayout(layout);
    QCOMPARE(changed.size(), 3); // The directories above show the sum.
    QCOMPARE(model.indexOf("/etc").data(LayoutModel::SizeRole).toLongLong(), 219);
}

void TestLayoutModel::tellsNewImportSource()
{
    LayoutModel model;
    const Test::ModelWatch watch(model);
    Layout layout = sample();
    model.setLayout(layout);
    const QSignalSpy changed(&model, &QAbstractItemModel::dataChanged);
    layout.imports[0].request.source = u"/srv/other.qcow2"_s; // The nodes stay shared with the layout before.
    model.setLayout(layout);
    QCOMPARE(changed.size(), 1);
    const QModelIndex image = model.indexOf("/var/lib/xen/images/db.img");
    QCOMPARE(changed[0][0].toModelIndex(), image);
    QCOMPARE(image.data(LayoutModel::OriginTextRole).toString(), u"imported from /srv/other.qcow2"_s);
}

void TestLayoutModel::keepsPersistentIndexes()
{
    LayoutModel model;
    const Test::ModelWatch watch(model);
    model.setLayout(sample());
    const QPersistentModelIndex images = model.indexOf("/var/lib/xen/images");
    const QPersistentModelIndex image = model.indexOf("/var/lib/xen/images/db.img");
    const QPersistentModelIndex config = model.indexOf("/etc/xen/db.cfg");
    Layout layout = sample();
    addFile(layout, "/boot/Image", 5);
    addFile(layout, "/var/lib/xen/images/aa.img", 7);
    nodeAt(layout.root, "/etc/xen").children.removeIf([](const LayoutNode& node) { return node.name == "db.cfg"; });
    model.setLayout(layout);
    QCOMPARE(images, model.indexOf("/var/lib/xen/images"));
    QCOMPARE(image, model.indexOf("/var/lib/xen/images/db.img"));
    QCOMPARE(image.row(), 2);
    QVERIFY(!config.isValid());
    model.setLayout(sample());
    QCOMPARE(image, model.indexOf("/var/lib/xen/images/db.img"));
    QCOMPARE(image.row(), 1);
}

void TestLayoutModel::kindsMayChange()
{
    LayoutModel model;
    const Test::ModelWatch watch(model);
    model.setLayout(sample());
    Layout layout = sample();
    LayoutNode& xen = nodeAt(layout.root, "/etc/xen");
    xen.children.clear();
    xen.kind = LayoutNode::Kind::File;
    xen.size = 3;
    model.setLayout(layout);
    QCOMPARE(model.rowCount(model.indexOf("/etc/xen")), 0);
    QCOMPARE(model.indexOf("/etc/xen").data(LayoutModel::KindRole).toInt(), static_cast<int>(LayoutNode::Kind::File));
    model.setLayout(sample());
    QCOMPARE(model.rowCount(model.indexOf("/etc/xen")), 3);
}

void TestLayoutModel::oddNames()
{
    LayoutModel model;
    const Test::ModelWatch watch(model);
    Layout layout;
    addFile(layout, "/a\nb", 1);
    addFile(layout, "/caf\xc3\xa9", 1);
    addFile(layout, "/\xff", 1);
    model.setLayout(layout);
    QCOMPARE(Test::columnTexts(model, Column::Name), (QStringList{u"a␊b"_s, u"café"_s, u"\uFFFD"_s}));
    QVERIFY(model.indexOf("/\xff").isValid());
}

void TestLayoutModel::randomLayouts()
{
    QRandomGenerator random(99);
    LayoutModel model;
    const Test::ModelWatch watch(model);
    Layout layout = sample();
    for (int step = 0; step < 200; ++step) {
        QByteArray path;
        for (auto depth = random.bounded(4); depth >= 0; --depth) {
            path += "/n" + QByteArray::number(random.bounded(5));
        }
        LayoutNode& node = nodeAt(layout.root, path);
        switch (random.bounded(4)) {
        case 0:
            node.children.clear();
            break;
        case 1:
            if (node.children.isEmpty()) {
                node.kind = LayoutNode::Kind::File;
                node.size = random.bounded(1000);
            }
            break;
        case 2:
            node.state = static_cast<LayoutNode::State>(random.bounded(4));
            break;
        default:
            layout.root.children.removeIf([&](const LayoutNode&) { return random.bounded(12) == 0; });
        }
        model.setLayout(layout);
        LayoutModel fresh;
        fresh.setLayout(layout);
        QCOMPARE(dump(model), dump(fresh));
        QCOMPARE(watch.proxy().rowCount(), layout.root.children.size());
    }
}

void TestLayoutModel::manyNodes()
{
    LayoutNode host;
    for (int i = 0; i < 400; ++i) {
        LayoutNode& directory = childOf(host, "d" + QByteArray::number(1000 + i));
        for (int j = 0; j < 500; ++j) {
            LayoutNode file;
            file.name = "f" + QByteArray::number(1000 + j);
            file.kind = LayoutNode::Kind::File;
            file.state = LayoutNode::State::Kept;
            file.size = 1;
            directory.children.append(file);
        }
    }
    Layout layout;
    layout.root = host;
    LayoutModel model;
    QElapsedTimer clock;
    clock.start();
    model.setLayout(layout);
    const qint64 first = clock.restart();
    QCOMPARE(model.indexOf("/d1007").data(LayoutModel::SizeRole).toLongLong(), 500);
    const QSignalSpy changed(&model, &QAbstractItemModel::dataChanged);
    for (int i = 0; i < 20; ++i) { // As the preview does while the user types: the host's tree is shared.
        layout.root = host;
        addFile(layout, "/d1007/f1003", 10 + i);
        model.setLayout(layout);
    }
    const qint64 updates = clock.restart();
    QCOMPARE(changed.size(), 2 * 20);
    layout.root = {};
    model.setLayout(layout);
    QCOMPARE(model.rowCount(), 0);
    qInfo("200,000 nodes: %lld ms; 20 updates: %lld ms; gone: %lld ms", first, updates, clock.elapsed());
    QVERIFY2(first < 5000 && updates < 2000 && clock.elapsed() < 5000, "too slow for a window");
}

QTEST_APPLESS_MAIN(TestLayoutModel)
#include "tst_layoutmodel.moc"
