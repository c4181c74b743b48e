// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "diskscanner.h"

#include <QByteArrayView>

#include <algorithm>
#include <array>

namespace Stowage
{

namespace
{

using Kind = DiskPart::Kind;

constexpr std::array SettingKeys{"format",        "devtype",     "access",     "backend",   "backendtype",
                                 "specification", "vdev",        "script",     "colo-host", "colo-port",
                                 "colo-export",   "active-disk", "hidden-disk"};
/** Settings without a value; xl compares grant_usage as a whole. */
constexpr std::array Flags{"cdrom",   "direct-io-safe", "discard",   "no-discard",    "colo",
                           "no-colo", "trusted",        "untrusted", "grant_usage=0", "grant_usage=1"};
constexpr std::array IgnoredPrefixes{"tapdisk", "tap", "tap2", "aio", "ioemu", "file", "phy"};
constexpr std::array FormatPrefixes{"raw", "qcow", "qcow2", "vhd"};
constexpr std::array ScriptPrefixes{"iscsi", "nbd", "enbd", "drbd"};
constexpr QByteArrayView TargetKey("target");

bool isSpace(char c)
{
    return c == ' ' || c == '\t' || c == '\n';
}

bool isLower(char c)
{
    return c >= 'a' && c <= 'z';
}

bool isLowerOrDigit(char c)
{
    return isLower(c) || (c >= '0' && c <= '9');
}

/** Bytes of @p text up to the end of the line that holds the byte @p from. */
qsizetype lineLength(QByteArrayView text, qsizetype from)
{
    const qsizetype newline = text.indexOf('\n', from);
    return newline < 0 ? text.size() : newline;
}

DiskPart spacePart(QByteArrayView rest)
{
    const qsizetype spaces = std::ranges::find_if_not(rest, isSpace) - rest.begin();
    if (spaces == 0) {
        return {};
    }
    return {Kind::Space, spaces == rest.size() ? spaces : lineLength(rest, spaces), spaces, 0};
}

DiskPart flagPart(QByteArrayView rest)
{
    DiskPart best;
    for (const QByteArrayView flag : Flags) {
        if (rest.startsWith(flag)) {
            const qsizetype length = flag.size() + (flag.size() < rest.size() && rest[flag.size()] == ',' ? 1 : 0);
            if (length > best.weight) {
                best = {Kind::Flag, length, length, 0};
            }
        }
    }
    return best;
}

DiskPart settingPart(QByteArrayView rest)
{
    const qsizetype keyLength = rest.indexOf('=');
    if (keyLength < 0) {
        return {};
    }
    const QByteArrayView key = rest.first(keyLength);
    if (key == TargetKey) {
        const qsizetype length = lineLength(rest, 0);
        return {Kind::Setting, length, length, keyLength};
    }
    if (std::ranges::find(SettingKeys, key) == SettingKeys.end()) {
        return {};
    }
    const qsizetype comma = rest.indexOf(',');
    const qsizetype length = comma < 0 ? rest.size() : comma + 1;
    return {Kind::Setting, length, length, keyLength};
}

Kind prefixKind(QByteArrayView prefix)
{
    const auto isOneOf = [prefix](const auto& words) { return std::ranges::find(words, prefix) != words.end(); };
    if (isOneOf(IgnoredPrefixes)) {
        return Kind::IgnoredPrefix;
    }
    if (isOneOf(FormatPrefixes)) {
        return Kind::FormatPrefix;
    }
    return isOneOf(ScriptPrefixes) ? Kind::ScriptPrefix : Kind::UnknownPrefix;
}

DiskPart prefixPart(QByteArrayView rest)
{
    const qsizetype colon = std::ranges::find_if_not(rest, isLowerOrDigit) - rest.begin();
    if (colon == 0 || colon == rest.size() || rest[colon] != ':' || !isLower(rest.front())) {
        return {};
    }
    const qsizetype length = colon + 1;
    const Kind kind = prefixKind(rest.first(colon));
    if (kind != Kind::UnknownPrefix) {
        return {kind, lineLength(rest, 0), length, 0};
    }
    if (length == rest.size() || isLowerOrDigit(rest[length])) {
        return {kind, length, length, 0};
    }
    return {kind, lineLength(rest, length + 1), length, 0};
}

DiskPart positionalPart(QByteArrayView rest)
{
    const auto end = std::ranges::find_if(rest, [](char c) { return c == ',' || c == '='; });
    const qsizetype length = (end - rest.begin()) + (end != rest.end() && *end == ',' ? 1 : 0);
    return {Kind::Positional, length, length, 0};
}

} // namespace

DiskPart nextDiskPart(const QByteArray& text, qsizetype at)
{
    const QByteArrayView rest = QByteArrayView(text).sliced(at);
    DiskPart best;
    for (const auto read : {spacePart, flagPart, settingPart, prefixPart, positionalPart}) {
        if (const DiskPart part = read(rest); part.weight > best.weight) {
            best = part;
        }
    }
    return best;
}

} // namespace Stowage
