// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/import/importhandler.h"

namespace Stowage
{

/** Converts a QCOW2 disk to a raw one after its header and tables were checked; see convertQcow2(). */
class Qcow2Handler final : public ImportHandler
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
