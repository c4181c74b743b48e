// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "ext4handler.h"

#include "core/ext4/ext4superblock.h"
#include "core/sources/sourcefile.h"
#include "core/support/filecopy.h"

#include <QCoreApplication>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

struct Ext4HandlerText {
    Q_DECLARE_TR_FUNCTIONS(Ext4Handler)
};

} // namespace

QString Ext4Handler::type() const
{
    return u"ext4"_s;
}

QString Ext4Handler::title() const
{
    return Ext4HandlerText::tr("ext4 image");
}

Result<qint64> Ext4Handler::check(const ImportRequest& request, const std::stop_token& stop) const
{
    const auto sample = readSample(request.source, stop);
    if (!sample) {
        return std::unexpected(sample.error());
    }
    const auto superblock = findExt4Superblock(sample->head);
    if (!superblock) {
        return fail(Error::Code::InvalidInput,
                    Ext4HandlerText::tr("%1 is no ext2, ext3 or ext4 image.").arg(request.source),
                    Ext4HandlerText::tr("Choose another type: raw takes any disk as it is."),
                    Place::inFile(request.source));
    }
    if (auto fits = checkExt4Size(*superblock, sample->size, request.source); !fits) {
        return std::unexpected(fits.error());
    }
    return sample->size;
}

Result<void> Ext4Handler::run(const ImportRequest& request, JobContext& context, CommandRunner& /*runner*/) const
{
    context.progress.setStep(Ext4HandlerText::tr("Copying"));
    const auto size = check(request, context.stop);
    if (!size) {
        return std::unexpected(size.error());
    }
    context.progress.setTotal(*size);
    context.report.add(JobReport::Kind::Message,
                       Ext4HandlerText::tr("Copy %1 to %2").arg(request.source, request.output));
    return copyFile(request.source, request.output, context.stop, context.progress);
}

} // namespace Stowage
