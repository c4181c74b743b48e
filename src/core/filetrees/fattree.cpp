// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "fattree.h"

#include "core/sources/bytes.h"
#include "core/support/units.h"

#include <algorithm>
#include <bit>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

constexpr qint64 EntrySize = 32;
constexpr quint8 LongNameAttributes = 0x0f;
constexpr quint8 LabelAttribute = 0x08;
constexpr quint8 DirectoryAttribute = 0x10;

/** What bytes from 0x80 on are in short names, as the Linux kernel takes them where nothing else is asked for. */
constexpr QStringView Codepage437 = u"ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐"
                                    u"└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0";

/** A label as it stands in a field of 11 bytes. */
QString labelOf(QByteArrayView field)
{
    QString label = QString::fromLatin1(field).trimmed();
    label.removeIf([](QChar c) { return !c.isPrint(); });
    return label == "NO NAME"_L1 ? QString() : label;
}

/** The name of eight and three characters in an entry; flags say which part is in lower case (as Windows NT writes it). */
QString shortNameOf(QByteArrayView entry)
{
    QByteArray bytes = entry.first(11).toByteArray();
    if (bytes[0] == '\x05') {
        bytes[0] = '\xe5';
    }
    const auto flags = static_cast<quint8>(entry[12]);
    const auto part = [&bytes](qsizetype start, qsizetype length, bool lower) {
        QByteArray text = bytes.sliced(start, length);
        while (text.endsWith(' ')) {
            text.chop(1);
        }
        QString name;
        for (const char c : std::as_const(text)) {
            const auto code = static_cast<quint8>(c);
            name += code < 0x80 ? QChar(char16_t{code}) : Codepage437[code - 0x80];
        }
        return lower ? name.toLower() : name;
    };
    const QString base = part(0, 8, (flags & 0x08U) != 0);
    const QString extension = part(8, 3, (flags & 0x10U) != 0);
    return extension.isEmpty() ? base : base + u'.' + extension;
}

quint8 checksumOf(QByteArrayView shortName)
{
    quint8 sum = 0;
    for (const char c : shortName.first(11)) {
        sum = static_cast<quint8>(((sum & 1U) << 7U) + (sum >> 1U) + static_cast<quint8>(c));
    }
    return sum;
}

/** Puts a long name together, whose parts come last one first before the entry that they belong to. */
class LongName
{
public:
    void add(QByteArrayView entry)
    {
        constexpr quint8 Last = 0x40;
        constexpr quint8 MostParts = 20;
        const auto order = static_cast<quint8>(entry[0]);
        const auto sum = static_cast<quint8>(entry[13]);
        const auto part = static_cast<int>(order & 0x1fU);
        if ((order & Last) != 0) {
            m_name.clear();
            m_sum = sum;
            m_next = part <= MostParts ? part : 0;
        }
        if (part == 0 || part != m_next || sum != m_sum) {
            clear();
            return;
        }
        QString text;
        for (const auto& [start, count] : {std::pair(1, 5), std::pair(14, 6), std::pair(28, 2)}) {
            for (int i = 0; i < count; ++i) {
                text += QChar(littleEndianAt<quint16>(entry, start + i * 2));
            }
        }
        m_name = text + m_name;
        --m_next;
    }

    /** The name of the entry @p entry; empty where it has none but its short one. */
    QString take(QByteArrayView entry)
    {
        const bool whole = m_next == 0 && !m_name.isEmpty() && m_sum == checksumOf(entry);
        const qsizetype end = m_name.indexOf(QChar(0));
        const QString name = whole ? m_name.first(end < 0 ? m_name.size() : end) : QString();
        clear();
        return name;
    }

    void clear()
    {
        m_name.clear();
        m_next = 0;
    }

private:
    QString m_name;
    int m_next = 0; ///< Number of the part that has to follow.
    quint8 m_sum = 0;
};

} // namespace

std::optional<FatSuperblock> findFatSuperblock(const QByteArray& head)
{
    const qint64 sector = littleEndianAt<quint16>(head, 11);
    const auto inCluster = littleEndianAt<quint8>(head, 13);
    const qint64 reserved = littleEndianAt<quint16>(head, 14);
    const qint64 tables = littleEndianAt<quint8>(head, 16);
    const qint64 entries = littleEndianAt<quint16>(head, 17);
    const auto small = littleEndianAt<quint16>(head, 19);
    const qint64 sectors = small != 0 ? small : littleEndianAt<quint32>(head, 32);
    const auto smallTable = littleEndianAt<quint16>(head, 22);
    const qint64 tableSectors = smallTable != 0 ? smallTable : littleEndianAt<quint32>(head, 36);
    const bool jumps = head.startsWith('\xeb') || head.startsWith('\xe9');
    if (!hasMagic(head, 510, "\x55\xaa") || !jumps || sector < 512 || sector > 4096
        || !std::has_single_bit(static_cast<quint64>(sector)) || !std::has_single_bit(inCluster) || reserved == 0
        || tables == 0 || tableSectors == 0 || sectors == 0) {
        return {};
    }
    FatSuperblock super;
    const qint64 topSectors = (entries * EntrySize + sector - 1) / sector;
    const qint64 before = reserved + tables * tableSectors + topSectors;
    const qint64 clusters = (sectors - before) / inCluster;
    if (before >= sectors || clusters <= 0 || clusters > 0x0ffffff5) {
        return {};
    }
    constexpr qint64 Most12 = 4084;
    super.bits = smallTable == 0 ? 32 : clusters <= Most12 ? 12 : 16;
    if (tableSectors * sector * 8 / super.bits < clusters + 2 || (super.bits != 32 && entries == 0)) {
        return {};
    }
    const qsizetype extended = super.bits == 32 ? 66 : 38;
    super.clusterSize = sector * inCluster;
    super.clusters = static_cast<quint32>(clusters);
    super.table = reserved * sector;
    super.top = (reserved + tables * tableSectors) * sector;
    super.topSize = entries * EntrySize;
    super.topCluster = super.bits == 32 ? littleEndianAt<quint32>(head, 44) : 0;
    super.data = before * sector;
    super.size = sectors * sector;
    if (const auto signature = littleEndianAt<quint8>(head, extended); signature == 0x29 || signature == 0x28) {
        const auto serial = littleEndianAt<quint32>(head, extended + 1);
        super.uuid =
            u"%1-%2"_s.arg(serial >> 16U, 4, 16, QChar(u'0')).arg(serial & 0xffffU, 4, 16, QChar(u'0')).toUpper();
        super.label = signature == 0x29 ? labelOf(QByteArrayView(head).sliced(extended + 5, 11)) : QString();
    }
    return super;
}

FatTree::FatTree(DiskReader& disk, FatSuperblock super, const QString& name)
    : NodeTree(name),
      m_disk(disk),
      m_super(std::move(super))
{ }

Result<std::unique_ptr<FatTree>> FatTree::open(DiskReader& disk, const QString& name)
{
    QByteArray head(std::min(disk.size(), 4 * KiB), '\0');
    if (auto read = disk.read(0, {head.data(), static_cast<size_t>(head.size())}); !read) {
        return std::unexpected(read.error());
    }
    auto super = findFatSuperblock(head);
    std::unique_ptr<FatTree> tree(new FatTree(disk, super.value_or(FatSuperblock()), name));
    if (!super || super->data > disk.size()) {
        return tree->damaged();
    }
    return tree;
}

QByteArray FatTree::bytesAt(qint64 position, qint64 length) const
{
    const qint64 there = std::clamp<qint64>(m_disk.size() - position, 0, length);
    QByteArray bytes(there, '\0');
    return there > 0 && m_disk.read(position, {bytes.data(), static_cast<size_t>(there)}) ? bytes : QByteArray();
}

bool FatTree::isCluster(quint64 number) const
{
    return number >= 2 && number < quint64{m_super.clusters} + 2;
}

quint32 FatTree::next(quint32 cluster) const
{
    constexpr qint64 Window = 64 * KiB;
    const qint64 place = m_super.table + qint64{cluster} * m_super.bits / 8;
    if (m_windowStart < 0 || place < m_windowStart || place + 4 > m_windowStart + m_window.size()) {
        m_windowStart = place;
        m_window = bytesAt(place, Window);
    }
    const qsizetype at = place - m_windowStart;
    quint32 found = 0;
    if (m_super.bits == 32) {
        found = littleEndianAt<quint32>(m_window, at) & 0x0fffffffU;
    } else if (m_super.bits == 16) {
        found = littleEndianAt<quint16>(m_window, at);
    } else {
        found = (littleEndianAt<quint16>(m_window, at) >> (cluster % 2 * 4)) & 0xfffU;
    }
    return isCluster(found) ? found : 0;
}

QByteArray FatTree::directoryBytes(const Node& directory) const
{
    constexpr qint64 Most = 2 * MiB; // 65536 entries, as the specification says; one in a circle has no end
    if (directory.id == 0) {
        return bytesAt(m_super.top, m_super.topSize);
    }
    QByteArray bytes;
    for (auto cluster = static_cast<quint32>(directory.id); isCluster(cluster) && bytes.size() < Most;
         cluster = next(cluster)) {
        const QByteArray part = bytesAt(m_super.data + (qint64{cluster} - 2) * m_super.clusterSize,
                                        m_super.clusterSize);
        if (part.isEmpty()) {
            break;
        }
        bytes += part;
    }
    return bytes;
}

void FatTree::forEachEntry(const Node& directory, const std::function<bool(const Entry& entry)>& take) const
{
    const QByteArray bytes = directoryBytes(directory);
    LongName longName;
    for (qsizetype at = 0; at + EntrySize <= bytes.size() && bytes[at] != '\0'; at += EntrySize) {
        const QByteArrayView entry = QByteArrayView(bytes).sliced(at, EntrySize);
        const auto attributes = static_cast<quint8>(entry[11]);
        if (entry[0] == '\xe5') {
            longName.clear();
            continue;
        }
        if ((attributes & 0x3fU) == LongNameAttributes) {
            longName.add(entry);
            continue;
        }
        Entry found;
        found.isLabel = (attributes & LabelAttribute) != 0;
        found.shortName = found.isLabel ? labelOf(entry.first(11)) : shortNameOf(entry);
        found.name = longName.take(entry);
        if (found.name.isEmpty()) {
            found.name = found.shortName;
        }
        const bool isDirectory = (attributes & DirectoryAttribute) != 0;
        const quint32 high = m_super.bits == 32 ? littleEndianAt<quint16>(entry, 20) : 0;
        const quint64 cluster = (high << 16U) | littleEndianAt<quint16>(entry, 26);
        found.node = {cluster, {isDirectory ? Type::Directory : Type::File, 0, 0}, false};
        found.node.found.size = isDirectory ? 0 : qint64{littleEndianAt<quint32>(entry, 28)};
        if (!take(found)) {
            return;
        }
    }
}

QString FatTree::label() const
{
    QString label;
    forEachEntry(root().value_or(Node()), [&label](const Entry& entry) {
        label = entry.isLabel ? entry.shortName : QString();
        return label.isEmpty();
    });
    return label.isEmpty() ? m_super.label : label;
}

std::optional<NodeTree::Node> FatTree::root() const
{
    return Node{m_super.topCluster, {Type::Directory, 0, 0}, false};
}

std::optional<NodeTree::Node> FatTree::child(const Node& directory, const QByteArray& name) const
{
    std::optional<Node> found;
    const QString wanted = QString::fromUtf8(name);
    forEachEntry(directory, [&](const Entry& entry) {
        const bool same = !entry.isLabel
            && (entry.name.compare(wanted, Qt::CaseInsensitive) == 0
                || entry.shortName.compare(wanted, Qt::CaseInsensitive) == 0);
        // A directory without a cluster would be the top again.
        const bool sane = entry.node.found.type == Type::File || isCluster(entry.node.id);
        found = same && sane ? std::optional(entry.node) : std::nullopt;
        return !same;
    });
    return found;
}

QByteArrayList FatTree::children(const Node& directory) const
{
    QByteArrayList names;
    forEachEntry(directory, [&names](const Entry& entry) {
        if (!entry.isLabel) {
            names.append(entry.name.toUtf8());
        }
        return names.size() <= MostNames;
    });
    return names;
}

QByteArray FatTree::target(const Node&) const
{
    return {};
}

Result<QByteArray> FatTree::content(const Node& file, qint64 offset, qint64 length) const
{
    QByteArray bytes;
    auto cluster = static_cast<quint32>(file.id);
    for (qint64 skipped = offset / m_super.clusterSize; skipped > 0 && isCluster(cluster); --skipped) {
        cluster = next(cluster);
    }
    qint64 start = offset % m_super.clusterSize;
    while (bytes.size() < length) {
        const qint64 part = std::min(m_super.clusterSize - start, length - bytes.size());
        const qint64 place = m_super.data + (qint64{cluster} - 2) * m_super.clusterSize + start;
        const QByteArray read = isCluster(cluster) ? bytesAt(place, part) : QByteArray();
        if (read.size() != part) {
            return damaged();
        }
        bytes += read;
        start = 0;
        cluster = next(cluster);
    }
    return bytes;
}

} // namespace Stowage
