// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/entries/entrysink.h"
#include "core/output/layoutcontent.h"

namespace Stowage
{

/**
 * Hands the entries of the layout's host that stay (LayoutNode::State::Kept) to @p sink, as they are now; none without a
 * host. What has become something else since the layout was planned is left out. Blocks on the disk.
 */
[[nodiscard]] Result<void> feedHost(const Layout& layout, EntrySink& sink, Progress& progress,
                                    const std::stop_token& stop);

/**
 * Hands all of the layout that is not the host's to @p sink, with its content: but for disks that are to be converted into
 * their places (PlacedDisks), of which only a sink that wants no data learns. Blocks on the disk.
 */
[[nodiscard]] Result<void> feedNew(const LayoutContent& content, EntrySink& sink, Progress& progress,
                                   const std::stop_token& stop);

/** Everything that the layout @p content speaks of as a source: its host first, then what is new. Borrows it all. */
class LayoutEntries : public EntrySource
{
public:
    explicit LayoutEntries(const LayoutContent& content) : m_content(content) { }

    [[nodiscard]] QString path() const override { return m_content.layout().hostPath; }
    Result<void> feed(EntrySink& sink, Progress& progress, const std::stop_token& stop) const override;

private:
    const LayoutContent& m_content;
};

/** The new @p node at @p path ("/etc/xen") as an entry. */
[[nodiscard]] FileEntry entryOf(const LayoutContent& content, const LayoutNode& node, const QByteArray& path);

/** Hands the new @p node at @p path with its content to @p sink. Blocks on the disk. */
[[nodiscard]] Result<void> feedNode(const LayoutContent& content, const LayoutNode& node, const QByteArray& path,
                                    EntrySink& sink, Progress& progress, const std::stop_token& stop);

} // namespace Stowage
