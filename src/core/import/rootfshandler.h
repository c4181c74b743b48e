// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/ext4/sourceimage.h"
#include "core/import/importhandler.h"

namespace Stowage
{

/** What the handlers have in common that make an ext4 image of the entries of a root file system. */
class RootfsHandler : public ImportHandler
{
public:
    [[nodiscard]] QStringList requirements() const override;
    [[nodiscard]] bool usesImageSize() const override { return true; }
    [[nodiscard]] bool usesFirstBoot() const override { return true; }
    [[nodiscard]] Result<qint64> check(const ImportRequest& request, const std::stop_token& stop) const override;
    [[nodiscard]] InPlace inPlace(const ImportRequest& /*request*/) const override { return InPlace::Convert; }
    [[nodiscard]] Result<qint64> dataBytes(const ImportRequest& request, const std::stop_token& stop) const override;
    [[nodiscard]] Result<void> runInto(const ImportRequest& request, SparseTarget& target, JobContext& context,
                                       CommandRunner& runner) const override;
    [[nodiscard]] Result<void> run(const ImportRequest& request, JobContext& context,
                                   CommandRunner& runner) const override;

protected:
    /** Where the entries of @p path, absolute, come from. */
    [[nodiscard]] virtual std::unique_ptr<EntrySource> source(const QString& path) const = 0;
    /** Whether the source's top has an owner that says something. */
    [[nodiscard]] virtual bool isDirectory() const { return false; }
    /** Bytes by which the source of @p path will advance the progress; 0 where that has to be counted. */
    [[nodiscard]] virtual qint64 totalBytes(const QString& path) const
    {
        Q_UNUSED(path)
        return 0;
    }
    /** What @p image of @p request needs at least; may remember it. */
    [[nodiscard]] virtual Result<ImageNeeds> needs(const ImportRequest& request, const SourceImage& image,
                                                   const std::stop_token& stop) const;

    /** Where the entries for @p request come from, those of its first boot included. */
    [[nodiscard]] std::unique_ptr<EntrySource> sourceOf(const ImportRequest& request) const;
    /** @p from, which sourceOf() has made and the image borrows, with what @p request says of it. */
    [[nodiscard]] SourceImage imageOf(const ImportRequest& request, const EntrySource& from) const;
};

} // namespace Stowage
