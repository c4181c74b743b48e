// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "bootfirmware.h"

#include <QCoreApplication>
#include <QFileInfo>

#include <algorithm>
#include <array>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

struct Firmware {
    Q_DECLARE_TR_FUNCTIONS(BootFirmware)
};

struct FirmwarePlace {
    BootFirmware firmware;
    Architecture architecture;
    const char* code;
    const char* variables;
};

// Debian's first; then where Fedora, Arch and openSUSE have them.
constexpr std::array FirmwarePlaces{
    FirmwarePlace{BootFirmware::Uefi, Architecture::X86_64, "/usr/share/OVMF/OVMF_CODE_4M.fd",
                  "/usr/share/OVMF/OVMF_VARS_4M.fd"},
    FirmwarePlace{BootFirmware::Uefi, Architecture::X86_64, "/usr/share/OVMF/OVMF_CODE.fd",
                  "/usr/share/OVMF/OVMF_VARS.fd"},
    FirmwarePlace{BootFirmware::Uefi, Architecture::X86_64, "/usr/share/edk2/ovmf/OVMF_CODE.fd",
                  "/usr/share/edk2/ovmf/OVMF_VARS.fd"},
    FirmwarePlace{BootFirmware::Uefi, Architecture::X86_64, "/usr/share/edk2/x64/OVMF_CODE.4m.fd",
                  "/usr/share/edk2/x64/OVMF_VARS.4m.fd"},
    FirmwarePlace{BootFirmware::Uefi, Architecture::X86_64, "/usr/share/qemu/ovmf-x86_64-code.bin",
                  "/usr/share/qemu/ovmf-x86_64-vars.bin"},
    FirmwarePlace{BootFirmware::Uefi, Architecture::Arm64, "/usr/share/AAVMF/AAVMF_CODE.fd",
                  "/usr/share/AAVMF/AAVMF_VARS.fd"},
    FirmwarePlace{BootFirmware::Uefi, Architecture::Arm64, "/usr/share/edk2/aarch64/QEMU_EFI-pflash.raw",
                  "/usr/share/edk2/aarch64/vars-template-pflash.raw"},
    FirmwarePlace{BootFirmware::Uefi, Architecture::Arm64, "/usr/share/qemu/aavmf-aarch64-code.bin",
                  "/usr/share/qemu/aavmf-aarch64-vars.bin"},
    FirmwarePlace{BootFirmware::UBoot, Architecture::Arm64, "/usr/lib/u-boot/qemu_arm64/u-boot.bin", ""},
    FirmwarePlace{BootFirmware::UBoot, Architecture::Arm64, "/usr/share/uboot/qemu_arm64/u-boot.bin", ""},
};

QString packageOf(const FirmwarePlace& place)
{
    if (place.firmware == BootFirmware::UBoot) {
        return u"u-boot-qemu"_s;
    }
    return place.architecture == Architecture::Arm64 ? u"qemu-efi-aarch64"_s : u"ovmf"_s;
}

QString placeIn(const QString& root, const char* file)
{
    return *file == '\0' ? QString() : root + QLatin1StringView(file);
}

} // namespace

QString firmwareName(BootFirmware firmware)
{
    switch (firmware) {
    case BootFirmware::None:
        break;
    case BootFirmware::Bios:
        return u"bios"_s;
    case BootFirmware::Uefi:
        return u"uefi"_s;
    case BootFirmware::UBoot:
        return u"uboot"_s;
    }
    return {};
}

QStringList firmwareNames()
{
    return {firmwareName(BootFirmware::Bios), firmwareName(BootFirmware::Uefi), firmwareName(BootFirmware::UBoot)};
}

std::optional<BootFirmware> firmwareFromName(const QString& name)
{
    for (const auto firmware : {BootFirmware::Bios, BootFirmware::Uefi, BootFirmware::UBoot}) {
        if (name == firmwareName(firmware)) {
            return firmware;
        }
    }
    return {};
}

Result<FirmwareFiles> findFirmware(BootFirmware firmware, Architecture architecture, const QString& root)
{
    if (firmware == BootFirmware::Bios && architecture == Architecture::X86_64) {
        return FirmwareFiles{};
    }
    const FirmwarePlace* usual = nullptr;
    for (const FirmwarePlace& place : FirmwarePlaces) {
        if (place.firmware != firmware || place.architecture != architecture) {
            continue;
        }
        usual = usual == nullptr ? &place : usual;
        FirmwareFiles files{placeIn(root, place.code), placeIn(root, place.variables)};
        if (QFileInfo::exists(files.code) && (files.variables.isEmpty() || QFileInfo::exists(files.variables))) {
            return files;
        }
    }
    if (usual == nullptr) {
        const QString others = architecture == Architecture::Arm64 ? u"uefi, uboot"_s : u"bios, uefi"_s;
        return fail(Error::Code::Unsupported,
                    Firmware::tr("A machine for %1 has no firmware \"%2\".")
                        .arg(architectureName(architecture), firmwareName(firmware)),
                    Firmware::tr("Choose one of %1.").arg(others));
    }
    return fail(Error::Code::ToolMissing,
                Firmware::tr("The firmware %1 was not found.").arg(QLatin1StringView(usual->code)),
                Firmware::tr("Install the package %1, for instance by: apt install %1").arg(packageOf(*usual)));
}

} // namespace Stowage
