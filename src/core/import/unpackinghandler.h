// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/entries/unpackedsource.h"
#include "core/import/importhandler.h"

#include <memory>

namespace Stowage
{

/**
 * Gives a handler that reads its source at any place one that it can read so: sources that are compressed are unpacked first,
 * into the user's artifact store. All else is the handler's own.
 */
class UnpackingHandler final : public ImportHandler
{
public:
    UnpackingHandler(std::unique_ptr<const ImportHandler> handler, UnpackedSource::Archive archive)
        : m_handler(std::move(handler)),
          m_archive(archive)
    { }

    [[nodiscard]] QString type() const override { return m_handler->type(); }
    [[nodiscard]] QString title() const override { return m_handler->title(); }
    [[nodiscard]] QStringList requirements() const override { return m_handler->requirements(); }
    [[nodiscard]] bool usesImageSize() const override { return m_handler->usesImageSize(); }
    [[nodiscard]] bool usesFirstBoot() const override { return m_handler->usesFirstBoot(); }
    [[nodiscard]] InPlace inPlace(const ImportRequest& request) const override;
    [[nodiscard]] Result<qint64> check(const ImportRequest& request, const std::stop_token& stop) const override;
    [[nodiscard]] Result<qint64> dataBytes(const ImportRequest& request, const std::stop_token& stop) const override;
    [[nodiscard]] Result<void> runInto(const ImportRequest& request, SparseTarget& target, JobContext& context,
                                       CommandRunner& runner) const override;
    [[nodiscard]] Result<void> run(const ImportRequest& request, JobContext& context,
                                   CommandRunner& runner) const override;

private:
    std::unique_ptr<const ImportHandler> m_handler;
    UnpackedSource::Archive m_archive;
};

} // namespace Stowage
