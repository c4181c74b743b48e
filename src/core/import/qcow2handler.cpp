// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "qcow2handler.h"

#include "core/import/newoutput.h"
#include "core/import/qcow2convert.h"

#include <QCoreApplication>

#include <algorithm>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

struct Qcow2HandlerText {
    Q_DECLARE_TR_FUNCTIONS(Qcow2Handler)
};

} // namespace

QString Qcow2Handler::type() const
{
    return u"qcow2"_s;
}

QString Qcow2Handler::title() const
{
    return Qcow2HandlerText::tr("QCOW2 disk");
}

Result<qint64> Qcow2Handler::check(const ImportRequest& request, const std::stop_token& stop) const
{
    const auto header = readQcow2Header(request.source);
    if (!header) {
        return std::unexpected(header.error());
    }
    if (auto tables = checkQcow2Tables(request.source, *header, stop); !tables) {
        return std::unexpected(tables.error());
    }
    return rawDiskSize(*header);
}

Result<qint64> Qcow2Handler::dataBytes(const ImportRequest& request, const std::stop_token& stop) const
{
    return readQcow2Header(request.source).and_then([&](const Qcow2Header& header) {
        return checkQcow2Tables(request.source, header, stop).transform([&header](qint64 bytes) {
            return std::min(bytes, rawDiskSize(header));
        });
    });
}

Result<void> Qcow2Handler::runInto(const ImportRequest& request, SparseTarget& target, JobContext& context,
                                   CommandRunner& /*runner*/) const
{
    context.progress.setStep(Qcow2HandlerText::tr("Converting"));
    const auto size = check(request, context.stop);
    const auto header = size ? readQcow2Header(request.source) : std::unexpected(size.error());
    if (!header) {
        return std::unexpected(header.error());
    }
    context.progress.setTotal(header->virtualSize);
    return target.extend(*size).and_then(
        [&] { return convertQcow2(request.source, *header, target, context.progress, context.stop); });
}

Result<void> Qcow2Handler::run(const ImportRequest& request, JobContext& context, CommandRunner& runner) const
{
    context.report.add(JobReport::Kind::Message,
                       Qcow2HandlerText::tr("Convert %1 to %2").arg(request.source, request.output));
    return makeImageFile(request.output,
                         [&](SparseTarget& target) { return runInto(request, target, context, runner); });
}

} // namespace Stowage
