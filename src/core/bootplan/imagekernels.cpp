// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "imagekernels.h"

#include <algorithm>
#include <tuple>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

const SystemBootEntry* entryFor(const SystemLook& system, const SystemKernel& kernel)
{
    const auto found = std::ranges::find(system.bootEntries, kernel.file.path, &SystemBootEntry::kernel);
    return found == system.bootEntries.end() ? nullptr : &*found;
}

bool isForRescue(const SystemKernel& kernel)
{
    return kernel.file.path.contains("rescue");
}

ImageKernel imageKernel(const VolumeLook& volume, const SystemKernel& kernel)
{
    ImageKernel result;
    result.partition = volume.partition;
    result.kernel = kernel;
    result.ramdisk = kernel.initrd.path;
    result.options = kernel.options;
    result.optionsFrom = kernel.options.isEmpty() ? QString() : QString::fromUtf8(kernel.file.path);
    const SystemBootEntry* entry = entryFor(*volume.system, kernel);
    if (entry != nullptr && kernel.options.isEmpty()) {
        result.options = entry->options;
        result.optionsFrom = QString::fromUtf8(entry->file);
    }
    if (entry != nullptr && result.ramdisk.isEmpty() && !entry->initrds.isEmpty()) {
        result.ramdisk = entry->initrds.last(); // microcode comes first
    }
    return result;
}

} // namespace

ImagePath ImageKernel::path() const
{
    return {partition, QString::fromUtf8(kernel.file.path)};
}

ImagePath ImageKernel::ramdiskPath() const
{
    return {partition, QString::fromUtf8(ramdisk)};
}

bool isUsable(const SystemKernel& kernel, Architecture machine)
{
    return kernel.image.format != KernelImage::Format::Fit && runsOn(kernel.image.architecture, machine);
}

QList<ImageKernel> kernelsOn(const DiskLook& disk, Architecture machine)
{
    struct Ranked {
        ImageKernel kernel;
        bool isDefault = false;
    };
    std::vector<Ranked> all;
    for (const VolumeLook& volume : disk.volumes) {
        if (!volume.system) {
            continue;
        }
        const QList<SystemBootEntry>& entries = volume.system->bootEntries;
        for (const SystemKernel& kernel : volume.system->kernels) {
            all.push_back(
                {imageKernel(volume, kernel), !entries.isEmpty() && entries.first().kernel == kernel.file.path});
        }
    }
    std::ranges::stable_sort(all, [machine](const Ranked& one, const Ranked& other) {
        const auto rank = [machine](const Ranked& ranked) {
            const SystemKernel& kernel = ranked.kernel.kernel;
            return std::tuple(!isUsable(kernel, machine), isForRescue(kernel), !ranked.isDefault);
        };
        const auto left = rank(one);
        const auto right = rank(other);
        return left != right ? left < right
                             : compareVersions(one.kernel.kernel.version, other.kernel.kernel.version) > 0;
    });
    QList<ImageKernel> kernels;
    std::ranges::transform(all, std::back_inserter(kernels), &Ranked::kernel);
    return kernels;
}

KernelAbility abilityOf(const KernelConfig& config, const std::optional<XenNotes>& notes)
{
    if (notes) {
        return {KernelAbility::Source::Notes, notes->pv, notes->pvh};
    }
    if (config.xen == KernelConfig::Setting::Unknown) {
        return {};
    }
    return {KernelAbility::Source::Configuration, config.pv == KernelConfig::Setting::BuiltIn,
            config.pvh == KernelConfig::Setting::BuiltIn};
}

QString rootParameter(const VolumeLook& root, const QString& device, bool hasRamdisk)
{
    if (hasRamdisk && !root.uuid.isEmpty()) {
        return u"UUID="_s + root.uuid;
    }
    const QString whole = u"/dev/"_s + device;
    return root.partition > 0 ? whole + QString::number(root.partition) : whole;
}

QString guestOptions(const QString& options, const QString& root)
{
    static const QStringList dropped{u"quiet"_s, u"splash"_s, u"rhgb"_s};
    static const QStringList droppedKeys{u"root"_s, u"console"_s, u"BOOT_IMAGE"_s, u"initrd"_s, u"earlyprintk"_s};
    QStringList words = options.split(u' ', Qt::SkipEmptyParts);
    words.removeIf([](const QString& word) {
        return dropped.contains(word) || (word.contains(u'=') && droppedKeys.contains(word.section(u'=', 0, 0)));
    });
    if (!words.contains("ro"_L1) && !words.contains("rw"_L1)) {
        words.prepend(u"ro"_s);
    }
    words.prepend(u"root="_s + root);
    words.append(u"console=hvc0"_s);
    return words.join(u' ');
}

} // namespace Stowage
