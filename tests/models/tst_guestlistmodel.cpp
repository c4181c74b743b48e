// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "fixtures.h"
#include "guestbench.h"

#include <QMimeData>
#include <QSignalSpy>
#include <QTest>

using namespace Stowage;
using namespace Qt::StringLiterals;
using Column = GuestListModel::Column;
using Test::named;
using Bench = Test::GuestBench;

class TestGuestListModel : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void showsDefaultsAndValues();
    void followsDefaults();
    void edits_data();
    void edits();
    void refuses_data();
    void refuses();
    void openedEditorKeepsDefault();
    void autostartIsACheckBox();
    void signalsOfEdits();
    void dragWithin_data();
    void dragWithin();
    void dropsFromElsewhere();
    void refusesForeignDrops();
    void viewsCannotRemoveRows();
    void headersAndRoles();
};

void TestGuestListModel::showsDefaultsAndValues()
{
    Bench bench(u"db"_s);
    QCOMPARE(bench.get(0, Column::Memory).toString(), u"512 MiB"_s);
    QCOMPARE(bench.get(0, Column::Vcpus).toString(), u"1"_s);
    QCOMPARE(bench.get(0, Column::Kernel).toString(), u"shared"_s);
    QCOMPARE(bench.get(0, Column::Network).toString(), u"bridge=xenbr0"_s);
    QCOMPARE(bench.get(0, Column::Source).toString(), u"found by its name"_s);
    QCOMPARE(bench.get(0, Column::State).toString(), u"Not checked"_s);
    for (const int column :
         {Column::Memory, Column::Vcpus, Column::Kernel, Column::Network, Column::Source, Column::ImageSize}) {
        QVERIFY2(bench.get(0, column, GuestListModel::IsDefaultRole).toBool(), qPrintable(QString::number(column)));
    }
    QVERIFY(!bench.get(0, Column::Name, GuestListModel::IsDefaultRole).toBool());

    Guest guest = bench.guest(0);
    guest.memoryMiB = 2048;
    guest.vcpus = 4;
    guest.kernel = u"boot/vmlinuz"_s;
    guest.vif = u"bridge=br1"_s;
    guest.extraVifs = {u"bridge=br2"_s};
    guest.sourceType = u"qcow2"_s;
    guest.sourceFile = u"images/db.qcow2"_s;
    bench.document.setGuest(0, guest, u"All"_s);
    QCOMPARE(bench.get(0, Column::Memory, Qt::EditRole).toLongLong(), 2048);
    QCOMPARE(bench.get(0, Column::Vcpus).toString(), u"4"_s);
    QCOMPARE(bench.get(0, Column::Kernel).toString(), u"vmlinuz"_s);
    QCOMPARE(bench.get(0, Column::Network).toString(), u"bridge=br1 (+1)"_s);
    QCOMPARE(bench.get(0, Column::Source).toString(), u"db.qcow2"_s);
    QCOMPARE(bench.get(0, Column::ImageSize).toString(), QString());
    QCOMPARE(bench.get(0, Column::Kernel, Qt::ToolTipRole).toString(), u"boot/vmlinuz"_s);
    QVERIFY(!bench.get(0, Column::Memory, GuestListModel::IsDefaultRole).toBool());
}

void TestGuestListModel::followsDefaults()
{
    Bench bench(u"a b c"_s);
    const QSignalSpy spy(&bench.model, &QAbstractItemModel::dataChanged);
    bench.document.edit(u"Default"_s, [](Project& project) { project.defaults.memoryMiB = 64; });
    QCOMPARE(spy.size(), 1);
    QCOMPARE(spy[0][0].toModelIndex(), bench.at(0, 0));
    QCOMPARE(spy[0][1].toModelIndex(), bench.at(2, Column::State));
    QCOMPARE(bench.get(1, Column::Memory).toString(), u"64 MiB"_s);
    bench.document.edit(u"Name"_s, [](Project& project) { project.bundle.name = u"x"_s; });
    QCOMPARE(spy.size(), 1);
}

void TestGuestListModel::edits_data()
{
    QTest::addColumn<int>("column");
    QTest::addColumn<QVariant>("value");
    QTest::addColumn<QString>("shown");
    QTest::addColumn<QString>("afterEmptyEdit");
    QTest::newRow("name") << int(Column::Name) << QVariant(u" web "_s) << "web" << "web";
    QTest::newRow("memory") << int(Column::Memory) << QVariant(768) << "768 MiB" << "512 MiB";
    QTest::newRow("memory as text") << int(Column::Memory) << QVariant(u"768"_s) << "768 MiB" << "512 MiB";
    QTest::newRow("cpus") << int(Column::Vcpus) << QVariant(8) << "8" << "1";
    QTest::newRow("no kernel") << int(Column::Kernel) << QVariant(u"none"_s) << "none" << "shared";
    QTest::newRow("kernel") << int(Column::Kernel) << QVariant(u"/boot/vmlinuz-6"_s) << "vmlinuz-6" << "shared";
    QTest::newRow("network") << int(Column::Network) << QVariant(u"bridge=lan"_s) << "bridge=lan" << "bridge=xenbr0";
    QTest::newRow("source") << int(Column::Source) << QVariant(u"sub/root"_s) << "root"
                            << "no file chosen";
    QTest::newRow("size") << int(Column::ImageSize) << QVariant(900) << "900 MiB" << "256 MiB";
}

void TestGuestListModel::edits()
{
    QFETCH(int, column);
    QFETCH(QVariant, value);
    QFETCH(QString, shown);
    QFETCH(QString, afterEmptyEdit);
    Bench bench(u"a b c"_s);
    QVERIFY_RESULT(bench.document.setGuestField({1}, u"sourceType"_s, u"rootfs_dir"_s, u"Type"_s));
    const Project before = bench.document.project();
    const QSignalSpy spy(&bench.model, &QAbstractItemModel::dataChanged);
    QVERIFY(bench.at(1, column).flags().testFlag(Qt::ItemIsEditable));
    QVERIFY(bench.model.setData(bench.at(1, column), value));
    QCOMPARE(bench.get(1, column).toString(), shown);
    QVERIFY(!bench.get(1, column, GuestListModel::IsDefaultRole).toBool());
    QCOMPARE(spy.size(), 1);
    QCOMPARE(spy[0][0].toModelIndex(), bench.at(1, 0));
    QCOMPARE(spy[0][1].toModelIndex(), bench.at(1, Column::State));
    QCOMPARE(bench.document.project().guests[0], before.guests[0]);
    QCOMPARE(bench.document.project().guests[2], before.guests[2]);

    QCOMPARE(bench.model.setData(bench.at(1, column), QString()), column != Column::Name);
    QCOMPARE(bench.get(1, column).toString(), afterEmptyEdit);
    bench.document.setProject(before);
    QCOMPARE(bench.get(1, Column::Name).toString(), u"b"_s);
}

void TestGuestListModel::refuses_data()
{
    QTest::addColumn<int>("column");
    QTest::addColumn<QVariant>("value");
    QTest::newRow("taken name") << int(Column::Name) << QVariant(u"a"_s);
    QTest::newRow("name with a space") << int(Column::Name) << QVariant(u"a b"_s);
    QTest::newRow("name with a slash") << int(Column::Name) << QVariant(u"../a"_s);
    QTest::newRow("no memory") << int(Column::Memory) << QVariant(0);
    QTest::newRow("negative memory") << int(Column::Memory) << QVariant(-5);
    QTest::newRow("memory in words") << int(Column::Memory) << QVariant(u"much"_s);
    QTest::newRow("memory with a unit") << int(Column::Memory) << QVariant(u"1 GiB"_s);
    QTest::newRow("half a cpu") << int(Column::Vcpus) << QVariant(0.5);
    QTest::newRow("no cpus") << int(Column::Vcpus) << QVariant(0);
    QTest::newRow("too many cpus") << int(Column::Vcpus) << QVariant(qint64{1} << 40);
    QTest::newRow("size of a disk that is copied") << int(Column::ImageSize) << QVariant(64);
    QTest::newRow("state") << int(Column::State) << QVariant(u"Ready"_s);
}

void TestGuestListModel::refuses()
{
    QFETCH(int, column);
    QFETCH(QVariant, value);
    Bench bench(u"a b"_s);
    const Project before = bench.document.project();
    const QSignalSpy spy(&bench.model, &QAbstractItemModel::dataChanged);
    QVERIFY(!bench.model.setData(bench.at(1, column), value));
    QVERIFY(!bench.model.setData(bench.at(1, column), value, Qt::UserRole));
    QVERIFY(!bench.model.setData({}, value));
    QCOMPARE(bench.document.project(), before);
    QCOMPARE(spy.size(), 0);
}

void TestGuestListModel::openedEditorKeepsDefault()
{
    Bench bench(u"a"_s);
    for (const int column :
         {Column::Memory, Column::Vcpus, Column::Kernel, Column::Network, Column::Source, Column::Name}) {
        const Project before = bench.document.project();
        QVERIFY(bench.model.setData(bench.at(0, column), bench.get(0, column, Qt::EditRole)));
        QCOMPARE(bench.document.project(), before);
    }
    QVERIFY(bench.model.setData(bench.at(0, Column::Memory), 600));
    QVERIFY(bench.model.setData(bench.at(0, Column::Memory), 512)); // Set by the user once: it stays a value.
    QCOMPARE(bench.guest(0).memoryMiB, std::optional<qint64>(512));
}

void TestGuestListModel::autostartIsACheckBox()
{
    Bench bench(u"a b"_s);
    const QModelIndex index = bench.at(1, Column::Autostart);
    QVERIFY(index.flags().testFlag(Qt::ItemIsUserCheckable));
    QVERIFY(!index.flags().testFlag(Qt::ItemIsEditable));
    QCOMPARE(index.data(Qt::CheckStateRole).value<Qt::CheckState>(), Qt::Unchecked);
    QVERIFY(!bench.at(1, Column::Name).data(Qt::CheckStateRole).isValid());
    QVERIFY(bench.model.setData(index, Qt::Checked, Qt::CheckStateRole));
    QVERIFY(bench.guest(1).autostart);
    QVERIFY(!bench.guest(0).autostart);
    QCOMPARE(index.data(Qt::CheckStateRole).value<Qt::CheckState>(), Qt::Checked);
    QVERIFY(bench.model.setData(index, false, Qt::EditRole));
    QVERIFY(!bench.guest(1).autostart);
}

void TestGuestListModel::signalsOfEdits()
{
    Bench bench(u"a b c d"_s);
    QSignalSpy inserted(&bench.model, &QAbstractItemModel::rowsInserted);
    QSignalSpy removed(&bench.model, &QAbstractItemModel::rowsRemoved);
    const QSignalSpy moved(&bench.model, &QAbstractItemModel::rowsMoved);
    const QSignalSpy reset(&bench.model, &QAbstractItemModel::modelReset);
    const QPersistentModelIndex d = bench.at(3, Column::Name);

    bench.document.insertGuests(1, {named(u"x"_s), named(u"y"_s)});
    QCOMPARE(inserted.takeFirst().sliced(1), (QVariantList{1, 2}));
    bench.document.removeGuests({0, 1});
    QCOMPARE(removed.takeFirst().sliced(1), (QVariantList{0, 1}));
    QCOMPARE(bench.entries(), u"y b c d"_s);
    bench.document.moveGuests({3}, 0);
    QCOMPARE(moved.size(), 1);
    QCOMPARE(moved[0][1].toInt(), 3);
    QCOMPARE(moved[0][4].toInt(), 0);
    bench.document.moveGuests({0}, 3);
    QCOMPARE(moved[1][1].toInt(), 0);
    QCOMPARE(moved[1][4].toInt(), 3);
    QCOMPARE(bench.entries(), u"y b d c"_s);
    QCOMPARE(d.row(), 2);
    QCOMPARE(inserted.size() + removed.size() + reset.size(), 0);
}

void TestGuestListModel::dragWithin_data()
{
    QTest::addColumn<QList<int>>("rows");
    QTest::addColumn<int>("row");
    QTest::addColumn<int>("onto");
    QTest::addColumn<QString>("after");
    QTest::newRow("one down") << QList{0} << 3 << -1 << "b c a d e";
    QTest::newRow("one up") << QList{4} << 1 << -1 << "a e b c d";
    QTest::newRow("two apart") << QList{3, 1} << 0 << -1 << "b d a c e";
    QTest::newRow("to the end") << QList{0, 2} << -1 << -1 << "b d e a c";
    QTest::newRow("onto a row") << QList{4} << -1 << 2 << "a b e c d";
    QTest::newRow("in place") << QList{1, 2} << 2 << -1 << "a b c d e";
}

void TestGuestListModel::dragWithin()
{
    QFETCH(QList<int>, rows);
    QFETCH(int, row);
    QFETCH(int, onto);
    QFETCH(QString, after);
    Bench bench(u"a b c d e"_s);
    const Project before = bench.document.project();
    QModelIndexList indexes;
    for (const int source : rows) {
        for (int column = 0; column < Column::ColumnCount; ++column) { // As a view that selects whole rows.
            QVERIFY(bench.at(source, column).flags().testFlag(Qt::ItemIsDragEnabled));
            indexes.append(bench.at(source, column));
        }
    }
    const std::unique_ptr<QMimeData> data(bench.model.mimeData(indexes));
    QVERIFY(data);
    const QModelIndex parent = onto >= 0 ? bench.at(onto, 0) : QModelIndex();
    QVERIFY(bench.model.canDropMimeData(data.get(), Qt::MoveAction, row, 0, parent));
    QVERIFY(bench.model.dropMimeData(data.get(), Qt::MoveAction, row, 0, parent));
    QCOMPARE(bench.entries(), after);
    bench.document.setProject(before);
    QCOMPARE(bench.entries(), u"a b c d e"_s);
}

void TestGuestListModel::dropsFromElsewhere()
{
    Bench source(u"a b c"_s);
    QVERIFY(source.model.setData(source.at(1, Column::Memory), 99));
    const std::unique_ptr<QMimeData> data(source.model.mimeData({source.at(2, 0), source.at(1, 0)}));
    QCOMPARE(data->text(), u"b\nc"_s);
    QCOMPARE(GuestListModel::projectFromMimeData(data.get()).guests, (QList{source.guest(1), source.guest(2)}));

    Bench target(u"b z"_s);
    QVERIFY(target.model.dropMimeData(data.get(), Qt::MoveAction, 1, 0, {}));
    QCOMPARE(target.entries(), u"b b-2 c z"_s);
    QCOMPARE(target.guest(1).memoryMiB, std::optional<qint64>(99));
    QCOMPARE(source.entries(), u"a b c"_s);

    QVERIFY(source.model.dropMimeData(data.get(), Qt::CopyAction, 0, 0, {}));
    QCOMPARE(source.entries(), u"b-2 c-2 a b c"_s);
    QVERIFY(!source.model.dropMimeData(data.get(), Qt::MoveAction, 0, 0, {})); // The rows are others by now.
    QCOMPARE(source.entries(), u"b-2 c-2 a b c"_s);
}

void TestGuestListModel::refusesForeignDrops()
{
    Bench bench(u"a b"_s);
    QMimeData files;
    files.setUrls({QUrl::fromLocalFile(u"/tmp/x.qcow2"_s)});
    QVERIFY(!bench.model.canDropMimeData(&files, Qt::CopyAction, 0, 0, {}));
    QVERIFY(!bench.model.dropMimeData(&files, Qt::CopyAction, 0, 0, {}));
    const QByteArrayList texts{"", "{", "[]", R"({"guests": 5})", R"({"guests": [{"entry": "a", "memory": "much"}]})"};
    for (const QByteArray& text : texts) {
        QMimeData broken;
        broken.setData(GuestListModel::MimeType, text);
        QVERIFY2(!bench.model.dropMimeData(&broken, Qt::CopyAction, 0, 0, {}), text.constData());
        QVERIFY(GuestListModel::projectFromMimeData(&broken).guests.isEmpty());
    }
    QVERIFY(GuestListModel::projectFromMimeData(nullptr).guests.isEmpty());
    QVERIFY(!bench.model.mimeData({}));
    QCOMPARE(bench.entries(), u"a b"_s);
}

void TestGuestListModel::viewsCannotRemoveRows()
{
    Bench bench(u"a b"_s);
    QVERIFY(!bench.model.removeRows(0, 1));
    QVERIFY(bench.model.flags({}).testFlag(Qt::ItemIsDropEnabled));
    QVERIFY(!bench.at(0, 0).flags().testFlag(Qt::ItemIsDropEnabled));
    QCOMPARE(bench.entries(), u"a b"_s);
}

void TestGuestListModel::headersAndRoles()
{
    Bench bench(u"a"_s);
    for (int column = 0; column < Column::ColumnCount; ++column) {
        const QString title = bench.model.headerData(column, Qt::Horizontal).toString();
        QVERIFY(!title.isEmpty());
        QVERIFY(!bench.model.headerData(column, Qt::Horizontal, Qt::ToolTipRole).toString().isEmpty());
        QVERIFY(bench.get(0, column, Qt::AccessibleTextRole).toString().startsWith(title + u": "_s));
        QCOMPARE(bench.get(0, column, GuestListModel::EntryRole).toString(), u"a"_s);
    }
    QCOMPARE(bench.get(0, Column::Memory, Qt::AccessibleTextRole).toString(), u"Memory: 512 MiB, default"_s);
    QVERIFY(!bench.model.headerData(Column::ColumnCount, Qt::Horizontal).isValid());
    QVERIFY(!bench.get(0, Column::ColumnCount).isValid());
    QCOMPARE(bench.get(0, Column::Memory, GuestListModel::FieldRole).toString(), u"memory"_s);
    QCOMPARE(bench.get(0, Column::Memory, GuestListModel::SortRole).toLongLong(), 512);
    QCOMPARE(bench.model.roleNames().value(GuestListModel::SeverityRole), "severity");
}

QTEST_APPLESS_MAIN(TestGuestListModel)
#include "tst_guestlistmodel.moc"
