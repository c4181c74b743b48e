// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/boot/bootverdict.h"
#include "core/boot/typist.h"
#include "core/support/result.h"

#include <QSet>
#include <QStringList>

namespace Stowage
{

/** A guest that is to come up by itself. */
struct ExpectedGuest {
    QString name; ///< As in its configuration.
    QRegularExpression pattern; ///< What its console says when it runs.
};

/** What a host is asked on its serial console. */
struct BootQuestions {
    QString user; ///< Who logs in.
    QString password; ///< Empty: there is none.
    QList<ExpectedGuest> guests;
    QStringList commands; ///< Commands for the host's shell, run once its guests are up or down.
};

/**
 * The talk with a host on its serial console: follows it from the first line of Xen to a prompt, logs in, asks `xl list`
 * and the consoles of the guests again and again. Does no I/O: bytes go in and out, times (ms from any start) come with
 * them. What is typed leaves nothing on the host but a directory in /tmp. Not thread-safe.
 */
class BootDialog
{
public:
    /** @p mark: letters and digits that no guest can guess, which tell the dialog's own lines from those of others. */
    BootDialog(BootQuestions questions, QByteArray mark);

    /** Takes what the host has said. */
    void receive(const QByteArray& bytes, qint64 now);
    /** What is to be sent; to be asked ten times a second or so, since pauses mean something too. */
    [[nodiscard]] QByteArray take(qint64 now);
    /** What is new for a person to read: lines of the host, and of its guests with "[name] " before them. */
    [[nodiscard]] QString takeShown();

    [[nodiscard]] BootStage stage() const { return m_stage; }
    /** The last one before it failed, or the present one. */
    [[nodiscard]] BootStage lastStage() const { return m_stage == BootStage::Failed ? m_failedIn : m_stage; }
    [[nodiscard]] bool isOver() const { return m_stage == BootStage::Done || m_stage == BootStage::Failed; }
    /** Why it is Failed. */
    [[nodiscard]] const Error& error() const { return m_error; }
    [[nodiscard]] const QList<GuestVerdict>& guests() const { return m_guests; }
    /** What the commands said, one for each that has run. */
    [[nodiscard]] const QStringList& answers() const { return m_answers; }

    /** Waits no longer for guests: runs the commands, and is over. */
    void finish(qint64 now);

private:
    enum class Block { None, List, Console, Command };

    /** Whether Xen has spoken, and nobody has logged in. */
    [[nodiscard]] bool isComingUp() const { return m_stage == BootStage::Hypervisor || m_stage == BootStage::Kernel; }
    void readLine(const QByteArray& raw, qint64 now);
    [[nodiscard]] bool isEcho(const QByteArray& line) const;
    void readBooting(const QByteArray& line);
    void readFirmware(const QByteArray& line);
    void readMarked(const QByteArray& line, qint64 now);
    void readPrompt(qint64 now);
    void enterShell(qint64 now);
    void poll(qint64 now);
    void nextCommand(qint64 now);
    void judge(qint64 now);
    void endBlock(qint64 now);
    void endConsole();
    void type(const QByteArray& text, qint64 now);
    void failWith(const QString& message, const QString& remedy);

    BootQuestions m_questions;
    QByteArray m_mark;
    BootStage m_stage = BootStage::Firmware;
    BootStage m_failedIn = BootStage::Firmware; ///< If it is Failed.
    Error m_error;
    QList<GuestVerdict> m_guests; ///< In the order of the questions.
    QStringList m_answers;
    QString m_shown;
    bool m_finishing = false;
    bool m_sentUser = false;

    Typist m_typist;
    QSet<QByteArray> m_typedLines; ///< In the shell, for which a person has no use.
    bool m_isTeaching = false; ///< The shell has been sent the script, and not answered.
    QByteArray m_line; ///< Without a newline so far; as it came.
    qint64 m_lastBytes = 0;
    qint64 m_asked = 0; ///< When the last thing was typed.
    qint64 m_nextPoll = -1; ///< -1: an answer is being waited for.
    int m_tries = 0; ///< To get an answer to what was typed last.

    Block m_block = Block::None;
    // None of these grows without end, whatever the host says.
    QByteArray m_listing;
    QList<ListedDomain> m_domains; ///< In the last listing.
    int m_console = -1; ///< Domain whose console is being read.
    QByteArray m_consoleText; ///< Of it, as it came; each line with its end.
    QHash<int, GuestConsole> m_consoles; ///< By domain, of those in m_domains.
    QByteArray m_answer;
    int m_pollsSinceStarted = 0; ///< Since the host says that it has started all its guests.
    bool m_hasNoSystemd = false; ///< The host does not say whether it has started them.
    qint64 m_lastNews = 0; ///< When another domain was in the listing, or one was gone.
    bool m_dropsAnswer = false; ///< Of a command that nobody asked for.
};

} // namespace Stowage
