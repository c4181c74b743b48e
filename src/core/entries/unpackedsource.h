// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/jobs/progress.h"
#include "core/support/artifactstore.h"

namespace Stowage
{

/** A source that can be read at any place, as it was unpacked if need be. */
class UnpackedSource
{
public:
    /** What of a tar archive is meant where it is compressed: the one file in it, or the archive itself. */
    enum class Archive { File, Whole };

    /**
     * The file @p path; where it is compressed or, for Archive::File, a tar archive, what is in it, unpacked into the user's
     * artifact store, which takes as long as reading all of it. Directories are what they are. Advances @p progress by the bytes
     * read. Blocks on the disk.
     */
    [[nodiscard]] static Result<UnpackedSource> open(const QString& path, Archive archive, Progress& progress,
                                                     const std::stop_token& stop);
    /** Whether nothing has to be unpacked to read the file or directory @p path; also of one that cannot be read. */
    [[nodiscard]] static bool isPlain(const QString& path, const std::stop_token& stop);
    /** The file that @p make makes of @p path in the way @p how (ArtifactStore). */
    [[nodiscard]] static Result<UnpackedSource> make(const QString& path, const QString& how,
                                                     const ArtifactStore::Make& make, const std::stop_token& stop);
    /** The same as open() where nothing has to be unpacked first; empty where something has. */
    [[nodiscard]] static std::optional<UnpackedSource> known(const QString& path, Archive archive,
                                                             const std::stop_token& stop);

    /** The file to read. It stays while the object lives. */
    [[nodiscard]] QString path() const { return m_artifact ? m_artifact->path() : m_path; }
    [[nodiscard]] bool isUnpacked() const { return m_artifact.has_value(); }

    /** @p error with the name of the source in place of that of what was unpacked. */
    [[nodiscard]] Error withSourceName(Error error) const;

private:
    explicit UnpackedSource(QString path, std::optional<Artifact> artifact = {})
        : m_path(std::move(path)),
          m_artifact(std::move(artifact))
    { }

    QString m_path;
    std::optional<Artifact> m_artifact;
};

} // namespace Stowage
