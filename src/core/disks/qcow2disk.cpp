// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/disks/diskformats.h"
#include "core/disks/mappeddisk.h"
#include "core/disks/qcow2cluster.h"
#include "core/sources/sourcefile.h"

namespace Stowage
{

namespace
{

/** The active disk of a QCOW2 image; source: QEMU docs/interop/qcow2.txt. */
class Qcow2Disk final : public MappedDisk
{
public:
    Qcow2Disk(DiskFile file, const Qcow2Header& header, qint64 size)
        : MappedDisk(size, Tail::Zeros), // as QEMU: the last cluster need not be all there
          m_file(std::move(file)),
          m_header(header),
          m_decoder(header)
    { }

protected:
    Result<DiskRun> runAt(qint64 position) override
    {
        const qint64 covers = clusterBytes() / entryBytes() * clusterBytes();
        const auto first = m_first.big<quint64>(m_file, m_header.l1TableOffset + position / covers * 8);
        if (!first) {
            return std::unexpected(first.error());
        }
        const auto table = static_cast<qint64>(*first & Qcow2OffsetBits);
        if (table == 0) {
            return DiskRun{.size = covers - position % covers};
        }
        const qint64 at = table + position % covers / clusterBytes() * entryBytes();
        const auto entry = m_second.big<quint64>(m_file, at);
        if (!entry) {
            return std::unexpected(entry.error());
        }
        if ((*entry & Qcow2CompressedBit) != 0) {
            const qint64 inside = position % clusterBytes();
            return DiskRun{.kind = DiskRun::Kind::Packed,
                           .size = clusterBytes() - inside,
                           .file = &m_file,
                           .block = position - inside,
                           .blockSize = clusterBytes(),
                           .packed = *entry};
        }
        if (!m_header.extendedL2) {
            return plainRun(*entry, (*entry & Qcow2ZeroBit) == 0, position, clusterBytes());
        }
        return m_second.big<quint64>(m_file, at + 8).transform([&](quint64 bitmap) {
            constexpr qint64 Subclusters = 32; // the lower half of the bitmap says which hold data
            const qint64 subcluster = clusterBytes() / Subclusters;
            const qint64 index = position % clusterBytes() / subcluster;
            return plainRun(*entry, (bitmap & (quint64{1} << index)) != 0, position, subcluster);
        });
    }

    Result<void> unpack(const DiskRun& run, std::span<char> block) override
    {
        const DiskExtent place = m_decoder.locate(run.packed, m_file.size());
        if (place.size <= 0) {
            return m_file.cutOff();
        }
        return m_file.bytes(place.start, place.size).and_then([&](const QByteArray& packed) -> Result<void> {
            if (!m_decoder.decode({packed.data(), static_cast<size_t>(packed.size())}, block)) {
                return m_file.undecodable(run.block);
            }
            return {};
        });
    }

private:
    [[nodiscard]] qint64 clusterBytes() const { return qint64{1} << m_header.clusterBits; }
    [[nodiscard]] qint64 entryBytes() const { return m_header.extendedL2 ? 16 : 8; }

    /** From @p position on to the end of its unit of @p unit bytes, in the cluster that @p entry tells if it @p hasData. */
    [[nodiscard]] DiskRun plainRun(quint64 entry, bool hasData, qint64 position, qint64 unit) const
    {
        DiskRun run{.size = unit - position % unit};
        if (const auto offset = static_cast<qint64>(entry & Qcow2OffsetBits); hasData && offset != 0) {
            run.kind = DiskRun::Kind::Stored;
            run.file = &m_file;
            run.offset = offset + position % clusterBytes();
        }
        return run;
    }

    DiskFile m_file;
    Qcow2Header m_header;
    Qcow2ClusterDecoder m_decoder;
    TableWindow m_first;
    TableWindow m_second;
};

} // namespace

Result<OpenedDisk> openQcow2Disk(DiskFile file, const std::stop_token& /*stop*/)
{
    const auto header = file.bytes(0, std::min(file.size(), SampleHeadSize)).and_then([&file](const QByteArray& head) {
        return readQcow2Header(head, file.size(), file.path());
    });
    const auto size = header ? file.diskSize(static_cast<quint64>(header->virtualSize))
                             : std::unexpected(header.error());
    return size.transform([&](qint64 bytes) {
        return OpenedDisk{.reader = std::make_unique<Qcow2Disk>(std::move(file), *header, bytes)};
    });
}

} // namespace Stowage
