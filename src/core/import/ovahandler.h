// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/import/importhandler.h"

namespace Stowage
{

/**
 * Converts a disk of a virtual machine (MachinePackage), which ImportRequest::member names, to a raw one: read where it lies in
 * the archive, or beside the description. While it is converted, its hash is checked against the manifest.
 */
class OvaHandler final : public ImportHandler
{
public:
    [[nodiscard]] QString type() const override;
    [[nodiscard]] QString title() const override;
    [[nodiscard]] Result<qint64> check(const ImportRequest& request, const std::stop_token& stop) const override;
    [[nodiscard]] InPlace inPlace(const ImportRequest& /*request*/) const override { return InPlace::Convert; }
    [[nodiscard]] Result<qint64> dataBytes(const ImportRequest& request, const std::stop_token& stop) const override;
    [[nodiscard]] Result<void> runInto(const ImportRequest& request, SparseTarget& target, JobContext& context,
                                       CommandRunner& runner) const override;
    [[nodiscard]] Result<void> run(const ImportRequest& request, JobContext& context,
                                   CommandRunner& runner) const override;
};

} // namespace Stowage
