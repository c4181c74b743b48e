// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/import/importhandler.h"

namespace Stowage
{

/**
 * Takes a kernel or a ramdisk out of the guest's image, ImportRequest::member (see ImagePath) telling where it lies there, or,
 * without a member, takes a kernel that is a file of its own. A kernel in a form that not every xl loads is taken out
 * of what it is packed in (unwrapKernel()), and gets gzip around it where it was compressed. A step of a build, not a type that people name.
 */
class BootFileHandler final : public ImportHandler
{
public:
    enum class What { Kernel, Ramdisk };

    explicit BootFileHandler(What what) : m_what(what) { }

    [[nodiscard]] QString type() const override;
    [[nodiscard]] QString title() const override;
    [[nodiscard]] Result<qint64> check(const ImportRequest& request, const std::stop_token& stop) const override;
    [[nodiscard]] Result<void> run(const ImportRequest& request, JobContext& context,
                                   CommandRunner& runner) const override;

private:
    What m_what;
};

} // namespace Stowage
