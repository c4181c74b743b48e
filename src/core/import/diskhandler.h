// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/import/importhandler.h"

namespace Stowage
{

/** Converts a disk of any format that openDisk() reads to a raw one, after all its tables were looked at. */
class DiskHandler final : public ImportHandler
{
public:
    /** For disks of the format @p type (OpenedDisk::type), which is the handler's own, too. */
    explicit DiskHandler(QString type) : m_type(std::move(type)) { }

    [[nodiscard]] QString type() const override { return m_type; }
    [[nodiscard]] QString title() const override;
    [[nodiscard]] Result<qint64> check(const ImportRequest& request, const std::stop_token& stop) const override;
    [[nodiscard]] InPlace inPlace(const ImportRequest& /*request*/) const override { return InPlace::Convert; }
    [[nodiscard]] Result<qint64> dataBytes(const ImportRequest& request, const std::stop_token& stop) const override;
    [[nodiscard]] Result<void> runInto(const ImportRequest& request, SparseTarget& target, JobContext& context,
                                       CommandRunner& runner) const override;
    [[nodiscard]] Result<void> run(const ImportRequest& request, JobContext& context,
                                   CommandRunner& runner) const override;

private:
    QString m_type;
};

} // namespace Stowage
