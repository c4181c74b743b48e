// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/output/outputwriter.h"
#include "core/output/placeddisks.h"
#include "core/support/filestate.h"
#include "core/support/uniquefd.h"

#include <QByteArray>
#include <QHash>

#include <functional>
#include <memory>
#include <optional>

namespace Stowage
{

/**
 * What all writers need to know of a layout's nodes: their order, where the bytes of each come from, and which times
 * they get. Borrows the layout and the artifacts; blocks on the disk.
 */
class LayoutContent
{
public:
    LayoutContent(const Layout& layout, const Artifacts& artifacts);

    /** Called with each node and its path ("/etc/xen"; empty for the root). */
    using Visitor = std::function<Result<void>(const LayoutNode& node, const QByteArray& path)>;
    /** Visits every node, a directory before its content, siblings by name; the first error ends it. */
    [[nodiscard]] Result<void> visit(const std::stop_token& stop, const Visitor& visitor) const;

    [[nodiscard]] const Layout& layout() const { return m_layout; }

    /** Path of the file that holds the content of the new @p node: bytes as on the disk; empty for text. */
    [[nodiscard]] QByteArray sourcePath(const LayoutNode& node) const;
    /** Least bytes of data in the new @p node when it is an image that is yet to be made. */
    [[nodiscard]] std::optional<qint64> expectedData(const LayoutNode& node) const;
    /** Opens sourcePath() for reading. The name for errors is that path. */
    [[nodiscard]] Result<UniqueFd> open(const LayoutNode& node) const;

    /** The import whose disk @p node becomes, and that nobody has run: the writer does, see placed(). Null: there is none. */
    [[nodiscard]] const ImportStep* placedImport(const LayoutNode& node) const;
    /** The disks that were converted into their places; filled while the layout is written, and asked when it is verified. */
    [[nodiscard]] PlacedDisks& placed() const { return *m_placed; }

    /**
     * How writing ended that ended with @p done: as an error that says so when the host is not what it was when the
     * layout was planned, or a new file's source, or that of an import which reads it only now, not what it was when this was made. What was read may be a mix then,
     * and what failed may have failed of it. To be asked before an output gets its name.
     */
    [[nodiscard]] Result<void> checkSources(Result<void> done) const;

    /** Seconds since 1970 for everything new: SOURCE_DATE_EPOCH, else the newest time of any source. */
    [[nodiscard]] qint64 timeStamp() const { return m_timeStamp; }
    /** Apparent bytes of all files. */
    [[nodiscard]] qint64 totalBytes() const { return m_totalBytes; }
    [[nodiscard]] qint64 fileCount() const { return m_fileCount; }

private:
    void measure(const LayoutNode& node);
    void noteSource(const QString& path);
    [[nodiscard]] Result<void> visitNode(const LayoutNode& node, const QByteArray& path, const std::stop_token& stop,
                                         const Visitor& visitor) const;

    const Layout& m_layout;
    const Artifacts& m_artifacts;
    QHash<QString, FileState> m_sources; ///< Of all that is read from where it is, by path.
    qint64 m_timeStamp = 0;
    qint64 m_totalBytes = 0;
    qint64 m_fileCount = 0;
    std::unique_ptr<PlacedDisks> m_placed = std::make_unique<PlacedDisks>();
};

} // namespace Stowage
