// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "console.h"

#include "cli/json.h"

#include <QCoreApplication>
#include <QFileDevice>
#include <QJsonDocument>

#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

struct Messages {
    Q_DECLARE_TR_FUNCTIONS(Messages)
};

/** Control characters, and the invisible ones that change the order of what is read. */
bool isPrintable(QChar c)
{
    const char16_t code = c.unicode();
    const bool control = code < 0x20 || (code >= 0x7f && code < 0xa0);
    const bool separator = code == 0x2028 || code == 0x2029;
    const bool direction = code == 0x200e || code == 0x200f || (code >= 0x202a && code <= 0x202e)
        || (code >= 0x2066 && code <= 0x2069);
    return !control && !separator && !direction;
}

/** printable() for text that may have lines: each but the first is indented. */
QString printableLines(const QString& text)
{
    QStringList lines = text.split(u'\n', Qt::SkipEmptyParts);
    for (QString& line : lines) {
        line = printable(line);
    }
    return lines.join("\n    "_L1);
}

} // namespace

QString printable(const QString& text)
{
    QString result;
    result.reserve(text.size());
    for (const QChar c : text) {
        const char16_t code = c.unicode();
        if (isPrintable(c)) {
            result += c;
        } else if (code == u'\n') {
            result += "\\n"_L1;
        } else if (code == u'\t') {
            result += "\\t"_L1;
        } else if (code < 0x100) {
            result += "\\x"_L1 + QString::number(code, 16).rightJustified(2, u'0');
        } else {
            result += "\\u"_L1 + QString::number(code, 16).rightJustified(4, u'0');
        }
    }
    return result;
}

QString printableText(const QString& text)
{
    QStringList lines = text.split(u'\n');
    for (QString& line : lines) {
        line = printable(line.replace(u'\t', "    "_L1));
    }
    return lines.join(u'\n');
}

QString problemLine(const Problem& problem, const Project& project)
{
    QString place = problem.where.toString();
    if (place.isEmpty() && problem.where.guest >= 0 && problem.where.guest < project.guests.size()) {
        place = Messages::tr("guest %1").arg(project.guests.at(problem.where.guest).entry);
    }
    const QString start = place.isEmpty() ? QString() : place + ": "_L1;
    return printable(start + severityName(problem.severity) + u'[' + problem.code + "]: "_L1 + problem.text);
}

Console::Console(QIODevice& results, QIODevice& messages, Progress progress)
    : m_results(results),
      m_messages(messages),
      m_progress(progress)
{ }

void Console::write(const QByteArray& bytes)
{
    qint64 done = 0;
    while (m_failure.isEmpty() && done < bytes.size()) {
        errno = 0;
        const qint64 count = m_results.write(bytes.constData() + done, bytes.size() - done);
        if (count <= 0) {
            m_failure = errno == EPIPE ? u"EPIPE"_s : m_results.errorString();
            return;
        }
        done += count;
    }
}

void Console::writeResult(const QString& text)
{
    clearProgress();
    write(text.toUtf8());
}

void Console::writeDocument(QJsonObject document)
{
    document.insert("errors"_L1, m_errors);
    m_documentWritten = true;
    writeResult(QString::fromUtf8(QJsonDocument(document).toJson()));
}

void Console::writeDocument(const QJsonArray& document)
{
    m_documentWritten = true;
    writeResult(QString::fromUtf8(QJsonDocument(document).toJson()));
}

void Console::writeMessage(const QString& text, const QString& remedy)
{
    clearProgress();
    QString lines = text + u'\n';
    if (!remedy.isEmpty()) {
        lines += "    "_L1 + printableLines(remedy) + u'\n';
    }
    m_messages.write(lines.toUtf8());
}

void Console::writeUsage(const QString& text)
{
    m_messages.write(text.toUtf8());
}

void Console::note(const QString& text)
{
    if (!m_quiet) {
        writeMessage(printableLines(text));
    }
}

void Console::live(const QString& text)
{
    if (m_quiet) {
        return;
    }
    clearProgress();
    m_messages.write(printableText(text).toUtf8());
}

void Console::output(const QStringList& lines)
{
    for (const QString& line : lines) {
        writeMessage("    "_L1 + printable(line));
    }
}

void Console::warning(const QString& text)
{
    if (!m_quiet) {
        writeMessage("warning: "_L1 + printableLines(text));
    }
}

void Console::error(const Error& error)
{
    m_errors.append(toJson(error));
    const QString place = error.place.line > 0 ? error.place.toString() + ": "_L1 : QString();
    writeMessage(printable(place) + "error: "_L1 + printableLines(error.message), error.remedy);
}

void Console::usageError(const QString& text, const QString& remedy)
{
    m_errors.append(QJsonObject{{"code"_L1, "usage"_L1}, {"message"_L1, text}, {"remedy"_L1, remedy}});
    writeMessage("error: "_L1 + printableLines(text), remedy);
}

void Console::problems(const QList<Problem>& problems, const Project& project)
{
    for (const Problem& problem : problems) {
        if (!m_quiet || problem.severity == Problem::Severity::Error) {
            writeMessage(problemLine(problem, project), problem.remedy);
        }
    }
}

void Console::drawProgress(const QString& line)
{
    m_messages.write("\r\x1b[K" + line.toUtf8());
    m_progressShown = true;
}

void Console::clearProgress()
{
    if (m_progressShown) {
        m_messages.write("\r\x1b[K");
        m_progressShown = false;
    }
}

int Console::width() const
{
    winsize size{};
    const auto* file = qobject_cast<const QFileDevice*>(&m_messages);
    return file != nullptr && ::ioctl(file->handle(), TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

ExitStatus Console::finish(ExitStatus status)
{
    clearProgress();
    if (m_json && !m_documentWritten) {
        writeDocument(QJsonObject());
    }
    if (m_failure.isEmpty() || m_failure == "EPIPE"_L1) {
        return status;
    }
    writeMessage("error: "_L1 + Messages::tr("Cannot write to the standard output: %1.").arg(printable(m_failure)));
    return status == ExitStatus::Done ? ExitStatus::Failed : status;
}

} // namespace Stowage
