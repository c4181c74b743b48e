// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/import/rootfshandler.h"

namespace Stowage
{

/**
 * Makes an ext4 image of a directory, as any user. Owners, modes, device nodes, hard links, holes and
 * extended attributes are those of the directory, except that all becomes root's where OwnerRule says so. The same
 * directory gives the same bytes: identifiers come from its content, times from SOURCE_DATE_EPOCH, else from its newest
 * file (files that are newer than SOURCE_DATE_EPOCH get that). 5 % of the image is for root alone, as is mkfs.ext4's
 * habit. check() tells by the code NoSpace that the image is too small, and which size it needs.
 */
class RootfsDirHandler final : public RootfsHandler
{
public:
    [[nodiscard]] QString type() const override;
    [[nodiscard]] QString title() const override;
    [[nodiscard]] Result<qint64> check(const ImportRequest& request, const std::stop_token& stop) const override;

protected:
    [[nodiscard]] std::unique_ptr<EntrySource> source(const QString& path) const override;
    [[nodiscard]] bool isDirectory() const override { return true; }
};

} // namespace Stowage
