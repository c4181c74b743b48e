// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "tarmembers.h"

#include "core/sources/sourcefile.h"
#include "core/support/filecopy.h"
#include "core/support/safepath.h"
#include "core/support/units.h"

#include <QCoreApplication>

#include <archive.h>
#include <archive_entry.h>

#include <memory>

namespace Stowage
{

namespace
{

constexpr size_t MostMembers = 100'000;
constexpr qint64 MostExtension = 4 * MiB; ///< Of an extended header.
constexpr qint64 Block = 512; ///< Of a tar archive.

struct FreeArchive {
    void operator()(archive* handle) const { archive_free(handle); }
};

/** Where the data of a member begin whose headers begin at @p position: long names and extended headers come before its own. */
Result<qint64> dataAt(const UniqueFd& file, qint64 position, const QString& path)
{
    constexpr int MostHeaders = 8;
    for (int i = 0; i < MostHeaders; ++i) {
        const auto header = readAt(file, position, Block, path);
        if (!header) {
            return std::unexpected(header.error());
        }
        if (header->size() < Block || !QByteArrayView("xgLK").contains(header->at(156))) {
            break;
        }
        bool isNumber = false;
        const qint64 size = header->sliced(124, 12).replace('\0', "").trimmed().toLongLong(&isNumber, 8);
        if (!isNumber || size < 0 || size > MostExtension) {
            break;
        }
        position += Block + (size + Block - 1) / Block * Block;
    }
    return position + Block;
}

bool isPlainFile(archive_entry* entry)
{
    return archive_entry_filetype(entry) == AE_IFREG && archive_entry_hardlink(entry) == nullptr
        && archive_entry_sparse_count(entry) == 0;
}

} // namespace

Result<std::vector<TarMember>> tarMembers(const QString& path, const QString& remedy, const std::stop_token& stop)
{
    const auto file = openRegularFile(path);
    const auto size = file ? sizeOf(*file, path) : std::unexpected(file.error());
    if (!size) {
        return std::unexpected(size.error());
    }
    const std::unique_ptr<archive, FreeArchive> reader(archive_read_new());
    archive_read_support_format_tar(reader.get());
    const auto broken = [&] {
        return fail(Error::Code::InvalidInput,
                    QCoreApplication::translate("TarMembers", "Cannot read the archive %1: %2.")
                        .arg(path, QString::fromUtf8(archive_error_string(reader.get()))),
                    remedy, Place::inFile(path));
    };
    constexpr size_t ReadSize = 64 * KiB;
    if (archive_read_open_fd(reader.get(), file->get(), ReadSize) != ARCHIVE_OK) {
        return broken();
    }
    std::vector<TarMember> members;
    archive_entry* entry = nullptr;
    int status = ARCHIVE_OK;
    while ((status = archive_read_next_header(reader.get(), &entry)) == ARCHIVE_OK) {
        if (stop.stop_requested()) {
            return cancelled();
        }
        const auto name = entryPath(archive_entry_pathname(entry));
        if (!name || name->isEmpty()) {
            continue;
        }
        if (members.size() >= MostMembers) {
            return broken();
        }
        TarMember member{.path = *name, .data = {.path = path}, .isPlain = isPlainFile(entry)};
        if (member.isPlain) {
            const auto data = dataAt(*file, archive_read_header_position(reader.get()), path);
            const qint64 bytes = archive_entry_size(entry);
            if (!data || bytes < 0 || *data > *size || bytes > *size - *data) {
                return broken();
            }
            member.data.offset = *data;
            member.data.size = bytes;
        }
        members.push_back(std::move(member));
    }
    return status == ARCHIVE_EOF ? Result<std::vector<TarMember>>(std::move(members)) : broken();
}

} // namespace Stowage
