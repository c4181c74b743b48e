// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/output/outputform.h"
#include "core/support/result.h"

#include <memory>
#include <span>
#include <stop_token>

namespace Stowage
{

/**
 * Compresses a stream of bytes into a file, on several cores where the format allows. The same bytes give the same file on
 * every machine. A cancel is looked at while a block is compressed, too: xz takes seconds for one.
 */
class PackedFile
{
public:
    /** @p fd is borrowed, empty and open for writing; @p shown: its name for errors. */
    PackedFile(int fd, QString shown, std::stop_token stop);
    PackedFile(const PackedFile&) = delete;
    PackedFile& operator=(const PackedFile&) = delete;
    PackedFile(PackedFile&&) = delete;
    PackedFile& operator=(PackedFile&&) = delete;
    /** Without close() before, the file is of no use. */
    ~PackedFile();

    [[nodiscard]] Result<void> open(Compression compression);
    /** Blocks on the disk and on the compression. After an error nothing else works. */
    [[nodiscard]] Result<void> write(std::span<const char> bytes);
    /** Writes what is left; to be called at the end. */
    [[nodiscard]] Result<void> close();

    /** What compresses the bytes. */
    class Encoder;

private:
    int m_fd;
    QString m_shown;
    std::stop_token m_stop;
    std::unique_ptr<Encoder> m_encoder;
};

} // namespace Stowage
