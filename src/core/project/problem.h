// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/support/place.h"

#include <QHash>
#include <QJsonValue>
#include <QList>
#include <QString>

#include <optional>

namespace Stowage
{

/** A remedy that Stowage can carry out by itself: setting one value of a guest. */
struct Fix {
    QString title; ///< Text of the button, such as "Set the size to 512 MiB".
    QString field; ///< Key in the guest's object of the project file.
    QJsonValue value; ///< The value to put there; Null removes the key.

    bool operator==(const Fix&) const = default;
};

/** Something about the input that the user should know, found before anything is written. */
struct Problem {
    enum class Severity {
        Note,
        Warning,
        Error, ///< Nothing can be built until it is mended.
    };

    Severity severity = Severity::Error;
    QString code; ///< Stable identifier, one of the constants in ProblemCode.
    Place where;
    QString text; ///< The cause, one sentence.
    QString remedy; ///< What to do.
    std::optional<Fix> fix;

    bool operator==(const Problem&) const = default;
};

/** "note", "warning" or "error", the same in every language. */
[[nodiscard]] QLatin1StringView severityName(Problem::Severity severity);

/** Stable codes; documentation, `--json` and tests name problems by them. */
namespace ProblemCode
{
inline constexpr QLatin1StringView ProjectSyntax("project.syntax");
inline constexpr QLatin1StringView BitBakeSyntax("bitbake.syntax");
inline constexpr QLatin1StringView BitBakeUnevaluated("bitbake.unevaluated");
inline constexpr QLatin1StringView InputUnreadable("input.unreadable");
inline constexpr QLatin1StringView NoGuests("project.no-guests");
inline constexpr QLatin1StringView ValueInvalid("value.invalid");
inline constexpr QLatin1StringView TagUnknown("tag.unknown");
inline constexpr QLatin1StringView NameInvalid("name.invalid");
inline constexpr QLatin1StringView NameDuplicate("name.duplicate");
inline constexpr QLatin1StringView TargetConflict("target.conflict");
inline constexpr QLatin1StringView DiskShared("disk.shared");
inline constexpr QLatin1StringView SourceMissing("source.missing");
inline constexpr QLatin1StringView SourceUnreadable("source.unreadable");
inline constexpr QLatin1StringView SourceTypeUnknown("source.type-unknown");
inline constexpr QLatin1StringView SourceTypeNotAllowed("source.type-not-allowed");
inline constexpr QLatin1StringView SourceMismatch("source.mismatch");
inline constexpr QLatin1StringView SourceRefused("source.refused");
inline constexpr QLatin1StringView KernelMissing("kernel.missing");
inline constexpr QLatin1StringView KernelTypeUnknown("kernel.type-unknown");
inline constexpr QLatin1StringView KernelNotLoadable("kernel.not-loadable");
inline constexpr QLatin1StringView KernelUnpacked("kernel.unpacked");
inline constexpr QLatin1StringView KernelNotForXen("kernel.not-for-xen");
inline constexpr QLatin1StringView KernelModules("kernel.modules-missing");
inline constexpr QLatin1StringView RamdiskMissing("ramdisk.missing");
inline constexpr QLatin1StringView ConfigMissing("config.missing");
inline constexpr QLatin1StringView ConfigSyntax("config.syntax");
inline constexpr QLatin1StringView ConfigRewrite("config.rewrite");
inline constexpr QLatin1StringView HvmWithoutConfig("hvm.without-config");
inline constexpr QLatin1StringView HvmOnArm("hvm.on-arm");
inline constexpr QLatin1StringView SizeTooSmall("size.too-small");
inline constexpr QLatin1StringView ToolMissing("tool.missing");
inline constexpr QLatin1StringView KernelArchitecture("kernel.architecture");
inline constexpr QLatin1StringView GuestArchitecture("guest.architecture");
inline constexpr QLatin1StringView MemoryExceeded("memory.exceeded");
inline constexpr QLatin1StringView GuestInit("guest.no-init");
inline constexpr QLatin1StringView GuestConsole("guest.no-console-login");
inline constexpr QLatin1StringView GuestFstab("guest.fstab");
inline constexpr QLatin1StringView FirstBootInvalid("firstboot.invalid");
inline constexpr QLatin1StringView FirstBootUnsupported("firstboot.unsupported");
inline constexpr QLatin1StringView FirstBootNoCloudInit("firstboot.no-cloud-init");
inline constexpr QLatin1StringView GuestContainer("guest.container-init");
inline constexpr QLatin1StringView RootMissing("root.missing");
inline constexpr QLatin1StringView ConsoleMissing("console.missing");
inline constexpr QLatin1StringView ConfigNothingToBoot("config.nothing-to-boot");
inline constexpr QLatin1StringView ConfigContradiction("config.contradiction");
inline constexpr QLatin1StringView ConfigIneffective("config.ineffective");
inline constexpr QLatin1StringView ConfigInsecure("config.insecure");
inline constexpr QLatin1StringView ConfigRestartLoop("config.restart-loop");
inline constexpr QLatin1StringView ConfigPathMissing("config.path-missing");
inline constexpr QLatin1StringView VifDuplicateMac("vif.duplicate-mac");
inline constexpr QLatin1StringView UuidDuplicate("uuid.duplicate");
inline constexpr QLatin1StringView HostFirmwareMissing("host.firmware-missing");
inline constexpr QLatin1StringView HostQemuMissing("host.qemu-missing");
inline constexpr QLatin1StringView DiskSyntax("disk.syntax");
inline constexpr QLatin1StringView DiskDuplicateDevice("disk.duplicate-device");
inline constexpr QLatin1StringView VifSyntax("vif.syntax");
inline constexpr QLatin1StringView VifBridgeMissing("vif.bridge-missing");
inline constexpr QLatin1StringView OptionSyntax("option.syntax");
inline constexpr QLatin1StringView HostUnusable("host.unusable");
inline constexpr QLatin1StringView HostReplaced("host.replaced");
inline constexpr QLatin1StringView BootFileMissing("boot.file-missing");
inline constexpr QLatin1StringView BootFileTarget("boot.file-target");
inline constexpr QLatin1StringView BootImpossible("boot.impossible");
inline constexpr QLatin1StringView BootIgnored("boot.ignored");
inline constexpr QLatin1StringView LicenceExternal("licence.external");
} // namespace ProblemCode

/**
 * Where the values of a project were written, for problems about them. Keys are made by placeKey().
 * Empty for projects that were made in the window.
 */
using PlaceMap = QHash<QString, Place>;

/** Key of @p field of guest @p guest (index in Project::guests); an empty field means the guest's entry. */
[[nodiscard]] QString placeKey(int guest, QStringView field = {});

/** The place of a field: from @p places as far as known, always with the guest's index and the field filled in. */
[[nodiscard]] Place placeOf(const PlaceMap& places, int guest, const QString& field);

/** Whether any of @p problems has the severity Error. */
[[nodiscard]] bool hasErrors(const QList<Problem>& problems);

} // namespace Stowage
