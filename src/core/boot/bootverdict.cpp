// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "bootverdict.h"

#include <QRegularExpression>

namespace Stowage
{

using namespace Qt::StringLiterals;

QLatin1StringView stateName(GuestVerdict::State state)
{
    switch (state) {
    case GuestVerdict::State::Waiting:
        return "waiting"_L1;
    case GuestVerdict::State::Started:
        return "started"_L1;
    case GuestVerdict::State::Running:
        return "running"_L1;
    case GuestVerdict::State::Crashed:
        return "crashed"_L1;
    }
    return {};
}

QList<ListedDomain> parseXlList(const QByteArray& listing)
{
    // A name may hold anything but a newline; what follows it does not.
    static const QRegularExpression line(u"^(.+?) +(\\d+) +(\\d+) +(\\d+) +([a-z-]{6}) +[0-9.]+ *$"_s,
                                         QRegularExpression::MultilineOption);
    QList<ListedDomain> domains;
    auto matches = line.globalMatch(QString::fromUtf8(listing));
    while (matches.hasNext()) {
        const auto match = matches.next();
        domains.append({match.captured(1), match.captured(2).toInt(), match.captured(3).toLongLong(),
                        match.captured(4).toInt(), match.captured(5).toLatin1()});
    }
    return domains;
}

} // namespace Stowage
