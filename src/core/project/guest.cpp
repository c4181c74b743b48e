// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "guest.h"

#include "core/project/imagepath.h"

namespace Stowage
{

KernelMode Guest::kernelMode() const
{
    if (kernel.isEmpty()) {
        return KernelMode::Shared;
    }
    if (ImagePath::isMeant(kernel)) {
        return KernelMode::Image;
    }
    return kernel == QLatin1String("none") ? KernelMode::None : KernelMode::Custom;
}

bool Guest::hasRootDisk() const
{
    return sourceType != QLatin1String("none");
}

QString Guest::domainName() const
{
    return name.isEmpty() ? entry : name;
}

QString Guest::effectiveDiskDevice(const GuestDefaults& defaults) const
{
    return diskDevice.value_or(defaults.diskDevice);
}

QString Guest::effectiveVif(const GuestDefaults& defaults) const
{
    return vif.value_or(defaults.vif);
}

QString Guest::effectiveExtra(const GuestDefaults& defaults) const
{
    return extra.value_or(defaults.extra);
}

qint64 Guest::effectiveMemoryMiB(const GuestDefaults& defaults) const
{
    return memoryMiB.value_or(defaults.memoryMiB);
}

int Guest::effectiveVcpus(const GuestDefaults& defaults) const
{
    return vcpus.value_or(defaults.vcpus);
}

qint64 Guest::effectiveImageSizeMiB(const GuestDefaults& defaults) const
{
    return imageSizeMiB.value_or(defaults.imageSizeMiB);
}

} // namespace Stowage
