// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include <QDateTime>
#include <QList>
#include <QString>

#include <mutex>

namespace Stowage
{

/** What a job did, in order: messages, command lines, their output. Thread-safe; can be saved as text. */
class JobReport
{
public:
    enum class Kind { Message, Warning, Command, Output };
    struct Line {
        QDateTime time;
        Kind kind = Kind::Message;
        QString text;
    };

    void add(Kind kind, const QString& text);
    [[nodiscard]] QList<Line> lines() const;
    /** All lines as text for people, a line each, with the time of day. */
    [[nodiscard]] QString toText() const;

private:
    mutable std::mutex m_mutex;
    QList<Line> m_lines;
};

} // namespace Stowage
