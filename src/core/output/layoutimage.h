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

    /**
     * Whether the content fits into the size that was asked for; @p name names the image in errors. Tells before anything
     * is written what write() would find. Reads the content only where it does not fit by its data ranges.
     */
    [[nodiscard]] Result<void> checkSize(const QString& name, const std::stop_token& stop) const;

    /** Size of the file system that was written. */
    [[nodiscard]] qint64 bytes() const { return m_bytes; }

private:
    [[nodiscard]] std::unexpected<Error> tooSmall(const QString& name, bool exactly, const std::stop_token& stop) const;

    const LayoutContent& m_content;
    qint64 m_sizeMiB;
    qint64 m_bytes = 0;
};

/** Has e2fsck check the file system at @p place, and compares every new file in it with what it was made from. */
[[nodiscard]] Result<void> verifyImage(const LayoutContent& content, const ImagePlace& place, JobContext& context,
                                       CommandRunner& runner);

} // namespace Stowage
