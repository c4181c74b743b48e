// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "bootdialog.h"

#include "core/boot/bootscript.h"
#include "core/support/units.h"

#include <QCoreApplication>

#include <algorithm>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

struct Dialog {
    Q_DECLARE_TR_FUNCTIONS(BootDialog)
};

// All in ms.
constexpr qint64 PromptIdle = 300; // a line without an end is a prompt when nothing follows for so long
constexpr qint64 OddPromptIdle = 15'000; // ... and whatever it looks like, after the login
constexpr qint64 BareShellIdle = 5000; // ... and nobody asks who logs in
constexpr qint64 LostPromptIdle = 10'000; // a message may have come right behind the prompt: it is asked for again
constexpr qint64 AnswerTime = 60'000; // for anything, on an emulated machine
constexpr qint64 PollInterval = 3000;
constexpr int MostTries = 3;
constexpr qsizetype LongestLine = 65536;
constexpr qsizetype AnswerLimit = MiB; // bytes of what a command said, of which the end is kept
constexpr qsizetype MostConsoles = 128; // that are kept; each is up to 2 MiB
constexpr qsizetype LongestReason = 200; // bytes
constexpr qint64 QuietTime = 120'000; // without a new guest, where nobody says that all have been started
constexpr int LastPolls = 2; // after the host has started its guests, for those that are not there

constexpr auto ControlC = "\x03";

QString oneLine(const QByteArray& line)
{
    return QString::fromUtf8(line.left(LongestReason)).simplified();
}

/** Adds @p line to @p text, unless that has the most that anybody reads. */
void addLine(QByteArray& text, const QByteArray& line)
{
    if (text.size() < AnswerLimit) {
        text += line + '\n';
    }
}

} // namespace

BootDialog::BootDialog(BootQuestions questions, QByteArray mark)
    : m_questions(std::move(questions)),
      m_mark(std::move(mark))
{
    for (const ExpectedGuest& guest : m_questions.guests) {
        GuestVerdict verdict;
        verdict.name = guest.name;
        m_guests.append(verdict);
    }
}

void BootDialog::receive(const QByteArray& bytes, qint64 now)
{
    if (isOver() || bytes.isEmpty()) {
        return;
    }
    m_lastBytes = now;
    m_typist.receive(bytes, now);
    for (const char c : bytes) {
        if (c == '\n' || m_line.size() >= LongestLine) {
            readLine(std::exchange(m_line, {}), now);
        }
        if (c != '\n') {
            m_line += c;
        }
    }
}

QByteArray BootDialog::take(qint64 now)
{
    const qint64 idle = now - m_lastBytes;
    if (!isOver() && m_stage != BootStage::Guests && idle >= PromptIdle) {
        readPrompt(now);
    }
    if (isComingUp() && idle > LostPromptIdle && now - m_asked > LostPromptIdle) {
        type("\n", now);
    }
    if (m_stage == BootStage::Guests && m_nextPoll >= 0 && now >= m_nextPoll) {
        poll(now);
    }
    const bool isSilent = idle > AnswerTime && now - m_asked > AnswerTime && m_typist.isDone();
    if ((m_stage == BootStage::Guests || m_stage == BootStage::LoggingIn) && m_nextPoll < 0 && isSilent) {
        if (++m_tries > MostTries) {
            failWith(Dialog::tr("The host's shell does not answer."),
                     Dialog::tr("Look at its console for what is in the way."));
        } else if (m_stage == BootStage::LoggingIn) {
            m_sentUser = false;
            type("\n", now);
        } else {
            type(ControlC, now);
            enterShell(now);
        }
    }
    return isOver() ? QByteArray() : m_typist.take(now);
}

QString BootDialog::takeShown()
{
    return std::exchange(m_shown, {});
}

void BootDialog::finish(qint64 now)
{
    if (m_finishing || m_stage != BootStage::Guests) {
        return;
    }
    m_finishing = true;
    const bool allRun = std::ranges::all_of(m_guests, [](const GuestVerdict& guest) {
        return guest.state == GuestVerdict::State::Running;
    });
    if (!allRun) { // what the host itself says of it; where it has no journal, in its log files
        m_questions.commands.prepend(
            u"journalctl -b -o cat --no-pager -n 40 -u xendomains 2>&- || tail -n 20 /var/log/xen/*.log"_s);
    }
    m_dropsAnswer = !allRun;
    nextCommand(now);
}

void BootDialog::readLine(const QByteArray& raw, qint64 now)
{
    const QByteArray line = TerminalText().plain(raw);
    if (line.startsWith("@" + m_mark)) {
        readMarked(line.mid(m_mark.size() + 2).trimmed(), now);
        return;
    }
    switch (m_block) {
    case Block::List:
        addLine(m_listing, line);
        return;
    case Block::Console:
        addLine(m_consoleText, raw);
        return;
    case Block::Command:
        m_answer += line + '\n';
        if (m_answer.size() > 2 * AnswerLimit) {
            m_answer = m_answer.last(AnswerLimit);
        }
        break;
    case Block::None:
        if (isEcho(line)) {
            return;
        }
        readBooting(line);
        break;
    }
    m_shown += QString::fromUtf8(line) + u'\n';
}

/**
 * Whether @p line shows what was typed, or a part: a shell that edits lines wraps them, and tears them apart until it has
 * read that it shall have no prompt.
 */
bool BootDialog::isEcho(const QByteArray& line) const
{
    static const QRegularExpression message(u"^(\\[ *\\d+\\.|\\(XEN\\))"_s);
    const auto has = [text = line.trimmed()](const QByteArray& typed) { return typed.contains(text); };
    return line.contains('@' + m_mark) || (!line.trimmed().isEmpty() && std::ranges::any_of(m_typedLines, has))
        || (m_isTeaching && !message.match(QString::fromUtf8(line)).hasMatch());
}

/** A line of Xen, the kernel or the system. */
void BootDialog::readBooting(const QByteArray& line)
{
    const bool isXen = line.contains("(XEN)") || line.startsWith(" Xen ");
    if (m_stage == BootStage::Firmware && isXen) {
        m_stage = BootStage::Hypervisor;
    } else if (m_stage <= BootStage::Hypervisor && line.contains("Linux version")) {
        m_stage = BootStage::Kernel;
    }
    if (m_stage == BootStage::Firmware) {
        readFirmware(line);
    }
    if (line.contains("Panic on CPU") || line.startsWith("(XEN) Reboot disabled")) {
        failWith(Dialog::tr("Xen stopped: %1").arg(oneLine(line)),
                 Dialog::tr("Look at its console for the reason; give the host more memory if that is what it lacks."));
    } else if (m_stage != BootStage::Guests && line.contains("Kernel panic - not syncing")) {
        failWith(Dialog::tr("The host's kernel stopped: %1").arg(oneLine(line)),
                 Dialog::tr(
                     "Look at its console for the reason. A root file system that cannot be mounted means that the "
                     "kernel or its RAM disk has no driver for virtio disks or for ext4."));
    } else if (m_stage == BootStage::LoggingIn && line.contains("Login incorrect")) {
        failWith(Dialog::tr("The host does not let %1 in.").arg(m_questions.user),
                 Dialog::tr("Say the right name and password (--login USER:PASSWORD)."));
    } else if (isComingUp() && line.contains("login: ") && !m_sentUser) {
        m_line.prepend("login: "); // a message came right behind the prompt, which waits all the same
    }
}

/** A line, or its beginning, of the firmware or a boot loader: whether it has given up. */
void BootDialog::readFirmware(const QByteArray& line)
{
    // The last of each row are prompts: of GRUB, the UEFI shell, U-Boot.
    static const QRegularExpression lastWords(u"No bootable device|grub> |grub rescue> |"
                                              "No bootable option or device was found|Shell> |^=> "_s);
    if (lastWords.match(QString::fromUtf8(line)).hasMatch()) {
        failWith(Dialog::tr("The firmware found nothing on the disk that it could start: %1").arg(oneLine(line)),
                 Dialog::tr(
                     "Look at its console. Write the host as a disk with a boot loader for this firmware, or boot "
                     "without firmware."));
    }
}

/** Looks whether the line that has no end is a question. */
void BootDialog::readPrompt(qint64 now)
{
    const QByteArray plain = TerminalText().plain(m_line);
    if (m_stage == BootStage::Firmware) {
        readFirmware(plain);
    }
    static const QRegularExpression shellPrompt(u"[#$%>] ?$"_s);
    const qint64 idle = now - m_lastBytes;
    const QString line = QString::fromUtf8(plain);
    const bool hasShellPrompt = shellPrompt.match(line).hasMatch();
    const bool isLoggedIn = m_stage == BootStage::LoggingIn && m_sentUser && m_typist.isDone();
    const bool isShell = (isLoggedIn && (hasShellPrompt || idle > OddPromptIdle))
        || (isComingUp() && hasShellPrompt && idle > BareShellIdle);
    if (!m_sentUser && line.contains("login: "_L1)) {
        m_sentUser = true;
        m_stage = BootStage::LoggingIn;
        m_line.clear();
        type(m_questions.user.toUtf8() + '\n', now);
    } else if (m_stage == BootStage::LoggingIn && line.endsWith("assword: "_L1)) {
        m_line.clear();
        if (m_questions.password.isEmpty()) {
            failWith(Dialog::tr("The host came up and asks for the password of %1.").arg(m_questions.user),
                     Dialog::tr("Say it with --login %1:PASSWORD; it is typed on its console.").arg(m_questions.user));
        } else {
            type(m_questions.password.toUtf8() + '\n', now);
        }
    } else if (isShell) {
        enterShell(now);
    } else if (isComingUp() && line.contains("press Enter to activate"_L1)) {
        m_line.clear();
        type("\n", now);
    }
}

void BootDialog::enterShell(qint64 now)
{
    m_stage = BootStage::Guests;
    m_block = Block::None;
    m_isTeaching = true;
    m_lastNews = now;
    m_consoles.clear(); // their files are new, and have all again
    type(bootScript(m_mark), now);
    poll(now);
}

void BootDialog::poll(qint64 now)
{
    m_nextPoll = -1;
    type("p\n", now);
}

void BootDialog::nextCommand(qint64 now)
{
    m_nextPoll = -1;
    if (m_questions.commands.isEmpty()) {
        m_stage = BootStage::Done;
        return;
    }
    const QByteArray command = m_questions.commands.takeFirst().simplified().toUtf8();
    type(" echo @" + m_mark + " answer; (" + command + ") 2>&1; echo; echo @" + m_mark + " answered\n", now);
}

void BootDialog::readMarked(const QByteArray& line, qint64 now)
{
    m_tries = 0;
    m_isTeaching = false;
    endBlock(now);
    if (line == "list") {
        m_block = Block::List;
        m_listing.clear();
    } else if (line.startsWith("console ")) {
        m_block = Block::Console;
        m_console = line.mid(8).toInt();
    } else if (line.startsWith("end")) {
        m_block = Block::None;
        const bool hasStarted = line == "end active" || line == "end failed";
        m_hasNoSystemd = line == "end";
        m_pollsSinceStarted = hasStarted ? m_pollsSinceStarted + 1 : 0;
        m_nextPoll = m_finishing ? -1 : now + PollInterval;
        judge(now);
    } else if (line == "answer") {
        m_block = Block::Command;
        m_answer.clear();
    } else if (line == "answered") {
        m_block = Block::None;
        if (!std::exchange(m_dropsAnswer, false)) {
            m_answers.append(QString::fromUtf8(m_answer).trimmed());
        }
        nextCommand(now);
    }
}

/** Files what has come since the last mark. */
void BootDialog::endBlock(qint64 now)
{
    if (m_block == Block::List) {
        const QList<ListedDomain> before = std::exchange(m_domains, parseXlList(m_listing));
        const bool isSame = std::ranges::equal(m_domains, before, {}, &ListedDomain::domain, &ListedDomain::domain);
        m_lastNews = isSame ? m_lastNews : now;
        if (!m_domains.isEmpty()) { // else its daemons are not up, and nobody knows of what is gone
            m_consoles.removeIf([this](const auto& console) {
                return std::ranges::find(m_domains, console.key(), &ListedDomain::domain) == m_domains.cend();
            });
        }
    } else if (m_block == Block::Console) {
        endConsole();
    }
}

/** Files what has come of a guest's console. */
void BootDialog::endConsole()
{
    m_consoleText.chop(1); // the newline that is not the guest's own
    const QByteArray text = std::exchange(m_consoleText, {});
    const auto owner = std::ranges::find(m_domains, m_console, &ListedDomain::domain);
    const bool hasRoom = m_consoles.size() < MostConsoles || m_consoles.contains(m_console);
    if (owner == m_domains.cend() || !hasRoom) {
        return;
    }
    const QByteArrayList lines = m_consoles[m_console].add(text);
    for (const QByteArray& line : lines) {
        m_shown += u'[' + owner->name + "] "_L1 + QString::fromUtf8(line) + u'\n';
    }
}

void BootDialog::judge(qint64 now)
{
    if (m_domains.isEmpty()) {
        if (m_listing.contains("not found")) {
            failWith(Dialog::tr("There is no xl on the host: %1").arg(oneLine(m_listing)),
                     Dialog::tr("Boot a host that has the tools of Xen."));
        }
        return; // its daemons are not up yet
    }
    bool settled = true;
    for (qsizetype i = 0; i < m_guests.size(); ++i) {
        judgeGuest(m_guests[i], m_questions.guests[i].pattern, m_domains, m_consoles);
        const auto state = m_guests[i].state;
        const bool isQuiet = m_hasNoSystemd && now - m_lastNews > QuietTime;
        const bool isMissing = state == GuestVerdict::State::Waiting && (m_pollsSinceStarted >= LastPolls || isQuiet);
        if (isMissing) {
            m_guests[i].reason = isQuiet
                ? Dialog::tr("the host has started nothing more for %1 s, and this is not among its guests")
                      .arg(QuietTime / 1000)
                : Dialog::tr("the host has started its guests, and this is not among them");
        }
        settled = settled
            && (isMissing || state == GuestVerdict::State::Running || state == GuestVerdict::State::Crashed);
    }
    if (settled) {
        finish(now);
    }
}

void BootDialog::type(const QByteArray& text, qint64 now)
{
    m_asked = now;
    m_typist.type(text);
    if (m_stage == BootStage::Guests) {
        for (const QByteArray& line : text.split('\n')) {
            m_typedLines.insert(line.trimmed());
        }
    }
}

void BootDialog::failWith(const QString& message, const QString& remedy)
{
    m_failedIn = lastStage();
    m_stage = BootStage::Failed;
    m_error = Error{Error::Code::ToolFailed, message, remedy, {}};
}

} // namespace Stowage
