// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "bootcase.h"
#include "core/boot/bootdialog.h"

#include <QTest>

using namespace Stowage;
using namespace Stowage::Test;
using namespace Qt::StringLiterals;

/** What is made of the lines that a host says; there is none, so that it may say anything at any time. */
class TestBootLines : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void plainText();
    void listing();
    void firmware_data();
    void firmware();
    void quietHost();
    void hostileHost();
};

namespace
{

/** A host that is on its shell. */
class Script
{
public:
    explicit Script(BootDialog& dialog) : m_dialog(dialog)
    {
        say(" Xen 4.20\ndom0 login: ");
        say("root\r\ndom0 # ");
    }

    /** Two seconds pass. */
    void say(const QByteArray& text)
    {
        m_dialog.receive(text, m_now += 1000);
        static_cast<void>(m_dialog.take(m_now += 1000));
    }

private:
    BootDialog& m_dialog;
    qint64 m_now = 0;
};

} // namespace

void TestBootLines::plainText()
{
    // The same whole and in pieces of every size.
    const QByteArray said("a\x1b[0;1;39mb\r\n\x1b]0;title\x07"
                          "c\x1b[?2004l\td\x1b(Be\x1b[12\nf\x1b]never ended\ng\x7f\x01h"
                          "\xc2\x9b"
                          "31mi\xc2\x9d"
                          "title\xc2\x9cj\xc2\x85k\xc2\xb0\xc3\x9f\xc2\xc2\x84l");
    for (qsizetype size = 1; size <= said.size(); ++size) {
        TerminalText filter;
        QByteArray plain;
        for (qsizetype i = 0; i < said.size(); i += size) {
            plain += filter.plain(said.mid(i, size));
        }
        QCOMPARE(plain, "ab\nc\tde\nf\nghijk\xc2\xb0\xc3\x9f\xc2l");
    }
}

void TestBootLines::listing()
{
    const QByteArray text = Header + line("Domain-0", 0, "r-----") + line("a guest 7 8", 12, "-b----") + "noise\n";
    QCOMPARE(parseXlList(text),
             (QList<ListedDomain>{{u"Domain-0"_s, 0, 128, 1, "r-----"}, {u"a guest 7 8"_s, 12, 128, 1, "-b----"}}));
    QCOMPARE(parseXlList("xencall: error: Could not obtain handle\n"), QList<ListedDomain>());
    QCOMPARE(parseXlList(line(QByteArray(600, 'x').constData(), 1, "r-----") + line("web", 2, "-b----")),
             (QList<ListedDomain>{{u"web"_s, 2, 128, 1, "-b----"}}));
}

void TestBootLines::firmware_data()
{
    QTest::addColumn<QByteArray>("said");
    QTest::addColumn<QString>("message"); // none: it goes on
    QTest::newRow("SeaBIOS") << QByteArray("Booting from Hard Disk...\nNo bootable device.\n")
                             << u"No bootable device"_s;
    QTest::newRow("EDK II") << QByteArray("BdsDxe: No bootable option or device was found.\n")
                            << u"No bootable option"_s;
    QTest::newRow("UEFI shell") << QByteArray("UEFI Interactive Shell v2.2\nShell> ") << u"Shell>"_s;
    QTest::newRow("GRUB without its files")
        << QByteArray("error: no such device: 1.\r\ngrub rescue> ") << u"grub rescue>"_s;
    QTest::newRow("U-Boot") << QByteArray("Hit any key to stop autoboot:  2 \b\b\b 0\r\n=> ") << u"=>"_s;
    QTest::newRow("boots") << QByteArray("GRUB loading => now\nLoading Xen 4.20 ...\n Xen 4.20.1\ngrub> \n")
                           << QString();
    QTest::newRow("counts down") << QByteArray("The highlighted entry will be executed automatically in 5s.")
                                 << QString();
}

/** A boot loader that gives up is no reason to wait for the end of the time; nothing is typed into one that works. */
void TestBootLines::firmware()
{
    QFETCH(QByteArray, said);
    QFETCH(QString, message);
    BootDialog dialog(questions(), "m4rk");
    dialog.receive(said, 0);
    const QByteArray typed = dialog.take(400) + dialog.take(9000);
    QCOMPARE(typed, QByteArray());
    QCOMPARE(dialog.stage() == BootStage::Failed, !message.isEmpty());
    QVERIFY2(dialog.error().message.contains(message), qPrintable(dialog.error().message));
}

/** Where nobody says that all guests were started, one that does not come is waited for while others still do. */
void TestBootLines::quietHost()
{
    const QByteArray none = "@m4rk list\n" + line("Domain-0", 0, "r-----");
    const QByteArray other = none + line("other", 1, "-b----");
    for (const QByteArray end : {"@m4rk end\n", "@m4rk end inactive\n"}) {
        BootDialog dialog(questions(), "m4rk");
        Script host(dialog);
        for (int i = 0; i < 100; ++i) {
            host.say((i < 50 ? none : other) + end);
            QCOMPARE(dialog.guests().constFirst().reason, QString());
        }
        for (int i = 0; i < 20; ++i) {
            host.say(other + end);
        }
        // systemd would say it
        const bool isMissed = end == "@m4rk end\n";
        QCOMPARE(dialog.guests().constFirst().reason.contains("nothing more for 120 s"_L1), isMissed);
        if (isMissed) {
            host.say("@m4rk answer\nthe logs\n@m4rk answered\n");
        }
        QCOMPARE(dialog.stage(), isMissed ? BootStage::Done : BootStage::Guests);
        QCOMPARE(dialog.guests().constFirst().state, GuestVerdict::State::Waiting);
    }
}

/** A host that lies and never stops talking takes no more memory than one that works. */
void TestBootLines::hostileHost()
{
    const QByteArray much(4 << 20, 'x');
    const QByteArray lines = QByteArray(much).replace(QByteArray(64, 'x'), QByteArray(63, 'x') + '\n');
    const QByteArray list = "@m4rk list\n" + line("Domain-0", 0, "r-----");
    BootDialog dialog(questions(), "m4rk");
    Script host(dialog);
    QCOMPARE(dialog.stage(), BootStage::Guests);

    host.say(list + lines + line("web server", 1, "-b----") + "@m4rk console 1\nweb login: \n@m4rk end\n");
    QCOMPARE(dialog.guests().constFirst().state, GuestVerdict::State::Waiting); // not as far as anybody reads
    static_cast<void>(dialog.takeShown());
    host.say(list + "@m4rk console 77\nof nobody\n\n@m4rk end\n");
    QCOMPARE(dialog.takeShown(), QString());
    host.say(list + line("web server", 1, "-b----") + "@m4rk console 1\n" + lines + "@m4rk end\n");
    QCOMPARE(dialog.guests().constFirst().state, GuestVerdict::State::Started);
    QVERIFY(dialog.takeShown().size() < 2 << 20);
    host.say(list + line("web server", 1, "-b----")
             + "@m4rk console 1\nKernel panic - not syncing: " + much.first(100'000) + "\n@m4rk end\n");
    QCOMPARE(dialog.guests().constFirst().state, GuestVerdict::State::Crashed);
    QVERIFY(dialog.guests().constFirst().reason.size() < 1000);
}

QTEST_GUILESS_MAIN(TestBootLines)
#include "tst_bootlines.moc"
