// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/support/sparsetarget.h"

#include <vector>

namespace Stowage
{

/**
 * Writes the blocks of an image, gathering those that follow each other into large writes. The target is empty at first:
 * what is never written stays a hole. The first error is kept and returned by finish(); after it nothing is written.
 */
class BlockOutput
{
public:
    /** @p target is borrowed; null writes nothing. @p blockSize in bytes. */
    BlockOutput(SparseTarget* target, qint64 blockSize);

    /** Whether it writes at all. */
    [[nodiscard]] bool isOpen() const { return m_target != nullptr; }
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
    /** Tells the target what follows; see SparseTarget. */
    void setMetadata(bool metadata);

    /** Writes what is gathered, and has the target go on for @p bytes at least. */
    [[nodiscard]] Result<void> finish(qint64 bytes);
    /** The first error, for those who write much. */
    [[nodiscard]] bool hasFailed() const { return !m_result; }
    [[nodiscard]] const Result<void>& result() const { return m_result; }

private:
    void flush();

    SparseTarget* m_target;
    qint64 m_blockSize;
    std::vector<char> m_buffer;
    qint64 m_start = 0; ///< Byte of the image where the buffer belongs.
    qint64 m_used = 0; ///< Bytes.
    Result<void> m_result;
};

} // namespace Stowage
