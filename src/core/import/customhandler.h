// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/import/handlerfile.h"
#include "core/import/importhandler.h"

namespace Stowage
{

/**
 * Runs a shell function of the user's, `xen_guest_import_<type> source_path output_path size_mb`, with bash: as BitBake does
 * (`set -e`; bbnote, bbwarn, bberror, bbfatal, bbdebug and bbplain exist), in the sandbox and with the limits of every
 * tool, writing nowhere but in a directory of its own. What it says goes to the report, a percentage to the progress;
 * what it leaves is verified by checkCustomOutput(). Only a text that the user allowed is run.
 */
class CustomHandler final : public ImportHandler
{
public:
    CustomHandler(CustomType type, bool allowed) : m_type(std::move(type)), m_allowed(allowed) { }

    [[nodiscard]] QString type() const override { return m_type.type; }
    [[nodiscard]] QString title() const override;
    [[nodiscard]] QStringList requirements() const override;
    [[nodiscard]] bool usesImageSize() const override { return true; }
    [[nodiscard]] Result<void> allowed() const override;
    [[nodiscard]] Result<qint64> check(const ImportRequest& request, const std::stop_token& stop) const override;
    [[nodiscard]] Result<void> run(const ImportRequest& request, JobContext& context,
                                   CommandRunner& runner) const override;

    /** What the user's file says. */
    [[nodiscard]] const CustomType& definition() const { return m_type; }
    [[nodiscard]] bool isAllowed() const { return m_allowed; }

private:
    [[nodiscard]] Result<void> runFunction(const ImportRequest& request, const QString& directory,
                                           const QString& output, qint64 expected, JobContext& context,
                                           CommandRunner& runner) const;

    CustomType m_type;
    bool m_allowed;
};

} // namespace Stowage
