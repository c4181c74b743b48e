// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/import/importhandler.h"

namespace Stowage
{

/** Makes a disk of nothing but zeros, which takes no space, for a system to be installed on. It takes no source. */
class EmptyHandler final : public ImportHandler
{
public:
    [[nodiscard]] QString type() const override { return EmptyDiskType; }
    [[nodiscard]] QString title() const override;
    [[nodiscard]] bool usesImageSize() const override { return true; }
    [[nodiscard]] bool usesSource() const override { return false; }
    [[nodiscard]] Result<qint64> check(const ImportRequest& request, const std::stop_token& stop) const override;
    [[nodiscard]] InPlace inPlace(const ImportRequest& /*request*/) const override { return InPlace::Convert; }
    [[nodiscard]] Result<qint64> dataBytes(const ImportRequest& request, const std::stop_token& stop) const override;
    [[nodiscard]] Result<void> runInto(const ImportRequest& request, SparseTarget& target, JobContext& context,
                                       CommandRunner& runner) const override;
    [[nodiscard]] Result<void> run(const ImportRequest& request, JobContext& context,
                                   CommandRunner& runner) const override;
};

} // namespace Stowage
