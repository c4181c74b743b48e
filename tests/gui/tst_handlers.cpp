// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/import/handlerregistry.h"
#include "fixtures.h"
#include "gui/guesttable.h"
#include "gui/handlerdialog.h"
#include "gui/importcontroller.h"
#include "gui/plancontroller.h"
#include "guitest.h"
#include "models/projectdocument.h"

#include <QComboBox>
#include <QLabel>
#include <QListView>
#include <QListWidget>
#include <QMenu>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QToolButton>
#include <QTreeWidget>

using namespace Qt::StringLiterals;
using namespace Stowage;
using namespace Stowage::Test;

namespace
{

constexpr auto Class = "XEN_GUEST_IMPORT_DEPENDS_labelled = \"e2fsprogs-native no-such-program\"\n"
                       "xen_guest_import_labelled() {\n    mkfs.ext4 -q -L mine -d \"$1\" \"$2\" \"$3M\"\n}\n";

} // namespace

/** The user's own import handlers in the window. */
class HandlersTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();
    void addAllowAndRemove();
    void problemLeadsThere();
    void chosenFileKeepsTheType();
    void badFileIsTold();

private:
    [[nodiscard]] HandlerDialog* open();
    [[nodiscard]] QTreeWidgetItem* item(const QString& type);
    [[nodiscard]] bool hasProblem(QLatin1StringView code);

    GuiTest m_gui;
};

void HandlersTest::init()
{
    QVERIFY(HandlerSettings::defaultFile().startsWith(m_gui.path(QString())));
    writeFile(m_gui.path(u"own.bbclass"_s), Class);
    makeRootfs(m_gui.path(u"web"_s));
    m_gui.start();
}

void HandlersTest::cleanup()
{
    m_gui.end();
    QFile::remove(m_gui.path(u"own.bbclass"_s));
    QFile::remove(HandlerSettings::defaultFile());
    QVERIFY(QDir(m_gui.path(u"web"_s)).removeRecursively());
}

HandlerDialog* HandlersTest::open()
{
    m_gui.trigger(u"actionHandlers"_s);
    return m_gui.window().findChild<HandlerDialog*>();
}

QTreeWidgetItem* HandlersTest::item(const QString& type)
{
    const QList<QTreeWidgetItem*> items = m_gui.find<QTreeWidget>(u"handlerTree"_s)->findItems(type, Qt::MatchExactly);
    return items.value(0);
}

bool HandlersTest::hasProblem(QLatin1StringView code)
{
    const auto& plan = m_gui.window().plans().plan();
    return plan && m_gui.window().plans().isCurrent()
        && std::ranges::any_of(plan->problems, [code](const Problem& problem) { return problem.code == code; });
}

void HandlersTest::addAllowAndRemove()
{
    const auto* types = m_gui.find<QComboBox>(u"sourceTypeCombo"_s);
    QVERIFY(types->findData(u"raw"_s) > 0);
    HandlerDialog* dialog = open();
    QVERIFY(dialog != nullptr);
    QTRY_VERIFY(item(u"rootfs_dir"_s) != nullptr);
    QCOMPARE(item(u"rootfs_dir"_s)->text(1), u"Built in"_s);
    QCOMPARE(item(u"rootfs_dir"_s)->text(2), u"e2fsck"_s);

    m_gui.find<QToolButton>(u"addPathButton"_s)->menu()->actions().first()->trigger();
    m_gui.chooseFile(m_gui.path(u"own.bbclass"_s));
    QTRY_VERIFY(item(u"labelled"_s) != nullptr);
    QCOMPARE(m_gui.find<QListWidget>(u"pathList"_s)->item(0)->text(), m_gui.path(u"own.bbclass"_s));
    QCOMPARE(item(u"labelled"_s)->text(1), u"Not allowed yet"_s);
    QCOMPARE(item(u"labelled"_s)->text(2), u"no-such-program is missing, bash, e2fsck, mkfs.ext4"_s);
    QTRY_VERIFY(types->findData(u"labelled"_s) > 0);

    dialog->showType(u"labelled"_s);
    const auto* text = m_gui.find<QPlainTextEdit>(u"handlerText"_s);
    QCOMPARE(text->toPlainText(), QString::fromUtf8(Class));
    QVERIFY(text->isReadOnly());
    QVERIFY(m_gui.find<QLabel>(u"notesLabel"_s)->text().contains("no-such-program was not found"_L1));
    auto* allow = m_gui.find<QPushButton>(u"allowButton"_s);
    auto* forbid = m_gui.find<QPushButton>(u"forbidButton"_s);
    QVERIFY(allow->isVisible() && !forbid->isVisible());
    allow->click();
    QTRY_VERIFY(forbid->isVisible() && !allow->isVisible());
    QCOMPARE(item(u"labelled"_s)->text(1), u"Allowed"_s);
    QCOMPARE(HandlerSettings().allowed().size(), 1);
    forbid->click();
    QTRY_VERIFY(allow->isVisible());
    QVERIFY(HandlerSettings().allowed().isEmpty());

    m_gui.find<QListWidget>(u"pathList"_s)->setCurrentRow(0);
    m_gui.find<QToolButton>(u"removePathButton"_s)->click();
    QTRY_VERIFY(item(u"labelled"_s) == nullptr);
    QTRY_VERIFY(types->findData(u"labelled"_s) < 0);
}

void HandlersTest::problemLeadsThere()
{
    QVERIFY_RESULT(HandlerSettings().addPath(m_gui.path(u"own.bbclass"_s)));
    m_gui.start(); // reads the settings as it starts
    m_gui.addGuests({u"web"_s});
    m_gui.window().document().edit(u"x"_s, [this](Project& project) {
        project.guests[0].sourceType = u"labelled"_s;
        project.guests[0].sourceFile = m_gui.path(u"web"_s);
    });
    QTRY_VERIFY(hasProblem(ProblemCode::SourceTypeNotAllowed));
    m_gui.find<GuestTable>(u"guestTable"_s)->selectRows({0});
    const auto* types = m_gui.find<QComboBox>(u"sourceTypeCombo"_s);
    QTRY_COMPARE(types->currentData().toString(), u"labelled"_s);

    auto* list = m_gui.find<QListView>(u"problemList"_s);
    QModelIndex index;
    for (int row = 0; row < list->model()->rowCount(); ++row) {
        const QModelIndex each = list->model()->index(row, list->modelColumn());
        index = each.data().toString().contains(u"labelled"_s) ? each : index;
    }
    QVERIFY(index.isValid());
    Q_EMIT list->clicked(index);
    QTRY_VERIFY(m_gui.window().findChild<HandlerDialog*>() != nullptr);
    QTRY_COMPARE(m_gui.find<QPlainTextEdit>(u"handlerText"_s)->toPlainText(), QString::fromUtf8(Class));
    m_gui.find<QPushButton>(u"allowButton"_s)->click();
    QTRY_VERIFY(hasProblem(ProblemCode::ToolMissing)); // no-such-program; it may run now
    QVERIFY(!hasProblem(ProblemCode::SourceTypeNotAllowed));
}

void HandlersTest::chosenFileKeepsTheType()
{
    QVERIFY_RESULT(HandlerSettings().addPath(m_gui.path(u"own.bbclass"_s)));
    m_gui.start();
    QTRY_VERIFY(findHandler(u"labelled"_s) != nullptr);
    QFile::remove(m_gui.path(u"data.txt"_s));
    writeFile(m_gui.path(u"data.txt"_s), "no image to anybody else\n");
    m_gui.addGuests({u"web"_s, u"db"_s});
    m_gui.window().document().edit(u"x"_s, [](Project& project) { project.guests[0].sourceType = u"labelled"_s; });
    m_gui.window().imports().setSource({0}, m_gui.path(u"data.txt"_s));
    QTRY_COMPARE(m_gui.project().guests.at(0).sourceFile, m_gui.path(u"data.txt"_s));
    QCOMPARE(m_gui.project().guests.at(0).sourceType, u"labelled"_s);
    // To a guest that is imported by content it still is none.
    m_gui.window().imports().setSource({0, 1}, m_gui.path(u"data.txt"_s));
    QTRY_VERIFY(!m_gui.window().imports().isBusy());
    QVERIFY(m_gui.project().guests.at(1).sourceFile.isEmpty());
}

void HandlersTest::badFileIsTold()
{
    writeFile(m_gui.path(u"none.sh"_s), "echo nothing\n");
    QVERIFY(open() != nullptr);
    m_gui.find<QToolButton>(u"addPathButton"_s)->menu()->actions().first()->trigger();
    m_gui.chooseFile(m_gui.path(u"none.sh"_s));
    const auto* problems = m_gui.find<QLabel>(u"problemsLabel"_s);
    QTRY_VERIFY2(problems->isVisible() && problems->text().contains("none.sh"_L1), qPrintable(problems->text()));
}

QTEST_MAIN(HandlersTest)
#include "tst_handlers.moc"
