// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "jobreport.h"

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

QString mark(JobReport::Kind kind)
{
    switch (kind) {
    case JobReport::Kind::Warning:
        return u"! "_s;
    case JobReport::Kind::Command:
        return u"$ "_s;
    case JobReport::Kind::Output:
        return u"| "_s;
    case JobReport::Kind::Message:
        break;
    }
    return {};
}

} // namespace

void JobReport::add(Kind kind, const QString& text)
{
    const std::scoped_lock lock(m_mutex);
    m_lines.append({QDateTime::currentDateTime(), kind, text});
}

QList<JobReport::Line> JobReport::lines() const
{
    const std::scoped_lock lock(m_mutex);
    return m_lines;
}

QString JobReport::toText() const
{
    QString text;
    const QList<Line> all = lines();
    for (const Line& line : all) {
        const QString start = line.time.toString(u"HH:mm:ss.zzz"_s) + u"  "_s + mark(line.kind);
        QString content = line.text;
        while (content.endsWith(u'\n')) {
            content.chop(1);
        }
        text += start + content.replace(u'\n', u'\n' + start) + u'\n';
    }
    return text;
}

} // namespace Stowage
