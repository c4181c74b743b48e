// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "sourceprobe.h"

#include <algorithm>

namespace Stowage
{

using namespace Qt::StringLiterals;

bool SourceInfo::isMade() const
{
    return kind == SourceKind::RootfsDirectory || kind == SourceKind::RootfsArchive || kind == SourceKind::Squashfs
        || kind == SourceKind::ContainerImage;
}

const SystemLook* SourceInfo::system() const
{
    if (const VolumeLook* root = disk.root()) {
        return &*root->system;
    }
    const auto starts = std::ranges::find_if(disk.volumes, [](const VolumeLook& volume) {
        return volume.system && !volume.system->kernels.isEmpty();
    });
    return starts == disk.volumes.end() ? nullptr : &*starts->system;
}

QString sourceKindName(SourceKind kind)
{
    switch (kind) {
    case SourceKind::Missing:
        return u"missing"_s;
    case SourceKind::RootfsDirectory:
        return u"rootfs_directory"_s;
    case SourceKind::RootfsArchive:
        return u"rootfs_archive"_s;
    case SourceKind::Qcow2:
        return u"qcow2"_s;
    case SourceKind::Squashfs:
        return u"squashfs"_s;
    case SourceKind::ContainerImage:
        return u"container_image"_s;
    case SourceKind::VirtualDisk:
        return u"virtual_disk"_s;
    case SourceKind::VirtualMachine:
        return u"virtual_machine"_s;
    case SourceKind::Iso:
        return u"iso"_s;
    case SourceKind::Ext4:
        return u"ext4"_s;
    case SourceKind::RawDisk:
        return u"raw_disk"_s;
    case SourceKind::Kernel:
        return u"kernel"_s;
    case SourceKind::Ramdisk:
        return u"ramdisk"_s;
    case SourceKind::XlConfig:
        return u"xl_config"_s;
    case SourceKind::Bundle:
        return u"bundle"_s;
    case SourceKind::BitBake:
        return u"bitbake"_s;
    case SourceKind::Project:
        return u"project"_s;
    case SourceKind::Other:
        break;
    }
    return u"other"_s;
}

} // namespace Stowage
