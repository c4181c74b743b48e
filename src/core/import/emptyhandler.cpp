// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "emptyhandler.h"

#include "core/import/newoutput.h"
#include "core/support/units.h"

#include <QCoreApplication>

namespace Stowage
{

namespace
{

struct EmptyText {
    Q_DECLARE_TR_FUNCTIONS(EmptyHandler)
};

} // namespace

QString EmptyHandler::title() const
{
    return EmptyText::tr("Empty disk");
}

Result<qint64> EmptyHandler::check(const ImportRequest& request, const std::stop_token& /*stop*/) const
{
    constexpr qint64 MostMiB = qint64{1} << 30;
    if (request.sizeMiB <= 0 || request.sizeMiB > MostMiB) {
        return fail(Error::Code::InvalidInput, EmptyText::tr("An empty disk cannot have %1 MiB.").arg(request.sizeMiB),
                    EmptyText::tr("Set a size from 1 to %1 MiB.").arg(MostMiB));
    }
    return request.sizeMiB * MiB;
}

Result<qint64> EmptyHandler::dataBytes(const ImportRequest& request, const std::stop_token& stop) const
{
    return check(request, stop).transform([](qint64) { return qint64{0}; });
}

Result<void> EmptyHandler::runInto(const ImportRequest& request, SparseTarget& target, JobContext& context,
                                   CommandRunner& /*runner*/) const
{
    return check(request, context.stop).and_then([&target](qint64 size) { return target.extend(size); });
}

Result<void> EmptyHandler::run(const ImportRequest& request, JobContext& context, CommandRunner& runner) const
{
    return makeImageFile(request.output,
                         [&](SparseTarget& target) { return runInto(request, target, context, runner); });
}

} // namespace Stowage
