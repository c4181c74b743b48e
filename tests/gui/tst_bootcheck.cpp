// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "fixtures.h"
#include "gui/bootcontroller.h"
#include "gui/bootoptions.h"
#include "guitest.h"

#include <QComboBox>
#include <QDialogButtonBox>
#include <QDockWidget>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QProcess>
#include <QPushButton>
#include <QSpinBox>
#include <QToolButton>
#include <QTreeView>

using namespace Stowage;
using namespace Stowage::Test;
using namespace Qt::StringLiterals;

/**
 * The boot check in the window. The machine is a script that fails or hangs, which no real one does when it is asked to;
 * real ones are booted by the tests of the whole.
 */
class BootCheckTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();
    void errorHasARemedy();
    void showsWhatIsSaid();
    void stops();
    void options();
    void paths();

private:
    void makeHost(bool withXen);
    void putMachine(const QByteArray& script);
    void boot(const QString& name);

    GuiTest m_gui;
    QByteArray m_path;
};

void BootCheckTest::init()
{
    m_path = qgetenv("PATH");
    m_gui.start();
    m_gui.addGuests({u"web"_s}); // so that there are docks
}

void BootCheckTest::cleanup()
{
    m_gui.end();
    qputenv("PATH", m_path);
}

void BootCheckTest::makeHost(bool withXen)
{
    const QString host = m_gui.path(u"host"_s);
    writeFile(host + u"/bin/sh"_s, readFile(u"/bin/busybox"_s));
    writeFile(host + u"/etc/xen/web.cfg"_s, "name = \"web\"\nmemory = 64\n");
    writeFile(host + u"/etc/xen/auto/web.cfg"_s, "name = \"web\"\nmemory = 64\n");
    if (withXen) {
        writeFile(host + u"/boot/xen"_s, "hypervisor");
        writeFile(host + u"/boot/vmlinuz-6.12"_s, "kernel");
    }
}

/** Makes @p script the program that runs machines; $in and $out are its console. */
void BootCheckTest::putMachine(const QByteArray& script)
{
    const QString program = m_gui.path(u"bin/qemu-system-x86_64"_s);
    writeFile(program, "#!/bin/sh\nexec <>console.in 3<>console.out\n" + script + '\n');
    QVERIFY(QFile(program).setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner));
    qputenv("PATH", QFile::encodeName(m_gui.path(u"bin"_s)) + ':' + m_path);
}

void BootCheckTest::boot(const QString& name)
{
    m_gui.trigger(u"actionBootCheck"_s);
    auto* image = m_gui.find<QLineEdit>(u"bootImageEdit"_s);
    QVERIFY(image->isVisible());
    image->setText(name);
    QTest::keyClick(image, Qt::Key_Return);
    QVERIFY(m_gui.window().boots().isRunning());
}

void BootCheckTest::errorHasARemedy()
{
    makeHost(false);
    auto* start = m_gui.find<QToolButton>(u"bootStartButton"_s);
    QVERIFY(!start->isEnabled()); // nothing is named yet
    boot(m_gui.path(u"host"_s));
    QTRY_VERIFY_WITH_TIMEOUT(!m_gui.window().boots().isRunning(), 30'000);
    const QString verdict = m_gui.find<QLabel>(u"bootVerdict"_s)->text();
    QVERIFY2(verdict.contains("no hypervisor in /boot"_L1), qPrintable(verdict));
    QVERIFY2(verdict.contains("--xen"_L1), qPrintable(verdict));
    QCOMPARE(start->text(), u"Boot"_s);
    QVERIFY(start->isEnabled());
}

void BootCheckTest::showsWhatIsSaid()
{
    makeHost(true);
    // A host whose guest falls over: xl lists it once.
    putMachine("case \" $* \" in *' kvm '*) exit 1;; esac\n"
               "echo ' Xen 4.20' >&3; echo 'Linux version 6' >&3; printf 'dom0 login: ' >&3\n"
               "tee console.out | { read name; printf '\\r\\ndom0 # ' >&3; n=0\n" // what comes in is echoed
               "while read -r line; do case $line in\n"
               "*'echo @'*' list'*) m=${line#*@}; m=${m%% *};;\n"
               "p) n=$((n+1)); echo \"@$m list\" >&3; echo 'Domain-0    0  1024     1     r-----      1.0' >&3\n"
               "[ $n -gt 1 ] || echo 'web         1    64     1     -b----      1.0' >&3; echo \"@$m end\" >&3;;\n"
               "*answered*) echo \"@$m answer\" >&3; echo 'from the journal' >&3; echo \"@$m answered\" >&3;;\n"
               "esac; done; }");
    boot(m_gui.path(u"host"_s));
    QTRY_VERIFY_WITH_TIMEOUT(!m_gui.window().boots().isRunning(), 60'000);
    const auto* systems = m_gui.find<QTreeView>(u"bootSystems"_s)->model();
    QCOMPARE(systems->rowCount(), 2);
    QCOMPARE(systems->index(1, BootModel::Name).data().toString(), u"web"_s);
    QCOMPARE(systems->index(1, BootModel::State).data().toString(), u"Crashed"_s);
    const QString verdict = m_gui.find<QLabel>(u"bootVerdict"_s)->text();
    QVERIFY2(verdict.startsWith("Not all guests came up"_L1), qPrintable(verdict));
    auto* console = m_gui.find<QPlainTextEdit>(u"bootConsole"_s);
    QVERIFY2(console->toPlainText().contains("Linux version 6\n"_L1), qPrintable(console->toPlainText()));
    QVERIFY2(console->toPlainText().contains("from the journal"_L1), qPrintable(console->toPlainText()));
    m_gui.window().boots().model().appendText(QString(1'000'000, u'x') + u"\nend\n"_s);
    QVERIFY(console->toPlainText().size() < 10'000);
    QVERIFY(console->toPlainText().endsWith(u"x…\nend\n"_s));
    m_gui.find<QTreeView>(u"bootSystems"_s)->setCurrentIndex(systems->index(1, 0));
    QVERIFY(!console->toPlainText().contains("Linux version 6"_L1)); // the guest has said nothing
    m_gui.find<QTreeView>(u"bootSystems"_s)->setCurrentIndex(systems->index(0, 0));
    QVERIFY(console->toPlainText().contains("Linux version 6"_L1));
    QVERIFY(console->toPlainText().endsWith(u"x…\nend\n"_s));
}

void BootCheckTest::stops()
{
    makeHost(true);
    putMachine("case \" $* \" in *' kvm '*) exit 1;; esac\necho ' Xen 4.20' >&3; while :; do sleep 1; done");
    boot(m_gui.path(u"host"_s));
    auto* console = m_gui.find<QPlainTextEdit>(u"bootConsole"_s);
    QTRY_VERIFY_WITH_TIMEOUT(console->toPlainText().contains("Xen 4.20"_L1), 30'000);
    auto* start = m_gui.find<QToolButton>(u"bootStartButton"_s);
    QCOMPARE(start->text(), u"Stop"_s);
    QVERIFY(!m_gui.find<QLineEdit>(u"bootImageEdit"_s)->isEnabled());
    start->click();
    QTRY_VERIFY_WITH_TIMEOUT(!m_gui.window().boots().isRunning(), 5'000);
    QVERIFY(!m_gui.window().boots().outcome());
    QVERIFY(!m_gui.find<QLabel>(u"bootVerdict"_s)->isVisible());
    start->click(); // and again; the window closes on it
    QTRY_VERIFY_WITH_TIMEOUT(console->toPlainText().contains("Xen 4.20"_L1), 30'000);
    m_gui.end();
}

/** The options are those of the command line, and stay for the next boot. */
void BootCheckTest::options()
{
    makeHost(true);
    m_gui.trigger(u"actionBootCheck"_s);
    auto* button = m_gui.find<QToolButton>(u"bootOptionsButton"_s);
    QCOMPARE(button->text(), u"Options…"_s);
    const auto open = [&] {
        button->click();
        return m_gui.window().findChild<BootOptions*>();
    };
    BootOptions* dialog = open();
    QVERIFY(dialog != nullptr);
    auto* pattern = dialog->findChild<QLineEdit*>(u"patternEdit"_s);
    auto* kernel = dialog->findChild<QLineEdit*>(u"kernelEdit"_s);
    auto* firmware = dialog->findChild<QComboBox*>(u"firmwareCombo"_s);
    auto* buttons = dialog->findChild<QDialogButtonBox*>(u"buttons"_s);
    pattern->setText(u"("_s);
    QVERIFY(!buttons->button(QDialogButtonBox::Ok)->isEnabled());
    pattern->setText(u"nginx started"_s);
    kernel->setText(u"/vmlinuz"_s);
    firmware->setCurrentIndex(2);
    QVERIFY(!kernel->isEnabled()); // the boot loader has its own
    dialog->findChild<QSpinBox*>(u"timeoutSpin"_s)->setValue(60);
    BootRequest request = dialog->request();
    QCOMPARE(request.firmware, BootFirmware::Uefi);
    QCOMPARE(request.kernel, QString());
    QCOMPARE(request.pattern, u"nginx started"_s);
    QCOMPARE(request.timeout, std::chrono::seconds(60));
    dialog->accept();
    QCOMPARE(button->text(), u"Options (3)…"_s);

    boot(m_gui.path(u"host"_s)); // the host is a directory, in which no firmware finds a boot loader
    QTRY_VERIFY_WITH_TIMEOUT(!m_gui.window().boots().isRunning(), 30'000);
    const QString verdict = m_gui.find<QLabel>(u"bootVerdict"_s)->text();
    QVERIFY2(verdict.contains("no disk with partitions"_L1), qPrintable(verdict));

    QTRY_VERIFY(m_gui.window().findChild<BootOptions*>() == nullptr);
    dialog = open();
    QCOMPARE(dialog->findChild<QLineEdit*>(u"patternEdit"_s)->text(), u"nginx started"_s);
    dialog->findChild<QDialogButtonBox*>(u"buttons"_s)->button(QDialogButtonBox::RestoreDefaults)->click();
    QCOMPARE(BootOptions::changed(dialog->request()), 0);
    dialog->accept();
    QCOMPARE(button->text(), u"Options…"_s);
}

/** A path is read as a shell does: from home, or from where the program was started. */
void BootCheckTest::paths()
{
    makeHost(true);
    const QByteArray home = qgetenv("HOME");
    const QString started = QDir::currentPath();
    qputenv("HOME", QFile::encodeName(m_gui.path(QString())));
    QVERIFY(QDir::setCurrent(m_gui.path(QString())));
    QCOMPARE(QProcess::execute(u"/sbin/mkfs.ext4"_s, {u"-q"_s, u"-d"_s, u"host"_s, u"host.ext4"_s, u"16M"_s}), 0);
    putMachine("echo \" Xen $(wc -c <disk) bytes\" >&3; sleep 60");
    for (const QString& text : {u"~/host.ext4"_s, u"host.ext4"_s}) {
        boot(text);
        auto* console = m_gui.find<QPlainTextEdit>(u"bootConsole"_s);
        QTRY_VERIFY_WITH_TIMEOUT(console->toPlainText().contains("Xen 16777216 bytes"_L1), 30'000);
        m_gui.window().boots().cancel();
        QTRY_VERIFY_WITH_TIMEOUT(!m_gui.window().boots().isRunning(), 5'000);
    }
    QVERIFY(QDir::setCurrent(started));
    qputenv("HOME", home);
}

QTEST_MAIN(BootCheckTest)
#include "tst_bootcheck.moc"
