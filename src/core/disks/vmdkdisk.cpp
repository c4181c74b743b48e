// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/disks/diskformats.h"
#include "core/disks/inflater.h"
#include "core/disks/mappeddisk.h"
#include "core/disks/vmdkdescriptor.h"
#include "core/support/units.h"

#include <QCoreApplication>

#include <algorithm>
#include <bit>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

struct VmdkText {
    Q_DECLARE_TR_FUNCTIONS(VmdkDisk)
};

constexpr qint64 MostDescriptorBytes = 1 * MiB;
constexpr quint32 FlagNewlines = 1 << 0;
constexpr quint32 FlagZeroGrains = 1 << 2;
constexpr quint32 FlagCompressed = 1 << 16;
constexpr quint32 FlagMarkers = 1 << 17;
constexpr quint64 DirectoryAtEnd = ~quint64{0};

/** What the header of a sparse part says (VMware, Virtual Disk Format 5.0: hosted sparse extents). Bytes throughout. */
struct SparseHeader {
    qint64 capacity = 0;
    qint64 grainBytes = 0;
    qint64 tableBytes = 0; ///< Of the disk, that one grain table maps.
    qint64 directory = 0; ///< Where the grain directory lies.
    qint64 descriptor = 0; ///< Where the embedded descriptor lies.
    qint64 descriptorBytes = 0; ///< 0: there is none.
    bool isPacked = false;
    bool hasZeroGrains = false;
};

/** Checks one header of a sparse part. */
class HeaderReader
{
public:
    explicit HeaderReader(const DiskFile& file) : m_file(file) { }

    Result<SparseHeader> read()
    {
        auto head = headerAt(0);
        if (head && littleEndianAt<quint64>(*head, 56) == DirectoryAtEnd) {
            // A stream ends with the marker of a footer, the footer, which is the header once more, and the marker of the end.
            head = headerAt(m_file.size() - 2 * DiskSector);
        }
        if (!head) {
            return std::unexpected(head.error());
        }
        m_head = *head;
        return checkForm().and_then([this] { return checkGeometry(); }).transform([this] { return m_header; });
    }

private:
    [[nodiscard]] quint32 u32(qsizetype offset) const { return littleEndianAt<quint32>(m_head, offset); }
    [[nodiscard]] quint64 u64(qsizetype offset) const { return littleEndianAt<quint64>(m_head, offset); }

    [[nodiscard]] Result<QByteArray> headerAt(qint64 offset) const
    {
        if (offset < 0) {
            return m_file.cutOff();
        }
        return m_file.bytes(offset, DiskSector).and_then([&](const QByteArray& bytes) -> Result<QByteArray> {
            return bytes.startsWith("KDMV") ? Result<QByteArray>(bytes) : m_file.cutOff();
        });
    }

    Result<void> checkForm()
    {
        if (const quint32 version = u32(4); version < 1 || version > 3) {
            return m_file.refused(VmdkText::tr("of version %1, which is not known").arg(version));
        }
        const quint32 flags = u32(8);
        if ((flags & FlagNewlines) != 0 && !hasMagic(m_head, 73, "\n \r\n")) {
            return m_file.broken(VmdkText::tr("it was transferred as a text"));
        }
        m_header.hasZeroGrains = (flags & FlagZeroGrains) != 0;
        m_header.isPacked = (flags & FlagCompressed) != 0;
        if (m_header.isPacked && ((flags & FlagMarkers) == 0 || littleEndianAt<quint16>(m_head, 77) != 1)) {
            return m_file.refused(VmdkText::tr("with a compression that is not known"));
        }
        return {};
    }

    Result<void> checkGeometry()
    {
        constexpr quint64 MostSectors = quint64{1} << 47;
        const quint64 grain = u64(20);
        const quint64 most = static_cast<quint64>(m_header.isPacked ? 4 * MiB : 1 * GiB) / DiskSector;
        if (!std::has_single_bit(grain) || grain < 8 || grain > most) {
            return m_file.broken(VmdkText::tr("grains of %1 sectors are not possible").arg(grain));
        }
        const quint32 entries = u32(44);
        if (entries == 0 || entries > 512) {
            return m_file.broken(VmdkText::tr("grain tables of %1 entries are not possible").arg(entries));
        }
        const quint64 capacity = u64(12);
        if (capacity == 0 || capacity > MostSectors) {
            return m_file.broken(VmdkText::tr("a disk of %1 sectors is not possible").arg(capacity));
        }
        const quint64 tables = (capacity + grain * entries - 1) / (grain * entries);
        const quint64 directory = u64(56);
        if (directory == 0 || directory > MostSectors || !m_file.holds(directory * DiskSector, tables * 4)) {
            return m_file.broken(VmdkText::tr("its grain directory is not in the file"));
        }
        m_header.capacity = static_cast<qint64>(capacity) * DiskSector;
        m_header.grainBytes = static_cast<qint64>(grain) * DiskSector;
        m_header.tableBytes = m_header.grainBytes * entries;
        m_header.directory = static_cast<qint64>(directory) * DiskSector;
        return checkDescriptor();
    }

    Result<void> checkDescriptor()
    {
        constexpr quint64 Most = MostDescriptorBytes / DiskSector;
        const quint64 offset = u64(28);
        const quint64 size = u64(36);
        if (offset == 0) {
            return {};
        }
        if (size > Most || offset > static_cast<quint64>(m_file.size()) / DiskSector
            || !m_file.holds(offset * DiskSector, size * DiskSector)) {
            return m_file.broken(VmdkText::tr("its descriptor is not in the file"));
        }
        m_header.descriptor = static_cast<qint64>(offset) * DiskSector;
        m_header.descriptorBytes = static_cast<qint64>(size) * DiskSector;
        return {};
    }

    const DiskFile& m_file;
    QByteArray m_head;
    SparseHeader m_header;
};

/** A part of a disk, with what is needed to find its bytes. */
struct Part {
    VmdkPart::Kind kind = VmdkPart::Kind::Zero;
    qint64 start = 0; ///< Byte of the disk.
    qint64 size = 0; ///< Bytes.
    qint64 offset = 0; ///< Flat: byte in the file.
    std::unique_ptr<DiskFile> file = {}; ///< None for zeros.
    SparseHeader sparse = {};
};

/** Sources: VMware, Virtual Disk Format 5.0; for what is not in there, QEMU's block driver as the peer to agree with. */
class VmdkDisk final : public MappedDisk
{
public:
    /** @p parts make up the whole disk of @p size bytes, one behind the other. */
    VmdkDisk(std::vector<Part> parts, qint64 size) : MappedDisk(size), m_parts(std::move(parts)) { }

protected:
    Result<DiskRun> runAt(qint64 position) override
    {
        const Part& part = partAt(position);
        const qint64 inside = position - part.start;
        DiskRun run{.size = part.size - inside};
        switch (part.kind) {
        case VmdkPart::Kind::Zero:
            break;
        case VmdkPart::Kind::Flat:
            run.kind = DiskRun::Kind::Stored;
            run.file = part.file.get();
            run.offset = part.offset + inside;
            break;
        case VmdkPart::Kind::Sparse:
            return sparseRun(part, inside);
        }
        return run;
    }

    Result<void> unpack(const DiskRun& run, std::span<char> block) override
    {
        // The marker before a compressed grain: the sector of the disk as u64, the size of the data as u32.
        constexpr qint64 MarkerBytes = 12;
        const Part& part = partAt(run.block);
        const auto marker = run.file->bytes(run.offset, MarkerBytes);
        if (!marker) {
            return std::unexpected(marker.error());
        }
        const auto sector = littleEndianAt<quint64>(*marker, 0);
        const qint64 size = littleEndianAt<quint32>(*marker, 8);
        if (sector != static_cast<quint64>((run.block - part.start) / DiskSector) || size > 2 * run.blockSize) {
            return run.file->undecodable(run.block);
        }
        const auto packed = run.file->bytes(run.offset + MarkerBytes, size);
        if (!packed) {
            return std::unexpected(packed.error());
        }
        const auto made = m_inflater.zlib({packed->data(), static_cast<size_t>(size)}, block);
        const qint64 needed = std::min(run.blockSize, part.start + part.size - run.block); // the last may be shorter
        if (static_cast<qint64>(made.value_or(0)) < needed) {
            return run.file->undecodable(run.block);
        }
        std::ranges::fill(block.subspan(*made), '\0');
        return {};
    }

private:
    [[nodiscard]] const Part& partAt(qint64 position) const
    {
        return *std::prev(std::ranges::upper_bound(m_parts, position, {}, &Part::start));
    }

    /** @p inside: byte of the part. */
    Result<DiskRun> sparseRun(const Part& part, qint64 inside)
    {
        const SparseHeader& header = part.sparse;
        const qint64 left = part.size - inside;
        const auto table = m_directory.little<quint32>(*part.file, header.directory + inside / header.tableBytes * 4);
        if (!table) {
            return std::unexpected(table.error());
        }
        const qint64 inTable = inside % header.tableBytes;
        if (*table == 0) {
            return DiskRun{.size = std::min(header.tableBytes - inTable, left)};
        }
        const auto entry = m_table.little<quint32>(*part.file, *table * DiskSector + inTable / header.grainBytes * 4);
        return entry.transform([&](quint32 sector) {
            const qint64 inGrain = inside % header.grainBytes;
            DiskRun run{.size = std::min(header.grainBytes - inGrain, left)};
            if (sector == 0 || (sector == 1 && header.hasZeroGrains)) {
                return run;
            }
            run.file = part.file.get();
            run.offset = sector * DiskSector;
            if (header.isPacked) {
                run.kind = DiskRun::Kind::Packed;
                run.block = part.start + inside - inGrain;
                run.blockSize = header.grainBytes;
            } else {
                run.kind = DiskRun::Kind::Stored;
                run.offset += inGrain;
            }
            return run;
        });
    }

    std::vector<Part> m_parts;
    TableWindow m_directory;
    TableWindow m_table;
    Inflater m_inflater;
};

/** Adds the sparse part of @p size bytes in @p file to @p parts. */
Result<void> addSparse(DiskFile file, qint64 start, qint64 size, std::vector<Part>& parts)
{
    return HeaderReader(file).read().and_then([&](const SparseHeader& header) -> Result<void> {
        if (header.capacity < size) {
            return file.broken(VmdkText::tr("it has %1 of the %2 that its descriptor tells")
                                   .arg(formatBytes(header.capacity), formatBytes(size)));
        }
        parts.push_back({.kind = VmdkPart::Kind::Sparse, .start = start, .size = size, .sparse = header});
        parts.back().file = std::make_unique<DiskFile>(std::move(file));
        return {};
    });
}

Result<void> addFlat(DiskFile file, qint64 start, const VmdkPart& told, std::vector<Part>& parts)
{
    if (!file.holds(static_cast<quint64>(told.offset), static_cast<quint64>(told.size))) {
        return file.cutOff();
    }
    parts.push_back({.kind = VmdkPart::Kind::Flat, .start = start, .size = told.size, .offset = told.offset});
    parts.back().file = std::make_unique<DiskFile>(std::move(file));
    return {};
}

/** A disk in one sparse file with the descriptor inside, which says the name that the file once had. */
Result<OpenedDisk> openMonolithic(DiskFile file)
{
    const auto header = HeaderReader(file).read();
    if (!header) {
        return std::unexpected(header.error());
    }
    const auto text = file.bytes(header->descriptor, header->descriptorBytes);
    if (!text) {
        return std::unexpected(text.error());
    }
    if (text->isEmpty() || text->startsWith('\0')) {
        return file.refused(VmdkText::tr("of several files, this being one of them"),
                            VmdkText::tr("Choose the file that holds its descriptor, a short text."));
    }
    const auto descriptor = parseVmdkDescriptor(*text, file);
    if (!descriptor) {
        return std::unexpected(descriptor.error());
    }
    if (descriptor->parts.size() != 1 || descriptor->parts.front().kind != VmdkPart::Kind::Sparse) {
        return file.refused(VmdkText::tr("of several files with the descriptor in one of them"));
    }
    std::vector<Part> parts;
    return addSparse(std::move(file), 0, descriptor->size, parts).transform([&] {
        return OpenedDisk{.reader = std::make_unique<VmdkDisk>(std::move(parts), descriptor->size),
                          .variant = descriptor->createType};
    });
}

/** A disk in files beside its descriptor @p file. */
Result<OpenedDisk> openParts(const DiskFile& file, const std::stop_token& stop)
{
    if (file.size() > MostDescriptorBytes) {
        return file.broken(VmdkText::tr("its descriptor has %1").arg(formatBytes(file.size())));
    }
    const auto descriptor = file.bytes(0, file.size()).and_then([&file](const QByteArray& text) {
        return parseVmdkDescriptor(text, file);
    });
    if (!descriptor) {
        return std::unexpected(descriptor.error());
    }
    std::vector<Part> parts;
    OpenedDisk disk{.reader = {}, .variant = descriptor->createType};
    qint64 start = 0;
    for (const VmdkPart& told : descriptor->parts) {
        if (stop.stop_requested()) {
            return cancelled();
        }
        if (told.kind == VmdkPart::Kind::Zero) {
            parts.push_back({.kind = told.kind, .start = start, .size = told.size});
        } else {
            const auto added = file.openBeside(told.name).and_then([&](DiskFile&& other) {
                disk.otherFiles.append(other.path());
                return told.kind == VmdkPart::Kind::Flat ? addFlat(std::move(other), start, told, parts)
                                                         : addSparse(std::move(other), start, told.size, parts);
            });
            if (!added) {
                return std::unexpected(added.error());
            }
        }
        start += told.size;
    }
    disk.reader = std::make_unique<VmdkDisk>(std::move(parts), descriptor->size);
    return disk;
}

} // namespace

Result<OpenedDisk> openVmdkDisk(DiskFile file, const std::stop_token& stop)
{
    return file.bytes(0, std::min<qint64>(file.size(), 4)).and_then([&](const QByteArray& magic) {
        return magic == "KDMV" ? openMonolithic(std::move(file)) : openParts(file, stop);
    });
}

} // namespace Stowage
