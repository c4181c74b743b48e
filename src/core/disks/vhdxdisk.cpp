// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/disks/diskformats.h"
#include "core/disks/mappeddisk.h"
#include "core/disks/vhdxheader.h"

#include <QCoreApplication>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

struct VhdxText {
    Q_DECLARE_TR_FUNCTIONS(VhdxDisk)
};

/** Source: [MS-VHDX] 2.5, the table of blocks. */
class VhdxDisk final : public MappedDisk
{
public:
    VhdxDisk(DiskFile file, const VhdxHeader& header)
        : MappedDisk(header.size),
          m_file(std::move(file)),
          m_header(header)
    { }

protected:
    Result<DiskRun> runAt(qint64 position) override
    {
        enum State : quint64 { NotPresent = 0, Undefined = 1, Zero = 2, Unmapped = 3, Present = 6 };
        constexpr quint64 StateBits = 7;
        constexpr quint64 OffsetBits = ~quint64{0xfffff};
        const qint64 block = position / m_header.blockBytes;
        const auto entry = m_table.little<quint64>(m_file,
                                                   m_header.table + (block + block / m_header.blocksPerBitmap) * 8);
        return entry.and_then([&](quint64 value) -> Result<DiskRun> {
            const qint64 inside = position % m_header.blockBytes;
            DiskRun run{.size = m_header.blockBytes - inside};
            switch (value & StateBits) {
            case NotPresent:
            case Undefined:
            case Zero:
            case Unmapped:
                return run;
            case Present:
                break;
            default:
                return m_file.broken(
                    VhdxText::tr("its table of blocks has an impossible entry for block %1").arg(block));
            }
            if (!m_file.holds(value & OffsetBits, 1)) {
                return m_file.cutOff();
            }
            run.kind = DiskRun::Kind::Stored;
            run.file = &m_file;
            run.offset = static_cast<qint64>(value & OffsetBits) + inside;
            return run;
        });
    }

private:
    DiskFile m_file;
    VhdxHeader m_header;
    TableWindow m_table;
};

} // namespace

Result<OpenedDisk> openVhdxDisk(DiskFile file, const std::stop_token& /*stop*/)
{
    return readVhdxHeader(file).transform([&file](const VhdxHeader& header) {
        return OpenedDisk{.reader = std::make_unique<VhdxDisk>(std::move(file), header),
                          .variant = header.isFixed ? u"fixed"_s : u"dynamic"_s};
    });
}

} // namespace Stowage
