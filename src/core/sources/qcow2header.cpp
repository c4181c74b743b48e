// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "qcow2header.h"

#include "core/sources/bytes.h"
#include "core/sources/sourcefile.h"
#include "core/support/units.h"

#include <QCoreApplication>

#include <algorithm>

namespace Stowage
{

namespace
{

struct Qcow2 {
    Q_DECLARE_TR_FUNCTIONS(Qcow2)
};

constexpr quint64 IncompatDirty = 1;
constexpr quint64 IncompatCorrupt = 2;
constexpr quint64 IncompatDataFile = 4;
constexpr quint64 IncompatCompression = 8;
constexpr quint64 IncompatExtendedL2 = 16;
constexpr quint64 IncompatKnown = IncompatDirty | IncompatCorrupt | IncompatDataFile | IncompatCompression
    | IncompatExtendedL2;

constexpr quint32 ExtensionDataFile = 0x44415441;
constexpr qsizetype Version2HeaderSize = 72;
constexpr qsizetype Version3HeaderSize = 104;
constexpr quint64 MaxVirtualSize = quint64{1} << 56; // 64 PiB
constexpr quint64 MaxL1Bytes = 32 * MiB; // as QEMU
constexpr quint64 MaxRefcountTableBytes = 8 * MiB; // as QEMU
constexpr quint32 MaxSnapshots = 65536; // as QEMU
constexpr qsizetype MaxNameLength = 1023;

/** Checks one header, keeping file name and bytes at hand. */
class Checker
{
public:
    Checker(QString path, QByteArray head, qint64 fileSize)
        : m_path(std::move(path)),
          m_head(std::move(head)),
          m_fileSize(fileSize)
    { }

    Result<Qcow2Header> check()
    {
        if (!hasMagic(m_head, 0, "QFI\xfb")) {
            return refuse(Qcow2::tr("%1 is no QCOW2 disk image.").arg(m_path),
                          Qcow2::tr("Import it as what it is; \"stowage-cli probe\" tells."),
                          Error::Code::InvalidInput);
        }
        m_header.version = u32(4);
        if (m_header.version != 2 && m_header.version != 3) {
            return refuse(Qcow2::tr("%1 is a QCOW image of version %2; versions 2 and 3 are known.")
                              .arg(m_path)
                              .arg(m_header.version),
                          Qcow2::tr("Convert it with \"qemu-img convert -O qcow2\"."));
        }
        for (const auto step : {&Checker::checkLength, &Checker::checkFeatures, &Checker::checkOtherFiles,
                                &Checker::checkGeometry, &Checker::checkTables}) {
            if (auto checked = (this->*step)(); !checked) {
                return std::unexpected(checked.error());
            }
        }
        return m_header;
    }

private:
    [[nodiscard]] quint32 u32(qsizetype offset) const { return bigEndianAt<quint32>(m_head, offset); }
    [[nodiscard]] quint64 u64(qsizetype offset) const { return bigEndianAt<quint64>(m_head, offset); }
    [[nodiscard]] quint64 clusterSize() const { return quint64{1} << m_header.clusterBits; }

    [[nodiscard]] std::unexpected<Error> refuse(const QString& message, const QString& remedy,
                                                Error::Code code = Error::Code::Unsupported) const
    {
        return fail(code, message, remedy, Place::inFile(m_path));
    }

    [[nodiscard]] std::unexpected<Error> broken(const QString& why) const
    {
        return refuse(Qcow2::tr("%1 is a broken QCOW2 image: %2.").arg(m_path, why),
                      Qcow2::tr("Copy or download it again, or look at it with \"qemu-img check\"."),
                      Error::Code::InvalidInput);
    }

    Result<void> checkLength()
    {
        m_headerLength = m_header.version == 2 ? Version2HeaderSize
                                               : static_cast<qsizetype>(std::min<quint32>(u32(100), 0x7fffffff));
        const qsizetype least = m_header.version == 2 ? Version2HeaderSize : Version3HeaderSize;
        if (m_head.size() < least) {
            return broken(Qcow2::tr("the file ends within the header"));
        }
        m_header.clusterBits = u32(20);
        if (m_header.clusterBits < 9 || m_header.clusterBits > 21) {
            return broken(Qcow2::tr("clusters of 2^%1 bytes are not possible").arg(m_header.clusterBits));
        }
        if (m_headerLength < least || static_cast<quint64>(m_headerLength) > clusterSize()
            || m_headerLength > m_head.size()) {
            return broken(Qcow2::tr("its header claims a length of %1 bytes").arg(m_headerLength));
        }
        return {};
    }

    Result<void> checkFeatures()
    {
        if (const quint32 method = u32(32); method != 0) {
            return refuse(Qcow2::tr("%1 is an encrypted QCOW2 image.").arg(m_path),
                          Qcow2::tr("Decrypt it with \"qemu-img convert\" and use the result."));
        }
        if (m_header.version == 2) {
            return {};
        }
        const quint64 incompatible = u64(72);
        if ((incompatible & IncompatCorrupt) != 0) {
            return refuse(Qcow2::tr("%1 is a QCOW2 image that is marked as corrupt.").arg(m_path),
                          Qcow2::tr("Repair a copy of it with \"qemu-img check -r all\"."), Error::Code::InvalidInput);
        }
        if ((incompatible & ~IncompatKnown) != 0) {
            return refuse(Qcow2::tr("%1 is a QCOW2 image with features that Stowage does not know (0x%2).")
                              .arg(m_path, QString::number(incompatible & ~IncompatKnown, 16)),
                          Qcow2::tr("Convert it with \"qemu-img convert -O qcow2\" and use the result."));
        }
        m_header.dirty = (incompatible & IncompatDirty) != 0;
        m_header.extendedL2 = (incompatible & IncompatExtendedL2) != 0;
        m_dataFile = (incompatible & IncompatDataFile) != 0;
        const quint8 compression = m_headerLength > 104 ? static_cast<quint8>(m_head[104]) : 0;
        if (compression > 1 || (compression != 0) != ((incompatible & IncompatCompression) != 0)) {
            return broken(Qcow2::tr("its compression type %1 is not known or not marked").arg(compression));
        }
        m_header.zstd = compression == 1;
        if (m_header.extendedL2 && m_header.clusterBits < 14) {
            return broken(Qcow2::tr("its clusters are too small for subclusters"));
        }
        return {};
    }

    /** An image that consists of more than this file could read any file of the user's into a guest. */
    Result<void> checkOtherFiles()
    {
        if (m_dataFile) {
            const QString name = dataFileName();
            return refuse(
                name.isEmpty()
                    ? Qcow2::tr("%1 is a QCOW2 image whose data lies in another file.").arg(m_path)
                    : Qcow2::tr("%1 is a QCOW2 image whose data lies in another file, \"%2\".").arg(m_path, name),
                Qcow2::tr("Merge both with \"qemu-img convert -O qcow2\" and use the result."));
        }
        if (const quint64 offset = u64(8); offset != 0) {
            const qsizetype length = std::min<qsizetype>(u32(16), MaxNameLength);
            const QString name = offset < static_cast<quint64>(m_head.size())
                ? printable(m_head.sliced(static_cast<qsizetype>(offset)).left(length))
                : QString();
            return refuse(Qcow2::tr("%1 is a QCOW2 image that only holds the differences to another image, \"%2\".")
                              .arg(m_path, name),
                          Qcow2::tr("Merge both with \"qemu-img convert -O qcow2\" and use the result."));
        }
        return {};
    }

    Result<void> checkGeometry()
    {
        const quint64 size = u64(24);
        if (size > MaxVirtualSize) {
            return broken(Qcow2::tr("a disk of %1 bytes is not possible").arg(size));
        }
        m_header.virtualSize = static_cast<qint64>(size);
        m_header.l1Size = u32(36);
        const quint64 entrySize = m_header.extendedL2 ? 16 : 8;
        const quint64 bytesPerEntry = clusterSize() * (clusterSize() / entrySize);
        const quint64 needed = size / bytesPerEntry + (size % bytesPerEntry != 0 ? 1 : 0);
        if (m_header.l1Size < needed) {
            return broken(Qcow2::tr("its table of %1 entries does not cover a disk of %2")
                              .arg(m_header.l1Size)
                              .arg(formatBytes(m_header.virtualSize)));
        }
        if (m_header.version == 3 && u32(96) > 6) {
            return broken(Qcow2::tr("its reference counts have an impossible width"));
        }
        return {};
    }

    Result<void> checkTables()
    {
        const quint64 l1Bytes = quint64{m_header.l1Size} * 8;
        if (auto fits = checkTable(Qcow2::tr("first table"), u64(40), l1Bytes, MaxL1Bytes); !fits) {
            return fits;
        }
        m_header.l1TableOffset = static_cast<qint64>(u64(40));
        const quint64 refcountBytes = quint64{u32(56)} << m_header.clusterBits;
        if (auto fits = checkTable(Qcow2::tr("table of reference counts"), u64(48), refcountBytes,
                                   MaxRefcountTableBytes);
            !fits) {
            return fits;
        }
        const quint32 snapshots = u32(60);
        if (snapshots > MaxSnapshots || (snapshots > 0 && u64(64) >= static_cast<quint64>(m_fileSize))) {
            return broken(Qcow2::tr("its list of snapshots is not in the file"));
        }
        return {};
    }

    [[nodiscard]] Result<void> checkTable(const QString& name, quint64 offset, quint64 length, quint64 limit) const
    {
        if (length == 0) {
            return {};
        }
        if (length > limit) {
            return broken(Qcow2::tr("its %1 has %2 bytes").arg(name).arg(length));
        }
        const auto size = static_cast<quint64>(m_fileSize);
        if (offset == 0 || offset % clusterSize() != 0 || offset > size || length > size - offset) {
            return broken(Qcow2::tr("its %1 is not in the file").arg(name));
        }
        return {};
    }

    /** Header extensions follow the header: type, length, data padded to 8 bytes; type 0 ends them. */
    [[nodiscard]] QString dataFileName() const
    {
        const qsizetype end = std::min<qsizetype>(m_head.size(), static_cast<qsizetype>(clusterSize()));
        qsizetype offset = m_headerLength;
        while (offset <= end - 8) {
            const quint32 type = u32(offset);
            const auto length = static_cast<qsizetype>(u32(offset + 4));
            offset += 8;
            if (type == 0 || length > end - offset) {
                break;
            }
            if (type == ExtensionDataFile) {
                return printable(m_head.sliced(offset, std::min(length, MaxNameLength)));
            }
            offset += (length + 7) / 8 * 8;
        }
        return {};
    }

    static QString printable(const QByteArray& name)
    {
        QString text = QString::fromUtf8(name);
        text.removeIf([](QChar c) { return !c.isPrint(); });
        return text;
    }

    QString m_path;
    QByteArray m_head;
    qint64 m_fileSize;
    qsizetype m_headerLength = 0;
    bool m_dataFile = false;
    Qcow2Header m_header;
};

} // namespace

Result<Qcow2Header> readQcow2Header(const QString& path)
{
    auto sample = readSample(path, {});
    if (!sample) {
        return std::unexpected(sample.error());
    }
    return readQcow2Header(sample->head, sample->size, path);
}

Result<Qcow2Header> readQcow2Header(const QByteArray& head, qint64 size, const QString& name)
{
    return Checker(name, head, size).check();
}

} // namespace Stowage
