// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "fixtures.h"
#include "gui/guesttable.h"
#include "guitest.h"
#include "systemtree.h"

#include <QAction>
#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QTabWidget>

using namespace Qt::StringLiterals;
using namespace Stowage;
using namespace Stowage::Test;

/** A dropped system becomes a guest by its boot plan, which is shown and can be changed. */
class BootPlanViewTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void dropProposes();
    void choicesAreEdits();
    void ownValuesStay();
    void severalGuestsHaveNoPlan();

private:
    [[nodiscard]] QComboBox* choice(const QString& field)
    {
        return m_gui.window().findChild<QComboBox*>(u"plan-"_s + field);
    }
    [[nodiscard]] const Guest& guest() { return m_gui.project().guests.first(); }
    void choose(const QString& field, int index);
    [[nodiscard]] bool isShown();

    QTemporaryDir m_trees;
    GuiTest m_gui;
};

void BootPlanViewTest::initTestCase()
{
    makeDebianTree(m_trees.filePath(u"tree"_s));
    runScript(m_trees.path(), u"mke2fs -q -t ext4 -U 3f6a1d52-7c0e-4b9b-9a55-52e1b4d6a001 -d tree debian.ext4 300M"_s);
}

void BootPlanViewTest::init()
{
    m_gui.start();
    QVERIFY(m_gui.drop({m_trees.filePath(u"debian.ext4"_s)}));
    QTRY_COMPARE(m_gui.project().guests.size(), 1);
    m_gui.find<GuestTable>(u"guestTable"_s)->selectRows({0});
    QVERIFY(m_gui.waitForPlan());
    m_gui.find<QTabWidget>(u"tabs"_s)->setCurrentWidget(m_gui.find(u"planTab"_s));
    QTRY_VERIFY(isShown());
}

bool BootPlanViewTest::isShown()
{
    return choice(u"type"_s) != nullptr && choice(u"type"_s)->isVisible();
}

void BootPlanViewTest::choose(const QString& field, int index)
{
    QComboBox* combo = choice(field);
    QVERIFY(combo != nullptr && index < combo->count());
    combo->setCurrentIndex(index);
    Q_EMIT combo->activated(index);
}

void BootPlanViewTest::dropProposes()
{
    QCOMPARE(guest().type, GuestType::Pvh);
    QCOMPARE(guest().kernel, u"image:"_s);
    QCOMPARE(guest().ramdisk, u"image:"_s);
    QCOMPARE(*guest().extra, u"root=UUID=3f6a1d52-7c0e-4b9b-9a55-52e1b4d6a001 ro console=hvc0"_s);
    QCOMPARE(choice(u"type"_s)->currentText(), u"PVH"_s);
    QVERIFY(choice(u"kernel"_s)->currentText().contains(fixtureKernelVersion()));
    const QList<QLabel*> labels = m_gui.find(u"planView"_s)->findChildren<QLabel*>();
    QVERIFY(std::ranges::any_of(labels, [](const QLabel* label) {
        return label->text().contains("3f6a1d52-7c0e-4b9b-9a55-52e1b4d6a001"_L1) && label->text().startsWith("300"_L1);
    }));
}

void BootPlanViewTest::choicesAreEdits()
{
    choose(u"type"_s, 1);
    QCOMPARE(guest().type, GuestType::Pv);
    QVERIFY(m_gui.waitForPlan());
    QCOMPARE(guest().type, GuestType::Pv); // nothing is set behind the user's back
    QCOMPARE(choice(u"type"_s)->currentText(), u"PV"_s);
    m_gui.trigger(u"actionUndo"_s);
    QCOMPARE(guest().type, GuestType::Pvh);
    QCOMPARE(choice(u"type"_s)->currentText(), u"PVH"_s);
}

/** What was typed elsewhere is shown as it is, beside what is proposed. */
void BootPlanViewTest::ownValuesStay()
{
    m_gui.find<QLineEdit>(u"extraEdit"_s)->setText(u"root=/dev/xvda single"_s);
    Q_EMIT m_gui.find<QLineEdit>(u"extraEdit"_s)->textEdited(u"root=/dev/xvda single"_s);
    QTRY_COMPARE(guest().extra.value_or(QString()), u"root=/dev/xvda single"_s);
    QVERIFY(m_gui.waitForPlan());
    QComboBox* combo = choice(u"extra"_s);
    QCOMPARE(combo->currentText(), u"root=/dev/xvda single"_s);
    const int proposed = combo->findText(u"root=UUID=3f6a1d52-7c0e-4b9b-9a55-52e1b4d6a001 ro console=hvc0"_s);
    QCOMPARE(proposed, 0);
    choose(u"extra"_s, proposed);
    QCOMPARE(*guest().extra, combo->itemText(proposed));
}

void BootPlanViewTest::severalGuestsHaveNoPlan()
{
    m_gui.addGuests({u"other"_s});
    m_gui.find<GuestTable>(u"guestTable"_s)->selectRows({0, 1});
    QTRY_VERIFY(choice(u"type"_s) == nullptr);
}

QTEST_MAIN(BootPlanViewTest)
#include "tst_bootplanview.moc"
