// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "tools.h"

#include <QCoreApplication>
#include <QStandardPaths>

#include <algorithm>
#include <array>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

struct Tools {
    Q_DECLARE_TR_FUNCTIONS(Tools)
};

/** A recipe of OpenEmbedded and a program of its native package that stands for the others there. */
struct RecipeProgram {
    QLatin1StringView recipe; ///< Without "-native".
    QLatin1StringView program; ///< Empty: every system has what is in it.
    QLatin1StringView package; ///< Of Debian.
};

constexpr auto RecipePrograms = std::to_array<RecipeProgram>({
    {"bmaptool"_L1, "bmaptool"_L1, "bmap-tools"_L1},
    {"bmap-tools"_L1, "bmaptool"_L1, "bmap-tools"_L1},
    {"btrfs-tools"_L1, "mkfs.btrfs"_L1, "btrfs-progs"_L1},
    {"bzip2"_L1, "bzip2"_L1, "bzip2"_L1},
    {"coreutils"_L1, {}, {}},
    {"cpio"_L1, "cpio"_L1, "cpio"_L1},
    {"cryptsetup"_L1, "cryptsetup"_L1, "cryptsetup-bin"_L1},
    {"dosfstools"_L1, "mkfs.vfat"_L1, "dosfstools"_L1},
    {"e2fsprogs"_L1, "mkfs.ext4"_L1, "e2fsprogs"_L1},
    {"erofs-utils"_L1, "mkfs.erofs"_L1, "erofs-utils"_L1},
    {"f2fs-tools"_L1, "mkfs.f2fs"_L1, "f2fs-tools"_L1},
    {"findutils"_L1, {}, {}},
    {"genext2fs"_L1, "genext2fs"_L1, "genext2fs"_L1},
    {"gptfdisk"_L1, "sgdisk"_L1, "gdisk"_L1},
    {"gzip"_L1, {}, {}},
    {"jq"_L1, "jq"_L1, "jq"_L1},
    {"libarchive"_L1, "bsdtar"_L1, "libarchive-tools"_L1},
    {"lz4"_L1, "lz4"_L1, "lz4"_L1},
    {"mtd-utils"_L1, "mkfs.ubifs"_L1, "mtd-utils"_L1},
    {"mtools"_L1, "mcopy"_L1, "mtools"_L1},
    {"parted"_L1, "parted"_L1, "parted"_L1},
    {"pigz"_L1, "pigz"_L1, "pigz"_L1},
    {"qemu"_L1, "qemu-img"_L1, "qemu-utils"_L1},
    {"qemu-system"_L1, "qemu-img"_L1, "qemu-utils"_L1},
    {"rsync"_L1, "rsync"_L1, "rsync"_L1},
    {"sed"_L1, {}, {}},
    {"skopeo"_L1, "skopeo"_L1, "skopeo"_L1},
    {"squashfs-tools"_L1, "unsquashfs"_L1, "squashfs-tools"_L1},
    {"tar"_L1, "tar"_L1, "tar"_L1},
    {"umoci"_L1, "umoci"_L1, "umoci"_L1},
    {"unzip"_L1, "unzip"_L1, "unzip"_L1},
    {"util-linux"_L1, "sfdisk"_L1, "fdisk"_L1},
    {"virtual/fakeroot"_L1, {}, {}},
    {"xfsprogs"_L1, "mkfs.xfs"_L1, "xfsprogs"_L1},
    {"xorriso"_L1, "xorriso"_L1, "xorriso"_L1},
    {"xz"_L1, "xz"_L1, "xz-utils"_L1},
    {"zip"_L1, "zip"_L1, "zip"_L1},
    {"zstd"_L1, "zstd"_L1, "zstd"_L1},
});

/** Programs of handlers of the user's own are no part of knownTools(): Stowage itself does without them. */
Tool toolOfHandlers(const QString& program)
{
    const auto* found = std::ranges::find(RecipePrograms, program, &RecipeProgram::program);
    Tool tool;
    if (!program.isEmpty() && found != RecipePrograms.end()) {
        tool.package = found->package;
        tool.purpose = Tools::tr("by an import handler");
    }
    return tool;
}

} // namespace

QList<Tool> knownTools()
{
    const auto known = [](const QString& program, const QString& package, const QString& option,
                          const QString& purpose) {
        return Tool{.program = program, .package = package, .purpose = purpose, .versionOption = option, .path = {}};
    };
    // The tools of FAT state their version only before they work on something, if in vain.
    const QString nothing = u"/dev/null"_s;
    return {
        known(u"qemu-img"_s, u"qemu-utils"_s, u"--version"_s, Tools::tr("to convert disk images")),
        known(u"e2fsck"_s, u"e2fsprogs"_s, u"-V"_s, Tools::tr("to check ext4 file systems")),
        known(u"qemu-system-x86_64"_s, u"qemu-system-x86"_s, u"--version"_s, Tools::tr("to boot hosts for x86-64")),
        known(u"qemu-system-aarch64"_s, u"qemu-system-arm"_s, u"--version"_s, Tools::tr("to boot hosts for arm64")),
        known(u"resize2fs"_s, u"e2fsprogs"_s, u"-V"_s, Tools::tr("to make ext4 file systems larger")),
        known(u"grub-mkimage"_s, u"grub-common"_s, u"--version"_s, Tools::tr("to make disks that start by themselves")),
        known(u"mkfs.vfat"_s, u"dosfstools"_s, nothing, Tools::tr("to make the partition that firmware reads")),
        known(u"fsck.vfat"_s, u"dosfstools"_s, nothing, Tools::tr("to check the partition that firmware reads")),
        known(u"mcopy"_s, u"mtools"_s, u"--version"_s, Tools::tr("to fill the partition that firmware reads")),
        known(u"mmd"_s, u"mtools"_s, u"--version"_s, Tools::tr("to fill the partition that firmware reads")),
        known(u"mkimage"_s, u"u-boot-tools"_s, u"-V"_s, Tools::tr("to make the script that U-Boot runs")),
    };
}

Tool findTool(const QString& program)
{
    const QList<Tool> tools = knownTools();
    const auto found = std::ranges::find(tools, program, &Tool::program);
    Tool tool = found == tools.cend() ? toolOfHandlers(program) : *found;
    tool.program = program;
    tool.path = QStandardPaths::findExecutable(program);
    if (tool.path.isEmpty()) {
        tool.path = QStandardPaths::findExecutable(program, {u"/usr/local/sbin"_s, u"/usr/sbin"_s, u"/sbin"_s});
    }
    return tool;
}

std::optional<QString> programOfRecipe(const QString& recipe)
{
    const auto* found = std::ranges::find(RecipePrograms, recipe, &RecipeProgram::recipe);
    return found == RecipePrograms.end() ? std::nullopt : std::optional<QString>(found->program);
}

Result<void> requireTool(const Tool& tool)
{
    if (!tool.path.isEmpty()) {
        return {};
    }
    const QString message = tool.purpose.isEmpty()
        ? Tools::tr("The program %1 was not found.").arg(tool.program)
        : Tools::tr("The program %1, needed %2, was not found.").arg(tool.program, tool.purpose);
    const QString remedy = tool.package.isEmpty()
        ? Tools::tr("Install it, or check that it is in a directory of PATH.")
        : Tools::tr("Install the package %1, for instance by: apt install %1").arg(tool.package);
    return fail(Error::Code::ToolMissing, message, remedy);
}

QList<Error> missingTools(const QStringList& programs)
{
    QList<Error> missing;
    for (const QString& program : programs) {
        if (const auto present = requireTool(findTool(program)); !present) {
            missing.append(present.error());
        }
    }
    return missing;
}

QString toolVersion(const Tool& tool, CommandRunner& runner, const std::stop_token& stop)
{
    if (tool.path.isEmpty() || tool.versionOption.isEmpty()) {
        return {};
    }
    CommandSpec spec;
    spec.program = tool.path;
    spec.arguments = {tool.versionOption};
    const CommandOutcome outcome = runner.run(spec, stop);
    // mke2fs and e2fsck state it on standard error.
    const QByteArray text = outcome.standardOutput.isEmpty() ? outcome.standardError : outcome.standardOutput;
    return QString::fromUtf8(text.first(std::max<qsizetype>(text.indexOf('\n'), 0))).trimmed();
}

} // namespace Stowage
