// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "diskparser.h"

#include <QCoreApplication>
#include <QString>

#include <algorithm>
#include <array>
#include <cstdlib>

namespace Stowage
{

namespace
{

struct DiskSyntax {
    Q_DECLARE_TR_FUNCTIONS(DiskSyntax)
};

/** Settings with a value, of xl 4.20. */
constexpr std::array SettingKeys{"format",        "devtype",     "access",     "backend",   "backendtype",
                                 "specification", "vdev",        "script",     "colo-host", "colo-port",
                                 "colo-export",   "active-disk", "hidden-disk"};
/** Settings without; grant_usage is none, but xl compares it as a whole. */
constexpr std::array Flags{"cdrom",   "direct-io-safe", "discard",   "no-discard",    "colo",
                           "no-colo", "trusted",        "untrusted", "grant_usage=0", "grant_usage=1"};
constexpr std::array IgnoredPrefixes{"tapdisk", "tap", "tap2", "aio", "ioemu", "file", "phy"};
constexpr std::array FormatPrefixes{"raw", "qcow", "qcow2", "vhd"};
constexpr std::array ScriptPrefixes{"iscsi", "nbd", "enbd", "drbd"};
constexpr std::array Formats{"raw", "qcow", "qcow2", "vhd", "empty", "qed"};

template<typename Words>
bool isOneOf(const QByteArray& text, const Words& words)
{
    return std::ranges::any_of(words, [&text](const char* word) { return text == word; });
}

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

QByteArray withoutComma(const QByteArray& text)
{
    return text.endsWith(',') ? text.chopped(1) : text;
}

QString quotedText(const QByteArray& text)
{
    return QString::fromUtf8(text);
}

} // namespace

qsizetype DiskParser::lineEnd(qsizetype from) const
{
    if (from <= m_lineEnd) {
        return m_lineEnd;
    }
    const qsizetype newline = m_text.indexOf('\n', from);
    return newline < 0 ? m_text.size() : newline;
}

DiskParser::Part DiskParser::settingPart() const
{
    const QByteArrayView rest = QByteArrayView(m_text).sliced(m_at);
    Part best;
    for (const char* flag : Flags) {
        if (rest.startsWith(flag)) {
            const auto size = static_cast<qsizetype>(qstrlen(flag));
            const qsizetype length = size + (size < rest.size() && rest[size] == ',' ? 1 : 0);
            if (length > best.weight) {
                best = {Part::Kind::Setting, length, length, size};
            }
        }
    }
    for (const char* key : SettingKeys) {
        const auto size = static_cast<qsizetype>(qstrlen(key));
        if (rest.startsWith(key) && size < rest.size() && rest[size] == '=') {
            const qsizetype comma = rest.indexOf(',');
            const qsizetype length = comma < 0 ? rest.size() : comma + 1;
            return {Part::Kind::Setting, length, length, size};
        }
    }
    if (rest.startsWith("target=")) {
        const qsizetype length = lineEnd(m_at) - m_at;
        return {Part::Kind::Setting, length, length, 6};
    }
    return best;
}

DiskParser::Part DiskParser::prefixPart() const
{
    const auto wordEnd = std::find_if_not(m_text.cbegin() + m_at, m_text.cend(), isLowerOrDigit);
    const qsizetype colon = wordEnd - m_text.cbegin();
    if (colon == m_at || colon == m_text.size() || m_text[colon] != ':' || !isLower(m_text[m_at])) {
        return {};
    }
    const qsizetype length = colon + 1 - m_at;
    const QByteArray prefix = m_text.sliced(m_at, length - 1);
    if (isOneOf(prefix, IgnoredPrefixes) || isOneOf(prefix, FormatPrefixes) || isOneOf(prefix, ScriptPrefixes)) {
        return {Part::Kind::Prefix, lineEnd(m_at) - m_at, length, 0};
    }
    const bool wordFollows = colon + 1 < m_text.size() && isLowerOrDigit(m_text[colon + 1]);
    if (wordFollows || colon + 1 == m_text.size()) {
        return {Part::Kind::UnknownPrefix, length, length, 0};
    }
    return {Part::Kind::UnknownPrefix, lineEnd(colon + 2) - m_at, length, 0};
}

DiskParser::Part DiskParser::positionalPart() const
{
    const auto begin = m_text.cbegin() + m_at;
    const auto end = std::find_if(begin, m_text.cend(), [](char c) { return c == ',' || c == '='; });
    const qsizetype length = (end - begin) + (end != m_text.cend() && *end == ',' ? 1 : 0);
    return {length > 0 ? Part::Kind::Positional : Part::Kind::Stray, length, length, 0};
}

/** The reading of what stands at the current place: the longest, as in every scanner that flex makes. */
DiskParser::Part DiskParser::nextPart() const
{
    Part best;
    const auto begin = m_text.cbegin() + m_at;
    const auto firstText = std::find_if_not(begin, m_text.cend(), isSpace);
    if (firstText != begin) {
        const qsizetype spaces = firstText - begin;
        const qsizetype weight = firstText == m_text.cend() ? spaces : lineEnd(m_at + spaces) - m_at;
        best = {Part::Kind::Space, weight, spaces, 0};
    }
    for (const Part& part : {settingPart(), prefixPart(), positionalPart()}) {
        if (part.weight > best.weight) {
            best = part;
        }
    }
    return best;
}

std::unexpected<Error> DiskParser::error(const QString& why, const QString& remedy) const
{
    return fail(Error::Code::InvalidInput,
                DiskSyntax::tr("The disk \"%1\" is not right: %2.").arg(quotedText(m_text), why), remedy);
}

Result<DiskSpec> DiskParser::parse()
{
    if (m_text.contains('\0')) {
        return error(DiskSyntax::tr("it holds a NUL byte"), DiskSyntax::tr("Remove it."));
    }
    while (m_at < m_text.size()) {
        if (m_at > m_lineEnd) {
            m_lineEnd = lineEnd(m_at);
        }
        const Part part = nextPart();
        if (part.kind == Part::Kind::Stray) {
            if (m_at == m_text.size() - 1) {
                break; // xl ignores one stray byte at the very end.
            }
            const qsizetype begin = m_text.lastIndexOf(',', m_at) + 1;
            return error(DiskSyntax::tr("xl does not know the setting \"%1\"")
                             .arg(quotedText(m_text.sliced(begin, m_at - begin)).trimmed()),
                         DiskSyntax::tr("See xl-disk-configuration(5); a path that holds "
                                        "\"=\" or \",\" is written last, as target=PATH."));
        }
        if (const Result<void> taken = take(part); !taken) {
            return std::unexpected(taken.error());
        }
        m_at += part.length;
    }
    return finish();
}

Result<void> DiskParser::take(const Part& part)
{
    switch (part.kind) {
    case Part::Kind::Setting:
        return takeSetting(part);
    case Part::Kind::Prefix:
        m_hadPrefix = true;
        return takePrefix(m_text.sliced(m_at, part.length - 1));
    case Part::Kind::UnknownPrefix:
        return error(
            DiskSyntax::tr("xl does not know the prefix \"%1\"").arg(quotedText(m_text.sliced(m_at, part.length))),
            DiskSyntax::tr("Leave it out; a path that holds a colon is "
                           "written last, as target=PATH."));
    case Part::Kind::Positional: {
        const bool comma = m_text[m_at + part.length - 1] == ',';
        return takePositional(m_at, m_at + part.length - (comma ? 1 : 0));
    }
    case Part::Kind::Space:
    case Part::Kind::Stray:
        break;
    }
    return {};
}

Result<void> DiskParser::takeSetting(const Part& part)
{
    const QByteArray whole = withoutComma(m_text.sliced(m_at, part.length));
    if (isOneOf(whole, Flags)) {
        if (whole == "cdrom") {
            m_spec.cdrom = true;
            return {};
        }
        const qsizetype equals = whole.indexOf('=');
        setOption(equals < 0 ? whole : whole.first(equals), equals < 0 ? QByteArray() : whole.sliced(equals + 1));
        return {};
    }
    const QByteArray key = whole.first(part.keyLength);
    const QByteArray value = whole.sliced(part.keyLength + 1);
    const qsizetype valueBegin = m_at + part.keyLength + 1;
    if (key == "target") {
        const bool empty = !m_target || m_target->isEmpty();
        if (empty) {
            m_spec.targetBegin = valueBegin;
            m_spec.targetEnd = valueBegin + value.size();
        }
        return setString(m_target, DiskSyntax::tr("the target"), value);
    }
    if (key == "format") {
        return setFormat(value, valueBegin, valueBegin + value.size());
    }
    if (key == "vdev") {
        return setString(m_vdev, DiskSyntax::tr("the virtual device"), value);
    }
    if (key == "access") {
        return setAccess(value);
    }
    if (key == "devtype") {
        if (value != "cdrom" && value != "disk") {
            return error(DiskSyntax::tr("\"%1\" is no device type").arg(quotedText(value)),
                         DiskSyntax::tr("Write cdrom or disk."));
        }
        m_spec.cdrom = value == "cdrom";
        return {};
    }
    return takeOption(key, value);
}

Result<void> DiskParser::takeOption(const QByteArray& key, const QByteArray& value)
{
    constexpr std::array backendTypes{"phy", "tap", "qdisk", "standalone"};
    constexpr std::array specifications{"xen", "virtio"};
    const bool enumeration = key == "backendtype" || key == "specification";
    if ((key == "backendtype" && !isOneOf(value, backendTypes))
        || (key == "specification" && !isOneOf(value, specifications))) {
        return error(DiskSyntax::tr("\"%1\" is no %2").arg(quotedText(value), quotedText(key)),
                     key == "backendtype" ? DiskSyntax::tr("Write phy, qdisk, standalone or tap.")
                                          : DiskSyntax::tr("Write xen or virtio."));
    }
    if (key == "colo-port" && static_cast<int>(std::strtol(value.constData(), nullptr, 10)) == 0) {
        return error(DiskSyntax::tr("\"%1\" is no port").arg(quotedText(value)), DiskSyntax::tr("Write a number."));
    }
    for (const auto& [knownKey, knownValue] : std::as_const(m_spec.options)) {
        const bool again = knownKey == key && key != "colo-port";
        if (again && !(enumeration && knownValue == value)) {
            return error(DiskSyntax::tr("%1 is stated twice").arg(quotedText(key)), DiskSyntax::tr("Leave one."));
        }
    }
    if (!value.isEmpty()) {
        setOption(key, value);
    }
    return {};
}

/** Sets an option; of one that is stated several times the last statement counts. */
void DiskParser::setOption(const QByteArray& key, const QByteArray& value)
{
    m_spec.options.removeIf([&key](const auto& option) { return option.first == key; });
    m_spec.options.append({key, value});
}

Result<void> DiskParser::takePrefix(const QByteArray& prefix)
{
    if (!m_target && m_spec.targetBegin < 0) {
        m_spec.targetBegin = m_at;
        m_spec.targetEnd = m_at + prefix.size() + 1;
    }
    if (isOneOf(prefix, FormatPrefixes)) {
        return setFormat(prefix, -1, -1);
    }
    if (isOneOf(prefix, ScriptPrefixes)) {
        return takeOption("script", "block-" + prefix);
    }
    return {};
}

/** Reads "vdev:devtype", an old form; false when @p text is not of it. */
Result<bool> DiskParser::takeDeviceAndType(const QByteArray& text)
{
    const qsizetype colon = text.lastIndexOf(':');
    if (colon < 0) {
        return false;
    }
    if (const Result<void> set = setString(m_vdev, DiskSyntax::tr("the virtual device"), text.first(colon)); !set) {
        return std::unexpected(set.error());
    }
    const QByteArray type = text.sliced(colon + 1);
    if (type != "cdrom" && type != "disk") {
        return error(DiskSyntax::tr("\"%1\" is no device type").arg(quotedText(type)),
                     DiskSyntax::tr("Write cdrom or disk."));
    }
    m_spec.cdrom = type == "cdrom";
    return true;
}

Result<void> DiskParser::takePositional(qsizetype begin, qsizetype end)
{
    const QByteArray value = m_text.sliced(begin, end - begin);
    if (!m_target) {
        m_spec.targetBegin = m_spec.targetBegin < 0 ? begin : m_spec.targetBegin;
        m_spec.targetEnd = end;
        m_target = value;
        return {};
    }
    if (!m_hadPrefix && !m_format) {
        if (m_target->isEmpty()) {
            const Result<bool> taken = takeDeviceAndType(value);
            if (!taken) {
                return std::unexpected(taken.error());
            }
            if (*taken) {
                m_format = "empty";
                return {};
            }
        }
        return setFormat(value, begin, end);
    }
    if (!m_vdev) {
        const Result<bool> taken = takeDeviceAndType(value);
        if (!taken) {
            return std::unexpected(taken.error());
        }
        if (!*taken) {
            m_vdev = value;
        }
        return {};
    }
    if (!m_hadAccess) {
        m_hadAccess = true;
        return setAccess(value);
    }
    return error(DiskSyntax::tr("\"%1\" is one value too many").arg(quotedText(value)),
                 DiskSyntax::tr("The order is target, format, device, access; behind a "
                                "prefix such as file: there is no format."));
}

Result<void> DiskParser::setFormat(const QByteArray& value, qsizetype begin, qsizetype end)
{
    if (!value.isEmpty() && !isOneOf(value, Formats)) {
        return error(DiskSyntax::tr("\"%1\" is no format").arg(quotedText(value)),
                     DiskSyntax::tr("Write raw, qcow, qcow2, vhd or qed; the order "
                                    "is target, format, device, access."));
    }
    const QByteArray format = value.isEmpty() ? QByteArray("raw") : value;
    if (m_format && *m_format != format) {
        return error(DiskSyntax::tr("the format is stated twice, differently"), DiskSyntax::tr("Leave one."));
    }
    m_format = format;
    if (begin >= 0) {
        m_spec.formatBegin = begin;
        m_spec.formatEnd = end;
    }
    return {};
}

Result<void> DiskParser::setAccess(const QByteArray& value)
{
    constexpr std::array known{"", "r", "ro", "w", "rw"};
    if (!isOneOf(value, known)) {
        return error(DiskSyntax::tr("\"%1\" is no access mode").arg(quotedText(value)),
                     DiskSyntax::tr("Write r or rw."));
    }
    m_spec.access = value;
    return {};
}

Result<void> DiskParser::setString(std::optional<QByteArray>& member, const QString& what, const QByteArray& value)
{
    if (member && !member->isEmpty()) {
        return error(DiskSyntax::tr("%1 is stated twice").arg(what), DiskSyntax::tr("Leave one."));
    }
    member = value;
    return {};
}

Result<DiskSpec> DiskParser::finish()
{
    if (!m_vdev) {
        return error(DiskSyntax::tr("the virtual device is missing"), DiskSyntax::tr("Name one, such as xvda."));
    }
    if (!m_target && !m_spec.cdrom) {
        return error(DiskSyntax::tr("the target is missing"), DiskSyntax::tr("Name a file or device."));
    }
    m_spec.target = m_target.value_or(QByteArray());
    m_spec.vdev = *m_vdev;
    m_spec.format = m_format.value_or(QByteArray());
    return m_spec;
}

} // namespace Stowage
