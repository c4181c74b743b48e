// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "entryname.h"

#include "core/support/safepath.h"

#include <QCoreApplication>

#include <algorithm>

namespace Stowage
{

namespace
{

/** @p name without the suffixes that image files have. */
QString withoutImageSuffix(QString name)
{
    static const QStringList suffixes{QStringLiteral(".gz"),     QStringLiteral(".xz"),       QStringLiteral(".zst"),
                                      QStringLiteral(".bz2"),    QStringLiteral(".tar"),      QStringLiteral(".tgz"),
                                      QStringLiteral(".qcow2"),  QStringLiteral(".qcow"),     QStringLiteral(".img"),
                                      QStringLiteral(".raw"),    QStringLiteral(".ext2"),     QStringLiteral(".ext3"),
                                      QStringLiteral(".ext4"),   QStringLiteral(".wic"),      QStringLiteral(".cfg"),
                                      QStringLiteral(".rootfs"), QStringLiteral(".vmdk"),     QStringLiteral(".vdi"),
                                      QStringLiteral(".vhd"),    QStringLiteral(".vhdx"),     QStringLiteral(".qed"),
                                      QStringLiteral(".lz4"),    QStringLiteral(".lzma"),     QStringLiteral(".zip"),
                                      QStringLiteral(".7z"),     QStringLiteral(".squashfs"), QStringLiteral(".sqfs"),
                                      QStringLiteral(".ova"),    QStringLiteral(".ovf"),      QStringLiteral(".iso")};
    for (qsizetype i = 0; i < suffixes.size(); ++i) {
        if (name.size() > suffixes[i].size() && name.endsWith(suffixes[i], Qt::CaseInsensitive)) {
            name.chop(suffixes[i].size());
            i = -1; // There may be several: .rootfs.ext4.gz
        }
    }
    return name;
}

} // namespace

QString cleanedEntry(const QString& name)
{
    constexpr qsizetype MostCharacters = 64;
    QString cleaned;
    for (const QChar c : withoutImageSuffix(name).normalized(QString::NormalizationForm_KD)) {
        const bool plain = c.unicode() < 0x80 && (c.isLetterOrNumber() || c == u'.' || c == u'_' || c == u'+');
        if (plain) {
            cleaned += c;
        } else if (!c.isMark() && !cleaned.isEmpty() && !cleaned.endsWith(u'-')) {
            cleaned += u'-';
        }
    }
    cleaned.truncate(MostCharacters);
    while (!cleaned.isEmpty() && !cleaned.front().isLetterOrNumber()) {
        cleaned.remove(0, 1);
    }
    while (cleaned.endsWith(u'-') || cleaned.endsWith(u'.')) {
        cleaned.chop(1);
    }
    if (cleaned.isEmpty()) {
        return QStringLiteral("guest");
    }
    // xl takes a bare number for a domain's id.
    return std::ranges::all_of(cleaned, [](QChar c) { return c.isDigit(); }) ? QStringLiteral("guest-") + cleaned
                                                                             : cleaned;
}

Result<void> checkEntryText(const QString& entry)
{
    const auto allowed = [](QChar c) { return c.isPrint() && !c.isSpace() && !QStringView(u":,/\\\"'[]").contains(c); };
    if (entry.isEmpty() || !std::ranges::all_of(entry, allowed)) {
        return fail(
            Error::Code::InvalidInput,
            QCoreApplication::translate("Stowage::EntryName", "\"%1\" cannot be the name of a guest.").arg(entry),
            QCoreApplication::translate("Stowage::EntryName", "Use letters, digits, dots, dashes and underscores."));
    }
    return checkFileName(entry.toUtf8() + ".cfg").and_then([&] { return checkFileName(entry.toUtf8()); });
}

QString freeEntry(const QString& wanted, const QSet<QString>& taken)
{
    QString entry = checkEntryText(wanted) ? wanted : cleanedEntry(wanted);
    if (!taken.contains(entry)) {
        return entry;
    }
    QString base = entry;
    qsizetype digits = 0;
    while (digits < base.size() && base[base.size() - 1 - digits].isDigit()) {
        ++digits;
    }
    if (digits > 0 && digits + 1 < base.size() && base[base.size() - 1 - digits] == u'-') {
        base.chop(digits + 1);
    }
    for (int number = 2;; ++number) {
        QString candidate = QStringLiteral("%1-%2").arg(base).arg(number);
        if (!taken.contains(candidate)) {
            return candidate;
        }
    }
}

} // namespace Stowage
