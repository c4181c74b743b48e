// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/output/hostimage.h"

namespace Stowage
{

/** Makes the ext4 file system of a layout. Borrows everything; blocks on the disk. */
class LayoutImage
{
public:
    /** @p sizeMiB: of the file system; 0: what the content takes, a quarter more, and 64 MiB. */
    LayoutImage(const LayoutContent& content, qint64 sizeMiB) : m_content(content), m_sizeMiB(sizeMiB) { }

    /** Writes it to @p place, where the file is empty. Work files go to @p workDirectory. */
    [[nodiscard]] Result<void> write(const ImagePlace& place, const QString& workDirectory, JobContext& context,
                                     CommandRunner& runner);

    /** Size of the file system that was written. */
    [[nodiscard]] qint64 bytes() const { return m_bytes; }

private:
    const LayoutContent& m_content;
    qint64 m_sizeMiB;
    qint64 m_bytes = 0;
};

/** Has e2fsck check the file system at @p place, and compares every new file in it with what it was made from. */
[[nodiscard]] Result<void> verifyImage(const LayoutContent& content, const ImagePlace& place, JobContext& context,
                                       CommandRunner& runner);

} // namespace Stowage
