// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "blobstore.h"

#include "core/sources/sourcefile.h"
#include "core/support/filecopy.h"
#include "core/support/safepath.h"
#include "core/support/units.h"

#include <QCoreApplication>
#include <QFile>
#include <QFileInfo>

#include <archive.h>
#include <archive_entry.h>

#include <memory>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

struct Blobs {
    Q_DECLARE_TR_FUNCTIONS(ContainerImage)
};

constexpr qsizetype MostMembers = 100'000;
constexpr qint64 MostText = 4 * MiB; ///< Of a manifest, as in the OCI's specification of registries.
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
        if (!isNumber || size < 0 || size > MostText) {
            break;
        }
        position += Block + (size + Block - 1) / Block * Block;
    }
    return position + Block;
}

} // namespace

Result<BlobStore> BlobStore::open(const QString& path)
{
    BlobStore store;
    store.m_path = QFileInfo(path).absoluteFilePath();
    if (QFileInfo(path).isDir()) {
        store.m_isDirectory = true;
        return store;
    }
    const auto file = openRegularFile(path);
    const auto size = file ? sizeOf(*file, path) : std::unexpected(file.error());
    if (!size) {
        return std::unexpected(size.error());
    }
    const std::unique_ptr<archive, FreeArchive> reader(archive_read_new());
    archive_read_support_format_tar(reader.get());
    const auto broken = [&] {
        return fail(Error::Code::InvalidInput,
                    Blobs::tr("Cannot read the archive %1: %2.")
                        .arg(path, QString::fromUtf8(archive_error_string(reader.get()))),
                    Blobs::tr("Fetch or save the image again."), Place::inFile(path));
    };
    constexpr size_t ReadSize = 64 * KiB;
    if (archive_read_open_fd(reader.get(), file->get(), ReadSize) != ARCHIVE_OK) {
        return broken();
    }
    archive_entry* entry = nullptr;
    int status = ARCHIVE_OK;
    while ((status = archive_read_next_header(reader.get(), &entry)) == ARCHIVE_OK) {
        const auto name = entryPath(archive_entry_pathname(entry));
        if (archive_entry_filetype(entry) != AE_IFREG || archive_entry_hardlink(entry) != nullptr || !name) {
            continue;
        }
        const auto data = dataAt(*file, archive_read_header_position(reader.get()), path);
        const qint64 bytes = archive_entry_size(entry);
        if (!data || bytes > *size - *data || store.m_members.size() >= MostMembers) {
            return broken();
        }
        store.m_members.insert(QString::fromUtf8(*name), {store.m_path, *data, bytes});
    }
    return status == ARCHIVE_EOF ? Result<BlobStore>(store) : broken();
}

bool BlobStore::has(const QString& name) const
{
    return find(name).has_value();
}

Result<FileSlice> BlobStore::find(const QString& name) const
{
    const auto missing = [&] {
        return fail(Error::Code::InvalidInput,
                    Blobs::tr("The container image %1 has no file \"%2\" in it.").arg(m_path, name.left(200)),
                    Blobs::tr("Fetch or save the image again."), Place::inFile(m_path));
    };
    if (!m_isDirectory) {
        const auto found = m_members.constFind(name);
        return found == m_members.cend() ? missing() : Result<FileSlice>(*found);
    }
    const auto inside = entryPath(QFile::encodeName(name));
    if (!inside || inside->isEmpty()) {
        return missing();
    }
    const QFileInfo file(m_path + u'/' + QFile::decodeName(*inside));
    const QString real = file.canonicalFilePath();
    if (!file.isFile() || !real.startsWith(QFileInfo(m_path).canonicalFilePath() + u'/')) {
        return missing();
    }
    return FileSlice{real, 0, file.size()};
}

Result<QByteArray> BlobStore::read(const QString& name) const
{
    return find(name).and_then([&](const FileSlice& slice) -> Result<QByteArray> {
        if (slice.size > MostText) {
            return fail(Error::Code::InvalidInput,
                        Blobs::tr("\"%1\" in the container image %2 is larger than it may be.").arg(name, m_path),
                        Blobs::tr("Fetch or save the image again."), Place::inFile(m_path));
        }
        return openRegularFile(slice.path).and_then([&](const UniqueFd& file) {
            return readAt(file, slice.offset, slice.size, slice.path);
        });
    });
}

} // namespace Stowage
