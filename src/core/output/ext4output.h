// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/output/outputwriter.h"

namespace Stowage
{

/**
 * Writes the layout as an ext4 file system: the host's root file system with the guests in it. As large as asked for, or
 * with room to grow. The same layout gives the same bytes. Checked with e2fsck, and every new file is read back.
 */
class Ext4Output final : public OutputWriter
{
public:
    [[nodiscard]] QString kind() const override;
    [[nodiscard]] QString title() const override;
    [[nodiscard]] QStringList requirements() const override;
    [[nodiscard]] bool placesDisks() const override { return true; }
    [[nodiscard]] bool makesImage() const override { return true; }
    [[nodiscard]] QStringList suffixes() const override;
    [[nodiscard]] Result<OutputReport> write(const Layout& layout, const Artifacts& artifacts, const OutputSpec& output,
                                             JobContext& context, CommandRunner& runner) const override;
};

} // namespace Stowage
