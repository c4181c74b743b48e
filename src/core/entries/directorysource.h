// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/entries/entrysink.h"

namespace Stowage
{

/**
 * A directory with all that is in it, each directory's names in the order of their bytes and what is below one before
 * the next, as `tar --sort=name` has them. Links are not followed. Errors name the file that cannot be read; a file that
 * changes while it is read is one, and so is what is mounted there by the kernel itself (proc, sys, ...), as it is no
 * content.
 */
class DirectorySource : public EntrySource
{
public:
    explicit DirectorySource(QString path) : m_path(std::move(path)) { }

    [[nodiscard]] QString path() const override { return m_path; }
    Result<void> feed(EntrySink& sink, Progress& progress, const std::stop_token& stop) const override;

private:
    QString m_path;
};

} // namespace Stowage
