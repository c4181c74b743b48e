// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "blobstore.h"

#include "core/entries/tarmembers.h"
#include "core/sources/sourcefile.h"
#include "core/support/filecopy.h"
#include "core/support/safepath.h"
#include "core/support/units.h"

#include <QCoreApplication>
#include <QFile>
#include <QFileInfo>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

struct Blobs {
    Q_DECLARE_TR_FUNCTIONS(ContainerImage)
};

constexpr qint64 MostText = 4 * MiB; ///< Of a manifest, as in the OCI's specification of registries.

} // namespace

Result<BlobStore> BlobStore::open(const QString& path)
{
    BlobStore store;
    store.m_path = QFileInfo(path).absoluteFilePath();
    if (QFileInfo(path).isDir()) {
        store.m_isDirectory = true;
        return store;
    }
    const auto members = tarMembers(store.m_path, Blobs::tr("Fetch or save the image again."));
    if (!members) {
        return std::unexpected(members.error());
    }
    for (const TarMember& member : *members) {
        if (member.isPlain) {
            store.m_members.insert(QString::fromUtf8(member.path), member.data);
        }
    }
    return store;
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
