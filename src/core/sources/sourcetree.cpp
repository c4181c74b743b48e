// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "sourcetree.h"

#include "core/entries/unpack.h"
#include "core/filetrees/directorytree.h"
#include "core/filetrees/openfiletree.h"
#include "core/sources/disklook.h"
#include "core/sources/machinepackage.h"
#include "core/sources/sourcefile.h"
#include "core/sources/textsource.h"

#include <QCoreApplication>
#include <QFileInfo>

#include <algorithm>

namespace Stowage
{

namespace
{

/** The disk that the file @p path is or, of a virtual machine, has first. */
Result<OpenedDisk> openFirstDisk(const QString& path, const std::stop_token& stop)
{
    const auto sample = readSample(path, stop);
    if (!sample) {
        return std::unexpected(sample.error());
    }
    const bool isWhole = sample->size == sample->head.size();
    if (!isTar(sample->head) && classifyText(sample->head, isWhole) != TextKind::Ovf) {
        return openDisk(path, stop);
    }
    return MachinePackage::open(path, stop).and_then([&stop](const MachinePackage& package) {
        return package.disk({}).and_then([&](const MachineDisk& disk) { return package.open(disk, stop); });
    });
}

} // namespace

Result<SourceTree> SourceTree::open(const QString& path, int partition, const std::stop_token& stop)
{
    SourceTree source;
    if (QFileInfo(path).isDir()) {
        return DirectoryTree::open(path).transform([&source](std::unique_ptr<DirectoryTree> tree) {
            source.m_tree = std::move(tree);
            return std::move(source);
        });
    }
    auto disk = openFirstDisk(path, stop);
    if (!disk) {
        return std::unexpected(disk.error());
    }
    source.m_disk = *std::move(disk);
    DiskReader& whole = *source.m_disk.reader;
    qint64 start = 0;
    qint64 size = whole.size();
    if (partition > 0) {
        const auto table = partitionsOn(whole, stop);
        const QList<Partition> partitions = table ? table->partitions : QList<Partition>();
        const auto found = std::ranges::find(partitions, partition, &Partition::number);
        if (found == partitions.end()) {
            return fail(
                Error::Code::NotFound,
                QCoreApplication::translate("SourceTree", "There is no partition %1 on %2.").arg(partition).arg(path),
                QCoreApplication::translate("SourceTree", "\"stowage-cli probe\" lists the partitions."),
                Place::inFile(path));
        }
        start = found->start;
        size = found->size;
    }
    source.m_part = std::make_unique<DiskPart>(whole, start, size);
    return openFileTree(*source.m_part, path).transform([&source](OpenedTree opened) {
        source.m_tree = std::move(opened.tree);
        return std::move(source);
    });
}

} // namespace Stowage
