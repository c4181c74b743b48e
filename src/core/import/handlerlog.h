// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/jobs/job.h"

namespace Stowage
{

/**
 * Follows what a handler of the user's says while it runs: messages and warnings go to the report, a percentage moves the
 * progress. Takes any bytes, and remembers little of much. Used on the worker thread.
 */
class HandlerLog
{
public:
    /** @p bytes: of the image that will be made, of which the percentages are. */
    HandlerLog(JobContext& context, qint64 bytes) : m_context(context), m_bytes(bytes) { }

    /** The shell functions of BitBake's that speak so that this class hears it. */
    [[nodiscard]] static QByteArray functions();

    void take(const QByteArray& piece);
    /** Takes what was said last as a line, however it ended. */
    void end();

    /** What bbfatal was called with; empty: it was not. */
    [[nodiscard]] QString fatal() const { return m_fatal; }
    /** The last line that was neither a message nor progress. */
    [[nodiscard]] QString lastLine() const { return m_lastLine; }

private:
    void takeLine();
    bool takeProgress(const QString& line);
    void add(JobReport::Kind kind, const QString& text);

    JobContext& m_context;
    qint64 m_bytes;
    QByteArray m_line;
    QString m_fatal;
    QString m_lastLine;
    int m_added = 0;
};

} // namespace Stowage
