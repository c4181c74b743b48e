// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "unpackinghandler.h"

#include <QCoreApplication>

namespace Stowage
{

namespace
{

/** What @p use makes of @p request, with a source that can be read at any place. */
template<typename Use>
auto withPlainSource(const ImportRequest& request, UnpackedSource::Archive archive, Progress& progress,
                     const std::stop_token& stop, Use use) -> decltype(use(request))
{
    const auto source = UnpackedSource::open(request.source, archive, progress, stop);
    if (!source) {
        return std::unexpected(source.error());
    }
    ImportRequest plain = request;
    plain.source = source->path();
    plain.isPacked = false;
    return use(plain).transform_error([&source](Error error) { return source->withSourceName(std::move(error)); });
}

} // namespace

ImportHandler::InPlace UnpackingHandler::inPlace(const ImportRequest& request) const
{
    return m_handler->inPlace(request);
}

Result<qint64> UnpackingHandler::check(const ImportRequest& request, const std::stop_token& stop) const
{
    Progress ignored;
    return withPlainSource(request, m_archive, ignored, stop,
                           [&](const ImportRequest& plain) { return m_handler->check(plain, stop); });
}

Result<qint64> UnpackingHandler::dataBytes(const ImportRequest& request, const std::stop_token& stop) const
{
    Progress ignored;
    return withPlainSource(request, m_archive, ignored, stop,
                           [&](const ImportRequest& plain) { return m_handler->dataBytes(plain, stop); });
}

Result<void> UnpackingHandler::runInto(const ImportRequest& request, SparseTarget& target, JobContext& context,
                                       CommandRunner& runner) const
{
    return withPlainSource(request, m_archive, context.progress, context.stop, [&](const ImportRequest& plain) {
        return m_handler->runInto(plain, target, context, runner);
    });
}

Result<void> UnpackingHandler::run(const ImportRequest& request, JobContext& context, CommandRunner& runner) const
{
    return withPlainSource(request, m_archive, context.progress, context.stop, [&](const ImportRequest& plain) {
        if (plain.source != request.source) {
            context.report.add(JobReport::Kind::Message,
                               QCoreApplication::translate("UnpackingHandler",
                                                           "Unpack %1, which is kept as %2 for the next time")
                                   .arg(request.source, plain.source));
        }
        context.progress.setDone(0);
        return m_handler->run(plain, context, runner);
    });
}

} // namespace Stowage
