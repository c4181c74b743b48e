// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/jobs/jobqueue.h"
#include "core/project/projectfile.h"
#include "fixtures.h"
#include "gui/buildcontroller.h"
#include "gui/guesttable.h"
#include "gui/messagebar.h"
#include "gui/plancontroller.h"
#include "gui/projectcontroller.h"
#include "guitest.h"
#include "models/guestlistmodel.h"
#include "models/projectdocument.h"

#include <QAccessible>
#include <QDialog>
#include <QDockWidget>
#include <QElapsedTimer>
#include <QHeaderView>
#include <QLabel>
#include <QMenu>
#include <QMenuBar>
#include <QScreen>
#include <QSettings>
#include <QTableView>
#include <QTableWidget>
#include <QTabWidget>
#include <QTimer>
#include <QToolButton>
#include <QTreeView>

using namespace Qt::StringLiterals;
using namespace Stowage;
using namespace Stowage::Test;

/** The window for those who do not see it, have no mouse, a small screen, or much in their project. */
class AccessTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init() { m_gui.start(); }
    void everyControlHasAName();
    void mnemonicsAreUnique();
    void shortcutsAreUnique();
    void firstWindowFitsTheScreen();
    void missingFileIsNamedOnce();
    void nothingIsClipped();
    void failedJobSaysWhy();
    void manyGuestsDoNotStall();

private:
    void checkDialog();

    GuiTest m_gui;
};

namespace
{

/** The controls below @p interface that take the focus and have no name. */
QStringList nameless(QAccessibleInterface* interface)
{
    QStringList found;
    const auto* widget = qobject_cast<QWidget*>(interface->object());
    // A bar is named by its present tab; a window keeps one without tabs, which takes no room.
    const auto* bar = qobject_cast<const QTabBar*>(widget);
    if (bar != nullptr && bar->count() == 0 && bar->visibleRegion().isEmpty()) {
        return found;
    }
    // The list that drops from a box is Qt's own, and is named by the box.
    const bool control = widget != nullptr && widget->isVisible() && widget->focusPolicy() != Qt::NoFocus
        && !widget->inherits("QComboBoxListView");
    if (control && interface->text(QAccessible::Name).trimmed().isEmpty()) {
        const QWidget* parent = widget->parentWidget();
        found.append(u"%1 %2 in %3"_s.arg(QLatin1StringView(widget->metaObject()->className()), widget->objectName(),
                                          parent == nullptr ? QString() : parent->objectName()));
    }
    for (int i = 0; i < interface->childCount(); ++i) {
        QAccessibleInterface* child = interface->child(i);
        if (child != nullptr && qobject_cast<QWidget*>(child->object()) != nullptr) {
            found += nameless(child);
        }
    }
    return found;
}

QString mnemonicOf(const QString& text)
{
    return QKeySequence::mnemonic(text).toString();
}

/** The letters that @p texts use twice, with the texts. */
QStringList clashes(const QStringList& texts)
{
    QStringList found;
    QHash<QString, QString> users;
    for (const QString& text : texts) {
        const QString key = mnemonicOf(text);
        if (!key.isEmpty() && users.contains(key)) {
            found.append(u"%1: %2 and %3"_s.arg(key, users.value(key), text));
        }
        users.insert(key, text);
    }
    return found;
}

QStringList menuTexts(const QList<QAction*>& actions)
{
    QStringList texts;
    for (const QAction* action : actions) {
        if (action->isVisible() && !action->isSeparator()) {
            texts.append(action->text());
        }
    }
    return texts;
}

/** The texts of the buttons and labels that a letter may reach. */
QStringList shownTexts(const QWidget& page)
{
    QStringList texts;
    const QList<QWidget*> widgets = page.findChildren<QWidget*>();
    for (const QWidget* widget : widgets) {
        if (widget->isVisibleTo(&page)) {
            const QString text = widget->property("text").toString();
            texts.append(qobject_cast<const QLabel*>(widget) != nullptr
                                 && qobject_cast<const QLabel*>(widget)->buddy() == nullptr
                             ? QString()
                             : text);
        }
    }
    return texts;
}

} // namespace

void AccessTest::everyControlHasAName()
{
    QTRY_COMPARE(nameless(QAccessible::queryAccessibleInterface(&m_gui.window())).join(u'\n').toUtf8(), QByteArray());
    m_gui.addGuests({u"one"_s, u"two"_s});
    m_gui.find<GuestTable>(u"guestTable"_s)->selectRows({0});
    auto* tabs = m_gui.find<QTabWidget>(u"tabs"_s);
    for (int i = 0; i < tabs->count(); ++i) {
        tabs->setCurrentIndex(i);
        QTRY_COMPARE(nameless(QAccessible::queryAccessibleInterface(&m_gui.window())).join(u'\n').toUtf8(),
                     QByteArray());
    }
    for (const QString& name : {u"configDock"_s, u"problemsDock"_s, u"jobsDock"_s, u"layoutDock"_s, u"bootDock"_s}) {
        m_gui.find<QDockWidget>(name)->raise();
        QTRY_COMPARE(nameless(QAccessible::queryAccessibleInterface(&m_gui.window())).join(u'\n').toUtf8(),
                     QByteArray());
    }
    for (const QString& action : {u"actionBuild"_s, u"actionProjectSettings"_s, u"actionHandlers"_s}) {
        m_gui.trigger(action);
        checkDialog();
    }
    m_gui.find<QDockWidget>(u"bootDock"_s)->raise();
    m_gui.find<QToolButton>(u"bootOptionsButton"_s)->click();
    checkDialog();
}

/** The dialog that is open: all of it has names, and no letter is used twice. Closes it. */
void AccessTest::checkDialog()
{
    QDialog* dialog = nullptr;
    QTRY_VERIFY((dialog = m_gui.window().findChild<QDialog*>()) != nullptr);
    QTRY_COMPARE(nameless(QAccessible::queryAccessibleInterface(dialog)).join(u'\n').toUtf8(), QByteArray());
    QCOMPARE(clashes(shownTexts(*dialog)).join(u", "_s), QString());
    auto* pages = dialog->findChild<QTabWidget*>(u"tabs"_s);
    for (int i = 0; pages != nullptr && i < pages->count(); ++i) {
        pages->setCurrentIndex(i);
        QTRY_COMPARE(nameless(QAccessible::queryAccessibleInterface(dialog)).join(u'\n').toUtf8(), QByteArray());
        QStringList texts = shownTexts(*dialog);
        for (int tab = 0; tab < pages->count(); ++tab) {
            texts.append(pages->tabText(tab));
        }
        QCOMPARE(clashes(texts).join(u", "_s), QString());
    }
    dialog->reject();
    QTRY_VERIFY(m_gui.window().findChild<QDialog*>() == nullptr);
}

void AccessTest::mnemonicsAreUnique()
{
    const QMenuBar* bar = m_gui.window().findChild<QMenuBar*>();
    QCOMPARE(clashes(menuTexts(bar->actions())).join(u", "_s), QString());
    const QList<QMenu*> menus = m_gui.window().findChildren<QMenu*>();
    QVERIFY(menus.size() > 5);
    for (const QMenu* menu : menus) {
        QCOMPARE(clashes(menuTexts(menu->actions())).join(u", "_s), QString());
    }
    m_gui.addGuests({u"one"_s});
    m_gui.find<GuestTable>(u"guestTable"_s)->selectRows({0});
    auto* tabs = m_gui.find<QTabWidget>(u"tabs"_s);
    for (int i = 0; i < tabs->count(); ++i) {
        tabs->setCurrentIndex(i);
        QStringList texts = menuTexts(bar->actions()) + shownTexts(*tabs->currentWidget());
        for (int other = 0; other < tabs->count(); ++other) {
            texts.append(tabs->tabText(other));
        }
        QCOMPARE(clashes(texts).join(u", "_s), QString());
    }
}

void AccessTest::shortcutsAreUnique()
{
    QHash<QKeySequence, QString> users;
    const QList<QAction*> actions = m_gui.window().findChildren<QAction*>();
    for (const QAction* action : actions) {
        const QList<QKeySequence> keys = action->shortcuts();
        for (const QKeySequence& key : keys) {
            QVERIFY2(!users.contains(key), qPrintable(key.toString() + users.value(key) + action->text()));
            users.insert(key, action->text());
        }
    }
    QVERIFY(users.size() > 8);
}

void AccessTest::firstWindowFitsTheScreen()
{
    m_gui.end();
    QSettings().remove(u"window"_s);
    const MainWindow window;
    const QSize screen = window.screen()->availableSize();
    QVERIFY(screen.width() < 1000); // Else this shows nothing.
    QCOMPARE(window.size().boundedTo(screen), window.size());
}

void AccessTest::missingFileIsNamedOnce()
{
    m_gui.window().openFiles({m_gui.path(u"nothere.stowage"_s)});
    const auto* bar = m_gui.find<MessageBar>(u"messageBar"_s);
    QTRY_VERIFY(bar->text().contains("nothere.stowage"_L1));
    QCOMPARE(bar->text().count("nothere.stowage"_L1), 1);
}

void AccessTest::nothingIsClipped()
{
    m_gui.window().resize(1024, 600);
    m_gui.addGuests({u"one"_s});
    // The state of a guest in its longest usual words, behind an icon of 32 with its margins.
    const auto* guests = m_gui.find<QTableView>(u"guestTable"_s);
    QVERIFY(guests->columnWidth(GuestListModel::State)
            >= guests->fontMetrics().horizontalAdvance(u"10 warnings"_s) + 32 + 8);
    m_gui.window().document().edit(u"x"_s, [](Project& project) {
        GuestDisk disk;
        disk.file = u"/a/long/way/to/an/image/that/does/not/fit.img"_s;
        disk.device = u"xvdb"_s;
        project.guests[0].extraDisks = {disk};
    });
    m_gui.find<GuestTable>(u"guestTable"_s)->selectRows({0});
    auto* tabs = m_gui.find<QTabWidget>(u"tabs"_s);
    for (const QString& name : {u"extraDisksTable"_s, u"optionsTable"_s}) {
        auto* table = m_gui.find<QTableWidget>(name);
        for (int i = 0; i < tabs->count(); ++i) {
            if (tabs->widget(i)->isAncestorOf(table)) {
                tabs->setCurrentIndex(i);
            }
        }
        QTRY_VERIFY(table->isVisible());
        const QHeaderView* header = table->horizontalHeader();
        for (int i = 0; i < header->count(); ++i) {
            QTRY_VERIFY2(header->sectionSize(i) >= header->sectionSizeHint(i),
                         qPrintable(table->horizontalHeaderItem(i)->text()));
        }
        QVERIFY(header->length() <= table->viewport()->width());
    }
}

void AccessTest::failedJobSaysWhy()
{
    m_gui.addGuests({u"one"_s});
    m_gui.find<QDockWidget>(u"jobsDock"_s)->raise();
    JobQueue& queue = m_gui.window().builds().queue();
    auto* reason = m_gui.find<QLabel>(u"jobErrorLabel"_s);
    queue.add(u"Works"_s, [](JobContext&) -> Result<void> { return {}; });
    queue.add(u"Fails"_s, [](JobContext&) -> Result<void> {
        return fail(Error::Code::Io, u"disk <one> cannot be read."_s, u"Look at its cable."_s);
    });
    QTRY_VERIFY(queue.isIdle());
    QTRY_VERIFY(reason->isVisible());
    QVERIFY2(reason->text().contains("disk <one> cannot be read."_L1), qPrintable(reason->text()));
    QVERIFY(reason->text().contains("Look at its cable."_L1));
    QVERIFY(reason->textInteractionFlags().testFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard));
    auto* list = m_gui.find<QTreeView>(u"jobList"_s);
    list->setCurrentIndex(list->model()->index(0, 0));
    QVERIFY(!reason->isVisible());
    list->setCurrentIndex(list->model()->index(1, 0));
    QVERIFY(reason->isVisible());
    queue.clearFinished();
    QVERIFY(!reason->isVisible());
}

void AccessTest::manyGuestsDoNotStall()
{
    Project project;
    project.machine.name = u"qemux86-64"_s;
    makeRootfs(m_gui.path(u"root"_s));
    for (int i = 0; i < 500; ++i) {
        Guest guest;
        guest.entry = u"guest%1"_s.arg(i);
        guest.sourceType = u"rootfs_dir"_s;
        guest.sourceFile = m_gui.path(u"root"_s);
        project.guests.append(guest);
    }
    const QString file = m_gui.path(u"many.stowage"_s);
    QVERIFY_RESULT(saveProject(project, file));
    // The longest time in which nothing else got its turn; the best of some goes, as others use the machine too.
#ifdef __SANITIZE_ADDRESS__
    constexpr qint64 Limit = 500; // Its checks take most of the time.
#else
    constexpr qint64 Limit = 100;
#endif
    qint64 best = -1;
    for (int round = 0; round < 5 && (best < 0 || best >= Limit); ++round) {
        QElapsedTimer clock;
        qint64 longest = 0;
        QTimer beat;
        connect(&beat, &QTimer::timeout, this, [&] { longest = std::max(longest, clock.restart()); });
        m_gui.window().projects().newProject();
        QTest::qWait(100);
        clock.start();
        beat.start(1);
        m_gui.window().projects().open(file);
        QTRY_COMPARE_WITH_TIMEOUT(m_gui.project().guests.size(), 500, 20000);
        const qint64 opening = longest;
        QVERIFY(m_gui.waitForPlan());
        QTest::qWait(200);
        const qint64 planning = longest;
        m_gui.find<GuestTable>(u"guestTable"_s)->selectAll();
        QTest::qWait(200);
        const qint64 selecting = longest;
        m_gui.window().document().edit(u"x"_s, [](Project& changed) { changed.guests[250].memoryMiB = 99; });
        QVERIFY(m_gui.waitForPlan());
        QTest::qWait(200);
        qInfo("longest until opened %lld, planned %lld, selected %lld, edited %lld ms", opening, planning, selecting,
              longest);
        best = best < 0 ? longest : std::min(best, longest);
        m_gui.trigger(u"actionUndo"_s);
    }
    QVERIFY2(best < Limit, qPrintable(QString::number(best)));
}

QTEST_MAIN(AccessTest)
#include "tst_access.moc"
