// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "ext4attributes.h"

#include <QCoreApplication>
#include <QFile>
#include <QtEndian>

#include <ext2fs/ext2fs.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <tuple>

namespace Stowage
{

namespace
{

struct Attributes {
    Q_DECLARE_TR_FUNCTIONS(Ext4Attributes)
};

/** The numbers that stand for the beginnings of names. */
struct Prefix {
    QByteArrayView text;
    quint8 index = 0;
};
constexpr std::array Prefixes{Prefix{"user.", 1}, Prefix{"system.posix_acl_access", 2},
                              Prefix{"system.posix_acl_default", 3}, Prefix{"trusted.", 4}, Prefix{"security.", 6}};

/** An attribute in the terms of the disk. */
struct DiskAttribute {
    quint8 index = 0;
    QByteArray name;
    QByteArray value;

    [[nodiscard]] qint64 entryBytes() const { return EXT2_EXT_ATTR_LEN(name.size()); }
    [[nodiscard]] qint64 valueBytes() const { return EXT2_EXT_ATTR_SIZE(value.size()); }
};

constexpr qsizetype HeadBytes = 4; // of a POSIX ACL
constexpr qsizetype EntryBytes = 8; // of one in it: tag, permissions, number
constexpr qsizetype UnnamedBytes = 4; // of one on the disk that needs no number

bool isNamed(quint16 tag)
{
    constexpr quint16 NamedUser = 2;
    constexpr quint16 NamedGroup = 8;
    return tag == NamedUser || tag == NamedGroup;
}

/** A POSIX ACL as the disk has it: version 1, numbers only for named users and groups. None for broken ones. */
std::optional<QByteArray> diskAcl(const QByteArray& value)
{
    if (value.size() < HeadBytes || (value.size() - HeadBytes) % EntryBytes != 0
        || qFromLittleEndian<quint32>(value.constData()) != 2) {
        return std::nullopt;
    }
    QByteArray disk("\1\0\0\0", HeadBytes);
    for (qsizetype at = HeadBytes; at < value.size(); at += EntryBytes) {
        const auto tag = qFromLittleEndian<quint16>(value.constData() + at);
        disk += value.sliced(at, isNamed(tag) ? EntryBytes : UnnamedBytes);
    }
    return disk;
}

Result<DiskAttribute> toDisk(const ExtendedAttribute& attribute, const QByteArray& path)
{
    const auto prefix = std::ranges::find_if(Prefixes, [&](const Prefix& known) {
        return attribute.name.startsWith(known.text);
    });
    const bool acl = prefix != Prefixes.end() && (prefix->index == 2 || prefix->index == 3);
    const auto value = acl ? diskAcl(attribute.value) : std::optional(attribute.value);
    const qsizetype cut = prefix == Prefixes.end() ? 0 : prefix->text.size();
    const QByteArray rest = attribute.name.sliced(cut);
    if (!value || rest.size() > UINT8_MAX || acl != rest.isEmpty()) {
        const QString file = QFile::decodeName(path);
        return fail(Error::Code::Unsupported,
                    Attributes::tr("The extended attribute \"%1\" of %2 cannot be put into an ext4 file system.")
                        .arg(QString::fromUtf8(attribute.name), file),
                    Attributes::tr("Remove the attribute from the source."), Place::inFile(file));
    }
    return DiskAttribute{prefix == Prefixes.end() ? quint8{0} : prefix->index, rest, *value};
}

/** Writes entries from the front and values from the back of @p room; @p base is where offsets count from. */
void place(const QList<DiskAttribute>& attributes, QByteArray& room, qsizetype first, qsizetype base)
{
    char* entryAt = room.data() + first;
    qsizetype valueAt = room.size();
    for (const DiskAttribute& attribute : attributes) {
        ext2_ext_attr_entry entry = {};
        entry.e_name_len = static_cast<quint8>(attribute.name.size());
        entry.e_name_index = attribute.index;
        entry.e_value_size = static_cast<quint32>(attribute.value.size());
        if (!attribute.value.isEmpty()) {
            valueAt -= attribute.valueBytes();
            std::memcpy(room.data() + valueAt, attribute.value.constData(), attribute.value.size());
            entry.e_value_offs = static_cast<quint16>(valueAt - base);
        }
        std::memcpy(entryAt, &entry, sizeof(entry));
        std::memcpy(entryAt + sizeof(entry), attribute.name.constData(), attribute.name.size());
        auto* placed = reinterpret_cast<ext2_ext_attr_entry*>(entryAt);
        placed->e_hash = ext2fs_ext_attr_hash_entry(placed, room.data() + valueAt);
        entryAt += attribute.entryBytes();
    }
}

} // namespace

Result<Ext4AttributeSet> encodeAttributes(const QList<ExtendedAttribute>& attributes, qint64 inodeRoom,
                                          qint64 blockSize, const QByteArray& path)
{
    constexpr qint64 EndBytes = 4; // a zero word ends the entries
    QList<DiskAttribute> list;
    qint64 bytes = EndBytes;
    for (const ExtendedAttribute& attribute : attributes) {
        auto converted = toDisk(attribute, path);
        if (!converted) {
            return std::unexpected(converted.error());
        }
        bytes += converted->entryBytes() + converted->valueBytes();
        list.append(*std::move(converted));
    }
    std::ranges::sort(list, {}, [](const DiskAttribute& attribute) {
        return std::tuple(attribute.index, attribute.name.size(), attribute.name);
    });
    Ext4AttributeSet set;
    constexpr qsizetype MagicBytes = 4;
    constexpr quint32 Magic = EXT2_EXT_ATTR_MAGIC;
    if (list.isEmpty()) {
        return set;
    }
    if (MagicBytes + bytes <= inodeRoom) {
        set.inInode.fill('\0', inodeRoom);
        std::memcpy(set.inInode.data(), &Magic, sizeof(Magic));
        place(list, set.inInode, MagicBytes, MagicBytes);
        return set;
    }
    constexpr qsizetype HeaderBytes = sizeof(ext2_ext_attr_header);
    if (HeaderBytes + bytes > blockSize) {
        const QString file = QFile::decodeName(path);
        return fail(Error::Code::Unsupported,
                    Attributes::tr("The extended attributes of %1 take %2 bytes, more than a block of %3 bytes holds.")
                        .arg(file)
                        .arg(HeaderBytes + bytes)
                        .arg(blockSize),
                    Attributes::tr("Remove some of them from the source."), Place::inFile(file));
    }
    set.inBlock.fill('\0', blockSize);
    place(list, set.inBlock, HeaderBytes, 0);
    auto* header = reinterpret_cast<ext2_ext_attr_header*>(set.inBlock.data());
    header->h_magic = Magic;
    header->h_blocks = 1;
    ext2fs_ext_attr_block_rehash(header, reinterpret_cast<ext2_ext_attr_entry*>(set.inBlock.end()));
    return set;
}

std::optional<QByteArray> attributeFromDisk(const QByteArray& name, const QByteArray& disk)
{
    if (name != "system.posix_acl_access" && name != "system.posix_acl_default") {
        return disk;
    }
    if (disk.size() < HeadBytes || qFromLittleEndian<quint32>(disk.constData()) != 1) {
        return std::nullopt;
    }
    QByteArray value("\2\0\0\0", HeadBytes);
    for (qsizetype at = HeadBytes; at < disk.size();) {
        const qsizetype left = disk.size() - at;
        const bool named = left >= UnnamedBytes && isNamed(qFromLittleEndian<quint16>(disk.constData() + at));
        const qsizetype bytes = named ? EntryBytes : UnnamedBytes;
        if (left < bytes) {
            return std::nullopt;
        }
        value += disk.sliced(at, bytes);
        if (!named) {
            value += QByteArray(EntryBytes - UnnamedBytes, '\xff'); // nobody's number
        }
        at += bytes;
    }
    return value;
}

} // namespace Stowage
