// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/output/outputwriter.h"

namespace Stowage
{

/**
 * Writes the layout as a directory. Root gets the owners right; an ordinary user gets a list of them beside the tree
 * (see OwnersList). Only an empty directory or an earlier output is replaced, never a directory of somebody else.
 */
class TreeWriter final : public OutputWriter
{
public:
    [[nodiscard]] QString kind() const override;
    [[nodiscard]] QString title() const override;
    [[nodiscard]] Result<void> check(const OutputSpec& output) const override;
    [[nodiscard]] Result<OutputReport> write(const Layout& layout, const Artifacts& artifacts, const OutputSpec& output,
                                             JobContext& context, CommandRunner& runner) const override;
};

} // namespace Stowage
