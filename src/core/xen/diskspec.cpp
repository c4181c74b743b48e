// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "diskspec.h"

#include "diskparser.h"

#include <QCoreApplication>

#include <algorithm>
#include <limits>
#include <optional>

namespace Stowage
{

namespace
{

struct DiskSyntax {
    Q_DECLARE_TR_FUNCTIONS(DiskSyntax)
};

bool isReadOnly(const DiskSpec& spec)
{
    return spec.cdrom || spec.access == "r" || spec.access == "ro";
}

QByteArray formatOf(const DiskSpec& spec)
{
    return spec.format.isEmpty() ? QByteArray("raw") : spec.format;
}

/** The settings of @p spec that have no place of their own, each with a comma before it. */
QByteArray optionsText(const DiskSpec& spec)
{
    QByteArray result;
    if (spec.cdrom) {
        result += ",devtype=cdrom";
    }
    for (const auto& [key, value] : spec.options) {
        result += ',' + key;
        if (!value.isEmpty()) {
            result += '=' + value;
        }
    }
    return result;
}

QByteArray positionalText(const DiskSpec& spec)
{
    const QByteArray access = spec.access.isEmpty() ? QByteArray(spec.cdrom ? "r" : "rw") : spec.access;
    const QByteArray fields = spec.vdev + ',' + access + optionsText(spec);
    const bool plain = formatOf(spec) == "raw" && !spec.target.isEmpty();
    if (!plain) {
        return spec.target + ',' + spec.format + ',' + fields;
    }
    return (spec.target.startsWith("/dev/") ? "phy:" : "file:") + spec.target + ',' + fields;
}

QByteArray keyValueText(const DiskSpec& spec)
{
    QByteArray result = "vdev=" + spec.vdev;
    if (!spec.format.isEmpty()) {
        result += ",format=" + spec.format;
    }
    if (!spec.access.isEmpty()) {
        result += ",access=" + spec.access;
    }
    // xl drops one comma at the end.
    return result + optionsText(spec) + ",target=" + spec.target + (spec.target.endsWith(',') ? "," : "");
}

/** Whether @p text is what @p spec would be with the target @p path. */
bool reads(const QByteArray& text, const DiskSpec& spec, const QByteArray& path, const QByteArray& format)
{
    const Result<DiskSpec> parsed = parseDiskSpec(text);
    DiskSpec wanted = spec;
    wanted.target = path;
    wanted.format = format;
    wanted.options.removeIf(
        [](const auto& option) { return option.first == "script" && option.second.startsWith("block-"); });
    DiskSpec found = parsed.value_or(DiskSpec());
    found.options.removeIf(
        [](const auto& option) { return option.first == "script" && option.second.startsWith("block-"); });
    return parsed && found.sameMeaning(wanted);
}

} // namespace

bool DiskSpec::sameMeaning(const DiskSpec& other) const
{
    return target == other.target && formatOf(*this) == formatOf(other) && vdev == other.vdev
        && isReadOnly(*this) == isReadOnly(other) && cdrom == other.cdrom && options == other.options;
}

Result<DiskSpec> parseDiskSpec(const QByteArray& text)
{
    return DiskParser(text).parse();
}

QByteArray formatDiskSpec(const DiskSpec& spec)
{
    const QByteArray positional = positionalText(spec);
    const Result<DiskSpec> parsed = parseDiskSpec(positional);
    return parsed && parsed->sameMeaning(spec) ? positional : keyValueText(spec);
}

Result<QList<TextEdit>> diskTargetEdits(const QByteArray& text, const QByteArray& path)
{
    const Result<DiskSpec> spec = parseDiskSpec(text);
    if (!spec) {
        return std::unexpected(spec.error());
    }
    const bool keepsFormat = path.endsWith('.' + formatOf(*spec)) && spec->formatBegin >= 0;
    const QByteArray format = keepsFormat ? formatOf(*spec) : QByteArray("raw");
    QList<TextEdit> formatEdit;
    if (spec->formatBegin >= 0 && formatOf(*spec) != format) {
        formatEdit.append({spec->formatBegin, spec->formatEnd, format});
    }
    const qsizetype begin = std::max<qsizetype>(spec->targetBegin, 0);
    const qsizetype end = std::max<qsizetype>(spec->targetEnd, 0);
    const QByteArray lastComma(path.endsWith(',') ? "," : "");
    const TextEdit atEnd{text.size(), text.size(), ",target=" + path + lastComma};
    QList<QList<TextEdit>> candidates;
    if (spec->targetBegin >= 0) {
        candidates = {{{begin, end, "file:" + path}},
                      {{begin, end, path}},
                      {{begin, end, path + lastComma}},
                      {{begin, end, "file:"}, atEnd},
                      {{begin, end, {}}, atEnd}};
    } else {
        candidates = {{atEnd}};
    }
    for (QList<TextEdit>& edits : candidates) {
        edits += formatEdit;
        std::ranges::sort(edits, {}, &TextEdit::begin);
        if (reads(applyEdits(text, edits), *spec, path, format)) {
            return edits;
        }
    }
    return fail(Error::Code::Unsupported,
                DiskSyntax::tr("\"%1\" cannot be made the target of the disk \"%2\".")
                    .arg(QString::fromUtf8(path), QString::fromUtf8(text)),
                DiskSyntax::tr("Write the disk in the form format=raw,vdev=DEVICE,target=PATH."));
}

QByteArray applyEdits(const QByteArray& text, const QList<TextEdit>& edits)
{
    QByteArray result;
    qsizetype at = 0;
    for (const TextEdit& edit : edits) {
        result += text.sliced(at, edit.begin - at) + edit.text;
        at = edit.end;
    }
    return result + text.sliced(at);
}

namespace
{

/** Whether @p digits is a number from 0 to @p maximum without leading zeros. */
bool isNumberUpTo(const QByteArray& digits, qint64 maximum)
{
    const bool allDigits = !digits.isEmpty()
        && std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; });
    return allDigits && (digits.size() == 1 || !digits.startsWith('0')) && digits.size() < 10
        && digits.toLongLong() <= maximum;
}

/** Whether @p text is letters (a is disk 0, z 25, aa 26) and perhaps a partition number from 1 on. */
bool isLetteredDevice(const QByteArray& text, qint64 maximumDisk, qint64 maximumPartition)
{
    const auto letterEnd = std::ranges::find_if_not(text, [](char c) { return c >= 'a' && c <= 'z'; });
    const qsizetype letters = letterEnd - text.cbegin();
    if (letters == 0 || letters > 6) {
        return false;
    }
    qint64 disk = 0;
    for (const char c : text.first(letters)) {
        disk = disk * 26 + (c - 'a') + 1;
    }
    const QByteArray partition = text.sliced(letters);
    return disk - 1 <= maximumDisk
        && (partition.isEmpty() || (partition != "0" && isNumberUpTo(partition, maximumPartition)));
}

constexpr qint64 MaximumXenDisk = (1 << 20) - 1;
constexpr qint64 MaximumXenPartition = 255;

bool isNumberedDevice(const QByteArray& text)
{
    const qsizetype separator = text.indexOf('p');
    if (separator < 0) {
        return isNumberUpTo(text, MaximumXenDisk);
    }
    return isNumberUpTo(text.first(separator), MaximumXenDisk)
        && isNumberUpTo(text.sliced(separator + 1), MaximumXenPartition);
}

} // namespace

bool isVirtualDevice(const QByteArray& vdev)
{
    constexpr qint64 maximumIdeDisk = 3;
    constexpr qint64 maximumIdePartition = 63;
    constexpr qint64 maximumScsi = 15;
    if (vdev.startsWith("xvd")) {
        return isLetteredDevice(vdev.sliced(3), MaximumXenDisk, MaximumXenPartition);
    }
    if (vdev.startsWith("hd")) {
        return isLetteredDevice(vdev.sliced(2), maximumIdeDisk, maximumIdePartition);
    }
    if (vdev.startsWith("sd")) {
        return isLetteredDevice(vdev.sliced(2), maximumScsi, maximumScsi);
    }
    if (vdev.startsWith('d')) {
        return isNumberedDevice(vdev.sliced(1));
    }
    bool ok = false;
    const bool startsWithDigit = !vdev.isEmpty() && vdev[0] >= '0' && vdev[0] <= '9';
    const qlonglong number = vdev.toLongLong(&ok, 0);
    return startsWithDigit && ok && number <= std::numeric_limits<int>::max();
}

} // namespace Stowage
