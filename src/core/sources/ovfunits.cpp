// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/support/units.h"
#include "ovf.h"

#include <QHash>

#include <limits>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

/** @p one times @p other; 0 where that is no positive number of 63 bits. */
qint64 product(qint64 one, qint64 other)
{
    return one > 0 && other > 0 && one <= std::numeric_limits<qint64>::max() / other ? one * other : 0;
}

/** What a factor such as "1024", "2^20" or "10^6" is; 0 where it is none. */
qint64 factor(const QString& text)
{
    constexpr qint64 MostPower = 62;
    const QStringList parts = text.split(u'^');
    bool isPower = true;
    const qint64 base = parts.first().trimmed().toLongLong();
    const qint64 power = parts.size() == 2 ? parts.last().trimmed().toLongLong(&isPower) : 1;
    if (!isPower || parts.size() > 2 || power < 0 || power > MostPower) {
        return 0;
    }
    qint64 value = base > 0 ? 1 : 0;
    for (qint64 i = 0; i < power; ++i) {
        value = product(value, base);
    }
    return value;
}

} // namespace

qint64 bytesOfUnit(const QString& text)
{
    static const QHash<QString, qint64> names{{u"byte"_s, 1},        {u"b"_s, 1},           {u"kilobyte"_s, KiB},
                                              {u"kb"_s, KiB},        {u"kib"_s, KiB},       {u"megabyte"_s, MiB},
                                              {u"mb"_s, MiB},        {u"mib"_s, MiB},       {u"gigabyte"_s, GiB},
                                              {u"gb"_s, GiB},        {u"gib"_s, GiB},       {u"terabyte"_s, 1024 * GiB},
                                              {u"tb"_s, 1024 * GiB}, {u"tib"_s, 1024 * GiB}};
    const QStringList parts = text.split(u'*');
    QString name = parts.first().trimmed().toLower();
    if (name.size() > 3 && name.endsWith(u's')) {
        name.chop(1);
    }
    qint64 bytes = names.value(name, 0);
    for (const QString& part : parts.sliced(1)) {
        bytes = product(bytes, factor(part));
    }
    return bytes;
}

} // namespace Stowage
