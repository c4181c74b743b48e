// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/squashfs/squashfslibrary.h"

#include <QByteArray>
#include <QtEndian>

#include <sqfs/meta_reader.h>

#include <concepts>
#include <cstring>

namespace Stowage
{

/** Reads numbers from the compressed blocks of one table. What cannot be read makes all further numbers 0. */
class SquashfsMetadata
{
public:
    /** The table lies in the bytes from @p start up to @p end of @p disk; both are borrowed. */
    SquashfsMetadata(SquashfsDisk& disk, sqfs_compressor_t& decompressor, quint64 start, quint64 end)
        : m_reader(sqfs_meta_reader_create(&disk, &decompressor, start, end)),
          m_start(start)
    { }

    /** Goes to a byte of a decompressed block, which begins @p block bytes behind the table's start. */
    bool seek(quint64 block, quint64 offset)
    {
        m_good = m_reader && block <= Most && sqfs_meta_reader_seek(m_reader.get(), m_start + block, offset) == 0;
        return m_good;
    }

    template<std::unsigned_integral T>
    T next()
    {
        T number = 0;
        read(&number, sizeof(number));
        return qFromLittleEndian(number);
    }
    /** The next @p size bytes, which the caller keeps within reason. */
    QByteArray bytes(qsizetype size)
    {
        QByteArray read(size, '\0');
        this->read(read.data(), static_cast<size_t>(size));
        return read;
    }

    /** Whether all was there since seek(). */
    [[nodiscard]] bool isGood() const { return m_good; }
    [[nodiscard]] quint64 start() const { return m_start; }
    [[nodiscard]] sqfs_meta_reader_t* reader() const { return m_reader.get(); }

private:
    static constexpr quint64 Most = quint64{1} << 60;

    void read(void* into, size_t size)
    {
        m_good = m_good && sqfs_meta_reader_read(m_reader.get(), into, size) == 0;
        if (!m_good) {
            std::memset(into, 0, size);
        }
    }

    SquashfsObject<sqfs_meta_reader_t> m_reader;
    quint64 m_start;
    bool m_good = false;
};

} // namespace Stowage
