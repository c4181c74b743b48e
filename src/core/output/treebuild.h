// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/output/layoutcontent.h"
#include "core/output/ownerslist.h"

#include <QHash>

#include <utility>

namespace Stowage
{

/** Makes the files of one tree below an empty directory, then reads them back. Used by TreeWriter; blocks on the disk. */
class TreeBuild
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

private:
    [[nodiscard]] Result<void> makeNode(const LayoutNode& node, const QByteArray& path);
    [[nodiscard]] Result<void> makeFile(const LayoutNode& node, const QByteArray& path, const QByteArray& target);
    [[nodiscard]] Result<void> makeSpecial(const struct stat& facts, const QByteArray& target);
    [[nodiscard]] bool moveArtifact(const LayoutNode& node, const QByteArray& target);
    [[nodiscard]] Result<void> finishNode(const LayoutNode& node, const QByteArray& path, const QByteArray& target);
    [[nodiscard]] Result<void> setTimes();
    [[nodiscard]] Result<void> verifyNode(const LayoutNode& node, const QByteArray& path);
    [[nodiscard]] Result<void> verifyContent(const LayoutNode& node, const QByteArray& path, const QByteArray& target);

    const LayoutContent& m_content;
    const Artifacts& m_artifacts;
    QByteArray m_top;
    JobContext& m_context;
    OwnersList m_owners;
    bool m_needsOwners = false;
    QHash<std::pair<quint64, quint64>, QByteArray> m_hardLinks; ///< First path of a host file with several names.
    QSet<QByteArray> m_moved; ///< Paths whose file was renamed into the tree.
};

} // namespace Stowage
