// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "cdimage.h"

#include "core/filetrees/isotree.h"
#include "core/sources/bytes.h"
#include "core/support/filecopy.h"
#include "core/support/units.h"

#include <QCoreApplication>

#include <algorithm>

namespace Stowage
{

namespace
{

struct CdText {
    Q_DECLARE_TR_FUNCTIONS(CdImage)
};

constexpr qint64 Sector = 2 * KiB;
constexpr qint64 BootRecord = 17 * Sector;
constexpr qsizetype EntryBytes = 32;
constexpr qsizetype CatalogueBytes = 2 * Sector; // far more entries than any CD has
constexpr quint8 Bootable = 0x88;
constexpr quint8 Header = 0x90;
constexpr quint8 LastHeader = 0x91;
constexpr quint8 X86 = 0;
constexpr quint8 Uefi = 0xef;

/** Reads the entries of one catalogue. */
class Catalogue
{
public:
    Catalogue(QByteArray bytes, CdImage& cd) : m_bytes(std::move(bytes)), m_cd(cd) { }

    void read()
    {
        if (!isValid()) {
            return;
        }
        take(EntryBytes, at(1));
        for (qsizetype entry = 2 * EntryBytes; isHeader(at(entry));) {
            const bool isLast = at(entry) == LastHeader;
            const quint8 platform = at(entry + 1);
            const auto count = littleEndianAt<quint16>(m_bytes, entry + 2);
            entry += EntryBytes;
            for (int i = 0; i < count && entry < m_bytes.size(); ++i) {
                take(entry, platform);
                entry = behind(entry);
            }
            if (isLast) {
                return;
            }
        }
    }

private:
    [[nodiscard]] quint8 at(qsizetype offset) const
    {
        return offset < m_bytes.size() ? static_cast<quint8>(m_bytes.at(offset)) : quint8{0};
    }
    static bool isHeader(quint8 id) { return id == Header || id == LastHeader; }

    [[nodiscard]] bool isValid() const
    {
        quint16 sum = 0;
        for (qsizetype word = 0; word < EntryBytes; word += 2) {
            sum = static_cast<quint16>(sum + littleEndianAt<quint16>(m_bytes, word));
        }
        return m_bytes.size() >= 2 * EntryBytes && at(0) == 1 && sum == 0 && at(30) == 0x55 && at(31) == 0xaa;
    }

    void take(qsizetype entry, quint8 platform)
    {
        const bool starts = at(entry) == Bootable && littleEndianAt<quint32>(m_bytes, entry + 8) != 0;
        m_cd.startsByBios = m_cd.startsByBios || (starts && platform == X86);
        m_cd.startsByUefi = m_cd.startsByUefi || (starts && platform == Uefi);
    }

    /** Where the entry behind @p entry begins; extensions belong to it. */
    [[nodiscard]] qsizetype behind(qsizetype entry) const
    {
        constexpr quint8 Extension = 0x44;
        constexpr quint8 Continues = 0x20;
        bool continues = (at(entry + 1) & Continues) != 0;
        entry += EntryBytes;
        while (continues && at(entry) == Extension) {
            continues = (at(entry + 1) & Continues) != 0;
            entry += EntryBytes;
        }
        return entry;
    }

    QByteArray m_bytes;
    CdImage& m_cd;
};

} // namespace

CdImage readCdImage(const QString& path, const FileSample& sample)
{
    CdImage cd;
    const auto volume = findIsoVolume(sample.head);
    cd.label = volume ? volume->label : QString();
    if (!hasMagic(sample.head, BootRecord, QByteArrayView("\0CD001\1EL TORITO SPECIFICATION", 30))) {
        return cd;
    }
    const qint64 catalogue = qint64{littleEndianAt<quint32>(sample.head, BootRecord + 0x47)} * Sector;
    if (catalogue <= BootRecord || catalogue >= sample.size) {
        return cd;
    }
    const auto file = openRegularFile(path);
    auto bytes = file ? readAt(*file, catalogue, std::min<qint64>(CatalogueBytes, sample.size - catalogue), path)
                      : std::unexpected(file.error());
    if (bytes) {
        Catalogue(*std::move(bytes), cd).read();
    }
    return cd;
}

Result<void> checkCdSize(const IsoVolume& volume, qint64 bytes, const QString& path)
{
    return volume.size <= bytes ? Result<void>()
                                : fail(Error::Code::InvalidInput,
                                       CdText::tr("%1 is a CD image that is cut off: its volume has %2, the file %3.")
                                           .arg(path, formatBytes(volume.size), formatBytes(bytes)),
                                       CdText::tr("Copy or download it again."), Place::inFile(path));
}

} // namespace Stowage
