// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/import/importhandler.h"

namespace Stowage
{

/** Copies a disk as it is. What QEMU would take for a disk format of its own is refused: it would be no raw disk. */
class RawHandler final : public ImportHandler
{
public:
    [[nodiscard]] QString type() const override;
    [[nodiscard]] QString title() const override;
    [[nodiscard]] InPlace inPlace() const override { return InPlace::Copy; }
    [[nodiscard]] Result<qint64> check(const ImportRequest& request, const std::stop_token& stop) const override;
    [[nodiscard]] Result<void> run(const ImportRequest& request, JobContext& context,
                                   CommandRunner& runner) const override;
};

} // namespace Stowage
