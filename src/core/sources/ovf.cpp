// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "ovf.h"

#include "core/sources/ovfdocument.h"
#include "core/support/safepath.h"
#include "core/support/units.h"

#include <QCoreApplication>

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

struct OvfText {
    Q_DECLARE_TR_FUNCTIONS(Ovf)
};

// CIM_ResourceAllocationSettingData.ResourceType (DMTF CIM schema 2.22).
constexpr int Processor = 3;
constexpr int Memory = 4;
constexpr int EthernetCard = 10;
constexpr int DiskDrive = 17;

constexpr qint64 Most = 64; ///< Disks, cards.

int typeOf(const OvfItem& item)
{
    return item.value("ResourceType").toInt();
}

/** @p text as twelve hexadecimal digits in pairs; empty where it is no address of a card. */
QString macOf(QString text)
{
    text.removeIf([](QChar c) { return c == u':' || c == u'-'; });
    const bool isHex = std::ranges::all_of(text,
                                           [](QChar c) { return QStringView(u"0123456789abcdefABCDEF").contains(c); });
    if (text.size() != 12 || !isHex) {
        return {};
    }
    QStringList pairs;
    for (qsizetype at = 0; at < text.size(); at += 2) {
        pairs.append(text.sliced(at, 2).toLower());
    }
    return pairs.join(u':');
}

/** Makes a machine of a description. */
class MachineMaker
{
public:
    MachineMaker(const OvfDocument& document, const QString& path) : m_document(document), m_path(path) { }

    Result<MachineDescription> make()
    {
        if (m_document.machines != 1) {
            return m_document.machines == 0
                ? brokenOvf(m_path, OvfText::tr("it describes none"))
                : refused(OvfText::tr("it holds several virtual machines"), OvfText::tr("Export each of them alone."));
        }
        m_machine.name = m_document.name;
        m_machine.system = m_document.system;
        m_machine.isUefi = m_document.isUefi;
        chooseItems();
        return addNumbers().and_then([this] { return addDisks(); }).transform([this] { return std::move(m_machine); });
    }

private:
    [[nodiscard]] std::unexpected<Error> refused(const QString& why, const QString& remedy) const
    {
        return fail(Error::Code::Unsupported, OvfText::tr("%1 cannot be taken: %2.").arg(m_path, why), remedy,
                    Place::inFile(m_path));
    }

    /** The hardware of the default configuration: what is said for it alone takes the place of what is said for all. */
    void chooseItems()
    {
        QHash<QString, qsizetype> places;
        for (const OvfItem& item : m_document.items) {
            const bool isRange = item.bound == "min"_L1 || item.bound == "max"_L1;
            const bool isOther = !item.configurations.isEmpty()
                && !item.configurations.contains(m_document.configuration);
            if (isRange || isOther) {
                continue;
            }
            const QString id = item.value("InstanceID");
            const auto known = places.constFind(id);
            if (!id.isEmpty() && known != places.cend() && !item.configurations.isEmpty()) {
                m_items[*known] = item;
                continue;
            }
            places.insert(id, m_items.size());
            m_items.append(item);
        }
    }

    Result<void> addNumbers()
    {
        constexpr qint64 MostMemory = 1024 * 1024 * GiB;
        constexpr qint64 MostVcpus = 4096;
        qint64 memory = 0;
        qint64 vcpus = 0;
        for (const OvfItem& item : std::as_const(m_items)) {
            const int type = typeOf(item);
            if (type == EthernetCard) {
                m_machine.cards.append(MachineCard{macOf(item.value("Address"))});
            }
            if (type != Memory && type != Processor) {
                continue;
            }
            const QString unit = item.value("AllocationUnits");
            const qint64 bytes = type == Processor ? 1 : unit.isEmpty() ? MiB : bytesOfUnit(unit);
            bool isNumber = false;
            const qint64 quantity = item.value("VirtualQuantity").toLongLong(&isNumber);
            qint64& sum = type == Memory ? memory : vcpus;
            const qint64 most = (type == Memory ? MostMemory : MostVcpus) - sum;
            if (!isNumber || quantity < 0 || bytes <= 0 || quantity > most / bytes) {
                const QString told = shownOvf(item.value("VirtualQuantity"));
                return brokenOvf(
                    m_path,
                    type == Memory
                        ? OvfText::tr("a memory of %1 times \"%2\" is not possible").arg(told, shownOvf(unit))
                        : OvfText::tr("%1 processors are not possible").arg(told));
            }
            sum += quantity * bytes;
        }
        m_machine.memoryMiB = (memory + MiB - 1) / MiB;
        m_machine.vcpus = static_cast<int>(vcpus);
        return m_machine.cards.size() <= Most ? Result<void>() : tooMany(OvfText::tr("network cards"));
    }

    [[nodiscard]] std::unexpected<Error> tooMany(const QString& what) const
    {
        return brokenOvf(m_path, OvfText::tr("it has more than %1 %2").arg(QString::number(Most), what));
    }

    /** The place of a drive: that of its controller, and its number there. */
    [[nodiscard]] std::tuple<qsizetype, qint64, qsizetype> placeOf(qsizetype index) const
    {
        const OvfItem& drive = m_items.at(index);
        const QString parent = drive.value("Parent");
        const auto controller = std::ranges::find_if(m_items, [&parent](const OvfItem& item) {
            return !parent.isEmpty() && item.value("InstanceID") == parent;
        });
        const qsizetype at = controller == m_items.end() ? index : controller - m_items.begin();
        return {at, drive.value("AddressOnParent").toLongLong(), index};
    }

    Result<void> addDisks()
    {
        std::map<std::tuple<qsizetype, qint64, qsizetype>, Result<MachineDisk>> drives;
        for (qsizetype i = 0; i < m_items.size(); ++i) {
            const QString resource = m_items.at(i).value("HostResource");
            if (typeOf(m_items.at(i)) == DiskDrive && !resource.isEmpty()) {
                if (std::ssize(drives) == Most) {
                    return tooMany(OvfText::tr("disks"));
                }
                drives.emplace(placeOf(i), diskFor(resource));
            }
        }
        if (drives.empty()) { // nothing says where they are put in
            for (qsizetype i = 0; i < m_document.disks.size(); ++i) {
                if (std::ssize(drives) == Most) {
                    return tooMany(OvfText::tr("disks"));
                }
                drives.emplace(std::tuple(i, 0, i), diskOf(m_document.disks.at(i)));
            }
        }
        for (const auto& [place, disk] : drives) {
            if (!disk) {
                return std::unexpected(disk.error());
            }
            m_machine.disks.append(*disk);
        }
        return {};
    }

    /** What a drive holds: "ovf:/disk/ID", or "ovf:/file/ID". */
    [[nodiscard]] Result<MachineDisk> diskFor(const QString& resource) const
    {
        const QString id = resource.section(u'/', -1);
        if (resource.section(u'/', -2, -2) == "file"_L1) {
            return fileOf(id);
        }
        const auto found = std::ranges::find(m_document.disks, id, &OvfDisk::id);
        return found != m_document.disks.end()
            ? diskOf(*found)
            : brokenOvf(m_path, OvfText::tr("it has no disk \"%1\", which one of its drives holds").arg(shownOvf(id)));
    }

    [[nodiscard]] Result<MachineDisk> diskOf(const OvfDisk& told) const
    {
        if (told.hasParent) {
            return refused(OvfText::tr("one of its disks only holds the differences to another one"),
                           OvfText::tr("Merge its snapshots, and export the virtual machine again."));
        }
        auto disk = told.fileRef.isEmpty() ? Result<MachineDisk>(MachineDisk()) : fileOf(told.fileRef);
        if (!disk) {
            return disk;
        }
        constexpr qint64 MostBytes = qint64{1} << 56;
        bool isNumber = false; // it may stand for a setting of the machine: "${size}"
        const qint64 capacity = told.capacity.toLongLong(&isNumber);
        const qint64 unit = told.units.isEmpty() ? 1 : bytesOfUnit(told.units);
        if (isNumber && (capacity < 0 || unit <= 0 || capacity > MostBytes / unit)) {
            return brokenOvf(m_path,
                             OvfText::tr("a disk of %1 times \"%2\" is not possible")
                                 .arg(shownOvf(told.capacity), shownOvf(told.units)));
        }
        disk->capacity = isNumber ? capacity * unit : 0;
        disk->format = shownOvf(told.format);
        if (disk->file.isEmpty() && disk->capacity == 0) {
            return brokenOvf(m_path, OvfText::tr("one of its disks has neither a file nor a size"));
        }
        return disk;
    }

    [[nodiscard]] Result<MachineDisk> fileOf(const QString& id) const
    {
        const auto file = m_document.files.constFind(id);
        if (file == m_document.files.cend()) {
            return brokenOvf(m_path,
                             OvfText::tr("it has no file \"%1\", which one of its disks is in").arg(shownOvf(id)));
        }
        if (const auto plain = checkFileName(file->href.toUtf8()); !plain) {
            return refused(
                OvfText::tr("one of its disks is in \"%1\", which does not lie beside it").arg(shownOvf(file->href)),
                OvfText::tr("Put all its files into one directory, and correct the names in it."));
        }
        MachineDisk disk;
        disk.file = file->href;
        disk.compression = file->compression == "identity"_L1 ? QString() : shownOvf(file->compression);
        disk.isChunked = file->isChunked;
        return disk;
    }

    const OvfDocument& m_document;
    const QString& m_path;
    QList<OvfItem> m_items; ///< Those that count.
    MachineDescription m_machine;
};

} // namespace

Result<MachineDescription> readOvf(const QByteArray& text, const QString& path)
{
    if (text.size() > MostOvfBytes) {
        return brokenOvf(path, OvfText::tr("it is larger than %1").arg(formatBytes(MostOvfBytes)));
    }
    return readOvfDocument(text, path).and_then([&path](const OvfDocument& document) {
        return MachineMaker(document, path).make();
    });
}

} // namespace Stowage
