// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/disks/diskreader.h"
#include "core/sources/bytes.h"
#include "core/support/fileslice.h"
#include "core/support/uniquefd.h"

#include <QByteArray>
#include <QString>

#include <concepts>
#include <span>

namespace Stowage
{

inline constexpr qint64 DiskSector = 512; ///< Bytes; the unit in which most formats count.

/** A file that holds a virtual disk or a part of one, and the errors that name it. Blocks on the disk. */
class DiskFile
{
public:
    /** Opens the regular file @p path for reading. @p format is what errors call the disk: "VMDK disk". */
    [[nodiscard]] static Result<DiskFile> open(const QString& path, const QString& format);

    /**
     * Opens @p slice of a regular file, such as a member of an archive, as if it were a file of its own, which errors call
     * @p name. It has no others beside it. An error where the file ends before it.
     */
    [[nodiscard]] static Result<DiskFile> open(const FileSlice& slice, const QString& name, const QString& format);

    /**
     * Opens a further part of the disk: the regular file @p name, which comes from the image and is hostile, in the directory
     * of this one. Refused are names of anything elsewhere, links and devices.
     */
    [[nodiscard]] Result<DiskFile> openBeside(const QByteArray& name) const;

    [[nodiscard]] QString path() const { return m_path; }
    [[nodiscard]] qint64 size() const { return m_size; }
    /** Whether all of the @p length bytes from @p offset on lie in the file, whatever the numbers. */
    [[nodiscard]] bool holds(quint64 offset, quint64 length) const;

    /** The @p length bytes from @p offset on; an error where the file ends before them. */
    [[nodiscard]] Result<QByteArray> bytes(qint64 offset, qint64 length) const;
    /** Fills @p into with the bytes from @p offset on; an error where the file ends before them. */
    [[nodiscard]] Result<void> read(qint64 offset, std::span<char> into) const;
    /** The same for formats whose files may end within their last block: what is behind the end of the file are zeros. */
    [[nodiscard]] Result<void> readPadded(qint64 offset, std::span<char> into) const;
    /** The first run of bytes in the @p length bytes from @p offset on that are not in a hole; of no bytes: there is none. */
    [[nodiscard]] DiskExtent nextData(qint64 offset, qint64 length) const;

    /** @p bytes as the size of the disk, made up to whole sectors; an error where no disk has it (none, above 64 PiB). */
    [[nodiscard]] Result<qint64> diskSize(quint64 bytes) const;

    /** The error of a header or table that makes no sense: @p why goes on after "... is a broken VMDK disk: ". */
    [[nodiscard]] std::unexpected<Error> broken(const QString& why) const;
    /** The error of data that cannot be decompressed, for byte @p position of the disk. */
    [[nodiscard]] std::unexpected<Error> undecodable(qint64 position) const;
    /** The error of a file that ends before what it should hold. */
    [[nodiscard]] std::unexpected<Error> cutOff() const;
    /** The error of a disk that is sound, but of a sort that is not taken: @p what goes on after "... is a VMDK disk ". */
    [[nodiscard]] std::unexpected<Error> refused(const QString& what, const QString& remedy = {}) const;

private:
    DiskFile(UniqueFd file, qint64 base, qint64 size, QString path, QString format);

    [[nodiscard]] Result<qint64> readSome(qint64 offset, std::span<char> into) const;

    UniqueFd m_file;
    qint64 m_base; ///< Byte of m_file where it begins.
    qint64 m_size;
    bool m_isPart = false; ///< Of a file that holds more than it.
    QString m_path; ///< What errors call it.
    QString m_format;
};

/** Reads the numbers of a table in a file, some 64 KiB at a time: no table is too large to be in the memory. */
class TableWindow
{
public:
    /** The little-endian number at @p offset of @p file; an error where that is outside of it. */
    template<std::unsigned_integral T>
    [[nodiscard]] Result<T> little(const DiskFile& file, qint64 offset)
    {
        return bytes(file, offset, sizeof(T)).transform([](QByteArrayView at) { return littleEndianAt<T>(at, 0); });
    }
    /** The same for a big-endian number. */
    template<std::unsigned_integral T>
    [[nodiscard]] Result<T> big(const DiskFile& file, qint64 offset)
    {
        return bytes(file, offset, sizeof(T)).transform([](QByteArrayView at) { return bigEndianAt<T>(at, 0); });
    }

private:
    [[nodiscard]] Result<QByteArrayView> bytes(const DiskFile& file, qint64 offset, qint64 length);

    const DiskFile* m_file = nullptr; ///< Of which m_bytes are.
    qint64 m_start = 0;
    QByteArray m_bytes;
};

} // namespace Stowage
