// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "bootpreparation.h"

#include "core/entries/unpack.h"
#include "core/ext4/ext4image.h"
#include "core/support/units.h"

#include <QCoreApplication>
#include <QFile>
#include <QFileInfo>

#include <algorithm>
#include <cerrno>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

struct Preparing {
    Q_DECLARE_TR_FUNCTIONS(BootPreparation)
};

constexpr qsizetype FileLimit = 512 * MiB; // of a hypervisor, a kernel, a RAM disk
constexpr qint64 XenMemory = 256; // MiB of the machine that neither the host nor a guest has
constexpr qint64 LeastGuestMemory = 64; // MiB

/** Copies the @p what at @p from; the copy is the machine's to write. */
Result<void> copyFile(const QString& from, const QString& to, const QString& what)
{
    QFile source(from);
    if (!source.copy(to)) {
        return fail(Error::Code::NotFound,
                    Preparing::tr("Cannot read the %1 %2: %3.").arg(what, from, source.errorString()),
                    Preparing::tr("Check the path."), Place::inFile(from));
    }
    QFile::setPermissions(to, QFile::ReadOwner | QFile::WriteOwner);
    return {};
}

/** Whether a BIOS finds anything to run in the disk's first sector: it runs zeros just as well, for ever. */
bool hasBootCode(const QString& disk)
{
    constexpr qint64 CodeSize = 440; // what the partition table's format leaves to the boot loader
    QFile file(disk);
    return file.open(QFile::ReadOnly) && !file.read(CodeSize).replace('\0', QByteArray()).isEmpty();
}

/** Puts all that a machine needs into its directory. */
class Preparation
{
public:
    Preparation(const BootRequest& request, const BootImage& image, QString directory, const std::stop_token& stop)
        : m_request(request),
          m_image(image),
          m_directory(std::move(directory)),
          m_stop(stop)
    { }

    Result<BootMachine> run()
    {
        BootMachine machine;
        machine.directory = m_directory;
        machine.architecture = m_image.architecture;
        machine.rootDevice = m_image.rootDevice;
        machine.dom0MemoryMiB = m_request.dom0MemoryMiB;
        machine.memoryMiB = m_request.dom0MemoryMiB + XenMemory;
        for (const AutostartGuest& guest : m_image.guests) {
            machine.memoryMiB += std::max(guest.memoryMiB, LeastGuestMemory);
        }
        if (machine.memoryMiB > MostMachineMemory) {
            return fail(Error::Code::InvalidInput,
                        Preparing::tr(
                            "The host and its guests are to have %1 MiB of memory together, which is more than "
                            "the %2 that a machine may have.")
                            .arg(machine.memoryMiB)
                            .arg(MostMachineMemory),
                        Preparing::tr("Give them less, or let fewer guests start by themselves."),
                        Place::inFile(m_request.image));
        }
        machine.firmware = m_request.firmware;
        auto brought = machine.firmware == BootFirmware::None ? bringSystem(machine) : bringFirmware(machine);
        return brought.and_then([&] { return linkDisk(); }).transform([&machine] { return machine; });
    }

private:
    /** What QEMU loads itself. */
    Result<void> bringSystem(BootMachine& machine)
    {
        const QString packed = place("hypervisor"_L1);
        // A kernel of the user's own has no RAM disk but the one that comes with it.
        const bool ownRamdisk = !m_request.kernel.isEmpty() || !m_request.ramdisk.isEmpty();
        machine.hasRamdisk = ownRamdisk ? !m_request.ramdisk.isEmpty() : !m_image.ramdisk.isEmpty();
        return bring(m_request.hypervisor, m_image.hypervisor, packed, Preparing::tr("hypervisor"), u"--xen"_s)
            .and_then([&] { // QEMU takes no compressed hypervisor
                Progress ignored;
                return unpackFile(packed, place(BootMachine::HypervisorFile), {.bytes = FileLimit}, ignored, m_stop);
            })
            .and_then([&] {
                return bring(m_request.kernel, m_image.kernel, place(BootMachine::KernelFile), Preparing::tr("kernel"),
                             u"--kernel"_s);
            })
            .and_then([&] {
                return machine.hasRamdisk ? bring(m_request.ramdisk, m_image.ramdisk, place(BootMachine::RamdiskFile),
                                                  Preparing::tr("RAM disk"), u"--initrd"_s)
                                          : Result<void>();
            });
    }

    /** The firmware, which finds the rest on the disk. */
    Result<void> bringFirmware(BootMachine& machine)
    {
        if (!m_image.isDisk) {
            return fail(Error::Code::Unsupported,
                        Preparing::tr("%1 is no disk with partitions, so firmware finds no boot loader on it.")
                            .arg(m_request.image),
                        Preparing::tr("Boot it without firmware, or write the host as a disk."),
                        Place::inFile(m_request.image));
        }
        if (machine.firmware == BootFirmware::Bios && !hasBootCode(m_image.path)) {
            return fail(Error::Code::Unsupported,
                        Preparing::tr("There is no boot loader in the first sector of %1.").arg(m_request.image),
                        Preparing::tr("Boot it without firmware, or write it with a boot loader for BIOS."),
                        Place::inFile(m_request.image));
        }
        return findFirmware(machine.firmware, machine.architecture).transform([&](const FirmwareFiles& files) {
            machine.firmwareCode = files.code;
            machine.firmwareVariables = files.variables;
        });
    }

    Result<void> linkDisk()
    {
        const QString disk = place(BootMachine::DiskFile);
        const QString image = QFileInfo(m_image.path).absoluteFilePath();
        return QFile::link(image, disk) ? Result<void>() : systemError(errno, Preparing::tr("write"), disk);
    }

    [[nodiscard]] QString place(QLatin1StringView name) const { return m_directory + u'/' + name; }

    Result<void> bring(const QString& file, const QByteArray& inImage, const QString& to, const QString& what,
                       const QString& option)
    {
        if (!file.isEmpty()) {
            return copyFile(file, to, what);
        }
        if (inImage.isEmpty()) {
            return fail(
                Error::Code::NotFound,
                Preparing::tr("There is no %1 in /boot of the root file system in %2.").arg(what, m_request.image),
                Preparing::tr("Name one among the options (%1).").arg(option), Place::inFile(m_request.image));
        }
        const auto image = Ext4Image::open(m_image.path, Ext4Image::Access::Read, m_image.offset);
        if (!image) {
            return std::unexpected(image.error());
        }
        const QByteArray bytes = image->read(inImage, FileLimit);
        if (bytes.isEmpty() || bytes.size() == FileLimit) {
            return fail(Error::Code::InvalidInput,
                        Preparing::tr(
                            "/%1 in %2 is no %3: it is empty, leads nowhere, cannot be read, or is too large.")
                            .arg(QFile::decodeName(inImage), m_request.image, what),
                        Preparing::tr("Remove it from /boot, or name another one among the options (%1).").arg(option),
                        Place::inFile(m_request.image));
        }
        QFile copy(to);
        const bool isWritten = copy.open(QFile::WriteOnly) && copy.write(bytes) == bytes.size() && copy.flush();
        return isWritten ? Result<void>() : systemError(ENOSPC, Preparing::tr("write"), to);
    }

    const BootRequest& m_request;
    const BootImage& m_image;
    QString m_directory;
    const std::stop_token& m_stop;
};

} // namespace

Result<BootMachine> prepareMachine(const BootRequest& request, const BootImage& image, const QString& directory,
                                   const std::stop_token& stop)
{
    return Preparation(request, image, directory, stop).run();
}

} // namespace Stowage
