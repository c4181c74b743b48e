// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "ovahandler.h"

#include "core/disks/convertdisk.h"
#include "core/import/newoutput.h"
#include "core/sources/machinepackage.h"
#include "core/support/filestate.h"

#include <QCoreApplication>
#include <QFileInfo>

#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

struct OvaText {
    Q_DECLARE_TR_FUNCTIONS(OvaHandler)
};

/** A file that the disk consists of. */
struct DiskPiece {
    QString name; ///< As the manifest knows it.
    FileSlice slice;
    FileState state; ///< Before it was read.
};

/** A disk of a machine, opened. */
struct MachineSource {
    MachinePackage package;
    std::vector<DiskPiece> pieces;
    OpenedDisk disk;
};

Result<void> addPiece(MachineSource& source, const QString& name, const FileSlice& slice)
{
    return FileState::of(slice.path).transform([&](const FileState& state) {
        source.pieces.push_back({name, slice, state});
    });
}

Result<MachineSource> openSource(const ImportRequest& request, const std::stop_token& stop)
{
    auto package = MachinePackage::open(request.source, stop);
    const auto disk = package ? package->disk(request.member) : std::unexpected(package.error());
    const auto slice = disk ? package->find(*disk) : std::unexpected(disk.error());
    if (!slice) {
        return std::unexpected(slice.error());
    }
    MachineSource source{.package = *std::move(package), .pieces = {}, .disk = {}};
    auto added = addPiece(source, disk->file, *slice);
    auto opened = added ? source.package.open(*disk, stop) : std::unexpected(added.error());
    if (!opened) {
        return std::unexpected(opened.error());
    }
    source.disk = *std::move(opened);
    for (const QString& other : std::as_const(source.disk.otherFiles)) {
        if (added = addPiece(source, QFileInfo(other).fileName(), FileSlice{.path = other}); !added) {
            return std::unexpected(added.error());
        }
    }
    return source;
}

Result<void> checkHashes(const MachineSource& source, const std::stop_token& stop)
{
    for (const DiskPiece& piece : source.pieces) {
        if (auto same = source.package.manifest().check(piece.name, piece.slice, source.package.path(), stop); !same) {
            return same;
        }
    }
    return {};
}

/** Converts the disk and checks its hashes at the same time; the first error of either ends both. */
Result<void> convertChecked(const MachineSource& source, SparseTarget& target, JobContext& context)
{
    std::stop_source both;
    const std::stop_callback onStop(context.stop, [&both] { both.request_stop(); });
    Result<void> hashed;
    Result<void> converted;
    {
        const std::jthread hasher([&] {
            hashed = checkHashes(source, both.get_token());
            if (!hashed) {
                both.request_stop();
            }
        });
        converted = convertDisk(*source.disk.reader, target, context.progress, both.get_token());
        if (!converted) {
            both.request_stop();
        }
    }
    // Who was only told to stop says nothing of why.
    const bool isHashError = !hashed && (converted || hashed.error().code != Error::Code::Cancelled);
    return isHashError ? hashed : converted;
}

Result<void> checkUnchanged(const MachineSource& source)
{
    for (const DiskPiece& piece : source.pieces) {
        if (auto same = piece.state.checkStillAt(piece.slice.path); !same) {
            return same;
        }
    }
    return {};
}

} // namespace

QString OvaHandler::type() const
{
    return u"ova"_s;
}

QString OvaHandler::title() const
{
    return OvaText::tr("Virtual machine (OVA, OVF)");
}

Result<qint64> OvaHandler::check(const ImportRequest& request, const std::stop_token& stop) const
{
    return openSource(request, stop).and_then([&stop](const MachineSource& source) {
        return measureDisk(*source.disk.reader, stop).transform([&source](qint64) {
            return source.disk.reader->size();
        });
    });
}

Result<qint64> OvaHandler::dataBytes(const ImportRequest& request, const std::stop_token& stop) const
{
    return openSource(request, stop).and_then([&stop](const MachineSource& source) {
        return measureDisk(*source.disk.reader, stop);
    });
}

Result<void> OvaHandler::runInto(const ImportRequest& request, SparseTarget& target, JobContext& context,
                                 CommandRunner& /*runner*/) const
{
    context.progress.setStep(OvaText::tr("Converting"));
    const auto source = openSource(request, context.stop);
    const auto measured = source ? measureDisk(*source->disk.reader, context.stop) : std::unexpected(source.error());
    if (!measured) {
        return std::unexpected(measured.error());
    }
    const QString file = source->pieces.front().name;
    if (!source->package.manifest().isEmpty() && !source->package.manifest().covers(file)) {
        context.report.add(JobReport::Kind::Warning,
                           OvaText::tr("The manifest of %1 has no hash of \"%2\".").arg(request.source, file));
    }
    context.progress.setTotal(source->disk.reader->size());
    auto converted = convertChecked(*source, target, context);
    if (!converted && converted.error().code == Error::Code::Cancelled) {
        return converted;
    }
    // What does not fit together after a change is no fault of the source.
    const auto same = checkUnchanged(*source);
    return same ? converted : same;
}

Result<void> OvaHandler::run(const ImportRequest& request, JobContext& context, CommandRunner& runner) const
{
    context.report.add(JobReport::Kind::Message, OvaText::tr("Convert %1 to %2").arg(request.source, request.output));
    return makeImageFile(request.output,
                         [&](SparseTarget& target) { return runInto(request, target, context, runner); });
}

} // namespace Stowage
