// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/output/layoutcontent.h"
#include "core/process/commandrunner.h"

namespace Stowage
{

/** Makes the ext4 file system of a layout. Borrows everything; blocks on the disk. */
class LayoutImage
{
public:
    /** @p sizeMiB: of the file system; 0: what the content takes, a quarter more, and 64 MiB. */
    LayoutImage(const LayoutContent& content, qint64 sizeMiB) : m_content(content), m_sizeMiB(sizeMiB) { }

    /** Writes it to the empty file @p fd, which @p name names in errors. */
    [[nodiscard]] Result<void> write(int fd, const QString& name, JobContext& context);
    /** Has e2fsck check the image @p path, and compares every new file in it with what it was made from. */
    [[nodiscard]] Result<void> verify(const QString& path, JobContext& context, CommandRunner& runner) const;

    /** Size of the file system that was written. */
    [[nodiscard]] qint64 bytes() const { return m_bytes; }

private:
    const LayoutContent& m_content;
    qint64 m_sizeMiB;
    qint64 m_bytes = 0;
};

} // namespace Stowage
