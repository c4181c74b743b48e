// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "handlerlog.h"

#include <QCoreApplication>
#include <QRegularExpression>

#include <algorithm>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

// Of a handler that says too much, the rest is not kept.
constexpr qsizetype LongestLine = 4096; ///< Bytes.
constexpr int MostLines = 2000;

} // namespace

QByteArray HandlerLog::functions()
{
    // The third stream: what is said inside $(...) is no part of the value.
    return R"(exec 2>&1 3>&1
bbplain() { printf '%s\n' "$*" >&3; }
bbnote() { printf 'NOTE: %s\n' "$*" >&3; }
bbwarn() { printf 'WARNING: %s\n' "$*" >&3; }
bberror() { printf 'ERROR: %s\n' "$*" >&3; }
bbfatal() { printf 'FATAL: %s\n' "$*" >&3; exit 1; }
bbfatal_log() { bbfatal "$@"; }
bbdebug() { shift; printf 'DEBUG: %s\n' "$*" >&3; }
)"_ba;
}

void HandlerLog::take(const QByteArray& piece)
{
    for (const char c : piece) {
        if (c == '\n' || c == '\r') {
            takeLine();
        } else if (m_line.size() < LongestLine) {
            m_line.append(c);
        }
    }
}

void HandlerLog::end()
{
    takeLine();
}

void HandlerLog::takeLine()
{
    QString line = QString::fromUtf8(m_line).trimmed();
    m_line.clear();
    line.removeIf([](QChar c) { return c.category() == QChar::Other_Control; });
    const auto told = [&line](QLatin1StringView mark) -> std::optional<QString> {
        return line.startsWith(mark) ? std::optional(line.sliced(mark.size()).trimmed()) : std::nullopt;
    };
    if (const auto note = told("NOTE:"_L1)) {
        takeProgress(*note);
        add(JobReport::Kind::Message, *note);
    } else if (const auto warning = told("WARNING:"_L1)) {
        add(JobReport::Kind::Warning, *warning);
    } else if (const auto error = told("ERROR:"_L1)) {
        add(JobReport::Kind::Warning, *error);
    } else if (const auto fatal = told("FATAL:"_L1)) {
        m_fatal = *fatal;
        add(JobReport::Kind::Output, *fatal);
    } else if (!takeProgress(line) && !line.isEmpty()) {
        m_lastLine = line;
        add(JobReport::Kind::Output, line);
    }
}

/** "12%" and "(12.34/100%)", of which the last in the line counts; false when there is none. */
bool HandlerLog::takeProgress(const QString& line)
{
    static const QRegularExpression percentage(uR"((?<![\d.])(\d{1,3}(?:\.\d{1,6})?)\s?(?:/100\s?)?%)"_s);
    std::optional<double> percent;
    for (const auto& match : percentage.globalMatch(line)) {
        percent = match.captured(1).toDouble();
    }
    if (!percent || *percent > 100) {
        return false;
    }
    constexpr double Whole = 100;
    m_context.progress.setTotal(m_bytes);
    m_context.progress.setDone(static_cast<qint64>(static_cast<double>(m_bytes) * *percent / Whole));
    return true;
}

void HandlerLog::add(JobReport::Kind kind, const QString& text)
{
    if (text.isEmpty() || m_added > MostLines) {
        return;
    }
    m_context.report.add(kind,
                         m_added < MostLines
                             ? text
                             : QCoreApplication::translate("HandlerLog", "It says more than is kept here."));
    ++m_added;
}

} // namespace Stowage
