// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/entries/entrysink.h"
#include "core/output/layoutcontent.h"
#include "core/output/ownerslist.h"
#include "core/support/uniquefd.h"

#include <QHash>
#include <QMap>
#include <QSet>

#include <sys/types.h>

namespace Stowage
{

/**
 * Makes the files of one tree below an empty directory, then reads them back. Used by TreeWriter; blocks on the disk.
 *
 * Only what the layout has reaches it as an entry, and every directory of the layout is made before what is in it: no path
 * leads through a link that came from a host.
 */
class TreeBuild : public EntrySink
{
public:
    /** @p top is the directory to fill, which exists. */
    TreeBuild(const LayoutContent& content, const Artifacts& artifacts, QByteArray top, JobContext& context);

    /** Makes everything. */
    [[nodiscard]] Result<void> make();
    /** Compares what was made with the layout: kinds, sizes, modes, link targets, content of everything new. */
    [[nodiscard]] Result<void> verify();

    /** What could not be given to the files themselves. */
    [[nodiscard]] const OwnersList& owners() const { return m_owners; }
    /** Whether any owner or device node is only in the list. */
    [[nodiscard]] bool needsOwners() const { return m_needsOwners; }

    Result<void> add(const FileEntry& entry) override;
    Result<void> addLink(const QByteArray& path, const QByteArray& existing) override;
    Result<void> beginFile(const FileEntry& entry) override;
    Result<void> write(std::span<const char> bytes) override;
    Result<void> skip(qint64 bytes) override;
    Result<void> reserve(qint64 bytes) override { return skip(bytes); }
    Result<void> endFile() override;
    [[nodiscard]] bool clone(int fd) override;

private:
    [[nodiscard]] Result<void> makeKeptDirectories();
    [[nodiscard]] Result<void> makeNode(const LayoutNode& node, const QByteArray& path);
    [[nodiscard]] Result<void> makeSpecial(const FileEntry& entry);
    [[nodiscard]] Result<bool> moveArtifact(const LayoutNode& node, const FileEntry& entry);
    [[nodiscard]] Result<void> finishEntry(const FileEntry& entry);
    [[nodiscard]] Result<void> finishDirectories();
    [[nodiscard]] Result<void> verifyNode(const LayoutNode& node, const QByteArray& path);
    [[nodiscard]] Result<void> verifyContent(const LayoutNode& node, const QByteArray& path, const QByteArray& target);
    [[nodiscard]] QByteArray target(const QByteArray& path) const { return m_top + '/' + path; }

    const LayoutContent& m_content;
    const Artifacts& m_artifacts;
    QByteArray m_top;
    JobContext& m_context;
    OwnersList m_owners;
    bool m_needsOwners = false;
    /** A directory whose mode and time come last, as making what is in it would change them. */
    struct Directory {
        QByteArray path;
        InodeFacts facts;
    };
    QList<Directory> m_directories;
    QMap<QByteArray, FileEntry> m_undescribed; ///< Kept directories that the host tells nothing of but their names.
    QHash<QByteArray, FileEntry> m_listed; ///< Of entries that may have further names, for the list of owners.
    FileEntry m_entry; ///< The file that write() fills.
    UniqueFd m_file;
    qint64 m_position = 0;
    QSet<QByteArray> m_moved; ///< Paths whose file was renamed into the tree.
};

} // namespace Stowage
