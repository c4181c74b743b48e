// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "unpackedsource.h"

#include "core/entries/decoders.h"
#include "core/entries/unpack.h"
#include "core/sources/sourcefile.h"
#include "core/support/units.h"

#include <QCoreApplication>
#include <QFileInfo>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

struct Unpacked {
    Q_DECLARE_TR_FUNCTIONS(UnpackedSource)
};

constexpr qint64 LargestImage = 1024 * GiB; // a bomb is not read for hours

/** How an artifact is made; the number grows when what comes out changes. */
QString way(UnpackedSource::Archive archive)
{
    return archive == UnpackedSource::Archive::Whole ? u"decompress 1"_s : u"unpack 1"_s;
}

Result<bool> isPacked(const QString& path, UnpackedSource::Archive archive, const std::stop_token& stop)
{
    if (QFileInfo(path).isDir()) {
        return false;
    }
    return readSample(path, stop, 4 * KiB).transform([archive](const FileSample& sample) {
        const bool isWhole = archive == UnpackedSource::Archive::Whole;
        return !(isWhole ? streamCodec(sample.head) : packing(sample.head)).isEmpty();
    });
}

Error withRoom(Error error, const QString& path, const ArtifactStore& store)
{
    if (error.code == Error::Code::NoSpace) {
        error.message = Unpacked::tr("There is no room in %1 for what %2 has in it.").arg(store.directory(), path);
        error.remedy = Unpacked::tr("Free some space there, or set XDG_CACHE_HOME to a directory with more.");
    }
    return error;
}

} // namespace

Result<UnpackedSource> UnpackedSource::open(const QString& path, Archive archive, Progress& progress,
                                            const std::stop_token& stop)
{
    const auto packed = isPacked(path, archive, stop);
    if (!packed) {
        return std::unexpected(packed.error());
    }
    if (!*packed) {
        return UnpackedSource(path);
    }
    const auto unpack = [&](const QString& to) {
        progress.setStep(Unpacked::tr("Unpacking"));
        return unpackFile(path, to,
                          {.bytes = LargestImage,
                           .data = ArtifactStore::ofUser().room(),
                           .isArchiveWhole = archive == Archive::Whole},
                          progress, stop);
    };
    return make(path, way(archive), unpack, stop).transform_error([&path](const Error& error) {
        return withRoom(error, path, ArtifactStore::ofUser());
    });
}

bool UnpackedSource::isPlain(const QString& path, const std::stop_token& stop)
{
    return !isPacked(path, Archive::File, stop).value_or(false);
}

Result<UnpackedSource> UnpackedSource::make(const QString& path, const QString& how, const ArtifactStore::Make& make,
                                            const std::stop_token& stop)
{
    const ArtifactStore store = ArtifactStore::ofUser();
    return store.get(path, how, make, stop).transform([&path](Artifact artifact) {
        return UnpackedSource(path, std::move(artifact));
    });
}

std::optional<UnpackedSource> UnpackedSource::known(const QString& path, Archive archive, const std::stop_token& stop)
{
    const auto packed = isPacked(path, archive, stop);
    if (!packed) {
        return {};
    }
    if (!*packed) {
        return UnpackedSource(path);
    }
    return ArtifactStore::ofUser().find(path, way(archive)).transform([&path](Artifact artifact) {
        return UnpackedSource(path, std::move(artifact));
    });
}

Error UnpackedSource::withSourceName(Error error) const
{
    if (m_artifact) {
        error.message.replace(m_artifact->path(), m_path);
        error.place.file.replace(m_artifact->path(), m_path);
    }
    return error;
}

} // namespace Stowage
