// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/output/outputwriter.h"

namespace Stowage
{

/**
 * Writes a disk image with the host and its guests. A host that is a disk keeps its partition table and everything in it
 * but its root partition, into which the guests go, and which grows where it must; of all other hosts a new disk is made,
 * which starts by itself where the layout says how. Checked with e2fsck, and every new file is read back.
 */
class DiskOutput final : public OutputWriter
{
public:
    [[nodiscard]] QString kind() const override;
    [[nodiscard]] QString title() const override;
    [[nodiscard]] QStringList requirements() const override;
    [[nodiscard]] bool placesDisks() const override { return true; }
    [[nodiscard]] bool makesImage() const override { return true; }
    [[nodiscard]] QStringList suffixes() const override;
    [[nodiscard]] QList<Error> missing(const Layout& layout) const override;
    [[nodiscard]] Result<OutputReport> write(const Layout& layout, const Artifacts& artifacts, const OutputSpec& output,
                                             JobContext& context, CommandRunner& runner) const override;
};

} // namespace Stowage
