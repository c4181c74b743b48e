// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/output/outputform.h"
#include "core/output/outputwriter.h"

namespace Stowage
{

/**
 * Writes the layout as a pax archive (pax(1), with GNU sparse members), compressed by the suffix of its name: .tar, .tar.gz,
 * .tgz, .tar.xz, .txz, .tar.zst, .tzst, .tar.bz2. Owners are right whoever builds. The same layout gives the same bytes.
 */
class TarWriter final : public OutputWriter
{
public:
    [[nodiscard]] QString kind() const override;
    [[nodiscard]] QString title() const override;
    [[nodiscard]] Result<void> check(const OutputSpec& output) const override;
    [[nodiscard]] QStringList suffixes() const override { return archiveSuffixes(); }
    [[nodiscard]] Result<OutputReport> write(const Layout& layout, const Artifacts& artifacts, const OutputSpec& output,
                                             JobContext& context, CommandRunner& runner) const override;
};

} // namespace Stowage
