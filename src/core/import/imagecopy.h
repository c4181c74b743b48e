// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/import/importhandler.h"
#include "core/sources/sourcefile.h"

namespace Stowage
{

/**
 * What the handlers of images that xl uses as they are have in common: they copy them. Those that are compressed are
 * decompressed straight into the copy, zeros left out; check() then reads them once to their ends, and remembers their sizes
 * until they change.
 */
class ImageCopyHandler : public ImportHandler
{
public:
    [[nodiscard]] InPlace inPlace(const ImportRequest& request) const override;
    [[nodiscard]] Result<qint64> check(const ImportRequest& request, const std::stop_token& stop) const final;
    [[nodiscard]] Result<qint64> dataBytes(const ImportRequest& request, const std::stop_token& stop) const final;
    [[nodiscard]] Result<void> runInto(const ImportRequest& request, SparseTarget& target, JobContext& context,
                                       CommandRunner& runner) const final;
    [[nodiscard]] Result<void> run(const ImportRequest& request, JobContext& context,
                                   CommandRunner& runner) const final;

protected:
    /** Whether @p image, of the file @p path and decompressed, is what the handler takes. Its tail is empty as long as its end is not known. */
    [[nodiscard]] virtual Result<void> checkImage(const FileSample& image, const QString& path) const = 0;
};

} // namespace Stowage
