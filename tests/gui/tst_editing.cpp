// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "fixtures.h"
#include "gui/guesttable.h"
#include "guitest.h"
#include "models/guestlistmodel.h"
#include "models/projectdocument.h"

#include <QAction>
#include <QCheckBox>
#include <QComboBox>
#include <QDropEvent>
#include <QLineEdit>
#include <QMimeData>
#include <QPlainTextEdit>
#include <QSpinBox>
#include <QTableWidget>
#include <QTabWidget>
#include <QToolButton>

using namespace Qt::StringLiterals;
using namespace Stowage;
using namespace Stowage::Test;

/** Edits guests as a user does: in the table and in the form, by mouse and keys, with undo and redo. */
class EditingTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cellsAreEdited_data();
    void cellsAreEdited();
    void autostartIsClicked();
    void typingIsOneUndoStep();
    void severalGuestsAreEditedAtOnce();
    void entryIsChecked();
    void kernelModes();
    void furtherDisksAndOptions();
    void firstBoot();
    void guestsAreReorderedByKeys();
    void guestsAreReorderedByDrag();
    void guestsAreRemovedAndDuplicated();
    void everythingIsUndone();

private:
    QStringList entries();
    void undo() { m_gui.trigger(u"actionUndo"_s); }
    void redo() { m_gui.trigger(u"actionRedo"_s); }

    GuiTest m_gui;
};

void EditingTest::init()
{
    m_gui.start();
}

QStringList EditingTest::entries()
{
    QStringList entries;
    for (const Guest& guest : m_gui.project().guests) {
        entries.append(guest.entry);
    }
    return entries;
}

void EditingTest::cellsAreEdited_data()
{
    QTest::addColumn<int>("column");
    QTest::addColumn<QString>("keys");
    QTest::addColumn<QString>("shown");
    QTest::newRow("name") << int(GuestListModel::Name) << u"web"_s << u"web"_s;
    QTest::newRow("memory") << int(GuestListModel::Memory) << u"768"_s << u"768 MiB"_s;
    QTest::newRow("vcpus") << int(GuestListModel::Vcpus) << u"3"_s << u"3"_s;
}

void EditingTest::cellsAreEdited()
{
    QFETCH(int, column);
    QFETCH(QString, keys);
    QFETCH(QString, shown);
    m_gui.addGuests({u"one"_s, u"two"_s});
    auto* table = m_gui.find<GuestTable>(u"guestTable"_s);
    const QString before = table->model()->index(1, column).data().toString();
    m_gui.clickCell(1, column, true);
    QTRY_VERIFY(QApplication::focusWidget() != nullptr && table->viewport()->isAncestorOf(QApplication::focusWidget()));
    QWidget* editor = QApplication::focusWidget();
    QTest::keyClick(editor, Qt::Key_A, Qt::ControlModifier);
    QTest::keyClicks(editor, keys);
    QTest::keyClick(editor, Qt::Key_Return);
    QTRY_COMPARE(table->model()->index(1, column).data().toString(), shown);
    QCOMPARE(m_gui.project().guests.at(0).entry, u"one"_s);
    undo();
    QCOMPARE(table->model()->index(1, column).data().toString(), before);
    redo();
    QCOMPARE(table->model()->index(1, column).data().toString(), shown);
}

void EditingTest::autostartIsClicked()
{
    m_gui.addGuests({u"one"_s});
    m_gui.clickCell(0, GuestListModel::Autostart);
    QVERIFY(m_gui.project().guests.first().autostart);
    QTest::keyClick(m_gui.find(u"guestTable"_s), Qt::Key_Space);
    QVERIFY(!m_gui.project().guests.first().autostart);
    undo();
    QVERIFY(m_gui.project().guests.first().autostart);
}

void EditingTest::typingIsOneUndoStep()
{
    m_gui.addGuests({u"one"_s});
    m_gui.clickCell(0, GuestListModel::Source);
    m_gui.find<QTabWidget>(u"tabs"_s)->setCurrentWidget(m_gui.find(u"kernelTab"_s));
    auto* edit = m_gui.find<QLineEdit>(u"extraEdit"_s);
    edit->setFocus();
    QTest::keyClicks(edit, u"root=/dev/xvda1 quiet"_s);
    QCOMPARE(m_gui.project().guests.first().extra, u"root=/dev/xvda1 quiet"_s);
    undo();
    QCOMPARE(m_gui.project().guests.first().extra, std::nullopt);
    QCOMPARE(edit->text(), QString());
    QCOMPARE(edit->placeholderText(), m_gui.project().defaults.extra);
    QCOMPARE(entries(), QStringList{u"one"_s});
}

void EditingTest::severalGuestsAreEditedAtOnce()
{
    m_gui.addGuests({u"one"_s, u"two"_s, u"three"_s});
    m_gui.window().document().edit(u"x"_s, [](Project& project) { project.guests[1].memoryMiB = 64; });
    m_gui.find<GuestTable>(u"guestTable"_s)->selectRows({0, 1});
    auto* spin = m_gui.find<QSpinBox>(u"memorySpin"_s);
    QCOMPARE(spin->specialValueText(), u"Several values"_s);
    QVERIFY(!m_gui.find<QLineEdit>(u"entryEdit"_s)->isEnabled());
    spin->setFocus();
    spin->selectAll();
    QTest::keyClicks(spin, u"300"_s);
    QCOMPARE(m_gui.project().guests.at(0).memoryMiB, 300);
    QCOMPARE(m_gui.project().guests.at(1).memoryMiB, 300);
    QCOMPARE(m_gui.project().guests.at(2).memoryMiB, std::nullopt);
    QTest::mouseClick(m_gui.find<QCheckBox>(u"autostartCheck"_s), Qt::LeftButton, {},
                      {8, m_gui.find(u"autostartCheck"_s)->height() / 2});
    QVERIFY(m_gui.project().guests.at(0).autostart && m_gui.project().guests.at(1).autostart
            && !m_gui.project().guests.at(2).autostart);
    undo();
    undo();
    QCOMPARE(m_gui.project().guests.at(0).memoryMiB, std::nullopt);
    QCOMPARE(m_gui.project().guests.at(1).memoryMiB, 64);
}

void EditingTest::entryIsChecked()
{
    m_gui.addGuests({u"one"_s, u"two"_s});
    m_gui.clickCell(0, GuestListModel::Source);
    auto* edit = m_gui.find<QLineEdit>(u"entryEdit"_s);
    edit->setFocus();
    edit->selectAll();
    QTest::keyClicks(edit, u"two"_s);
    QVERIFY(m_gui.find(u"entryHint"_s)->isVisible());
    QVERIFY(!entries().contains(u"one"_s) || entries().first() != u"two"_s);
    QTest::keyClicks(edit, u"-b"_s);
    QCOMPARE(entries(), (QStringList{u"two-b"_s, u"two"_s}));
    QVERIFY(!m_gui.find(u"entryHint"_s)->isVisible());
    undo();
    QCOMPARE(entries(), (QStringList{u"one"_s, u"two"_s}));
}

void EditingTest::kernelModes()
{
    m_gui.addGuests({u"one"_s});
    m_gui.clickCell(0, GuestListModel::Source);
    m_gui.find<QTabWidget>(u"tabs"_s)->setCurrentWidget(m_gui.find(u"kernelTab"_s));
    auto* combo = m_gui.find<QComboBox>(u"kernelModeCombo"_s);
    auto* edit = m_gui.find<QLineEdit>(u"kernelEdit"_s);
    QVERIFY(!edit->isEnabled());
    combo->setFocus();
    QTest::keyClick(combo, Qt::Key_Down);
    QCOMPARE(m_gui.project().guests.first().kernel, u"image:"_s);
    QCOMPARE(m_gui.project().guests.first().ramdisk, u"image:"_s);
    QTest::keyClick(combo, Qt::Key_Down);
    QCOMPARE(m_gui.project().guests.first().kernel, QString());
    QCOMPARE(m_gui.project().guests.first().ramdisk, QString());
    QVERIFY(edit->isEnabled());
    QTRY_VERIFY(edit->hasFocus());
    QTest::keyClicks(edit, u"vmlinuz"_s);
    QCOMPARE(m_gui.project().guests.first().kernel, u"vmlinuz"_s);
    combo->setFocus();
    QTest::keyClick(combo, Qt::Key_Down);
    QCOMPARE(m_gui.project().guests.first().kernel, u"none"_s);
    QVERIFY(!m_gui.find(u"extraEdit"_s)->isEnabled());
    undo();
    QCOMPARE(m_gui.project().guests.first().kernel, u"vmlinuz"_s);
    QCOMPARE(edit->text(), u"vmlinuz"_s);
}

void EditingTest::furtherDisksAndOptions()
{
    m_gui.addGuests({u"one"_s});
    m_gui.clickCell(0, GuestListModel::Source);
    auto* tabs = m_gui.find<QTabWidget>(u"tabs"_s);
    tabs->setCurrentWidget(m_gui.find(u"disksTab"_s));
    writeFile(m_gui.path(u"data.img"_s), QByteArray(4096, '\0'));
    QTest::mouseClick(m_gui.find(u"addDiskButton"_s), Qt::LeftButton);
    m_gui.chooseFile(m_gui.path(u"data.img"_s));
    QTRY_COMPARE(m_gui.project().guests.first().extraDisks.size(), 1);
    QCOMPARE(m_gui.project().guests.first().extraDisks.first().file, m_gui.path(u"data.img"_s));
    QCOMPARE(m_gui.project().guests.first().extraDisks.first().device, u"xvdb"_s);
    auto* disks = m_gui.find<QTableWidget>(u"extraDisksTable"_s);
    disks->item(0, 2)->setCheckState(Qt::Checked);
    QVERIFY(m_gui.project().guests.first().extraDisks.first().readOnly);
    QTest::mouseClick(m_gui.find(u"addTargetButton"_s), Qt::LeftButton);
    disks->item(1, 0)->setText(u"/dev/vg/data"_s);
    QCOMPARE(m_gui.project().guests.first().extraDisks.value(1).target, u"/dev/vg/data"_s);
    QCOMPARE(m_gui.project().guests.first().extraDisks.value(1).device, u"xvdc"_s);
    disks->setCurrentCell(0, 0);
    QTest::mouseClick(m_gui.find(u"removeDiskButton"_s), Qt::LeftButton);
    QCOMPARE(m_gui.project().guests.first().extraDisks.size(), 1);
    tabs->setCurrentWidget(m_gui.find(u"optionsTab"_s));
    QTest::mouseClick(m_gui.find(u"addOptionButton"_s), Qt::LeftButton);
    auto* options = m_gui.find<QTableWidget>(u"optionsTable"_s);
    QCOMPARE(m_gui.project().guests.first().options.size(), 0);
    options->item(0, 0)->setText(u"on_crash"_s);
    options->item(0, 1)->setText(u"\"restart\""_s);
    QCOMPARE(m_gui.project().guests.first().options, (QList<XlOption>{{u"on_crash"_s, u"\"restart\""_s}}));
    tabs->setCurrentWidget(m_gui.find(u"networkTab"_s));
    QTest::mouseClick(m_gui.find(u"addVifButton"_s), Qt::LeftButton);
    m_gui.find<QTableWidget>(u"extraVifsTable"_s)->item(0, 0)->setText(u"bridge=xenbr2"_s);
    QCOMPARE(m_gui.project().guests.first().extraVifs, QStringList{u"bridge=xenbr2"_s});
}

void EditingTest::firstBoot()
{
    m_gui.addGuests({u"one"_s, u"two"_s});
    m_gui.clickCell(0, GuestListModel::Source);
    auto* tabs = m_gui.find<QTabWidget>(u"tabs"_s);
    for (int i = 0; i < tabs->count(); ++i) {
        if (tabs->widget(i)->isAncestorOf(m_gui.find(u"firstBootForm"_s))) {
            tabs->setCurrentIndex(i);
        }
    }
    auto* method = m_gui.find<QComboBox>(u"firstBootCombo"_s);
    auto* hostname = m_gui.find<QLineEdit>(u"firstBoot-hostname"_s);
    auto* keys = m_gui.find<QPlainTextEdit>(u"firstBoot-sshKeys"_s);
    auto* console = m_gui.find<QCheckBox>(u"firstBoot-consoleLogin"_s);
    auto* network = m_gui.find<QComboBox>(u"firstBootNetworkCombo"_s);
    const auto value = [this] { return m_gui.project().guests.first().firstBoot; };
    const auto choose = [](QComboBox* combo, int index) {
        combo->setCurrentIndex(index);
        Q_EMIT combo->activated(index);
    };
    QCOMPARE(method->currentIndex(), 0);
    QVERIFY(!hostname->isEnabled() && !keys->isEnabled() && !console->isEnabled() && !network->isEnabled());
    choose(method, 1);
    QCOMPARE(value(), FirstBoot());
    QVERIFY(hostname->isEnabled() && network->isEnabled() && !console->isEnabled());
    hostname->setFocus();
    QTest::keyClicks(hostname, u"db"_s);
    keys->setFocus();
    QTest::keyClicks(keys, u"ssh-rsa A"_s);
    QTest::keyClick(keys, Qt::Key_Return);
    QTest::keyClicks(keys, u"ssh-rsa B"_s);
    QCOMPARE(value()->hostname, u"db"_s);
    QCOMPARE(value()->sshKeys, (QStringList{u"ssh-rsa A"_s, u"ssh-rsa B"_s}));
    QCOMPARE(keys->toPlainText(), u"ssh-rsa A\nssh-rsa B"_s);
    choose(network, 2);
    QCOMPARE(value()->network, FirstBoot::Network::Static);
    choose(method, 2);
    QCOMPARE(value()->method, FirstBoot::Method::Files);
    QVERIFY(console->isEnabled() && !network->isEnabled());
    console->click();
    QVERIFY(value()->consoleLogin);
    undo();
    QVERIFY(!value()->consoleLogin && !console->isChecked());
    m_gui.clickCell(1, GuestListModel::Source);
    QCOMPARE(method->currentIndex(), 0);
    QCOMPARE(hostname->text(), QString());
    m_gui.clickCell(0, GuestListModel::Source);
    QCOMPARE(hostname->text(), u"db"_s);
    choose(method, 0);
    QCOMPARE(value(), std::nullopt);
    undo();
    QCOMPARE(value()->hostname, u"db"_s);
}

void EditingTest::guestsAreReorderedByKeys()
{
    m_gui.addGuests({u"one"_s, u"two"_s, u"three"_s});
    m_gui.clickCell(2, GuestListModel::Source);
    QTest::keyClick(m_gui.find(u"guestTable"_s), Qt::Key_Up, Qt::AltModifier);
    QCOMPARE(entries(), (QStringList{u"one"_s, u"three"_s, u"two"_s}));
    QCOMPARE(m_gui.find<GuestTable>(u"guestTable"_s)->selectedRows(), QList<int>{1});
    m_gui.trigger(u"actionMoveUp"_s);
    QCOMPARE(entries(), (QStringList{u"three"_s, u"one"_s, u"two"_s}));
    undo();
    undo();
    QCOMPARE(entries(), (QStringList{u"one"_s, u"two"_s, u"three"_s}));
}

void EditingTest::guestsAreReorderedByDrag()
{
    m_gui.addGuests({u"one"_s, u"two"_s, u"three"_s});
    auto* table = m_gui.find<GuestTable>(u"guestTable"_s);
    const std::unique_ptr<QMimeData> data(table->model()->mimeData({table->model()->index(0, 0)}));
    QVERIFY(table->model()->canDropMimeData(data.get(), Qt::MoveAction, 3, 0, {}));
    // Below the last row.
    const QPoint point(40, table->visualRect(table->model()->index(2, 0)).bottom() + 12);
    QDragEnterEvent enter(point, Qt::MoveAction, data.get(), Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(table->viewport(), &enter);
    QVERIFY(enter.isAccepted());
    QDragMoveEvent move(point, Qt::MoveAction, data.get(), Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(table->viewport(), &move);
    QDropEvent drop(point, Qt::MoveAction, data.get(), Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(table->viewport(), &drop);
    QCOMPARE(entries(), (QStringList{u"two"_s, u"three"_s, u"one"_s}));
    undo();
    QCOMPARE(entries(), (QStringList{u"one"_s, u"two"_s, u"three"_s}));
}

void EditingTest::guestsAreRemovedAndDuplicated()
{
    m_gui.addGuests({u"one"_s, u"two"_s, u"three"_s});
    m_gui.clickCell(0, GuestListModel::Source);
    m_gui.clickCell(2, GuestListModel::Source, false, Qt::ControlModifier);
    QTest::keyClick(m_gui.find(u"guestTable"_s), Qt::Key_Delete);
    QCOMPARE(entries(), QStringList{u"two"_s});
    undo();
    QCOMPARE(entries(), (QStringList{u"one"_s, u"two"_s, u"three"_s}));
    m_gui.find<GuestTable>(u"guestTable"_s)->selectRows({1});
    m_gui.trigger(u"actionDuplicate"_s);
    QCOMPARE(entries(), (QStringList{u"one"_s, u"two"_s, u"two-2"_s, u"three"_s}));
    QCOMPARE(m_gui.find<GuestTable>(u"guestTable"_s)->selectedRows(), QList<int>{2});
}

void EditingTest::everythingIsUndone()
{
    const Project before = m_gui.project();
    m_gui.addGuests({u"one"_s, u"two"_s});
    m_gui.find<GuestTable>(u"guestTable"_s)->selectRows({0});
    m_gui.trigger(u"actionMoveDown"_s);
    m_gui.trigger(u"actionDuplicate"_s);
    auto* name = m_gui.find<QLineEdit>(u"nameEdit"_s);
    name->setFocus();
    QTest::keyClicks(name, u"abc"_s);
    m_gui.find<GuestTable>(u"guestTable"_s)->setFocus();
    m_gui.trigger(u"actionRemove"_s);
    const Project after = m_gui.project();
    QVERIFY(m_gui.window().isWindowModified());
    auto* action = m_gui.find<QAction>(u"actionUndo"_s);
    int steps = 0;
    while (action->isEnabled()) {
        action->trigger();
        ++steps;
    }
    QCOMPARE(steps, 5);
    QVERIFY(m_gui.project() == before);
    QVERIFY(!m_gui.window().isWindowModified());
    for (; steps > 0; --steps) {
        redo();
    }
    QVERIFY(m_gui.project() == after);
}

QTEST_MAIN(EditingTest)
#include "tst_editing.moc"
