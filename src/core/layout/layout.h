// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/import/importhandler.h"
#include "core/layout/hostsource.h"
#include "core/layout/resolve.h"
#include "core/support/filestate.h"

#include <QByteArray>
#include <QList>

#include <optional>
#include <variant>

namespace Stowage
{

/** Where the content of a file comes from. */
struct FromSource {
    QString path; ///< A file to copy, or of the host directory.
    bool operator==(const FromSource&) const = default;
};
struct FromImport {
    QString artifact; ///< ImportStep::artifact
    bool operator==(const FromImport&) const = default;
};
struct FromText {
    QByteArray text;
    QByteArray shown = {}; ///< What people read of it, where @c text is no text; empty: that.
    bool operator==(const FromText&) const = default;
};
using ContentOrigin = std::variant<std::monostate, FromSource, FromImport, FromText>;

/** One name in the target layout. */
struct LayoutNode {
    enum class Kind { Directory, File, Symlink, Other };
    enum class State {
        New,
        Kept, ///< The host has it and it stays.
        Replaced, ///< The host has it and a guest's file takes its place.
        Conflict, ///< Two different files want this name.
    };

    QByteArray name; ///< Bytes as on the disk; empty for the root.
    Kind kind = Kind::Directory;
    State state = State::New;
    quint32 mode = 0755; ///< Permission bits.
    quint32 uid = 0; ///< Owner on the target.
    quint32 gid = 0;
    qint64 size = 0; ///< Bytes of a file.
    bool sizeIsEstimate = false; ///< The file is yet to be made.
    QByteArray linkTarget; ///< Of a symlink.
    ContentOrigin origin;
    QString guest; ///< Entry of the guest that brings it; empty: the host.
    QList<LayoutNode> children; ///< Of a directory, sorted by name.

    bool operator==(const LayoutNode&) const = default;

    [[nodiscard]] const LayoutNode* child(const QByteArray& childName) const;
};

/** "new", "kept", "replaced", "conflict", the same in every language. */
[[nodiscard]] QLatin1StringView stateName(LayoutNode::State state);

/** An import that must be run before the layout can be written. */
struct ImportStep {
    QString artifact; ///< Identifies it: the image's name on the target.
    QString guest; ///< Entry, for the title of the job.
    QString handler;
    ImportRequest request; ///< Its output is chosen by who runs it.
    qint64 expectedBytes = 0;

    bool operator==(const ImportStep&) const = default;
};

/** The target layout: what the preview shows and what every writer writes. A plain value. */
struct Layout {
    LayoutNode root;
    QList<ImportStep> imports;
    QString hostPath; ///< The host whose files the Kept nodes are: see openHost(); empty: none.
    std::optional<FileState> hostState; ///< Of the host when its names were read; none: not known.
    Architecture architecture = Architecture::Unknown; ///< Of the host.
    std::optional<DiskSetup> disk; ///< What starts a disk that is made of it; none: no such disk is asked for.
    std::optional<PartitionTable> hostTable; ///< Of a host that is a disk, and keeps it.
    int rootNumber = 0; ///< Of the partition there with the root file system.
    std::optional<FileSystemRoom> hostRoom; ///< Of a host that is an image or a disk, and keeps its file system.

    bool operator==(const Layout&) const = default;

    /** The node at @p path ("/etc/xen"); null when there is none. */
    [[nodiscard]] const LayoutNode* find(const QByteArray& path) const;
    /** The same with every link on the way followed, one at its end too, as the target will follow them. */
    [[nodiscard]] const LayoutNode* follow(const QByteArray& path) const;
    /** Bytes of all files that are new or replaced. */
    [[nodiscard]] qint64 newBytes() const;
};

inline constexpr QLatin1StringView ImagesDirectory("/var/lib/xen/images");
inline constexpr QLatin1StringView ConfigDirectory("/etc/xen");
inline constexpr QLatin1StringView AutostartDirectory("/etc/xen/auto");

/** The files of the host at @p path (see openHost()) as Kept nodes. Blocks on the disk: not for the GUI thread. */
[[nodiscard]] Result<LayoutNode> readHostTree(const QString& path, const std::stop_token& stop);
[[nodiscard]] Result<LayoutNode> readHostTree(const HostSource& host, const std::stop_token& stop);

/**
 * Puts the guests of @p project over @p host (a default node: nothing). Pure: the same input gives the same layout.
 * All that Stowage brings is owned by root; what the host has keeps its owner.
 */
[[nodiscard]] Layout planLayout(const ResolvedProject& project, const LayoutNode& host);

} // namespace Stowage
