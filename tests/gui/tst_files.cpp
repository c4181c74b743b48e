// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/project/projectfile.h"
#include "core/support/units.h"
#include "fixtures.h"
#include "gui/dropoverlay.h"
#include "gui/guesttable.h"
#include "gui/importcontroller.h"
#include "gui/messagebar.h"
#include "gui/plancontroller.h"
#include "gui/projectcontroller.h"
#include "guitest.h"
#include "models/projectdocument.h"

#include <QAction>
#include <QDragEnterEvent>
#include <QFileDialog>
#include <QLineEdit>
#include <QMenu>
#include <QMessageBox>
#include <QMimeData>
#include <QPushButton>
#include <QTimer>
#include <QUrl>

using namespace Qt::StringLiterals;
using namespace Stowage;
using namespace Stowage::Test;

/** Drops, opens and saves real files. */
class FilesTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void imagesBecomeGuests();
    void overlaySaysWhatWillHappen();
    void dropsOnChildrenReachTheWindow();
    void sizeFitsTheDirectory();
    void kernelIsForTheSelectedGuests();
    void kernelWithoutGuestIsExplained();
    void kernelAndRamdiskMakeAGuest();
    void configMakesAGuest();
    void bundleAddsItsGuests();
    void unknownFilesAreRefusedInOneMessage();
    void addDialogTakesFiles();
    void bitBakeTextIsImported();
    void savedProjectIsOpenedAgain();
    void brokenProjectIsReported();
    void unsavedChangesAreAskedFor();
    void windowTicksWhileFilesAreRead();

private:
    QString messageText() { return m_gui.find<MessageBar>(u"messageBar"_s)->text(); }
    bool isIdle() { return !m_gui.window().imports().isBusy(); }
    void answer(QMessageBox::StandardButton button);

    GuiTest m_gui;
};

void FilesTest::init()
{
    m_gui.start();
}

void FilesTest::imagesBecomeGuests()
{
    makeRootfs(m_gui.path(u"web server"_s));
    runTool(u"qemu-img"_s, {u"create"_s, u"-f"_s, u"qcow2"_s, m_gui.path(u"db.qcow2"_s), u"8M"_s});
    runTool(u"truncate"_s, {u"-s"_s, u"4M"_s, m_gui.path(u"cache.ext4"_s)});
    runTool(u"mkfs.ext4"_s, {u"-q"_s, u"-F"_s, m_gui.path(u"cache.ext4"_s)});
    QVERIFY(m_gui.drop({m_gui.path(u"web server"_s), m_gui.path(u"db.qcow2"_s), m_gui.path(u"cache.ext4"_s)}));
    QTRY_COMPARE(m_gui.project().guests.size(), 3);
    const QList<Guest> guests = m_gui.project().guests;
    QCOMPARE(guests.at(0).entry, u"web-server"_s);
    QCOMPARE(guests.at(0).sourceType, u"rootfs_dir"_s);
    QCOMPARE(guests.at(1).entry, u"db"_s);
    QCOMPARE(guests.at(1).sourceType, u"qcow2"_s);
    QCOMPARE(guests.at(1).sourceFile, m_gui.path(u"db.qcow2"_s));
    QCOMPARE(guests.at(2).entry, u"cache"_s);
    QCOMPARE(guests.at(2).sourceType, u"ext4"_s);
    QCOMPARE(m_gui.find<GuestTable>(u"guestTable"_s)->selectedRows(), (QList<int>{0, 1, 2}));
    m_gui.trigger(u"actionUndo"_s);
    QCOMPARE(m_gui.project().guests.size(), 0);
}

void FilesTest::overlaySaysWhatWillHappen()
{
    runTool(u"qemu-img"_s, {u"create"_s, u"-f"_s, u"qcow2"_s, m_gui.path(u"seen.qcow2"_s), u"8M"_s});
    QMimeData data;
    data.setUrls({QUrl::fromLocalFile(m_gui.path(u"seen.qcow2"_s))});
    QDragEnterEvent enter({50, 50}, Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(&m_gui.window(), &enter);
    QVERIFY(enter.isAccepted());
    auto* overlay = m_gui.find<DropOverlay>(u"dropOverlay"_s);
    QVERIFY(overlay->isVisible());
    QTRY_VERIFY(overlay->lines().value(0).contains("becomes a guest"_L1));
    QDragLeaveEvent leave;
    QApplication::sendEvent(&m_gui.window(), &leave);
    QTRY_VERIFY(!overlay->isVisible());
    QCOMPARE(m_gui.project().guests.size(), 0);
}

void FilesTest::dropsOnChildrenReachTheWindow()
{
    m_gui.addGuests({u"one"_s});
    makeRootfs(m_gui.path(u"two"_s));
    // The table takes guests only; files go on to the window.
    QVERIFY(m_gui.drop({m_gui.path(u"two"_s)}, m_gui.find<GuestTable>(u"guestTable"_s)->viewport()));
    QTRY_COMPARE(m_gui.project().guests.size(), 2);
}

void FilesTest::sizeFitsTheDirectory()
{
    makeRootfs(m_gui.path(u"large"_s));
    runTool(u"dd"_s,
            {u"if=/dev/zero"_s, u"of="_s + m_gui.path(u"large/opt"_s), u"bs=1M"_s, u"count=300"_s, u"status=none"_s});
    QVERIFY(m_gui.drop({m_gui.path(u"large"_s)}));
    QTRY_COMPARE(m_gui.project().guests.size(), 1);
    QVERIFY(m_gui.project().guests.first().imageSizeMiB.value_or(0) > 350);
    QVERIFY(m_gui.waitForPlan());
    const QList<Problem> problems = m_gui.window().plans().plan()->problems;
    for (const Problem& problem : problems) {
        QVERIFY2(problem.code != ProblemCode::SizeTooSmall, qPrintable(problem.text));
    }
    QFile::remove(m_gui.path(u"large/opt"_s));
}

void FilesTest::kernelIsForTheSelectedGuests()
{
    m_gui.addGuests({u"one"_s, u"two"_s, u"three"_s});
    m_gui.find<GuestTable>(u"guestTable"_s)->selectRows({0, 2});
    const QString kernel = kernelFor(u"amd64"_s);
    QVERIFY(m_gui.drop({kernel}));
    QTRY_COMPARE(m_gui.project().guests.at(0).kernel, kernel);
    QCOMPARE(m_gui.project().guests.at(1).kernel, QString());
    QCOMPARE(m_gui.project().guests.at(2).kernel, kernel);
}

void FilesTest::kernelWithoutGuestIsExplained()
{
    QVERIFY(m_gui.drop({kernelFor(u"arm64"_s)}));
    QTRY_VERIFY(messageText().contains("select the guests"_L1));
    QCOMPARE(m_gui.project().guests.size(), 0);
}

/** A kernel with its ramdisk needs no disk; neither does what is no Linux. */
void FilesTest::kernelAndRamdiskMakeAGuest()
{
    QVERIFY(m_gui.drop({kernelFor(u"amd64"_s), fixture(u"di-netboot/initrd.gz"_s)}));
    QTRY_COMPARE(m_gui.project().guests.size(), 1);
    const Guest& guest = m_gui.project().guests.first();
    QCOMPARE(guest.sourceType, u"none"_s);
    QCOMPARE(guest.kernel, kernelFor(u"amd64"_s));
    QCOMPARE(guest.ramdisk, fixture(u"di-netboot/initrd.gz"_s));
    QCOMPARE(guest.type, GuestType::Pvh);
}

void FilesTest::configMakesAGuest()
{
    writeFile(m_gui.path(u"mail.cfg"_s), "name = \"mail\"\nmemory = 64\ndisk = ['file:/x,xvda,rw']\n");
    QVERIFY(m_gui.drop({m_gui.path(u"mail.cfg"_s)}));
    QTRY_COMPARE(m_gui.project().guests.size(), 1);
    QCOMPARE(m_gui.project().guests.first().entry, u"mail"_s);
    QCOMPARE(m_gui.project().guests.first().configFile, m_gui.path(u"mail.cfg"_s));
}

void FilesTest::bundleAddsItsGuests()
{
    const QString top = m_gui.path(u"bundle/usr/share/xen-guest-bundles/demo"_s);
    writeFile(top + u"/manifest"_s, "web:web.ext4:Image:autostart\ndb:db.ext4::\nmail:gone.ext4::\n");
    for (const QString& name : {u"web"_s, u"db"_s, u"mail"_s}) {
        writeFile(top + u"/configs/%1.cfg"_s.arg(name),
                  "name = \"x\"\nmemory = 64\ndisk = ['file:/var/lib/xen/images/x,xvda,rw']\n");
        writeFile(top + u"/images/%1.ext4"_s.arg(name), "root");
    }
    writeFile(top + u"/images/Image"_s, "kernel");
    m_gui.addGuests({u"db"_s});
    QVERIFY(m_gui.drop({m_gui.path(u"bundle"_s)}));
    QTRY_COMPARE(m_gui.project().guests.size(), 3);
    const Guest web = m_gui.project().guests.at(1);
    QCOMPARE(web.entry, u"web"_s);
    QVERIFY(web.autostart);
    QCOMPARE(web.configFile, top + u"/configs/web.cfg"_s);
    QCOMPARE(web.rootfs, top + u"/images/web.ext4"_s);
    QCOMPARE(web.kernel, top + u"/images/Image"_s);
    QCOMPARE(m_gui.project().guests.at(2).entry, u"db-2"_s);
    QCOMPARE(m_gui.project().guests.at(2).kernel, u"none"_s);
    QTRY_VERIFY2(messageText().contains(u"gone.ext4"_s), qPrintable(messageText()));
    m_gui.trigger(u"actionUndo"_s);
    QCOMPARE(m_gui.project().guests.size(), 1);
}

void FilesTest::unknownFilesAreRefusedInOneMessage()
{
    writeFile(m_gui.path(u"notes.txt"_s), "Dear diary, nothing of note.\n");
    writeFile(m_gui.path(u"picture.png"_s), QByteArray::fromHex("89504e470d0a1a0a0000000d49484452"));
    makeRootfs(m_gui.path(u"fine"_s));
    QVERIFY(m_gui.drop(
        {m_gui.path(u"notes.txt"_s), m_gui.path(u"picture.png"_s), m_gui.path(u"fine"_s), m_gui.path(u"not there"_s)}));
    QTRY_COMPARE(m_gui.project().guests.size(), 1);
    QTRY_COMPARE(messageText().count(u'\n'), 2);
    for (const QString& name : {u"notes.txt"_s, u"picture.png"_s, u"not there"_s}) {
        QVERIFY2(messageText().contains(name), qPrintable(messageText()));
    }
    QVERIFY(m_gui.find(u"messageBar"_s)->isVisible());
    QVERIFY(QApplication::activeModalWidget() == nullptr);
    QTest::mouseClick(m_gui.find(u"messageCloseButton"_s), Qt::LeftButton);
    QVERIFY(!m_gui.find(u"messageBar"_s)->isVisible());
}

void FilesTest::addDialogTakesFiles()
{
    runTool(u"qemu-img"_s, {u"create"_s, u"-f"_s, u"qcow2"_s, m_gui.path(u"chosen.qcow2"_s), u"8M"_s});
    m_gui.trigger(u"actionAddImages"_s);
    m_gui.chooseFile(m_gui.path(u"chosen.qcow2"_s));
    QTRY_COMPARE(m_gui.project().guests.size(), 1);
    QCOMPARE(m_gui.project().guests.first().entry, u"chosen"_s);
}

void FilesTest::bitBakeTextIsImported()
{
    writeFile(
        m_gui.path(u"local.conf"_s),
        "MACHINE = \"qemuarm64\"\nBUNDLED_XEN_GUESTS = \"alpha:autostart beta\"\nXEN_GUEST_MEMORY[beta] = \"96\"\n");
    m_gui.window().openFiles({m_gui.path(u"local.conf"_s)});
    QTRY_COMPARE(m_gui.project().guests.size(), 2);
    QCOMPARE(m_gui.project().machine.name, u"qemuarm64"_s);
    QVERIFY(m_gui.project().guests.first().autostart);
    QCOMPARE(m_gui.project().guests.last().memoryMiB, 96);
    m_gui.trigger(u"actionUndo"_s);
    QCOMPARE(m_gui.project().guests.size(), 0);
    QCOMPARE(m_gui.project().machine.name, QString());
}

void FilesTest::savedProjectIsOpenedAgain()
{
    makeRootfs(m_gui.path(u"src/web"_s));
    QVERIFY(m_gui.drop({m_gui.path(u"src/web"_s)}));
    QTRY_COMPARE(m_gui.project().guests.size(), 1);
    QVERIFY(m_gui.window().isWindowModified());
    m_gui.trigger(u"actionSave"_s);
    m_gui.chooseFile(m_gui.path(u"fleet"_s));
    const QString file = m_gui.path(u"fleet.stowage"_s);
    QTRY_VERIFY(QFile::exists(file));
    QTRY_VERIFY(!m_gui.window().isWindowModified());
    QCOMPARE(m_gui.window().windowTitle(), u"fleet[*]"_s);
    const Result<Project> saved = loadProject(file);
    QVERIFY_RESULT(saved);
    QCOMPARE(saved->guests.first().sourceFile, u"src/web"_s);
    QCOMPARE(ProjectController::recentFiles().value(0), file);

    m_gui.trigger(u"actionNew"_s);
    QTRY_COMPARE(m_gui.project().guests.size(), 0);
    auto* recent = m_gui.find<QMenu>(u"menuRecent"_s);
    QCOMPARE(recent->actions().first()->data().toString(), file);
    recent->actions().first()->trigger();
    QTRY_COMPARE(m_gui.project().guests.size(), 1);
    QVERIFY(!m_gui.window().isWindowModified());
    QVERIFY(m_gui.project() == *saved);
}

void FilesTest::brokenProjectIsReported()
{
    m_gui.addGuests({u"kept"_s});
    writeFile(m_gui.path(u"broken.stowage"_s), "{\n  \"version\": 1,\n  \"guests\": [ oops ]\n}\n");
    m_gui.window().projects().open(m_gui.path(u"broken.stowage"_s));
    answer(QMessageBox::Discard);
    QTRY_VERIFY2(messageText().contains("broken.stowage:3:"_L1), qPrintable(messageText()));
    QCOMPARE(m_gui.project().guests.size(), 1);
}

void FilesTest::answer(QMessageBox::StandardButton button)
{
    QTRY_VERIFY(m_gui.window().findChild<QMessageBox*>(u"unsavedQuestion"_s) != nullptr);
    auto* box = m_gui.find<QMessageBox>(u"unsavedQuestion"_s);
    QTest::mouseClick(box->button(button), Qt::LeftButton);
    QTRY_VERIFY(m_gui.window().findChild<QMessageBox*>(u"unsavedQuestion"_s) == nullptr);
}

void FilesTest::unsavedChangesAreAskedFor()
{
    m_gui.addGuests({u"precious"_s});
    m_gui.trigger(u"actionNew"_s);
    answer(QMessageBox::Cancel);
    QCOMPARE(m_gui.project().guests.size(), 1);
    m_gui.window().close();
    QVERIFY(m_gui.window().isVisible());
    answer(QMessageBox::Save);
    m_gui.chooseFile(m_gui.path(u"precious.stowage"_s));
    QTRY_VERIFY(!m_gui.window().isVisible());
    const Result<Project> saved = loadProject(m_gui.path(u"precious.stowage"_s));
    QVERIFY_RESULT(saved);
    QCOMPARE(saved->guests.first().entry, u"precious"_s);
}

void FilesTest::windowTicksWhileFilesAreRead()
{
    makeRootfs(m_gui.path(u"many"_s));
    for (int i = 0; i < 6000; ++i) {
        writeFile(m_gui.path(u"many/usr/share/%1/%2"_s.arg(i / 100).arg(i)), "x");
    }
    QTimer timer;
    QElapsedTimer clock;
    qint64 longest = 0;
    clock.start();
    connect(&timer, &QTimer::timeout, &timer, [&] { longest = std::max(longest, clock.restart()); });
    timer.start(5);
    QVERIFY(m_gui.drop({m_gui.path(u"many"_s), fixture(u"debian-minbase"_s)}));
    QVERIFY(!isIdle());
    QTRY_COMPARE_WITH_TIMEOUT(m_gui.project().guests.size(), 2, 60000);
    QVERIFY(m_gui.waitForPlan());
    QVERIFY2(longest < 500, qPrintable(u"the window stood still for %1 ms"_s.arg(longest)));
}

QTEST_MAIN(FilesTest)
#include "tst_files.moc"
