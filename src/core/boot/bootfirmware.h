// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/support/architecture.h"
#include "core/support/result.h"

#include <QStringList>

#include <optional>

namespace Stowage
{

/** What starts a machine. */
enum class BootFirmware {
    None, ///< QEMU itself loads hypervisor, kernel and RAM disk.
    Bios, ///< SeaBIOS, which comes with QEMU.
    Uefi, ///< EDK II: OVMF, AAVMF.
    UBoot,
};

/** "bios", "uefi", "uboot"; empty for None. The same in every language. */
[[nodiscard]] QString firmwareName(BootFirmware firmware);
[[nodiscard]] std::optional<BootFirmware> firmwareFromName(const QString& name);
/** The names of all but None. */
[[nodiscard]] QStringList firmwareNames();

/** The files of a firmware on this system. */
struct FirmwareFiles {
    QString code; ///< Empty: QEMU brings it.
    QString variables; ///< Where UEFI keeps its settings, as they are at first; empty: it has none.
};

/**
 * Looks for @p firmware, not None, of a machine of @p architecture where distributions put it, below @p root. An error
 * names the package that is missing, or the firmware that such a machine may have. Touches the disk.
 */
[[nodiscard]] Result<FirmwareFiles> findFirmware(BootFirmware firmware, Architecture architecture,
                                                 const QString& root = {});

} // namespace Stowage
