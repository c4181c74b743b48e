// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "openfiletree.h"

#include "core/ext4/ext4superblock.h"
#include "core/filetrees/ext4tree.h"
#include "core/filetrees/fattree.h"
#include "core/filetrees/isotree.h"
#include "core/filetrees/squashfstree.h"
#include "core/sources/bytes.h"
#include "core/support/units.h"

#include <QCoreApplication>

#include <algorithm>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

constexpr qint64 HeadSize = 40 * KiB;

Result<OpenedTree> openExt4(DiskReader& disk, const QString& name, const Ext4Superblock& super)
{
    return Ext4Image::open(disk, name).transform([&](Ext4Image image) {
        return OpenedTree{std::make_unique<Ext4Tree>(std::move(image), name), super.variantName(), super.label,
                          super.uuid, super.size()};
    });
}

Result<OpenedTree> openSquashfs(DiskReader& disk, const QString& name)
{
    return SquashfsImage::open(disk, name).transform([&](SquashfsImage image) {
        const qint64 size = image.size();
        return OpenedTree{std::make_unique<SquashfsTree>(std::move(image), name), u"squashfs"_s, {}, {}, size};
    });
}

Result<OpenedTree> openFat(DiskReader& disk, const QString& name)
{
    return FatTree::open(disk, name).transform([](std::unique_ptr<FatTree> tree) {
        const QString label = tree->label();
        const FatSuperblock super = tree->superblock();
        return OpenedTree{std::move(tree), u"vfat"_s, label, super.uuid, super.size};
    });
}

Result<OpenedTree> openIso(DiskReader& disk, const QString& name, const IsoVolume& volume)
{
    return IsoTree::open(disk, name).transform([&volume](std::unique_ptr<IsoTree> tree) {
        return OpenedTree{std::move(tree), u"iso9660"_s, volume.label, volume.uuid, volume.size};
    });
}

} // namespace

Result<OpenedTree> openFileTree(DiskReader& disk, const QString& name)
{
    QByteArray head(std::min(disk.size(), HeadSize), '\0');
    if (auto read = disk.read(0, {head.data(), static_cast<size_t>(head.size())}); !read) {
        return std::unexpected(read.error());
    }
    if (const auto volume = findIsoVolume(head)) { // which may begin with whatever a disk begins with
        return openIso(disk, name, *volume);
    }
    if (hasMagic(head, 0, "hsqs")) {
        return openSquashfs(disk, name);
    }
    if (const auto super = findExt4Superblock(head)) {
        return openExt4(disk, name, *super);
    }
    if (findFatSuperblock(head)) {
        return openFat(disk, name);
    }
    return fail(Error::Code::Unsupported,
                QCoreApplication::translate("FileTree", "%1 has no file system that can be looked into.").arg(name),
                QCoreApplication::translate("FileTree", "Those are ext2, ext3, ext4, squashfs, FAT and ISO 9660."),
                Place::inFile(name));
}

} // namespace Stowage
