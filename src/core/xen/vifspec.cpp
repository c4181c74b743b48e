// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "vifspec.h"

#include "core/support/nearword.h"

#include <QCoreApplication>
#include <QRegularExpression>

#include <algorithm>
#include <array>
#include <limits>

using namespace Qt::StringLiterals;

namespace Stowage
{

namespace
{

struct VifSyntax {
    Q_DECLARE_TR_FUNCTIONS(VifSyntax)
};

/** Keys with a value: xl-network-configuration(5) of Xen 4.20 and later, and the older ones that xl still reads. */
constexpr std::array Keys{"mac", "bridge",  "gatewaydev", "netdev", "type", "model", "vifname", "script",
                          "ip",  "backend", "rate",       "devid",  "mtu",  "vlan",  "accel",   "forwarddev"};
constexpr std::array Flags{"trusted", "untrusted"};

template<typename Words>
bool isOneOf(const QByteArray& text, const Words& words)
{
    return std::ranges::any_of(words, [&text](const char* word) { return text == word; });
}

std::unexpected<Error> error(const QByteArray& text, const QString& why, const QString& remedy)
{
    return fail(Error::Code::InvalidInput,
                VifSyntax::tr("The network interface \"%1\" is not right: %2.").arg(QString::fromUtf8(text), why),
                remedy);
}

bool matches(const QByteArray& value, const QString& pattern)
{
    return QRegularExpression(QRegularExpression::anchoredPattern(pattern)).match(QString::fromUtf8(value)).hasMatch();
}

bool isNumberUpTo(const QByteArray& value, qlonglong maximum)
{
    bool ok = false;
    const qlonglong number = value.toLongLong(&ok, 10);
    return ok && number >= 0 && number <= maximum && matches(value, u"[0-9]+"_s);
}

/** Whether @p value is a rate, and xl can hold its numbers: 32 bits as written, 64 for bytes in an interval. */
bool isRate(const QByteArray& value)
{
    static const QRegularExpression form(
        QRegularExpression::anchoredPattern(u"([0-9]+)([GMK]?)([Bb])/s(?:@([0-9]+)([mu]?s?))?"_s));
    const QRegularExpressionMatch match = form.match(QString::fromUtf8(value));
    bool rateFits = false;
    const quint64 rate = match.captured(1).toUInt(&rateFits);
    if (!match.hasMatch() || !rateFits || rate == 0) {
        return false;
    }
    constexpr quint64 thousand = 1000;
    const QString factor = match.captured(2);
    quint64 bytes = rate * (factor.isEmpty() ? 1 : thousand);
    bytes *= factor == "M"_L1 || factor == "G"_L1 ? thousand : 1;
    bytes *= factor == "G"_L1 ? thousand : 1;
    bytes /= match.captured(3) == "b"_L1 ? 8 : 1;
    quint64 microseconds = 50 * thousand;
    if (match.hasCaptured(4)) {
        bool intervalFits = false;
        microseconds = match.captured(4).toUInt(&intervalFits);
        const QString unit = match.captured(5);
        microseconds *= unit == "s"_L1 || unit.isEmpty() ? thousand * thousand : 1;
        microseconds *= unit.startsWith("m"_L1) ? thousand : 1;
        if (!intervalFits || microseconds == 0 || microseconds > std::numeric_limits<quint32>::max()) {
            return false;
        }
    }
    return bytes <= std::numeric_limits<quint64>::max() / microseconds;
}

/** What is wrong with the value of @p key, and the remedy; an empty first member: nothing. */
std::pair<QString, QString> checkValue(const QByteArray& key, const QByteArray& value)
{
    const QString shown = QString::fromUtf8(value);
    constexpr qlonglong maximumMtu = 65535;
    if (key == "mac" && !matches(value, u"[0-9A-Fa-f]{1,2}(:[0-9A-Fa-f]{1,2}){5}"_s)) {
        return {VifSyntax::tr("\"%1\" is no MAC address").arg(shown),
                VifSyntax::tr("Write six hexadecimal bytes with colons, such as "
                              "00:16:3e:01:02:03.")};
    }
    if (key == "type" && value != "ioemu" && value != "vif") {
        return {VifSyntax::tr("\"%1\" is no type").arg(shown), VifSyntax::tr("Write ioemu or vif.")};
    }
    if (key == "rate" && !isRate(value)) {
        return {VifSyntax::tr("\"%1\" is no rate").arg(shown),
                VifSyntax::tr("Write it like 10Mb/s, 250KB/s or 1MB/s@20ms.")};
    }
    if ((key == "devid" && !isNumberUpTo(value, std::numeric_limits<int>::max()))
        || (key == "mtu" && !isNumberUpTo(value, maximumMtu))) {
        return {VifSyntax::tr("\"%1\" is no number for %2").arg(shown, QString::fromLatin1(key)),
                VifSyntax::tr("Write a decimal number.")};
    }
    if (key == "vlan" && !matches(value, u"[0-9]+p?(/[0-9]+(-[0-9]+)?)*"_s)) {
        return {VifSyntax::tr("\"%1\" is no VLAN").arg(shown), VifSyntax::tr("Write it like 10 or 10p/20/30-35.")};
    }
    return {};
}

Result<std::pair<QByteArray, QByteArray>> parsePair(const QByteArray& text, const QByteArray& part)
{
    if (isOneOf(part, Flags)) {
        return std::pair(part, QByteArray());
    }
    const qsizetype equals = part.indexOf('=');
    const QByteArray key = equals < 0 ? part : part.first(equals);
    if (!isOneOf(key, Keys) && !key.startsWith("colo_")) {
        QByteArrayList known(Keys.begin(), Keys.end());
        known.append(QByteArrayList(Flags.begin(), Flags.end()));
        const QByteArray near = nearWord(key, known);
        return error(text, VifSyntax::tr("xl does not know \"%1\"").arg(QString::fromUtf8(key)),
                     near.isEmpty() ? VifSyntax::tr("See xl-network-configuration(5) for the keys; a "
                                                    "bridge is written bridge=NAME.")
                                    : VifSyntax::tr("Did you mean \"%1\"?").arg(QString::fromLatin1(near)));
    }
    if (equals < 0) {
        return error(text, VifSyntax::tr("\"%1\" has no value").arg(QString::fromLatin1(key)),
                     VifSyntax::tr("Write %1=VALUE.").arg(QString::fromLatin1(key)));
    }
    const QByteArray value = part.sliced(equals + 1);
    if (const auto [why, remedy] = checkValue(key, value); !why.isEmpty()) {
        return error(text, why, remedy);
    }
    return std::pair(key, value);
}

} // namespace

QByteArray VifSpec::value(const QByteArray& key) const
{
    for (auto pair = pairs.crbegin(); pair != pairs.crend(); ++pair) {
        if (pair->first == key) {
            return pair->second;
        }
    }
    return {};
}

QByteArray VifSpec::bridge() const
{
    const QByteArray stated = value("bridge");
    const bool routed = !value("gatewaydev").isEmpty() || !value("netdev").isEmpty();
    return stated.isEmpty() && !routed ? QByteArray("xenbr0") : stated;
}

Result<VifSpec> parseVifSpec(const QByteArray& text)
{
    VifSpec spec;
    for (QByteArray part : text.split(',')) {
    // xl passes over empty parts and over spaces before a part.
        part.remove(0, std::ranges::find_if_not(part, [](char c) { return c == ' '; }) - part.begin());
        if (part.isEmpty()) {
            continue;
        }
        Result<std::pair<QByteArray, QByteArray>> pair = parsePair(text, part);
        if (!pair) {
            return std::unexpected(pair.error());
        }
        spec.pairs.append(std::move(*pair));
    }
    return spec;
}

} // namespace Stowage
