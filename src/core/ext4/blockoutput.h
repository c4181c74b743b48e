// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/support/result.h"

#include <QString>

#include <span>
#include <vector>

namespace Stowage
{

/**
 * Writes the blocks of an image, gathering those that follow each other into large writes. The file is empty at first:
 * what is never written stays a hole. The first error is kept and returned by finish(); after it nothing is written.
 */
class BlockOutput
{
public:
    /**
     * @p fd is borrowed and open for writing, or -1 to write nothing; @p path names it in errors. @p blockSize in bytes. The
     * first block lies at the byte @p base of the file.
     */
    BlockOutput(int fd, QString path, qint64 blockSize, qint64 base);

    /** Whether it writes at all. */
    [[nodiscard]] bool isOpen() const { return m_fd >= 0; }
    /** The place to fill with the @p count blocks from @p first on, zeros at first; valid until the next call. */
    [[nodiscard]] std::span<char> blocks(qint64 first, qint64 count = 1);
    /** The same, for who fills all of it: not zeros at first. */
    [[nodiscard]] std::span<char> room(qint64 first, qint64 count);
    /** The most blocks that one call takes. */
    [[nodiscard]] qint64 most() const;

    /** Writes @p size bytes at @p data to the byte @p offset at once. */
    void write(const void* data, qint64 size, qint64 offset);
    /** Makes the blocks read as zeros, without space on the disk where the file system can. */
    void erase(qint64 first, qint64 count);

    /** Writes what is gathered, and has the file go on for @p bytes from its first block on, at least. */
    [[nodiscard]] Result<void> finish(qint64 bytes);
    /** The first error, for those who write much. */
    [[nodiscard]] bool hasFailed() const { return m_error != 0; }
    [[nodiscard]] Result<void> result() const;

private:
    void flush();

    int m_fd;
    QString m_path;
    qint64 m_blockSize;
    qint64 m_base;
    qint64 m_begun; ///< Bytes of the file before it are on their way to the disk.
    std::vector<char> m_buffer;
    qint64 m_start = 0; ///< Byte of the image where the buffer belongs.
    qint64 m_used = 0; ///< Bytes.
    int m_error = 0;
};

} // namespace Stowage
