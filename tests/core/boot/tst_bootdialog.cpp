// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "bootcase.h"
#include "core/boot/bootdialog.h"
#include "core/support/uniquefd.h"
#include "fixtures.h"

#include <QDir>
#include <QElapsedTimer>
#include <QTemporaryDir>
#include <QTest>

#include <poll.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

using namespace Stowage;
using namespace Stowage::Test;
using namespace Qt::StringLiterals;

/** The talk with a host: real shells on a real terminal; xl is a script that says what a case needs. */
class TestBootDialog : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void guests_data();
    void guests();
    void host_data();
    void host();
    void missingGuest();
    void hostileConsole_data();
    void hostileConsole();
    void answers();
    void slowConsole();

private:
    [[nodiscard]] QString path(const QString& name) const { return m_directory.filePath(name); }
    void put(const QString& name, const QByteArray& script) const;
    /** Talks with a host that prints @p boot and runs @p login until it is over. */
    void talk(BootDialog& dialog, const QByteArray& boot, const QByteArray& login, bool slow = false);

    QTemporaryDir m_directory;
};

namespace
{

constexpr auto Booting = "echo ' Xen 4.20.1'; echo '(XEN) Command line: x'; echo '[    0.0] Linux version 6.12'\n";
constexpr auto Login = "printf 'dom0 login: '; read name; exec $SHELL_TO_USE\n";
} // namespace

void TestBootDialog::init()
{
    QVERIFY(m_directory.isValid());
    QVERIFY(QDir(path(u"bin"_s)).removeRecursively());
    // journalctl must not tell of the system that the test runs on.
    put(u"journalctl"_s, "echo the journal of xendomains");
    put(u"dmesg"_s, ":");
    put(u"systemctl"_s, "echo inactive");
}

void TestBootDialog::put(const QString& name, const QByteArray& script) const
{
    const QString file = path(u"bin/"_s + name);
    writeFile(file, "#!/bin/sh\n" + script + '\n');
    QVERIFY(QFile(file).setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner));
}

void TestBootDialog::talk(BootDialog& dialog, const QByteArray& boot, const QByteArray& login, bool slow)
{
    constexpr qint64 Haste = 5; // the dialog's clock against ours
    int terminal = -1;
    const pid_t child = ::forkpty(&terminal, nullptr, nullptr, nullptr);
    if (child == 0) {
        ::setenv("PATH", (QFile::encodeName(path(u"bin"_s)) + ":/usr/bin:/bin").constData(), 1);
        ::setenv("TMPDIR", QFile::encodeName(m_directory.path()).constData(), 1);
        const QByteArray script = boot + login;
        ::execl("/bin/sh", "sh", "-c", script.constData(), nullptr);
        ::_exit(127);
    }
    QVERIFY(child > 0);
    const UniqueFd console(terminal);
    QElapsedTimer clock;
    clock.start();
    QByteArray buffer(slow ? 7 : 4096, '\0');
    while (!dialog.isOver() && clock.elapsed() < 30'000) {
        pollfd waiting{terminal, POLLIN, 0};
        if (::poll(&waiting, 1, 10) > 0) {
            const ssize_t got = ::read(terminal, buffer.data(), static_cast<size_t>(buffer.size()));
            dialog.receive(buffer.first(std::max<ssize_t>(got, 0)), clock.elapsed() * Haste);
        }
        const QByteArray typed = dialog.take(clock.elapsed() * Haste);
        QVERIFY(typed.size() <= 16); // what a UART holds
        QCOMPARE(::write(terminal, typed.constData(), static_cast<size_t>(typed.size())), typed.size());
    }
    ::kill(-child, SIGKILL);
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    QVERIFY(dialog.isOver());
}

void TestBootDialog::guests_data()
{
    QTest::addColumn<QByteArray>("later"); // what xl lists from its third call on
    QTest::addColumn<QByteArray>("console");
    QTest::addColumn<QString>("state");
    QTest::addColumn<QString>("reason");
    QTest::addColumn<QByteArray>("shell");
    const QByteArray up = line("web server", 3, "-b----");
    const QByteArray prompt = "printf 'Linux version 6\\nweb login: '; sleep 60";
    for (const QByteArray shell : {"bash --norc", "dash", "busybox sh"}) {
        const auto add = [&shell](const char* name, const QByteArray& later, const QByteArray& console,
                                  const QString& state, const QString& reason = {}) {
            QTest::addRow("%s, %s", name, shell.constData()) << later << console << state << reason << shell;
        };
        add("running", up, prompt, u"running"_s);
        add("crashed", line("web server", 3, "----c-"), "sleep 60", u"crashed"_s, u"\"xl list\" says"_s);
        add("gone", {}, "sleep 60", u"crashed"_s, u"there no more"_s);
        add("again", line("web server", 4, "-b----"), "sleep 60", u"crashed"_s, u"domain 3 became 4"_s);
        add("panic", up, "echo '[ 1.0] Kernel panic - not syncing: VFS'; sleep 60", u"crashed"_s,
            u"not syncing: VFS"_s);
    }
}

void TestBootDialog::guests()
{
    QFETCH(QByteArray, later);
    QFETCH(QByteArray, console);
    QFETCH(QString, state);
    QFETCH(QString, reason);
    QFETCH(QByteArray, shell);
    const QByteArray count = QFile::encodeName(path(u"count"_s));
    const QByteArray domain0 = Header + line("Domain-0", 0, "r-----");
    QFile::remove(path(u"count"_s));
    // First no daemon, then a guest that is being made, then it is there, then what the case says.
    put(u"xl"_s,
        "case $1 in console) " + console + "; exit;; esac\necho >>" + count + "\ncase $(wc -l <" + count
            + ") in\n1) echo 'xl: cannot reach xenstored'; exit 1;;\n2) cat <<'E'\n" + domain0
            + line("web server", 3, "--p---") + "E\n;;\n3) cat <<'E'\n" + domain0 + line("web server", 3, "r-----")
            + "E\n;;\n*) cat <<'E'\n" + domain0 + later + "E\n;;\nesac");
    BootDialog dialog(questions(), "m4rk");
    talk(dialog, Booting, QByteArray(Login).replace("$SHELL_TO_USE", shell));
    QCOMPARE(dialog.stage(), BootStage::Done);
    const GuestVerdict guest = dialog.guests().constFirst();
    QCOMPARE(stateName(guest.state), state);
    QVERIFY2(guest.reason.contains(reason), qPrintable(guest.reason));
    QCOMPARE(guest.memoryMiB, 128);
    QCOMPARE(guest.vcpus, 1);
    const QString shown = dialog.takeShown();
    QVERIFY(!shown.contains("@m4rk list"_L1) || shown.indexOf("@m4rk list"_L1) > shown.indexOf(u" echo"_s));
    if (state == "running"_L1) {
        QCOMPARE(guest.console, u"Linux version 6\nweb login: "_s);
        QVERIFY2(shown.contains("[web server] Linux version 6\n"_L1), qPrintable(shown));
    } else {
        QVERIFY2(shown.contains("the journal of xendomains\n"_L1), qPrintable(shown));
        QCOMPARE(dialog.answers(), QStringList());
    }
}

void TestBootDialog::host_data()
{
    QTest::addColumn<QByteArray>("boot");
    QTest::addColumn<QByteArray>("login");
    QTest::addColumn<QString>("password");
    QTest::addColumn<QString>("message"); // none: it comes up
    const QByteArray asks =
        "printf 'dom0 login: '; read name; printf 'Password: '; stty -echo; read word; stty echo; echo; "
        "[ $name$word = rootse@cret ] || { echo 'Login incorrect'; sleep 60; }; "
        "echo 'Last login: Mon'; PS1='dom0 # ' exec dash -i\n";
    const QByteArray hangs = "sleep 60\n";
    QTest::newRow("password") << QByteArray(Booting) << asks << u"se@cret"_s << QString();
    QTest::newRow("no password") << QByteArray(Booting) << asks << QString() << u"asks for the password of root"_s;
    QTest::newRow("wrong password") << QByteArray(Booting) << asks << u"other"_s << u"does not let root in"_s;
    QTest::newRow("message behind the prompt")
        << QByteArray(Booting)
        << QByteArray("printf 'dom0 login: '; echo '[ 45.4] input: PC Speaker'; read name; exec dash\n") << QString()
        << QString();
    QTest::newRow("no login") << QByteArray(Booting) << QByteArray("PS1='~ # ' exec dash -i\n") << QString()
                              << QString();
    QTest::newRow("message behind the shell's prompt")
        << QByteArray(Booting) << QByteArray("(sleep 1; echo '(XEN) d1v0: a message') & PS1='~ # ' exec dash -i\n")
        << QString() << QString();
    QTest::newRow("asked for Enter")
        << QByteArray(Booting)
        << QByteArray("printf 'Please press Enter to activate this console. '; read x; PS1='~ # ' exec dash -i\n")
        << QString() << QString();
    QTest::newRow("kernel panic") << QByteArray(Booting)
                                  << "echo '[ 1.0] Kernel panic - not syncing: VFS: no root'; " + hangs << QString()
                                  << u"VFS: no root"_s;
    QTest::newRow("xen panic") << QByteArray(Booting) << "echo '(XEN) Panic on CPU 0:'; " + hangs << QString()
                               << u"Xen stopped"_s;
    QTest::newRow("no xl") << QByteArray(Booting) << QByteArray(Login).replace("$SHELL_TO_USE", "dash") << u"gone"_s
                           << u"no xl"_s;
}

void TestBootDialog::host()
{
    QFETCH(QByteArray, boot);
    QFETCH(QByteArray, login);
    QFETCH(QString, password);
    QFETCH(QString, message);
    put(u"xl"_s,
        password == "gone"_L1 ? "echo 'sh: xl: not found'"
                              : "cat <<'E'\n" + QByteArray(Header) + line("Domain-0", 0, "r-----") + "E");
    BootQuestions asked = questions();
    asked.guests.clear();
    asked.password = password;
    BootDialog dialog(asked, "m4rk");
    talk(dialog, boot, login);
    QCOMPARE(dialog.stage(), message.isEmpty() ? BootStage::Done : BootStage::Failed);
    QVERIFY2(dialog.error().message.contains(message), qPrintable(dialog.error().message));
    QCOMPARE(dialog.error().remedy.isEmpty(), message.isEmpty());
}

/** Where the host says that it has started its guests, nobody waits for one that is not there. */
void TestBootDialog::missingGuest()
{
    put(u"xl"_s, "cat <<'E'\n" + QByteArray(Header) + line("Domain-0", 0, "r-----") + "E");
    put(u"systemctl"_s, "echo failed");
    BootDialog dialog(questions(), "m4rk");
    talk(dialog, Booting, QByteArray(Login).replace("$SHELL_TO_USE", "dash"));
    QCOMPARE(dialog.stage(), BootStage::Done);
    QCOMPARE(dialog.guests().constFirst().state, GuestVerdict::State::Waiting);
    QVERIFY2(dialog.guests().constFirst().reason.contains("is not among them"_L1),
             qPrintable(dialog.guests().constFirst().reason));
    QVERIFY(dialog.takeShown().contains("the journal of xendomains\n"_L1));
}

void TestBootDialog::hostileConsole_data()
{
    QTest::addColumn<QByteArray>("console"); // a script; it ends in a prompt
    QTest::addColumn<QString>("start");
    QTest::newRow("escapes") << QByteArray("printf 'a\\033[2Jb\\033]0;c\\007d\\rweb\\000\\b login: '")
                             << u"abdweb login: "_s;
    QTest::newRow("half an escape first")
        << QByteArray("printf 'a\\033['; sleep 2; printf '2Jb\\nweb login: '") << u"ab\nweb login: "_s;
    QTest::newRow("no UTF-8") << QByteArray("printf '\\377\\233x login: '") << u"\ufffd\ufffdx login: "_s;
    QTest::newRow("fake marks") << QByteArray(
        "printf '@m4r list\\n@mark end\\nDomain-9  9 128 1 -b---- 1.0\\nroot@dom0:~# login: '")
                                << u"@m4r list\n@mark end\nDomain-9  9 128 1 -b---- 1.0\nroot@dom0:~# login: "_s;
    QTest::newRow("long line") << QByteArray("head -c 200000 /dev/zero | tr '\\0' x; printf ' login: '")
                               << QString(200'000, u'x');
    QTest::newRow("very long") << QByteArray("head -c 5000000 /dev/zero | tr '\\0' y; sleep 3; printf ' login: '")
                               << QString(50'000, u'y');
}

/** What a guest says is text, whatever it is; it neither hides what follows nor speaks for the host. */
void TestBootDialog::hostileConsole()
{
    QFETCH(QByteArray, console);
    QFETCH(QString, start);
    put(u"xl"_s,
        "case $1 in console) " + console + "; sleep 60;; esac; cat <<'E'\n" + QByteArray(Header)
            + line("Domain-0", 0, "r-----") + line("web server", 1, "-b----") + "E");
    BootDialog dialog(questions(), "m4rk");
    talk(dialog, Booting, QByteArray(Login).replace("$SHELL_TO_USE", "dash"));
    QCOMPARE(dialog.stage(), BootStage::Done);
    const GuestVerdict guest = dialog.guests().constFirst();
    QCOMPARE(guest.state, GuestVerdict::State::Running);
    QCOMPARE(guest.console.first(std::min(start.size(), guest.console.size())), start);
    QVERIFY(guest.console.size() < 1'100'000);
}

void TestBootDialog::answers()
{
    put(u"xl"_s, "cat <<'E'\n" + QByteArray(Header) + line("Domain-0", 0, "r-----") + "E");
    BootQuestions asked = questions({u"echo one; echo two"_s, u"echo \"$((6 * 7))\" >&2; false"_s, u"cd /; pwd"_s});
    asked.guests.clear();
    BootDialog dialog(asked, "m4rk");
    talk(dialog, Booting, QByteArray(Login).replace("$SHELL_TO_USE", "bash --norc"));
    QCOMPARE(dialog.answers(), (QStringList{u"one\ntwo"_s, u"42"_s, u"/"_s}));
}

/** A host whose kernel speaks at any time, and that is read a few bytes at a time. */
void TestBootDialog::slowConsole()
{
    put(u"xl"_s,
        "case $1 in console) printf 'web login: '; sleep 60;; esac; cat <<'E'\n" + QByteArray(Header)
            + line("Domain-0", 0, "r-----") + line("web server", 1, "-b----") + "E");
    BootDialog dialog(questions(), "m4rk");
    const QByteArray noise = "(for i in $(seq 20); do sleep 0.1; echo \"[ $i.0 ] usb: a message\"; done) & ";
    talk(dialog, Booting, noise + QByteArray(Login).replace("$SHELL_TO_USE", "dash"), true);
    QCOMPARE(dialog.stage(), BootStage::Done);
    QCOMPARE(dialog.guests().constFirst().state, GuestVerdict::State::Running);
}

QTEST_GUILESS_MAIN(TestBootDialog)
#include "tst_bootdialog.moc"
