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

constexpr qsizetype LongestSpecification = 16 * 1024; // xl's scanner crashes soon after.
constexpr std::array Formats{"raw", "qcow", "qcow2", "vhd", "empty", "qed"};

template<typename Words>
bool isOneOf(const QByteArray& text, const Words& words)
{
    return std::ranges::any_of(words, [&text](const char* word) { return text == word; });
}

QByteArray withoutComma(const QByteArray& text)
{
    return text.endsWith(',') ? text.chopped(1) : text;
}

QString quotedText(const QByteArray& text)
{
    constexpr qsizetype enough = 200;
    return text.size() > enough ? QString::fromUtf8(text.first(enough)) + QChar(0x2026) : QString::fromUtf8(text);
}

} // namespace

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
    if (m_text.size() > LongestSpecification) {
        return fail(Error::Code::InvalidInput, DiskSyntax::tr("The text of a disk is longer than xl can read."),
                    DiskSyntax::tr("This is hardly a disk: check the file."));
    }
    while (m_at < m_text.size()) {
        const DiskPart part = nextDiskPart(m_text, m_at);
        if (part.kind == DiskPart::Kind::Stray) {
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

Result<void> DiskParser::take(const DiskPart& part)
{
    switch (part.kind) {
    case DiskPart::Kind::Flag:
        takeFlag(part);
        return {};
    case DiskPart::Kind::Setting:
        return takeSetting(part);
    case DiskPart::Kind::IgnoredPrefix:
    case DiskPart::Kind::FormatPrefix:
    case DiskPart::Kind::ScriptPrefix:
        return takePrefix(part);
    case DiskPart::Kind::UnknownPrefix:
        return error(
            DiskSyntax::tr("xl does not know the prefix \"%1\"").arg(quotedText(m_text.sliced(m_at, part.length))),
            DiskSyntax::tr("Leave it out; a path that holds a colon is "
                           "written last, as target=PATH."));
    case DiskPart::Kind::Positional: {
        const bool comma = m_text[m_at + part.length - 1] == ',';
        return takePositional(m_at, m_at + part.length - (comma ? 1 : 0));
    }
    case DiskPart::Kind::Space:
        if (m_spec.targetEnd == m_at && !m_target) {
            m_spec.targetEnd += part.length; // Between a prefix and its target.
        }
        return {};
    case DiskPart::Kind::Stray:
        break;
    }
    return {};
}

void DiskParser::takeFlag(const DiskPart& part)
{
    const QByteArray whole = withoutComma(m_text.sliced(m_at, part.length));
    if (whole == "cdrom") {
        m_spec.cdrom = true;
        return;
    }
    const qsizetype equals = whole.indexOf('=');
    setOption(equals < 0 ? whole : whole.first(equals), equals < 0 ? QByteArray() : whole.sliced(equals + 1));
}

Result<void> DiskParser::takeSetting(const DiskPart& part)
{
    const QByteArray whole = withoutComma(m_text.sliced(m_at, part.length));
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

Result<void> DiskParser::takePrefix(const DiskPart& part)
{
    m_hadPrefix = true;
    if (!m_target) {
        m_spec.targetBegin = m_spec.targetEnd == m_at ? m_spec.targetBegin : m_at;
        m_spec.targetEnd = m_at + part.length;
    }
    const QByteArray prefix = m_text.sliced(m_at, part.length - 1);
    if (part.kind == DiskPart::Kind::FormatPrefix) {
        return setFormat(prefix, -1, -1);
    }
    if (part.kind == DiskPart::Kind::ScriptPrefix) {
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
        m_spec.targetBegin = m_spec.targetEnd == begin ? m_spec.targetBegin : begin;
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
    m_spec.format = m_spec.cdrom && m_spec.target.isEmpty() ? QByteArray("empty") : m_format.value_or(QByteArray());
    return m_spec;
}

} // namespace Stowage
