// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "disksetup.h"

#include "core/boot/bootimage.h"
#include "core/layout/bootoptions.h"
#include "core/layout/layout.h"
#include "core/layout/lookup.h"
#include "core/sources/sourceprobe.h"
#include "core/support/safepath.h"
#include "core/support/units.h"

#include <QCoreApplication>
#include <QFileInfo>

#include <algorithm>
#include <cstring>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

struct Setup {
    Q_DECLARE_TR_FUNCTIONS(DiskSetup)
};

constexpr qint64 LargestFatFile = 4 * GiB - 1;

/** Names that FAT keeps for devices, whatever follows a dot in them. */
bool isDeviceName(const QByteArray& name)
{
    static const QByteArrayList Devices{"CON", "PRN", "AUX", "NUL", "CLOCK$"};
    const QByteArray stem = name.split('.').first().toUpper();
    const bool isPort = stem.size() == 4 && (stem.startsWith("COM") || stem.startsWith("LPT")) && stem.at(3) >= '0'
        && stem.at(3) <= '9';
    return isPort || Devices.contains(stem);
}

/** Whether a word of @p text is that in every script and configuration: nothing in it has a meaning of its own. */
bool isPlain(const QByteArray& text)
{
    static constexpr QByteArrayView Signs("_.,:=/@%+-");
    return std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || Signs.contains(c);
    });
}

/** Whether FAT has @p name under that very name, and no script takes it for anything else. */
bool isFatName(const QByteArray& name)
{
    return isPlain(name) && !name.contains(':') && !name.endsWith('.') && !isDeviceName(name);
}

Result<QByteArray> fatPath(const QString& target)
{
    const auto path = entryPath(target.toUtf8());
    if (!path) {
        return path;
    }
    const QByteArrayList parts = path->split('/');
    constexpr qsizetype MostBytes = 240; // DOS has 260 for a path with its drive
    if (path->isEmpty() || path->size() > MostBytes || !std::ranges::all_of(parts, isFatName)) {
        return fail(Error::Code::InvalidInput,
                    Setup::tr("A FAT file system cannot hold a file named \"%1\".")
                        .arg(QString::fromUtf8(target.toUtf8().toPercentEncoding(" /._-+@:\\"))),
                    Setup::tr("Use letters, digits, '.', '_', '+' and '-', with a slash between directories."));
    }
    return path;
}

void addFile(const BootFile& file, const FileLookup& lookup, const QString& field, DiskSetup& setup,
             ProblemList& problems)
{
    const auto target = fatPath(file.target);
    if (!target) {
        problems.fromError(Problem::Severity::Error, ProblemCode::BootFileTarget, -1, field, target.error());
        return;
    }
    const Found found = file.source.isEmpty() ? Found{} : lookup.bootFile(file.source);
    const QFileInfo info(found.path);
    if (found.path.isEmpty() || !info.isFile() || !info.isReadable()) {
        problems.error(ProblemCode::BootFileMissing, -1, field,
                       found.path.isEmpty()
                           ? Setup::tr("The file \"%1\" for the boot partition was not found.").arg(file.source)
                           : Setup::tr("%1 for the boot partition is no file that can be read.").arg(found.path),
                       found.searched.isEmpty() ? Setup::tr("Name a file.")
                                                : Setup::tr("Looked for: %1.").arg(found.searched.join(", "_L1)));
        return;
    }
    if (info.size() > LargestFatFile) {
        problems.error(ProblemCode::BootFileTarget, -1, field,
                       Setup::tr("%1 is larger than the 4 GiB that a file on FAT can have.").arg(found.path),
                       Setup::tr("Put it into the root file system instead."));
        return;
    }
    setup.files.append({info.canonicalFilePath(), *target, info.size()});
}

/** That no two files want one name, or one a directory's. */
void checkTargets(const DiskSetup& setup, ProblemList& problems)
{
    for (qsizetype i = 0; i < setup.files.size(); ++i) {
        const QByteArray& target = setup.files.at(i).target;
        const auto clashes = [&target](const ResolvedBootFile& earlier) { return clashOnFat(earlier.target, target); };
        if (std::any_of(setup.files.begin(), setup.files.begin() + i, clashes)) {
            problems.error(ProblemCode::BootFileTarget, -1, u"disk.files"_s,
                           Setup::tr("Two files for the boot partition want to be %1, or one lies below the other.")
                               .arg(QString::fromUtf8(target)),
                           Setup::tr("Give one of them another target."));
        }
    }
}

/** An option text goes into files that programs read line by line, and between quotes. */
void checkOptions(const QString& options, const QString& field, ProblemList& problems)
{
    if (std::ranges::any_of(options, [](QChar c) { return c < u' ' || c == u'\'' || c.unicode() == 0x7f; })) {
        problems.error(ProblemCode::ValueInvalid, -1, field,
                       Setup::tr("The options \"%1\" hold a single quote, a line break or another control character.")
                           .arg(QString::fromUtf8(options.toUtf8().toPercentEncoding(" ,=:/._-+\""))),
                       Setup::tr("Write them in one line; double quotes may hold a value with spaces."));
    }
}

/** The options of Xen and the kernel: those of the settings, or the usual ones of the machine. */
void setOptions(DiskSetup& setup)
{
    const DiskSettings& settings = setup.settings;
    setup.xenOptions = settings.xenOptions.value_or(usualXenOptions(setup.architecture, setup.dom0MemoryMiB));
    setup.kernelOptions = settings.kernelOptions.value_or(usualKernelOptions(setup.architecture));
}

/** The architecture that the name of a hypervisor or a kernel speaks of: xen-4.20-amd64.gz, vmlinuz-6.12-arm64. */
Architecture architectureOfName(const QByteArray& name)
{
    const QString last = QString::fromLatin1(name.sliced(name.lastIndexOf('-') + 1));
    return architectureFromName(last.section(u'.', 0, 0));
}

std::unexpected<Error> missing(const QString& what, const QString& remedy)
{
    return fail(Error::Code::InvalidInput, what, remedy);
}

/** The newest EFI program among the names of hypervisors. */
QByteArray efiHypervisorAmong(const QByteArrayList& names)
{
    QByteArray newest;
    for (const QByteArray& name : names) {
        if (name.startsWith("xen") && name.endsWith(".efi") && ::strverscmp(name.constData(), newest.constData()) > 0) {
            newest = name;
        }
    }
    return newest;
}

void findFiles(DiskSetup& setup, const LayoutNode& root)
{
    QByteArrayList names;
    if (const LayoutNode* boot = root.child("boot")) {
        for (const LayoutNode& child : boot->children) {
            const bool isFile = child.kind == LayoutNode::Kind::File || child.kind == LayoutNode::Kind::Symlink;
            if (isFile && isFatName(child.name)) { // they go into scripts, and onto FAT
                names.append(child.name);
            }
        }
    }
    const auto inBoot = [](const QByteArray& name) { return name.isEmpty() ? name : "boot/" + name; };
    const QByteArray kernel = kernelsAmong(names).value(0);
    setup.hypervisor = inBoot(hypervisorsAmong(names).value(0));
    setup.efiHypervisor = inBoot(efiHypervisorAmong(names));
    setup.kernel = inBoot(kernel);
    setup.ramdisk = inBoot(kernel.isEmpty() ? QByteArray() : ramdiskAmong(names, kernel));
    for (const QByteArray& name : {setup.hypervisor, setup.efiHypervisor, setup.kernel}) {
        if (setup.architecture == Architecture::Unknown) { // of an archive, which is not looked into
            setup.architecture = architectureOfName(name);
        }
    }
    setOptions(setup);
}

/** @p word as one argument of a GRUB command. */
QByteArray quoted(const QByteArray& word)
{
    return isPlain(word) ? word : '\'' + word + '\'';
}

/** @p options as arguments of a GRUB command, a space before each. GRUB itself puts quotes around one with spaces. */
QByteArray grubArguments(const QString& options)
{
    QByteArray arguments;
    QByteArray word;
    bool isQuoted = false;
    for (const char c : (options + u' ').toUtf8()) {
        if (c == '"') {
            isQuoted = !isQuoted;
        } else if (c != ' ' || isQuoted) {
            word += c;
        } else if (!word.isEmpty()) {
            arguments += ' ' + quoted(word);
            word.clear();
        }
    }
    return word.isEmpty() ? arguments : arguments + ' ' + quoted(word);
}

/** Whether UEFI is to start Xen without GRUB. */
bool startsXenItself(const DiskSetup& setup)
{
    return setup.architecture == Architecture::Arm64 || setup.settings.loader == DiskSettings::Loader::XenEfi;
}

/** Sets in what ways the disk of @p setup, which has a hypervisor and a kernel, starts. */
Result<void> chooseWays(DiskSetup& setup)
{
    using Boot = DiskSettings::Boot;
    const Boot boot = setup.settings.boot;
    const bool isArm = setup.architecture == Architecture::Arm64;
    const bool isAutomatic = boot == Boot::Automatic;
    if (isArm && boot == Boot::Bios) {
        return missing(Setup::tr("A host for arm64 does not start by BIOS."),
                       Setup::tr("Choose \"auto\" or \"uefi\"."));
    }
    const bool wantsBios = !isArm && boot != Boot::Uefi;
    const bool wantsUefi = boot != Boot::Bios;
    const bool hasUefi = !startsXenItself(setup) || !setup.efiHypervisor.isEmpty();
    if (wantsUefi && !hasUefi && !(isArm && isAutomatic)) {
        return missing(Setup::tr("The host has no Xen that is an EFI program in /boot."),
                       Setup::tr("Install one there, such as xen.efi, or choose another loader."));
    }
    if (wantsBios && setup.hypervisor.isEmpty() && !isAutomatic) {
        return missing(Setup::tr("The host's only Xen in /boot is an EFI program, which BIOS cannot start."),
                       Setup::tr("Choose \"uefi\"."));
    }
    if (wantsUefi && hasUefi && startsXenItself(setup) && (setup.xenOptions + setup.kernelOptions).contains(u'#')) {
        return missing(Setup::tr("The options of Xen or the kernel hold a \"#\", which begins a comment in the "
                                 "configuration that Xen reads as an EFI program."),
                       isArm ? Setup::tr("Leave it out.") : Setup::tr("Leave it out, or choose GRUB as the loader."));
    }
    setup.startsByBios = wantsBios && !setup.hypervisor.isEmpty();
    setup.startsByUefi = wantsUefi && hasUefi;
    setup.startsByUBoot = isArm;
    return {};
}

} // namespace

bool clashOnFat(const QByteArray& path, const QByteArray& other)
{
    const QByteArray first = path.toUpper() + '/';
    const QByteArray second = other.toUpper() + '/';
    return first.startsWith(second) || second.startsWith(first);
}

DiskSetup resolveDisk(const Project& project, ProblemList& problems)
{
    const DiskSettings& settings = project.disk;
    DiskSetup setup;
    setup.settings = settings;
    setup.architecture = project.machine.effectiveArchitecture();
    if (setup.architecture == Architecture::Unknown && !project.host.path.isEmpty()) {
        setup.architecture = probeSource(project.absolutePath(project.host.path)).architecture;
    }
    setup.dom0MemoryMiB = project.machine.dom0MemoryMiB;
    checkOptions(settings.xenOptions.value_or(QString()), u"disk.xenOptions"_s, problems);
    checkOptions(settings.kernelOptions.value_or(QString()), u"disk.kernelOptions"_s, problems);
    const FileLookup lookup(project);
    for (qsizetype i = 0; i < settings.files.size(); ++i) {
        addFile(settings.files.at(i), lookup, u"disk.files.%1"_s.arg(i), setup, problems);
    }
    checkTargets(setup, problems);
    return setup;
}

Result<void> findLoaders(DiskSetup& setup, const LayoutNode& root)
{
    using Boot = DiskSettings::Boot;
    findFiles(setup, root);
    const Boot boot = setup.settings.boot;
    const bool isArm = setup.architecture == Architecture::Arm64;
    const bool isKnown = isArm || setup.architecture == Architecture::X86_64;
    const bool isAutomatic = boot == Boot::Automatic;
    const bool hasXen = !setup.hypervisor.isEmpty() || (startsXenItself(setup) && !setup.efiHypervisor.isEmpty());
    const bool hasAll = hasXen && !setup.kernel.isEmpty() && isKnown;
    if (boot == Boot::None || (isAutomatic && !hasAll)) {
        return {};
    }
    if (!isKnown) {
        return missing(Setup::tr("A disk that starts by itself needs a host for x86-64 or arm64."),
                       Setup::tr("Name the host, and the machine's architecture."));
    }
    if (!hasAll) {
        return missing(Setup::tr("The host has no %1 in /boot, which a disk that starts by itself needs.")
                           .arg(hasXen ? Setup::tr("kernel") : Setup::tr("Xen")),
                       Setup::tr("Install it in the host, or let the disk not start by itself (\"boot\": \"none\")."));
    }
    return chooseWays(setup);
}

QByteArray grubMenu(const DiskSetup& setup)
{
    // A kernel without a RAM disk knows partitions, but no file systems, by their identifiers.
    const bool hasRamdisk = !setup.ramdisk.isEmpty();
    const QByteArray probed = hasRamdisk ? "--fs-uuid" : "--part-uuid";
    const QByteArray root = hasRamdisk ? "UUID" : "PARTUUID";
    QByteArray menu = "# Written by Stowage.\n"
                      "set default=0\n"
                      "set timeout=3\n"
                      "if serial --unit=0 --speed=115200; then\n"
                      "    terminal_input console serial\n"
                      "    terminal_output console serial\n"
                      "fi\n"
                      "probe --set=root_id "
        + probed
        + " $root\n"
          "\n"
          "menuentry 'Xen' {\n"
          "    echo 'Loading Xen'\n"
          "    multiboot2 /"
        + setup.hypervisor + grubArguments(setup.xenOptions)
        + "\n"
          "    echo 'Loading the kernel'\n"
          "    module2 /"
        + setup.kernel + " root=" + root + "=$root_id" + grubArguments(setup.kernelOptions) + "\n";
    if (hasRamdisk) {
        menu += "    echo 'Loading the RAM disk'\n"
                "    module2 --nounzip /"
            + setup.ramdisk + "\n";
    }
    return menu + "}\n";
}

} // namespace Stowage
