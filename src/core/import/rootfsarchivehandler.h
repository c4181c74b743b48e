// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/import/importhandler.h"

namespace Stowage
{

/**
 * Makes an ext4 image of a tar or cpio archive of a root file system, which is decompressed into the image and never
 * unpacked. Owners and everything else are as the archive has them; otherwise as RootfsDirHandler, and the archive of a
 * directory, its names sorted, gives the image that the directory gives. check() reads an archive once, and remembers what
 * it needs until the file changes.
 */
class RootfsArchiveHandler final : public ImportHandler
{
public:
    [[nodiscard]] QString type() const override;
    [[nodiscard]] QString title() const override;
    [[nodiscard]] QStringList requirements() const override;
    [[nodiscard]] bool usesImageSize() const override { return true; }
    [[nodiscard]] Result<qint64> check(const ImportRequest& request, const std::stop_token& stop) const override;
    [[nodiscard]] InPlace inPlace(const ImportRequest& /*request*/) const override { return InPlace::Convert; }
    [[nodiscard]] Result<qint64> dataBytes(const ImportRequest& request, const std::stop_token& stop) const override;
    [[nodiscard]] Result<void> runInto(const ImportRequest& request, SparseTarget& target, JobContext& context,
                                       CommandRunner& runner) const override;
    [[nodiscard]] Result<void> run(const ImportRequest& request, JobContext& context,
                                   CommandRunner& runner) const override;
};

} // namespace Stowage
