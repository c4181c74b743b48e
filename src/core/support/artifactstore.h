// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/support/result.h"
#include "core/support/uniquefd.h"

#include <QString>

#include <functional>
#include <optional>
#include <stop_token>

namespace Stowage
{

/** A file of an ArtifactStore. It is not removed while the object lives. */
class Artifact
{
public:
    /** Absolute. The file is only read. */
    [[nodiscard]] const QString& path() const { return m_path; }

private:
    friend class ArtifactStore;
    Artifact(QString path, UniqueFd lock) : m_path(std::move(path)), m_lock(std::move(lock)) { }

    QString m_path;
    UniqueFd m_lock; ///< Shared; who removes the file needs it alone.
};

/**
 * Files that took long to make out of others, kept for the next time: one for every state of a source and way to make it. They
 * are never needed: what was removed is made again.
 *
 * Several processes may use one directory; where two want the same file, one waits for the other's. Thread-safe; all calls block
 * on the disk.
 */
class ArtifactStore
{
public:
    /** Makes the file at the path that it gets, where nothing is yet. On error it leaves nothing there. */
    using Make = std::function<Result<void>(const QString& path)>;

    /** The user's: in $XDG_CACHE_HOME/stowage, which holds up to 32 GiB. */
    [[nodiscard]] static ArtifactStore ofUser();
    /** One in @p directory, which is made when it is needed, and where @p most bytes may lie. */
    ArtifactStore(QString directory, qint64 most) : m_directory(std::move(directory)), m_most(most) { }

    /**
     * What @p make makes of the file @p source as it is now. @p how names the way, with a version where that changes. When there
     * is more than the store may hold, what was not read for the longest time goes.
     * Errors: those of @p make; the directory cannot be written to.
     */
    [[nodiscard]] Result<Artifact> get(const QString& source, const QString& how, const Make& make,
                                       const std::stop_token& stop) const;
    /** The same where it was made before. */
    [[nodiscard]] std::optional<Artifact> find(const QString& source, const QString& how) const;

    /** Bytes that may be written to it until the disk is full. */
    [[nodiscard]] qint64 room() const;
    [[nodiscard]] const QString& directory() const { return m_directory; }

private:
    [[nodiscard]] Result<void> makeDirectory() const;
    [[nodiscard]] std::optional<Artifact> open(const QString& name) const;
    [[nodiscard]] Result<void> makeAs(const QString& name, const Make& make) const;
    /** Removes what was not read for the longest time until no more than @p most bytes are left. */
    void evict(qint64 most) const;

    QString m_directory;
    qint64 m_most;
};

} // namespace Stowage
