// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/entries/entrysink.h"

namespace Stowage
{

/**
 * The content of a squashfs file system that is alone in a file, decompressed while it is read. In the order of
 * DirectorySource. Owners, device numbers, hard links, holes and extended attributes are kept; squashfs has neither
 * fractions of seconds nor ACLs. Damage is refused.
 */
class SquashfsSource : public EntrySource
{
public:
    explicit SquashfsSource(QString path) : m_path(std::move(path)) { }

    [[nodiscard]] QString path() const override { return m_path; }
    /** Progress is in bytes of the files' data, holes left out. */
    Result<void> feed(EntrySink& sink, Progress& progress, const std::stop_token& stop) const override;

private:
    QString m_path;
};

} // namespace Stowage
