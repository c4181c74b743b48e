// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/project/projectfile.h"
#include "fixtures.h"
#include "gui/buildcontroller.h"
#include "gui/builddialog.h"
#include "gui/messagebar.h"
#include "gui/plancontroller.h"
#include "gui/projectcontroller.h"
#include "guitest.h"
#include "models/guestlistmodel.h"
#include "models/projectdocument.h"

#include <QAction>
#include <QCheckBox>
#include <QDialog>
#include <QFileInfo>
#include <QLabel>
#include <QLineEdit>
#include <QMessageBox>
#include <QPlainTextEdit>
#include <QProcess>
#include <QPushButton>
#include <QTableView>

#include <algorithm>

using namespace Qt::StringLiterals;
using namespace Stowage;
using namespace Stowage::Test;

/** Builds through the dialog and looks at what was written. */
class BuildTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void treeIsWritten();
    void imageTakesItsForm();
    void packedImageCanBeBooted();
    void secondBuildStandsAlone();
    void problemsStopTheBuild();
    void guestShowsItsImport();
    void cancelLeavesNothing();
    void closingAsksWhileABuildRuns();
    void shellLineIsQuoted();

private:
    void openProject(qint64 sizeMiB);
    void startBuild(const QString& kind, const QString& path);
    /** What the dialog says of space. */
    [[nodiscard]] QString spaceText();

    GuiTest m_gui;
};

void BuildTest::init()
{
    m_gui.start();
}

void BuildTest::openProject(qint64 sizeMiB)
{
    makeRootfs(m_gui.path(u"web"_s));
    writeFile(m_gui.path(u"deploy/bzImage"_s), readFile(kernelFor(u"amd64"_s)));
    m_gui.window().document().edit(u"x"_s, [this, sizeMiB](Project& project) {
        project.directory = m_gui.path(QString());
        project.machine.name = u"qemux86-64"_s;
        project.machine.deployDirectory = m_gui.path(u"deploy"_s);
        Guest guest;
        guest.entry = u"web"_s;
        guest.autostart = true;
        guest.sourceType = u"rootfs_dir"_s;
        guest.sourceFile = m_gui.path(u"web"_s);
        guest.imageSizeMiB = sizeMiB;
        project.guests = {guest};
    });
    QVERIFY(m_gui.waitForPlan());
}

void BuildTest::startBuild(const QString& kind, const QString& path)
{
    m_gui.trigger(u"actionBuild"_s);
    auto* edit = m_gui.find<QLineEdit>(kind + u"OutputPath"_s);
    edit->setFocus();
    edit->selectAll();
    QTest::keyClicks(edit, path);
    QVERIFY(m_gui.find<QCheckBox>(kind + u"OutputCheck"_s)->isChecked());
    auto* start = m_gui.find<QPushButton>(u"startButton"_s);
    QTRY_VERIFY(start->isEnabled());
    QTest::mouseClick(start, Qt::LeftButton);
}

void BuildTest::treeIsWritten()
{
    openProject(8);
    const QString tree = m_gui.path(u"out tree"_s);
    startBuild(u"tree"_s, tree);
    auto* result = m_gui.find(u"resultPage"_s);
    QTRY_VERIFY_WITH_TIMEOUT(result->isVisible(), 60000);
    const BuildOutcome outcome = m_gui.window().builds().outcome().value();
    QVERIFY2(outcome.errors.isEmpty(), qPrintable(outcome.errors.value(0).message));
    QCOMPARE(outcome.outputs.size(), 1);
    const QByteArray config = readFile(tree + u"/etc/xen/web.cfg"_s);
    QVERIFY(config.startsWith("name = \"web\"\nmemory = 512\n"));
    QCOMPARE(QFileInfo(tree + u"/var/lib/xen/images/web.img"_s).size(), 8 << 20);
    QCOMPARE(readFile(tree + u"/var/lib/xen/images/bzImage"_s), readFile(kernelFor(u"amd64"_s)));
    QCOMPARE(QFile::symLinkTarget(tree + u"/etc/xen/auto/web.cfg"_s), u"/etc/xen/web.cfg"_s);
    runTool(u"e2fsck"_s, {u"-fn"_s, tree + u"/var/lib/xen/images/web.img"_s});
    QVERIFY(m_gui.find<QPlainTextEdit>(u"resultText"_s)->toPlainText().contains(tree));
    // The project says all that the command needs, once it is saved.
    QCOMPARE(m_gui.find<QPlainTextEdit>(u"commandEdit"_s)->toPlainText(), u"stowage-cli build PROJECT.stowage"_s);
    QVERIFY(m_gui.find(u"commandHint"_s)->isVisible());
    QCOMPARE(m_gui.project().outputs, (QList<OutputSpec>{{u"tree"_s, tree}}));
}

void BuildTest::imageTakesItsForm()
{
    openProject(8);
    m_gui.trigger(u"actionBuild"_s);
    m_gui.find<QCheckBox>(u"treeOutputCheck"_s)->click();
    auto* edit = m_gui.find<QLineEdit>(u"diskOutputPath"_s);
    auto* map = m_gui.find<QCheckBox>(u"diskOutputBmap"_s);
    edit->setFocus();
    QTest::keyClicks(edit, m_gui.path(u"a.qcow2"_s));
    QVERIFY(!map->isEnabled());
    edit->selectAll();
    const QString image = m_gui.path(u"a.img.zst"_s);
    QTest::keyClicks(edit, image);
    QVERIFY(map->isEnabled() && edit->toolTip().contains(".img.xz"_L1));
    map->setFocus();
    QTest::keyClick(map, Qt::Key_Space);
    auto* start = m_gui.find<QPushButton>(u"startButton"_s);
    QTRY_VERIFY(start->isEnabled());
    QTest::mouseClick(start, Qt::LeftButton);
    QTRY_VERIFY_WITH_TIMEOUT(m_gui.find(u"resultPage"_s)->isVisible(), 60000);
    QVERIFY(m_gui.window().builds().outcome()->errors.isEmpty());
    runTool(u"zstd"_s, {u"-q"_s, u"-t"_s, image});
    QVERIFY(QFile::exists(image + u".bmap"_s));
    QVERIFY(m_gui.find<QPlainTextEdit>(u"resultText"_s)->toPlainText().contains(image + u".bmap"_s));
    QCOMPARE(m_gui.project().outputs, (QList<OutputSpec>{{.kind = u"disk"_s, .path = image, .bmap = true}}));
}

/** What was built can be booted in any form, and the saved project alone says how to build it again. */
void BuildTest::packedImageCanBeBooted()
{
    openProject(8);
    makeRootfs(m_gui.path(u"host"_s));
    Project project = m_gui.project();
    project.host.path = m_gui.path(u"host"_s);
    project.outputs = {{.kind = u"ext4"_s, .path = m_gui.path(u"a.ext4.zst"_s), .bmap = true},
                       {.kind = u"disk"_s, .path = m_gui.path(u"b.qcow2"_s), .sizeMiB = 100}};
    const QString file = m_gui.path(u"a project.stowage"_s);
    QVERIFY_RESULT(saveProject(project, file));
    m_gui.window().projects().open(file);
    QTRY_VERIFY(m_gui.window().findChild<QMessageBox*>(u"unsavedQuestion"_s) != nullptr);
    m_gui.find<QMessageBox>(u"unsavedQuestion"_s)->button(QMessageBox::Discard)->click();
    QTRY_COMPARE(m_gui.window().projects().path(), file);
    QVERIFY(m_gui.waitForPlan());
    m_gui.trigger(u"actionBuild"_s);
    auto* start = m_gui.find<QPushButton>(u"startButton"_s);
    QTRY_VERIFY(start->isEnabled());
    QTest::mouseClick(start, Qt::LeftButton);
    QTRY_VERIFY_WITH_TIMEOUT(m_gui.find(u"resultPage"_s)->isVisible(), 60000);
    QVERIFY2(m_gui.window().builds().outcome()->errors.isEmpty(), "built");
    QVERIFY(m_gui.find(u"bootButton"_s)->isVisible());
    QCOMPARE(m_gui.find<QPlainTextEdit>(u"commandEdit"_s)->toPlainText(), u"stowage-cli build '%1'"_s.arg(file));
    QVERIFY(!m_gui.find(u"commandHint"_s)->isVisible());
}

QString BuildTest::spaceText()
{
    QString text;
    const QList<QLabel*> labels = m_gui.find(u"spaceBox"_s)->findChildren<QLabel*>();
    for (const QLabel* label : labels) {
        text += label->text() + u'\n';
    }
    return text;
}

void BuildTest::secondBuildStandsAlone()
{
    openProject(8);
    m_gui.trigger(u"actionBuild"_s);
    auto* path = m_gui.find<QLineEdit>(u"treeOutputPath"_s);
    QVERIFY(m_gui.find<QCheckBox>(u"treeOutputCheck"_s)->isChecked());
    QCOMPARE(path->text(), m_gui.path(u"guests-tree"_s));
    QTRY_VERIFY(m_gui.find<QPushButton>(u"startButton"_s)->isEnabled());
    QVERIFY(!spaceText().contains("replaced"_L1));
    QTest::mouseClick(m_gui.find<QPushButton>(u"startButton"_s), Qt::LeftButton);
    QTRY_VERIFY_WITH_TIMEOUT(m_gui.find(u"resultPage"_s)->isVisible(), 60000);
    const qsizetype jobs = m_gui.window().builds().queue().jobs().size();
    m_gui.find<QDialog>(u"BuildDialog"_s)->reject();
    QTRY_VERIFY(m_gui.window().findChild<QDialog*>(u"BuildDialog"_s) == nullptr);

    m_gui.trigger(u"actionBuild"_s);
    QTRY_VERIFY(spaceText().contains("guests-tree is there already"_L1));
    QTRY_VERIFY(m_gui.find<QPushButton>(u"startButton"_s)->isEnabled());
    QTest::mouseClick(m_gui.find<QPushButton>(u"startButton"_s), Qt::LeftButton);
    QTRY_VERIFY_WITH_TIMEOUT(m_gui.find(u"resultPage"_s)->isVisible(), 60000);
    QCOMPARE(m_gui.window().builds().queue().jobs().size(), jobs);
}

void BuildTest::problemsStopTheBuild()
{
    openProject(8);
    m_gui.window().document().edit(u"x"_s,
                                   [](Project& project) { project.guests[0].sourceFile = u"/no/such/place"_s; });
    QVERIFY(m_gui.waitForPlan());
    m_gui.trigger(u"actionBuild"_s);
    auto* edit = m_gui.find<QLineEdit>(u"treeOutputPath"_s);
    QTest::keyClicks(edit, m_gui.path(u"never"_s));
    auto* problems = m_gui.find<QPushButton>(u"problemsButton"_s);
    QTRY_VERIFY(problems->isVisible());
    QTest::qWait(500);
    QVERIFY(!m_gui.find<QPushButton>(u"startButton"_s)->isEnabled());
    QVERIFY(!QFile::exists(m_gui.path(u"never"_s)));
}

void BuildTest::cancelLeavesNothing()
{
    openProject(4096);
    writeFile(m_gui.path(u"web/opt/blob"_s), QByteArray(200 << 20, 'x'));
    startBuild(u"tar"_s, m_gui.path(u"cancelled.tar"_s));
    QTRY_VERIFY(m_gui.window().builds().isRunning());
    QTest::mouseClick(m_gui.find<QPushButton>(u"cancelButton"_s), Qt::LeftButton);
    QTRY_VERIFY_WITH_TIMEOUT(!m_gui.window().builds().isRunning(), 60000);
    QVERIFY(m_gui.window().builds().outcome()->cancelled);
    QVERIFY(!QFile::exists(m_gui.path(u"cancelled.tar"_s)));
    QFile::remove(m_gui.path(u"web/opt/blob"_s));
}

void BuildTest::guestShowsItsImport()
{
    openProject(512);
    // What takes a while, and whose length is known.
    QCOMPARE(QProcess::execute(u"bash"_s,
                               {u"-c"_s, u"xz -1 -T2 < \"$0\" > \"$1\""_s, fixture(u"debian-minbase.tar"_s),
                                m_gui.path(u"web.tar.xz"_s)}),
             0);
    m_gui.window().document().edit(u"y"_s, [this](Project& project) {
        project.guests.first().sourceType = u"rootfs_archive"_s;
        project.guests.first().sourceFile = m_gui.path(u"web.tar.xz"_s);
    });
    QVERIFY(m_gui.waitForPlan());
    const auto* model = m_gui.find<QTableView>(u"guestTable"_s)->model();
    QList<int> shown;
    connect(model, &QAbstractItemModel::dataChanged, this, [&] {
        const int percent = model->index(0, GuestListModel::State).data(GuestListModel::ProgressRole).toInt();
        if (percent != shown.value(shown.size() - 1, -1)) {
            shown.append(percent);
        }
    });
    startBuild(u"tree"_s, m_gui.path(u"shown"_s));
    QTRY_VERIFY_WITH_TIMEOUT(m_gui.find(u"resultPage"_s)->isVisible(), 60000);
    QVERIFY2(m_gui.window().builds().outcome()->errors.isEmpty(), "the build failed");
    QVERIFY(shown.size() > 3);
    QCOMPARE(shown.first(), 0);
    QCOMPARE(shown.takeLast(), -1);
    QVERIFY(std::ranges::is_sorted(shown));
    QVERIFY(shown.last() > 10 && shown.last() <= 100);
    // Also when it does not come to its end.
    shown.clear();
    m_gui.find<QDialog>(u"BuildDialog"_s)->reject();
    QTRY_VERIFY(m_gui.window().findChild<QDialog*>(u"BuildDialog"_s) == nullptr);
    startBuild(u"tree"_s, m_gui.path(u"cancelled"_s));
    QTRY_VERIFY(shown.contains(0));
    m_gui.window().builds().cancel();
    QTRY_VERIFY_WITH_TIMEOUT(!m_gui.window().builds().isRunning(), 60000);
    QCOMPARE(shown.last(), -1);
    QFile::remove(m_gui.path(u"web/opt/blob"_s));
}

void BuildTest::closingAsksWhileABuildRuns()
{
    openProject(4096);
    writeFile(m_gui.path(u"web/opt/blob"_s), QByteArray(200 << 20, 'x'));
    startBuild(u"tar"_s, m_gui.path(u"closed.tar"_s));
    QTRY_VERIFY(m_gui.window().builds().isRunning());
    m_gui.window().close();
    auto* box = m_gui.find<QMessageBox>(u"runningQuestion"_s);
    QVERIFY(m_gui.window().isVisible());
    // Editing goes on meanwhile.
    m_gui.addGuests({u"later"_s});
    QCOMPARE(m_gui.project().guests.size(), 2);
    m_gui.trigger(u"actionUndo"_s);
    QAbstractButton* end = nullptr;
    const QList<QAbstractButton*> buttons = box->buttons();
    for (QAbstractButton* button : buttons) {
        end = box->buttonRole(button) == QMessageBox::DestructiveRole ? button : end;
    }
    QVERIFY(end != nullptr);
    QTest::mouseClick(end, Qt::LeftButton);
    QTRY_VERIFY_WITH_TIMEOUT(m_gui.window().findChild<QMessageBox*>(u"unsavedQuestion"_s) != nullptr, 60000);
    QTest::mouseClick(m_gui.find<QMessageBox>(u"unsavedQuestion"_s)->button(QMessageBox::Discard), Qt::LeftButton);
    QTRY_VERIFY(!m_gui.window().isVisible());
    QVERIFY(!QFile::exists(m_gui.path(u"closed.tar"_s)));
    QFile::remove(m_gui.path(u"web/opt/blob"_s));
}

void BuildTest::shellLineIsQuoted()
{
    QCOMPARE(shellLine({u"a"_s, u"b c"_s, u"it's"_s, QString()}), u"a 'b c' 'it'\\''s' ''"_s);
    QProcess shell;
    shell.start(u"/bin/sh"_s, {u"-c"_s, u"printf '%s|' "_s + shellLine({u"b c"_s, u"it's"_s, u"$HOME"_s})});
    QVERIFY(shell.waitForFinished());
    QCOMPARE(shell.readAll(), "b c|it's|$HOME|");
}

QTEST_MAIN(BuildTest)
#include "tst_builddialog.moc"
