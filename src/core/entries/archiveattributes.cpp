// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "archiveattributes.h"

#include <QCoreApplication>
#include <QHash>
#include <QMap>
#include <QtEndian>

#include <archive.h>
#include <archive_entry.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

namespace Stowage
{

namespace
{

struct Archive {
    Q_DECLARE_TR_FUNCTIONS(ArchiveSource)
};

/** The number of the user or group @p name on this system, which tar asks as well; none when there is no such. */
std::optional<quint32> idOf(const char* name, bool isUser)
{
    std::array<char, 16384> buffer{};
    if (isUser) {
        passwd entry = {};
        passwd* found = nullptr;
        ::getpwnam_r(name, &entry, buffer.data(), buffer.size(), &found);
        return found != nullptr ? std::optional(entry.pw_uid) : std::nullopt;
    }
    group entry = {};
    group* found = nullptr;
    ::getgrnam_r(name, &entry, buffer.data(), buffer.size(), &found);
    return found != nullptr ? std::optional(entry.gr_gid) : std::nullopt;
}

/**
 * The ACL of @p type in the form in which the kernel gives it as an extended attribute (linux/posix_acl_xattr.h); empty
 * when the entry has none. @p path names the archive in errors.
 */
Result<QByteArray> aclAttribute(archive_entry* entry, int type, const QString& path)
{
    if ((archive_entry_acl_types(entry) & type) == 0 || archive_entry_acl_reset(entry, type) <= 0) {
        return QByteArray();
    }
    struct Item {
        quint16 tag = 0;
        quint16 permissions = 0;
        quint32 id = 0;
    };
    static const QHash<int, quint16> tags = {{ARCHIVE_ENTRY_ACL_USER_OBJ, 0x01},  {ARCHIVE_ENTRY_ACL_USER, 0x02},
                                             {ARCHIVE_ENTRY_ACL_GROUP_OBJ, 0x04}, {ARCHIVE_ENTRY_ACL_GROUP, 0x08},
                                             {ARCHIVE_ENTRY_ACL_MASK, 0x10},      {ARCHIVE_ENTRY_ACL_OTHER, 0x20}};
    std::vector<Item> items;
    int itemType = 0;
    int permissions = 0;
    int tag = 0;
    int id = 0;
    const char* name = nullptr;
    while (archive_entry_acl_next(entry, type, &itemType, &permissions, &tag, &id, &name) == ARCHIVE_OK) {
        Item item{tags.value(tag), static_cast<quint16>(permissions & 7), ~0U};
        if (tag == ARCHIVE_ENTRY_ACL_USER || tag == ARCHIVE_ENTRY_ACL_GROUP) {
            if (id == std::numeric_limits<int>::max()) { // what libarchive makes of all that is larger
                return fail(Error::Code::Unsupported,
                            Archive::tr("The archive %1 has an ACL for a user or group with a number above %2.")
                                .arg(path)
                                .arg(id - 1),
                            Archive::tr("Make the archive with \"tar --xattrs --xattrs-include=*\"."),
                            Place::inFile(path));
            }
            const auto known = id >= 0 || name == nullptr ? std::optional(static_cast<quint32>(id))
                                                          : idOf(name, tag == ARCHIVE_ENTRY_ACL_USER);
            if (!known) {
                return fail(Error::Code::InvalidInput,
                            Archive::tr("The archive %1 has an ACL for \"%2\", whom this system does not know.")
                                .arg(path, QString::fromUtf8(name)),
                            Archive::tr("Make the archive with numbers for owners (tar --numeric-owner)."),
                            Place::inFile(path));
            }
            item.id = *known;
        }
        items.push_back(item);
    }
    if (items.size() <= 3) {
        return QByteArray(); // no more than the mode says
    }
    std::ranges::stable_sort(items, {}, [](const Item& item) { return std::pair(item.tag, item.id); });
    constexpr quint32 Version = 2;
    QByteArray bytes(static_cast<qsizetype>(4 + items.size() * 8), '\0');
    char* place = bytes.data();
    qToLittleEndian(Version, place);
    place += 4;
    for (const Item& item : items) {
        qToLittleEndian(item.tag, place);
        qToLittleEndian(item.permissions, place + 2);
        qToLittleEndian(item.id, place + 4);
        place += 8;
    }
    return bytes;
}

} // namespace

Result<QList<ExtendedAttribute>> archiveAttributes(archive_entry* entry, const QString& path)
{
    QMap<QByteArray, QByteArray> values; // what comes twice counts as it comes last
    archive_entry_xattr_reset(entry);
    const char* name = nullptr;
    const void* value = nullptr;
    size_t size = 0;
    while (archive_entry_xattr_next(entry, &name, &value, &size) == ARCHIVE_OK) {
        values.insert(name, QByteArray(static_cast<const char*>(value), static_cast<qsizetype>(size)));
    }
    for (const auto& [type, attribute] : {std::pair(ARCHIVE_ENTRY_ACL_TYPE_ACCESS, "system.posix_acl_access"),
                                          std::pair(ARCHIVE_ENTRY_ACL_TYPE_DEFAULT, "system.posix_acl_default")}) {
        if (values.contains(attribute)) {
            continue; // tar has it in both forms
        }
        const auto acl = aclAttribute(entry, type, path);
        if (!acl) {
            return std::unexpected(acl.error());
        }
        if (!acl->isEmpty()) {
            values.insert(attribute, *acl);
        }
    }
    QList<ExtendedAttribute> attributes;
    for (const auto& [key, bytes] : std::as_const(values).asKeyValueRange()) {
        attributes.append({key, bytes});
    }
    return attributes;
}

quint16 archiveMode(archive_entry* entry)
{
    auto mode = static_cast<quint16>(archive_entry_mode(entry));
    if (archive_entry_acl_reset(entry, ARCHIVE_ENTRY_ACL_TYPE_ACCESS) <= 0) {
        return mode;
    }
    // libarchive has put what the ACL grants the owning group into the mode.
    int type = 0;
    int permissions = 0;
    int tag = 0;
    int id = 0;
    const char* name = nullptr;
    while (archive_entry_acl_next(entry, ARCHIVE_ENTRY_ACL_TYPE_ACCESS, &type, &permissions, &tag, &id, &name)
           == ARCHIVE_OK) {
        if (tag == ARCHIVE_ENTRY_ACL_MASK) {
            mode = static_cast<quint16>((mode & ~S_IRWXG) | ((permissions & 7) << 3));
        }
    }
    return mode;
}

} // namespace Stowage
