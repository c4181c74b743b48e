// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "cli/exitstatus.h"
#include "core/project/problem.h"
#include "core/project/project.h"
#include "core/support/result.h"

#include <QIODevice>
#include <QJsonArray>
#include <QJsonObject>

namespace Stowage
{

/** @p text with everything that would move a terminal's cursor or forge a line written as an escape such as "\x1b". */
[[nodiscard]] QString printable(const QString& text);

/** The same for lines: newlines stay, tabs become spaces. */
[[nodiscard]] QString printableText(const QString& text);

/**
 * The two streams of a run. Results go to the first, as text or as exactly one JSON document; messages and progress go
 * to the second. Used on the main thread; borrows the devices, which are open for writing.
 */
class Console
{
public:
    enum class Progress {
        None,
        Lines, ///< A line now and then, for logs.
        Bar, ///< One line that is drawn again and again, for terminals.
    };

    Console(QIODevice& results, QIODevice& messages, Progress progress);

    void setJson(bool json) { m_json = json; }
    [[nodiscard]] bool isJson() const { return m_json; }
    /** Nothing but errors on the message stream. */
    void setQuiet(bool quiet) { m_quiet = quiet; }
    [[nodiscard]] Progress progress() const { return m_quiet ? Progress::None : m_progress; }

    /** Writes @p text to the results; callers make it printable(). For text mode only. */
    void writeResult(const QString& text);
    /** Writes the one JSON document; the errors told so far are added as "errors". */
    void writeDocument(QJsonObject document);
    void writeDocument(const QJsonArray& document);

    /** Writes @p text to the messages as it stands, for help that follows a mistake. */
    void writeUsage(const QString& text);

    /** A line on the message stream. Newlines in @p text continue indented. */
    void note(const QString& text);
    /** Lines that come from elsewhere as they come, not indented; @p text ends with a newline. Nothing when quiet. */
    void live(const QString& text);
    void warning(const QString& text);
    void error(const Error& error);
    /** What a failed tool was called with and what it said, indented; nothing for an empty list. */
    void output(const QStringList& lines);
    /** The error of a wrong command line. */
    void usageError(const QString& text, const QString& remedy);
    /** Every problem of @p project on the message stream; when quiet the errors only. */
    void problems(const QList<Problem>& problems, const Project& project);

    /** Draws the progress line, in place of the last one; for Progress::Bar. */
    void drawProgress(const QString& line);
    void clearProgress();
    /** Characters in a line of the terminal; 0 when there is none. */
    [[nodiscard]] int width() const;

    /**
     * Ends the run: in JSON mode writes a document of the errors where none was written yet.
     * @return @p status, or Failed when the results could not be written for another reason than a reader who left.
     */
    [[nodiscard]] ExitStatus finish(ExitStatus status);

private:
    void write(const QByteArray& bytes);
    void writeMessage(const QString& text, const QString& remedy = {});

    QIODevice& m_results;
    QIODevice& m_messages;
    Progress m_progress;
    bool m_json = false;
    bool m_quiet = false;
    bool m_documentWritten = false;
    bool m_progressShown = false;
    QString m_failure;
    QJsonArray m_errors;
};

/** "file:line:column: error[code]: text", with the guest in place of an unknown file; one printable line. */
[[nodiscard]] QString problemLine(const Problem& problem, const Project& project);

} // namespace Stowage
