// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "bootverdict.h"

#include <QCoreApplication>

#include <algorithm>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

struct Verdict {
    Q_DECLARE_TR_FUNCTIONS(BootVerdict)
};

constexpr qsizetype LongestReason = 200; // characters

} // namespace

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
    static const QRegularExpression pattern(u"^(.+?) +(\\d+) +(\\d+) +(\\d+) +([a-z-]{6}) +[0-9.]+ *$"_s);
    constexpr qsizetype LongestLine = 512; // the time that the search takes grows with the square of it
    QList<ListedDomain> domains;
    for (const QByteArrayView line : QLatin1StringView(listing).tokenize('\n'_L1)) {
        if (line.size() > LongestLine) {
            continue;
        }
        const auto match = pattern.match(QString::fromUtf8(line));
        if (match.hasMatch()) {
            domains.append({match.captured(1), match.captured(2).toInt(), match.captured(3).toLongLong(),
                            match.captured(4).toInt(), match.captured(5).toLatin1()});
        }
    }
    return domains;
}

void judgeGuest(GuestVerdict& guest, const QRegularExpression& pattern, const QList<ListedDomain>& domains,
                const QHash<int, GuestConsole>& consoles)
{
    const auto crash = [&guest](const QString& reason) {
        guest.state = GuestVerdict::State::Crashed;
        guest.reason = reason;
    };
    const auto listed = std::ranges::find(domains, guest.name, &ListedDomain::name);
    if (listed == domains.cend()) {
        if (guest.domain >= 0 && guest.state != GuestVerdict::State::Crashed) {
            crash(Verdict::tr("it was in \"xl list\", and is there no more"));
        }
        return;
    }
    if (guest.domain >= 0 && guest.domain != listed->domain) {
        crash(Verdict::tr("it was started again: domain %1 became %2").arg(guest.domain).arg(listed->domain));
    }
    if (guest.state == GuestVerdict::State::Waiting) {
        guest.reason.clear();
    }
    guest.domain = listed->domain;
    guest.memoryMiB = std::max(guest.memoryMiB, listed->memoryMiB);
    guest.vcpus = std::max(guest.vcpus, listed->vcpus);
    if (const auto console = consoles.constFind(guest.domain); console != consoles.cend()) {
        guest.console = QString::fromUtf8(console->text());
    }
    if (guest.state == GuestVerdict::State::Crashed) {
        return;
    }
    const qsizetype panic = guest.console.indexOf("Kernel panic - not syncing"_L1);
    if (panic >= 0) {
        crash(guest.console.mid(panic, LongestReason).section(u'\n', 0, 0));
    } else if (listed->state.contains('c')) {
        crash(Verdict::tr("\"xl list\" says that it crashed"));
    } else if (pattern.match(guest.console).hasMatch()) {
        guest.state = GuestVerdict::State::Running;
    } else {
        guest.state = GuestVerdict::State::Started;
    }
}

} // namespace Stowage
