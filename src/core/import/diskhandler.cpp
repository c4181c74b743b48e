// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "diskhandler.h"

#include "core/disks/convertdisk.h"
#include "core/disks/opendisk.h"
#include "core/import/newoutput.h"
#include "core/support/filestate.h"

#include <QCoreApplication>

#include <utility>
#include <vector>

namespace Stowage
{

namespace
{

struct DiskHandlerText {
    Q_DECLARE_TR_FUNCTIONS(DiskHandler)
};

Result<OpenedDisk> openTyped(const QString& path, const QString& type, const std::stop_token& stop)
{
    return openDisk(path, stop).and_then([&](OpenedDisk&& disk) -> Result<OpenedDisk> {
        if (disk.type != type) {
            return fail(Error::Code::InvalidInput, DiskHandlerText::tr("%1 is no %2.").arg(path, diskTitle(type)),
                        DiskHandlerText::tr("Import it as what it is; \"stowage-cli probe\" tells."),
                        Place::inFile(path));
        }
        return std::move(disk);
    });
}

/** The state of the files that hold parts of a disk beside the one that was named. */
class OtherFiles
{
public:
    [[nodiscard]] static Result<OtherFiles> of(const QStringList& paths)
    {
        OtherFiles files;
        for (const QString& path : paths) {
            const auto state = FileState::of(path);
            if (!state) {
                return std::unexpected(state.error());
            }
            files.m_states.emplace_back(path, *state);
        }
        return files;
    }

    [[nodiscard]] Result<void> checkStill() const
    {
        for (const auto& [path, state] : m_states) {
            if (auto same = state.checkStillAt(path); !same) {
                return same;
            }
        }
        return {};
    }

private:
    std::vector<std::pair<QString, FileState>> m_states;
};

} // namespace

QString DiskHandler::title() const
{
    const QString title = diskTitle(m_type);
    return title.left(1).toUpper() + title.sliced(1);
}

Result<qint64> DiskHandler::check(const ImportRequest& request, const std::stop_token& stop) const
{
    return openTyped(request.source, m_type, stop).and_then([&stop](const OpenedDisk& disk) {
        return measureDisk(*disk.reader, stop).transform([&disk](qint64) { return disk.reader->size(); });
    });
}

Result<qint64> DiskHandler::dataBytes(const ImportRequest& request, const std::stop_token& stop) const
{
    return openTyped(request.source, m_type, stop).and_then([&stop](const OpenedDisk& disk) {
        return measureDisk(*disk.reader, stop);
    });
}

Result<void> DiskHandler::runInto(const ImportRequest& request, SparseTarget& target, JobContext& context,
                                  CommandRunner& /*runner*/) const
{
    context.progress.setStep(DiskHandlerText::tr("Converting"));
    const auto disk = openTyped(request.source, m_type, context.stop);
    const auto others = disk ? OtherFiles::of(disk->otherFiles) : std::unexpected(disk.error());
    const auto measured = others ? measureDisk(*disk->reader, context.stop) : std::unexpected(others.error());
    if (!measured) {
        return std::unexpected(measured.error());
    }
    context.progress.setTotal(disk->reader->size());
    auto converted = convertDisk(*disk->reader, target, context.progress, context.stop);
    if (!converted && converted.error().code == Error::Code::Cancelled) {
        return converted;
    }
    // What does not fit together after a change is no fault of the source.
    const auto same = others->checkStill();
    return same ? converted : same;
}

Result<void> DiskHandler::run(const ImportRequest& request, JobContext& context, CommandRunner& runner) const
{
    context.report.add(JobReport::Kind::Message,
                       DiskHandlerText::tr("Convert %1 to %2").arg(request.source, request.output));
    return makeImageFile(request.output,
                         [&](SparseTarget& target) { return runInto(request, target, context, runner); });
}

} // namespace Stowage
