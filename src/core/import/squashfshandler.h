// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/import/rootfshandler.h"

namespace Stowage
{

/**
 * Makes an ext4 image of a squashfs root file system, which is decompressed into the image and never unpacked. Owners and
 * everything else are as the file system has them; otherwise as RootfsDirHandler, and the squashfs of a directory gives the
 * image that the directory gives, but for what squashfs has not: fractions of seconds, and ACLs.
 */
class SquashfsHandler final : public RootfsHandler
{
public:
    [[nodiscard]] QString type() const override;
    [[nodiscard]] QString title() const override;

protected:
    [[nodiscard]] std::unique_ptr<EntrySource> source(const QString& path) const override;
};

} // namespace Stowage
