// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "rawhandler.h"

#include "core/sources/bytes.h"
#include "core/sources/signatures.h"
#include "core/support/filecopy.h"

#include <QCoreApplication>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

struct RawHandlerText {
    Q_DECLARE_TR_FUNCTIONS(RawHandler)
};

} // namespace

QString RawHandler::type() const
{
    return u"raw"_s;
}

QString RawHandler::title() const
{
    return RawHandlerText::tr("Raw disk");
}

Result<qint64> RawHandler::check(const ImportRequest& request, const std::stop_token& stop) const
{
    const auto sample = readSample(request.source, stop);
    if (!sample) {
        return std::unexpected(sample.error());
    }
    if (sample->size == 0) {
        return fail(Error::Code::InvalidInput, RawHandlerText::tr("The disk %1 is empty.").arg(request.source),
                    RawHandlerText::tr("Copy or download it again."), Place::inFile(request.source));
    }
    if (hasMagic(sample->head, 0, "QFI\xfb")) {
        return fail(Error::Code::InvalidInput,
                    RawHandlerText::tr("%1 is a QCOW2 disk, not a raw one.").arg(request.source),
                    RawHandlerText::tr("Set the type to qcow2."), Place::inFile(request.source));
    }
    if (const auto format = findContainer(*sample); format && format->isDiskContainer) {
        return fail(Error::Code::InvalidInput,
                    RawHandlerText::tr("%1 is %2, not a raw disk.").arg(request.source, format->name), format->advice,
                    Place::inFile(request.source));
    }
    return sample->size;
}

Result<void> RawHandler::run(const ImportRequest& request, JobContext& context, CommandRunner& /*runner*/) const
{
    context.progress.setStep(RawHandlerText::tr("Copying"));
    const auto size = check(request, context.stop);
    if (!size) {
        return std::unexpected(size.error());
    }
    context.progress.setTotal(*size);
    context.report.add(JobReport::Kind::Message,
                       RawHandlerText::tr("Copy %1 to %2").arg(request.source, request.output));
    return copyFile(request.source, request.output, context.stop, context.progress);
}

} // namespace Stowage
