// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/entries/entrysink.h"
#include "core/support/fileslice.h"

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
    explicit SquashfsSource(const QString& path) : m_slice{.path = path}, m_name(path) { }
    /** One inside another file, which errors call @p name. */
    SquashfsSource(FileSlice slice, QString name) : m_slice(std::move(slice)), m_name(std::move(name)) { }

    [[nodiscard]] QString path() const override { return m_name; }
    /** Progress is in bytes of the files' data, holes left out. */
    Result<void> feed(EntrySink& sink, Progress& progress, const std::stop_token& stop) const override;

private:
    FileSlice m_slice;
    QString m_name;
};

} // namespace Stowage
