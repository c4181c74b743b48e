// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/import/handlersettings.h"
#include "fixtures.h"
#include "gui/bootcontroller.h"
#include "gui/bootoptions.h"
#include "gui/builddialog.h"
#include "gui/dropcontroller.h"
#include "gui/guesttable.h"
#include "gui/handlerdialog.h"
#include "gui/plancontroller.h"
#include "gui/projectcontroller.h"
#include "gui/theme.h"
#include "guitest.h"
#include "models/projectdocument.h"
#include "systemtree.h"

#include <QApplication>
#include <QCheckBox>
#include <QComboBox>
#include <QDockWidget>
#include <QDragEnterEvent>
#include <QLineEdit>
#include <QMimeData>
#include <QPushButton>
#include <QTabWidget>
#include <QToolButton>
#include <QUrl>

using namespace Qt::StringLiterals;
using namespace Stowage;
using namespace Stowage::Test;

/** Opens the example project and takes pictures of what a user sees, light and dark, in the build directory. */
class ScreenshotTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void window_data();
    void window();
    void images_data() { window_data(); }
    void images();

private:
    void save(QWidget& widget, const QString& name);
    void bootPanel(const QString& suffix);
    void handlers(const QString& suffix);
    void bootPlan(const QString& suffix);
    void firstBoot(const QString& suffix);
    void dragOver(const QStringList& paths);

    GuiTest m_gui;
    Theme* m_theme = nullptr;
    QString m_output;
};

void ScreenshotTest::initTestCase()
{
    m_theme = Theme::install(*qApp);
    m_output = qEnvironmentVariable("STOWAGE_SCREENSHOTS",
                                    QCoreApplication::applicationDirPath() + u"/../../screenshots"_s);
    QVERIFY(QDir().mkpath(m_output));
    runTool(sourceFile(u"resources/example/make-inputs.sh"_s), {m_gui.path(u"example"_s)});
    QVERIFY(QFile::copy(sourceFile(u"resources/example/example.stowage"_s), m_gui.path(u"example/example.stowage"_s)));
}

void ScreenshotTest::save(QWidget& widget, const QString& name)
{
    QTest::qWait(60);
    const QImage image = widget.grab().toImage();
    QCOMPARE(image.size(), widget.size() * widget.devicePixelRatio());
    // A window that painted nothing would be of one colour.
    QSet<QRgb> colors;
    for (int y = 0; y < image.height(); y += 3) {
        for (int x = 0; x < image.width(); x += 3) {
            colors.insert(image.pixel(x, y));
        }
    }
    QVERIFY2(colors.size() > 40, qPrintable(name));
    QVERIFY(image.save(u"%1/%2.png"_s.arg(m_output, name)));
}

/** The boot check as it looks when a host is up, one guest runs and one has crashed. */
void ScreenshotTest::bootPanel(const QString& suffix)
{
    MainWindow& window = m_gui.window();
    m_gui.trigger(u"actionBootCheck"_s);
    m_gui.find<QLineEdit>(u"bootImageEdit"_s)->setText(u"/home/user/build/dom0.img"_s);
    BootModel& model = window.boots().model();
    model.clear();
    GuestVerdict web;
    web.name = u"web"_s;
    web.state = GuestVerdict::State::Running;
    web.domain = 1;
    web.memoryMiB = 256;
    GuestVerdict database = web;
    database.name = u"database"_s;
    database.state = GuestVerdict::State::Crashed;
    database.reason = u"Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)"_s;
    model.setProgress(BootStage::Guests, {web, database});
    model.appendText(u"(XEN) Xen version 4.20.0\n[    0.000000] Linux version 6.12\n"
                     "Debian GNU/Linux 13 dom0 hvc0\n[web] BusyBox on Xen\n[web] web login: \n"_s);
    save(window, u"boot"_s + suffix);
    window.resize(1024, 600);
    save(window, u"boot-small"_s + suffix);
    window.resize(1180, 760);
    m_gui.find<QToolButton>(u"bootOptionsButton"_s)->click();
    auto* options = window.findChild<BootOptions*>();
    QVERIFY(options != nullptr);
    save(*options, u"boot-options"_s + suffix);
    options->reject();
    QTRY_VERIFY(window.findChild<BootOptions*>() == nullptr);
}

/** The import handlers, with one of the user's own that is yet to be allowed. */
void ScreenshotTest::handlers(const QString& suffix)
{
    QFile::remove(m_gui.path(u"own/initramfs.bbclass"_s));
    writeFile(
        m_gui.path(u"own/initramfs.bbclass"_s),
        "# Root file systems that come as an initramfs.\n"
        "XEN_GUEST_IMPORT_DEPENDS_initramfs = \"e2fsprogs-native genext2fs cpio-native\"\n\n"
        "xen_guest_import_initramfs() {\n    local source=\"$1\" output=\"$2\" size=\"$3\"\n\n"
        "    mkdir ${WORKDIR}/root\n    zcat \"$source\" | cpio -id -D ${WORKDIR}/root || bbfatal \"no initramfs\"\n"
        "    bbnote \"Making a disk of ${size} MiB for ${MACHINE}\"\n"
        "    mkfs.ext4 -F -d ${WORKDIR}/root \"$output\" \"${size}M\"\n}\n");
    QVERIFY_RESULT(HandlerSettings().addPath(m_gui.path(u"own"_s)));
    m_gui.trigger(u"actionHandlers"_s);
    auto* dialog = m_gui.window().findChild<HandlerDialog*>();
    QVERIFY(dialog != nullptr);
    dialog->showType(u"initramfs"_s);
    QTRY_VERIFY(m_gui.find(u"allowButton"_s)->isVisible());
    save(*dialog, u"handlers"_s + suffix);
    dialog->reject();
}

/** The form of the first boot, as a seed and as files. */
void ScreenshotTest::firstBoot(const QString& suffix)
{
    MainWindow& window = m_gui.window();
    auto* tabs = m_gui.find<QTabWidget>(u"tabs"_s);
    const int before = tabs->currentIndex();
    const Project project = window.document().project();
    for (int i = 0; i < tabs->count(); ++i) {
        if (tabs->widget(i)->objectName() == "firstBootTab"_L1) {
            tabs->setCurrentIndex(i);
        }
    }
    save(window, u"firstboot-none"_s + suffix);
    for (const auto method : {FirstBoot::Method::Seed, FirstBoot::Method::Files}) {
        window.document().edit(u"First boot"_s, [method](Project& changed) {
            FirstBoot& set = changed.guests[0].firstBoot.emplace();
            set.method = method;
            set.hostname = u"db"_s;
            set.user = u"admin"_s;
            set.sshKeys = {u"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHlIBdA3G0hLRRu9YyRzdCuFfnbWJ3ZJzYxU3kQ4rQ0Z me"_s};
            set.network = FirstBoot::Network::Dhcp;
        });
        QVERIFY(m_gui.waitForPlan());
        save(window, (method == FirstBoot::Method::Seed ? u"firstboot-seed"_s : u"firstboot-files"_s) + suffix);
    }
    window.document().submit(u"As before"_s, project);
    QVERIFY(m_gui.waitForPlan());
    tabs->setCurrentIndex(before);
}

void ScreenshotTest::dragOver(const QStringList& paths)
{
    QMimeData data;
    QList<QUrl> urls;
    for (const QString& path : paths) {
        urls.append(QUrl::fromLocalFile(path));
    }
    data.setUrls(urls);
    QDragEnterEvent enter({100, 100}, Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(&m_gui.window(), &enter);
    QVERIFY(enter.isAccepted());
}

void ScreenshotTest::window_data()
{
    QTest::addColumn<Theme::Mode>("mode");
    QTest::newRow("light") << Theme::Mode::Light;
    QTest::newRow("dark") << Theme::Mode::Dark;
}

void ScreenshotTest::window()
{
    QFETCH(Theme::Mode, mode);
    const QString suffix = u'-' + QString::fromLatin1(QTest::currentDataTag());
    m_theme->setMode(mode);
    MainWindow& window = m_gui.start();
    QVERIFY(m_gui.waitForPlan());
    save(window, u"empty"_s + suffix);

    dragOver({m_gui.path(u"example/busybox.qcow2"_s), m_gui.path(u"example/busybox-root"_s)});
    QTest::qWait(400);
    save(window, u"drag"_s + suffix);
    QDragLeaveEvent leave;
    QApplication::sendEvent(&window, &leave);

    window.projects().open(m_gui.path(u"example/example.stowage"_s));
    QTRY_COMPARE(m_gui.project().guests.size(), 2);
    QVERIFY(m_gui.waitForPlan());
    QVERIFY2(!hasErrors(window.plans().plan()->problems), qPrintable(window.plans().plan()->problems.value(0).text));
    QTRY_VERIFY(m_gui.find<GuestTable>(u"guestTable"_s)->selectedRows() == QList<int>{0});
    save(window, u"main"_s + suffix);
    window.resize(1024, 600);
    save(window, u"small"_s + suffix);
    window.resize(700, 600);
    auto* more = m_gui.find<QToolButton>(u"qt_toolbar_ext_button"_s);
    QTRY_VERIFY(more->isVisible());
    QTest::qWait(60);
    const QImage arrows = more->grab().toImage();
    bool painted = false;
    for (int x = 0; x < arrows.width(); ++x) {
        painted = painted || qGray(arrows.pixel(x, arrows.height() / 2)) != qGray(arrows.pixel(0, 0));
    }
    QVERIFY(painted);
    window.resize(1180, 760);

    firstBoot(suffix);
    m_gui.find<QDockWidget>(u"configDock"_s)->raise();
    save(window, u"config"_s + suffix);
    bootPanel(suffix);

    window.document().edit(u"Break"_s, [](Project& project) {
        project.guests[0].sourceFile = u"no-such-directory"_s;
        project.guests[0].imageSizeMiB = 1;
        project.guests[1].memoryMiB = 8192;
        project.guests[1].autostart = true;
        project.guests[1].vif = u"bridge"_s;
    });
    QVERIFY(m_gui.waitForPlan());
    QVERIFY(hasErrors(window.plans().plan()->problems));
    m_gui.find<QDockWidget>(u"problemsDock"_s)->raise();
    m_gui.trigger(u"actionBuild"_s);
    save(window, u"problems"_s + suffix);
    auto* dialog = window.findChild<BuildDialog*>();
    QVERIFY(dialog != nullptr);
    save(*dialog, u"build"_s + suffix);
}

/** How a dropped Debian boots. */
void ScreenshotTest::bootPlan(const QString& suffix)
{
    MainWindow& window = m_gui.start();
    if (!QFile::exists(m_gui.path(u"debian.ext4"_s))) {
        makeDebianTree(m_gui.path(u"debian"_s));
        runTool(u"mke2fs"_s,
                {u"-q"_s, u"-t"_s, u"ext4"_s, u"-L"_s, u"root"_s, u"-d"_s, m_gui.path(u"debian"_s),
                 m_gui.path(u"debian.ext4"_s), u"300M"_s});
    }
    QVERIFY(m_gui.drop({m_gui.path(u"debian.ext4"_s)}));
    QTRY_COMPARE(m_gui.project().guests.size(), 1);
    m_gui.find<GuestTable>(u"guestTable"_s)->selectRows({0});
    QVERIFY(m_gui.waitForPlan());
    m_gui.find<QTabWidget>(u"tabs"_s)->setCurrentWidget(m_gui.find(u"planTab"_s));
    QTRY_VERIFY(window.findChild<QComboBox*>(u"plan-type"_s) != nullptr);
    save(window, u"boot-plan"_s + suffix);
}

void ScreenshotTest::images()
{
    QFETCH(Theme::Mode, mode);
    const QString suffix = u'-' + QString::fromLatin1(QTest::currentDataTag());
    m_theme->setMode(mode);
    MainWindow& window = m_gui.start();
    window.projects().open(m_gui.path(u"example/example.stowage"_s));
    QTRY_COMPARE(m_gui.project().guests.size(), 2);
    const QString host = m_gui.path(u"host"_s);
    makeRootfs(host);
    for (const QString& name : {u"xen-4.20-amd64.gz"_s, u"vmlinuz-6.12-amd64"_s, u"initrd.img-6.12-amd64"_s}) {
        writeFile(u"%1/boot/%2"_s.arg(host, name), QByteArray(12 << 20, 'x'));
    }
    writeFile(host + u"/usr/lib/content"_s, QByteArray(160 << 20, 'x'));
    window.document().edit(u"Image"_s, [&](Project& project) {
        project.host.path = host;
        project.outputs = {{.kind = u"disk"_s, .path = m_gui.path(u"host.img.zst"_s), .bmap = true}};
    });
    QVERIFY(m_gui.waitForPlan());
    m_gui.trigger(u"actionBuild"_s);
    auto* dialog = window.findChild<BuildDialog*>();
    auto* start = m_gui.find<QPushButton>(u"startButton"_s);
    QTRY_VERIFY(start->isEnabled());
    save(*dialog, u"build-disk"_s + suffix);
    // All of it is reached on a small screen too.
    QVERIFY2(dialog->minimumSizeHint().height() <= 570,
             qPrintable(QString::number(dialog->minimumSizeHint().height())));
    m_gui.find<QCheckBox>(u"ext4OutputCheck"_s)->click();
    QTRY_VERIFY(m_gui.find<QComboBox>(u"pictureCombo"_s)->isVisible());
    dialog->resize(dialog->minimumSizeHint().expandedTo({720, 440}));
    save(*dialog, u"build-two"_s + suffix);
    dialog->reject();
    m_gui.trigger(u"actionProjectSettings"_s);
    auto* tabs = m_gui.find(u"ProjectDialog"_s)->findChild<QTabWidget*>(u"tabs"_s);
    tabs->setCurrentWidget(m_gui.find(u"diskTab"_s));
    save(*m_gui.find(u"ProjectDialog"_s), u"disk-page"_s + suffix);
    m_gui.window().findChild<QDialog*>(u"ProjectDialog"_s)->reject();
    handlers(suffix);
    bootPlan(suffix);
}

QTEST_MAIN(ScreenshotTest)
#include "tst_screenshots.moc"
