// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/project/projectfile.h"
#include "fixtures.h"
#include "gui/guesttable.h"
#include "gui/messagebar.h"
#include "gui/plancontroller.h"
#include "gui/problemview.h"
#include "gui/projectcontroller.h"
#include "guitest.h"
#include "models/guestlistmodel.h"
#include "models/problemmodel.h"
#include "models/projectdocument.h"

#include <QAction>
#include <QClipboard>
#include <QComboBox>
#include <QDialog>
#include <QDockWidget>
#include <QHeaderView>
#include <QLineEdit>
#include <QListView>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSettings>
#include <QSpinBox>
#include <QStackedWidget>
#include <QTabBar>
#include <QTableWidget>
#include <QToolButton>

using namespace Qt::StringLiterals;
using namespace Stowage;
using namespace Stowage::Test;

/** The window around the table: its panels and their arrangement, what leads from one to another, the clipboard. */
class WindowTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void emptyStateSaysWhatToDo();
    void everyInteractiveWidgetHasAName();
    void configFollowsTheSelection();
    void problemLeadsToItsField();
    void fixIsApplied();
    void projectSettingsAreOneStep();
    void windowStateIsKept();
    void smallScreensAreEnough();
    void iconsFitTheScreen();
    void mirroredCellsReadTheSame();
    void refusalOutlastsTheProject();
    void endsWhileACellIsEdited();
    void panelsAreDetached();
    void tabsTearOff();
    void selectionStaysAfterRemoving();
    void droppedKernelSaysWhoseItIs();
    void pastedGuestsKeepTheirFiles();

private:
    void undo() { m_gui.trigger(u"actionUndo"_s); }

    GuiTest m_gui;
};

void WindowTest::init()
{
    QSettings().clear(); // Each test begins with a new user's window.
    m_gui.start();
}

void WindowTest::emptyStateSaysWhatToDo()
{
    auto* pages = m_gui.find<QStackedWidget>(u"pages"_s);
    QCOMPARE(pages->currentWidget()->objectName(), u"emptyState"_s);
    QVERIFY(m_gui.find(u"addImagesButton"_s)->isVisible());
    QVERIFY(!m_gui.find<QAction>(u"actionBuild"_s)->isEnabled());
    m_gui.addGuests({u"one"_s});
    QCOMPARE(pages->currentWidget()->objectName(), u"guestTable"_s);
    QVERIFY(m_gui.find<QAction>(u"actionBuild"_s)->isEnabled());
    undo();
    QCOMPARE(pages->currentWidget()->objectName(), u"emptyState"_s);
}

void WindowTest::everyInteractiveWidgetHasAName()
{
    auto* details = m_gui.find(u"guestDetails"_s);
    const QList<QWidget*> widgets = details->findChildren<QWidget*>();
    int checked = 0;
    for (const QWidget* widget : widgets) {
        const bool isField = qobject_cast<const QLineEdit*>(widget) != nullptr
            || qobject_cast<const QSpinBox*>(widget) != nullptr || qobject_cast<const QComboBox*>(widget) != nullptr
            || qobject_cast<const QTableWidget*>(widget) != nullptr
            || qobject_cast<const QToolButton*>(widget) != nullptr;
        if (!isField || widget->objectName().startsWith("qt_"_L1) || widget->focusPolicy() == Qt::NoFocus
            || qobject_cast<const QTabBar*>(widget->parentWidget()) != nullptr) {
            continue;
        }
        ++checked;
        QVERIFY2(!widget->objectName().isEmpty(), widget->metaObject()->className());
        QVERIFY2(!widget->accessibleName().isEmpty(), qPrintable(widget->objectName()));
    }
    QVERIFY(checked > 25);
}

void WindowTest::configFollowsTheSelection()
{
    m_gui.addGuests({u"one"_s, u"two"_s});
    QVERIFY(m_gui.waitForPlan());
    m_gui.clickCell(1, GuestListModel::Source);
    auto* text = m_gui.find<QPlainTextEdit>(u"configText"_s);
    QVERIFY2(text->toPlainText().contains("name = \"two\""_L1), qPrintable(text->toPlainText()));
    m_gui.window().document().edit(u"x"_s, [](Project& project) { project.guests[1].memoryMiB = 123; });
    QTRY_VERIFY(text->toPlainText().contains("memory = 123"_L1));
    m_gui.clickCell(0, GuestListModel::Source);
    QVERIFY(text->toPlainText().contains("name = \"one\""_L1));
}

void WindowTest::problemLeadsToItsField()
{
    m_gui.addGuests({u"one"_s, u"two"_s});
    m_gui.window().document().edit(u"x"_s,
                                   [](Project& project) { project.guests[1].vif = u"bridge=xenbr0,mac=nonsense"_s; });
    QVERIFY(m_gui.waitForPlan());
    auto* list = m_gui.find<QListView>(u"problemList"_s);
    m_gui.find<QDockWidget>(u"problemsDock"_s)->raise();
    int row = -1;
    for (int i = 0; i < list->model()->rowCount(); ++i) {
        if (list->model()->index(i, 0).data(ProblemModel::CodeRole).toString() == ProblemCode::VifSyntax) {
            row = i;
        }
    }
    QVERIFY(row >= 0);
    const QModelIndex index = list->model()->index(row, ProblemModel::Text);
    list->scrollTo(index);
    QTRY_VERIFY(list->visualRect(index).isValid());
    QTest::mouseClick(list->viewport(), Qt::LeftButton, {}, list->visualRect(index).topLeft() + QPoint(60, 8));
    QCOMPARE(m_gui.find<GuestTable>(u"guestTable"_s)->selectedRows(), QList<int>{1});
    QTRY_VERIFY(m_gui.find(u"vifEdit"_s)->hasFocus());
}

void WindowTest::fixIsApplied()
{
    m_gui.addGuests({u"one"_s, u"two"_s});
    Problem problem;
    problem.code = ProblemCode::SizeTooSmall;
    problem.where.guest = 1;
    problem.where.field = u"imageSize"_s;
    problem.text = u"The image is too small."_s;
    problem.fix = Fix{u"Set the size to 384 MiB"_s, u"imageSize"_s, 384};
    m_gui.window().plans().setInputProblems({problem});
    m_gui.find<QDockWidget>(u"problemsDock"_s)->raise();
    QTRY_VERIFY(m_gui.window().findChild<QPushButton*>(u"fixButton"_s) != nullptr);
    auto* button = m_gui.find<QPushButton>(u"fixButton"_s);
    QTRY_VERIFY(button->isVisible());
    QCOMPARE(button->text(), u"Set the size to 384 MiB"_s);
    QTest::mouseClick(button, Qt::LeftButton);
    QCOMPARE(m_gui.project().guests.at(1).imageSizeMiB, 384);
    QCOMPARE(m_gui.project().guests.at(0).imageSizeMiB, std::nullopt);
    m_gui.window().plans().setInputProblems({});
    QTRY_VERIFY(m_gui.window().findChild<QPushButton*>(u"fixButton"_s) == nullptr);
    undo();
    QCOMPARE(m_gui.project().guests.at(1).imageSizeMiB, std::nullopt);
}

void WindowTest::projectSettingsAreOneStep()
{
    m_gui.trigger(u"actionProjectSettings"_s);
    auto* dialog = m_gui.find<QDialog>(u"ProjectDialog"_s);
    m_gui.find<QLineEdit>(u"machineNameEdit"_s)->setText(u"qemuarm64"_s);
    m_gui.find<QLineEdit>(u"bundleNameEdit"_s)->setText(u"fleet"_s);
    QCOMPARE(m_gui.find<QLineEdit>(u"kernelTypeEdit"_s)->placeholderText(), u"Image"_s);
    dialog->accept();
    QCOMPARE(m_gui.project().machine.name, u"qemuarm64"_s);
    QCOMPARE(m_gui.project().bundle.name, u"fleet"_s);
    undo();
    QCOMPARE(m_gui.project().machine.name, QString());
    QCOMPARE(m_gui.project().bundle.name, QString());
}

void WindowTest::windowStateIsKept()
{
    m_gui.addGuests({u"one"_s});
    m_gui.find<QDockWidget>(u"detailsDock"_s)->hide();
    m_gui.find<GuestTable>(u"guestTable"_s)->horizontalHeader()->resizeSection(GuestListModel::Name, 222);
    undo();
    m_gui.window().close();
    m_gui.start();
    m_gui.addGuests({u"one"_s});
    QVERIFY(!m_gui.find<QDockWidget>(u"detailsDock"_s)->isVisible());
    QVERIFY(m_gui.find<QDockWidget>(u"layoutDock"_s)->isVisible());
    QCOMPARE(m_gui.find<GuestTable>(u"guestTable"_s)->columnWidth(GuestListModel::Name), 222);
    m_gui.find<QDockWidget>(u"detailsDock"_s)->show();
    undo();
    m_gui.window().close();
}

void WindowTest::smallScreensAreEnough()
{
    const QString unbroken(200, u'n');
    m_gui.addGuests({unbroken, unbroken + u"/2"_s});
    m_gui.window().document().edit(u"x"_s,
                                   [](Project& project) { project.bundle.name = u"a long name "_s.repeated(30); });
    QVERIFY(m_gui.waitForPlan());
    m_gui.find<MessageBar>(u"messageBar"_s)->showMessage(MessageBar::Kind::Warning, unbroken);
    for (const int row : {0, 1}) {
        m_gui.find<GuestTable>(u"guestTable"_s)->selectRows({row});
        QTest::qWait(50);
        const QSize least = m_gui.window().minimumSizeHint();
        QVERIFY2(least.width() <= 1024 && least.height() <= 570,
                 qPrintable(u"%1 x %2"_s.arg(least.width()).arg(least.height())));
    }
    m_gui.window().resize(1024, 600);
    const auto* table = m_gui.find<GuestTable>(u"guestTable"_s);
    QTRY_VERIFY(table->columnWidth(GuestListModel::Source) > table->fontMetrics().averageCharWidth() * 16);
}

void WindowTest::iconsFitTheScreen()
{
    const QIcon open = m_gui.find<QAction>(u"actionOpen"_s)->icon();
    QCOMPARE(open.pixmap(QSize(18, 18), 2.0).size(), QSize(36, 36));
    QCOMPARE(open.pixmap(QSize(18, 18), 1.0).size(), QSize(18, 18));
}

void WindowTest::mirroredCellsReadTheSame()
{
    m_gui.addGuests({u"one"_s, u"two"_s});
    m_gui.window().document().edit(u"x"_s, [](Project& project) { project.guests[1].memoryMiB = 128; });
    auto* table = m_gui.find<GuestTable>(u"guestTable"_s);
    table->selectRows({0});
    const auto cell = [table] {
        // Without what is around the text, which lies at the other side of a mirrored cell.
        const QRect area = table->visualRect(table->model()->index(1, GuestListModel::Memory)).adjusted(1, 1, -1, -1);
        const QImage image = table->viewport()->grab(area).toImage();
        QRect ink;
        for (int y = 0; y < image.height(); ++y) {
            for (int x = 0; x < image.width(); ++x) {
                ink |= image.pixel(x, y) == image.pixel(0, 0) ? QRect() : QRect(x, y, 1, 1);
            }
        }
        return image.copy(ink);
    };
    const QImage plain = cell();
    QVERIFY(plain.width() > 20);
    QGuiApplication::setLayoutDirection(Qt::RightToLeft);
    QTest::qWait(50);
    const QImage mirrored = cell();
    QGuiApplication::setLayoutDirection(Qt::LeftToRight);
    // Only near: where between two pixels a text begins is another in each.
    QVERIFY(std::abs(mirrored.width() - plain.width()) <= 2);
    qint64 differences = 0;
    const QImage fitted = mirrored.scaled(plain.size(), Qt::IgnoreAspectRatio, Qt::SmoothTransformation);
    for (int y = 0; y < plain.height(); ++y) {
        for (int x = 0; x < plain.width(); ++x) {
            differences += std::abs(qGray(fitted.pixel(x, y)) - qGray(plain.pixel(x, y)));
        }
    }
    differences /= plain.width() * plain.height();
    QVERIFY2(differences < 45, qPrintable(QString::number(differences)));
}

void WindowTest::refusalOutlastsTheProject()
{
    QVERIFY_RESULT(saveProject(Project(), m_gui.path(u"fine.stowage"_s)));
    m_gui.window().openFiles({m_gui.path(u"missing.img"_s), m_gui.path(u"fine.stowage"_s)});
    QTRY_COMPARE(m_gui.window().projects().path(), m_gui.path(u"fine.stowage"_s));
    auto* bar = m_gui.find<MessageBar>(u"messageBar"_s);
    QTRY_VERIFY2(bar->text().contains("missing.img"_L1), qPrintable(bar->text()));
    QVERIFY(m_gui.find(u"addImagesButton"_s)->hasFocus());
    m_gui.trigger(u"actionNew"_s);
    QVERIFY(!bar->isVisible());
}

void WindowTest::endsWhileACellIsEdited()
{
    m_gui.addGuests({u"one"_s, u"two"_s});
    auto* table = m_gui.find<GuestTable>(u"guestTable"_s);
    table->edit(table->model()->index(1, GuestListModel::Name));
    auto* editor = table->viewport()->findChild<QLineEdit*>();
    QVERIFY(editor != nullptr);
    QTest::keyClicks(editor, u"other"_s);
    m_gui.end(); // Its parts still have to say something, to nobody.
    QVERIFY(QApplication::focusWidget() == nullptr);
}

void WindowTest::panelsAreDetached()
{
    m_gui.addGuests({u"one"_s});
    auto* details = m_gui.find<QDockWidget>(u"detailsDock"_s);
    auto* config = m_gui.find<QDockWidget>(u"configDock"_s);
    QTRY_VERIFY(details->titleBarWidget() == nullptr); // A bar to drag it by.
    QTRY_VERIFY(config->titleBarWidget() != nullptr); // Its tab is that.
    m_gui.trigger(u"configDockFloat"_s);
    QVERIFY(config->isFloating());
    QTRY_VERIFY(config->titleBarWidget() == nullptr);
    m_gui.trigger(u"configDockFloat"_s);
    QVERIFY(!config->isFloating());
    QTRY_VERIFY(config->titleBarWidget() != nullptr);
}

void WindowTest::tabsTearOff()
{
    m_gui.addGuests({u"one"_s});
    auto* config = m_gui.find<QDockWidget>(u"configDock"_s);
    QTabBar* bar = nullptr;
    int tab = -1;
    QTRY_VERIFY(config->titleBarWidget() != nullptr);
    const QList<QTabBar*> bars = m_gui.window().findChildren<QTabBar*>(Qt::FindDirectChildrenOnly);
    for (QTabBar* candidate : bars) {
        for (int i = 0; i < candidate->count(); ++i) {
            if (candidate->tabText(i) == config->windowTitle()) {
                bar = candidate;
                tab = i;
            }
        }
    }
    QVERIFY(bar != nullptr);
    const QPoint start = bar->tabRect(tab).center();
    QTest::mousePress(bar, Qt::LeftButton, {}, start);
    for (const int distance : {10, 40, 90, 160}) {
        QTest::mouseMove(bar, start - QPoint(0, distance));
    }
    QTest::mouseRelease(bar, Qt::LeftButton, {}, start - QPoint(0, 160));
    QTRY_VERIFY(config->isFloating());
    QTRY_VERIFY(config->titleBarWidget() == nullptr);
}

void WindowTest::selectionStaysAfterRemoving()
{
    m_gui.addGuests({u"one"_s, u"two"_s, u"three"_s});
    auto* table = m_gui.find<GuestTable>(u"guestTable"_s);
    table->selectRows({1});
    m_gui.trigger(u"actionRemove"_s);
    QCOMPARE(table->selectedRows(), QList<int>{1});
    m_gui.trigger(u"actionRemove"_s);
    QCOMPARE(table->selectedRows(), QList<int>{0});
}

void WindowTest::droppedKernelSaysWhoseItIs()
{
    m_gui.addGuests({u"one"_s, u"two"_s});
    m_gui.find<GuestTable>(u"guestTable"_s)->selectRows({1});
    QVERIFY(m_gui.drop({kernelFor(u"amd64"_s)}));
    QTRY_COMPARE(m_gui.project().guests.at(1).kernel, kernelFor(u"amd64"_s));
    QTRY_VERIFY(m_gui.find<MessageBar>(u"messageBar"_s)->text().endsWith("is now the kernel of two."_L1));
}

void WindowTest::pastedGuestsKeepTheirFiles()
{
    makeRootfs(m_gui.path(u"first/root"_s));
    QDir().mkpath(m_gui.path(u"second"_s));
    Guest guest;
    guest.entry = u"web"_s;
    guest.sourceType = u"rootfs_dir"_s;
    guest.sourceFile = u"root"_s;
    m_gui.window().document().edit(u"x"_s, [&](Project& project) {
        project.directory = m_gui.path(u"first"_s);
        project.guests = {guest};
    });
    m_gui.find<GuestTable>(u"guestTable"_s)->selectRows({0});
    m_gui.trigger(u"actionCut"_s);
    QVERIFY(m_gui.project().guests.isEmpty());
    m_gui.window().document().edit(u"x"_s, [&](Project& project) { project.directory = m_gui.path(u"second"_s); });
    QVERIFY(m_gui.find<QAction>(u"actionPaste"_s)->isEnabled());
    m_gui.trigger(u"actionPaste"_s);
    QTRY_COMPARE(m_gui.project().guests.size(), 1);
    QCOMPARE(m_gui.project().guests.first().sourceFile, u"../first/root"_s);
    QCOMPARE(m_gui.find<GuestTable>(u"guestTable"_s)->selectedRows(), QList<int>{0});
}

QTEST_MAIN(WindowTest)
#include "tst_window.moc"
