// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "readablesource.h"

#include "core/import/importhandler.h"
#include "core/process/processrunner.h"

#include <array>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

bool isOfFiles(const SourceInfo& source)
{
    // A cpio archive is a ramdisk, unless it is to be a root file system.
    return source.kind == SourceKind::RootfsArchive || source.kind == SourceKind::ContainerImage
        || source.kind == SourceKind::Ramdisk;
}

/** Makes the image @p to of the files in @p source. */
Result<void> makeImage(const SourceInfo& source, const QString& to, const std::stop_token& stop)
{
    constexpr std::array Sizes{2048, 16 * 1024, 128 * 1024}; // MiB, which take no room where they are empty
    const QString type = source.handler.isEmpty() ? u"rootfs_archive"_s : source.handler;
    const ImportHandler& handler = plannedHandler(type);
    ImportRequest request{.source = source.path, .output = to, .isPacked = !source.codec.isEmpty()};
    Result<qint64> checked;
    for (const qint64 size : Sizes) {
        request.sizeMiB = size;
        checked = handler.check(request, stop);
        if (checked || checked.error().code != Error::Code::NoSpace) {
            break;
        }
    }
    if (!checked) {
        return std::unexpected(checked.error());
    }
    Progress ignored;
    JobReport unread;
    JobContext context{.stop = stop, .progress = ignored, .report = unread};
    ProcessRunner runner;
    return runImport(handler, request, context, runner);
}

} // namespace

bool isClosed(const SourceInfo& source)
{
    const bool isImage = source.kind == SourceKind::RawDisk || source.kind == SourceKind::Ext4
        || source.kind == SourceKind::Qcow2 || source.kind == SourceKind::VirtualDisk
        || source.kind == SourceKind::Squashfs;
    return isOfFiles(source) || (isImage && !source.codec.isEmpty());
}

Result<UnpackedSource> readableSource(const QString& path, const std::stop_token& stop)
{
    Progress ignored;
    if (UnpackedSource::isPlain(path, stop)) {
        return UnpackedSource::open(path, UnpackedSource::Archive::File, ignored, stop);
    }
    const SourceInfo source = probeSource(path, stop);
    if (!isOfFiles(source)) {
        using enum UnpackedSource::Archive;
        // The disks of a machine are read in its archive.
        return UnpackedSource::open(path, source.kind == SourceKind::VirtualMachine ? Whole : File, ignored, stop);
    }
    return UnpackedSource::make(
        path, u"image 1"_s, [&](const QString& to) { return makeImage(source, to, stop); }, stop);
}

} // namespace Stowage
