// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/support/result.h"
#include "core/support/uniquefd.h"

#include <QByteArray>
#include <QCoreApplication>
#include <QString>

#include <functional>

namespace Stowage
{

/**
 * Makes an output appear under its final name complete or not at all.
 *
 * The output is made at path(), in a hidden directory `.<name>.stowage-<number>` beside the final path (same file
 * system, mode 0700), and commit() renames it into place. Without a commit the destructor removes everything. The
 * hidden directory is locked (flock) while the object lives; create() removes those of the same final path whose
 * process was killed, and brings back what such a process had moved aside; one whose lock
 * outlives its process (a child that had yet to begin its own program may have it for a moment) makes it wait for up to
 * ten seconds. All calls block on the disk; one object is
 * used by one thread at a time.
 */
class StagedPath
{
    Q_DECLARE_TR_FUNCTIONS(StagedPath)

public:
    enum class Kind {
        File,
        Directory,
        Scratch, ///< A directory that is never committed: what has the final name is not looked at, and nobody can be in its way.
    };
    /** Whether commit() may replace what has the final name: a file a file, a directory a directory with its content. */
    enum class Replace { No, Yes };
    /**
     * Has the last word when the new output has its name: says whether the one that had it before, and lies at
     * @p displaced by now, may go. Empty: there was none.
     */
    using Judge = std::function<Result<void>(const QString& displaced)>;

    /**
     * Prepares an output named @p finalPath. A link there is followed: what it leads to is replaced, not the link.
     * Errors: no name, missing or read-only parent, a parent that is a file; something of another kind has the name.
     */
    [[nodiscard]] static Result<StagedPath> create(const QString& finalPath, Kind kind);

    /** The checks of create() alone, nothing written. Returns the absolute path that would be written. */
    [[nodiscard]] static Result<QString> check(const QString& finalPath, Kind kind);

    /** @p error with final paths in place of the hidden ones that its texts name. */
    [[nodiscard]] static Error withFinalNames(Error error);

    /** The outputs for @p finalPath that runs which were killed had not yet put into place. Nothing is written. */
    [[nodiscard]] static QStringList abandoned(const QString& finalPath);

    StagedPath(const StagedPath&) = delete;
    StagedPath& operator=(const StagedPath&) = delete;
    StagedPath(StagedPath&& other) noexcept = default;
    StagedPath& operator=(StagedPath&& other) = delete;
    ~StagedPath();

    /**
     * Where to make the output; its file name is the final one. Kind::Directory, Kind::Scratch: an empty directory
     * of mode 0755 is there. Kind::File: nothing is there yet.
     */
    [[nodiscard]] QString path() const;
    /** The hidden directory that holds path(). Further work files may lie in it; they are gone afterwards. */
    [[nodiscard]] QString workDirectory() const;
    /** Absolute, links resolved. */
    [[nodiscard]] QString finalPath() const { return m_finalPath; }

    /**
     * Renames the output to the final path, which holds the old or the new one at any time, also over a crash: where
     * something is replaced, the data are written out to the disk first (fsync) (a file system without RENAME_EXCHANGE is healed by the next create()). What
     * is to be replaced is given to @p judge when nobody finds it by its name any more, so that what appeared there
     * since create() is judged, too. Once; on error, that of @p judge included, the old output is in place, or none.
     */
    [[nodiscard]] Result<void> commit(Replace replace, const Judge& judge = {});

private:
    StagedPath() = default;

    [[nodiscard]] Result<void> makeWorkDirectory();
    void removeDead() const;
    [[nodiscard]] Result<void> flush() const;
    [[nodiscard]] Result<void> moveIntoPlace(Replace replace, const Judge& judge) const;
    [[nodiscard]] Result<void> exchange(const Judge& judge) const;
    [[nodiscard]] Result<void> swapInSteps(const Judge& judge) const;
    [[nodiscard]] std::unexpected<Error> writeError(int errorNumber) const;
    void healFrom(int deadDirectory) const;

    Kind m_kind = Kind::File;
    QString m_finalPath;
    QByteArray m_name;
    QByteArray m_workName;
    UniqueFd m_parent;
    UniqueFd m_work;
};

} // namespace Stowage
