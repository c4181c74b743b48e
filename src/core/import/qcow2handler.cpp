// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "qcow2handler.h"

#include "core/import/newoutput.h"
#include "core/sources/qcow2header.h"

#include <QCoreApplication>
#include <QFileInfo>

#include <cmath>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

struct Qcow2HandlerText {
    Q_DECLARE_TR_FUNCTIONS(Qcow2Handler)
};

/** QEMU's disks consist of sectors. */
qint64 diskSize(const Qcow2Header& header)
{
    constexpr qint64 Sector = 512;
    return (header.virtualSize + Sector - 1) / Sector * Sector;
}

/** @p path as a value of QEMU's option syntax, where a comma ends a value and two stand for one. */
QString optionValue(const QString& path)
{
    return QFileInfo(path).absoluteFilePath().replace(u',', ",,"_L1);
}

CommandSpec conversion(const ImportRequest& request)
{
    CommandSpec spec;
    spec.program = u"qemu-img"_s;
    // Drivers are named, so that neither names nor contents decide what qemu-img opens. The target is there already and
    // known to be zeros, so that its holes stay.
    spec.arguments = {u"convert"_s,
                      u"-p"_s,
                      u"-n"_s,
                      u"--target-is-zero"_s,
                      u"-W"_s,
                      u"-S"_s,
                      u"4k"_s,
                      u"--image-opts"_s,
                      u"--target-image-opts"_s,
                      u"driver=qcow2,file.driver=file,file.filename="_s + optionValue(request.source),
                      u"driver=raw,file.driver=file,file.filename="_s + optionValue(request.output)};
    spec.writablePaths = {request.output};
    return spec;
}

/** Reads the last "(12.34/100%)" of qemu-img's output; -1 when there is none in @p piece. */
double percentOf(const QByteArray& piece)
{
    const qsizetype end = piece.lastIndexOf("/100%)");
    const qsizetype begin = end < 0 ? -1 : piece.lastIndexOf('(', end);
    if (begin < 0) {
        return -1;
    }
    bool isNumber = false;
    const double percent = piece.sliced(begin + 1, end - begin - 1).trimmed().toDouble(&isNumber);
    return isNumber && percent >= 0 && percent <= 100 ? percent : -1;
}

} // namespace

QString Qcow2Handler::type() const
{
    return u"qcow2"_s;
}

QString Qcow2Handler::title() const
{
    return Qcow2HandlerText::tr("QCOW2 disk");
}

QStringList Qcow2Handler::requirements() const
{
    return {u"qemu-img"_s};
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
    return diskSize(*header);
}

Result<void> Qcow2Handler::run(const ImportRequest& request, JobContext& context, CommandRunner& runner) const
{
    context.progress.setStep(Qcow2HandlerText::tr("Converting"));
    const auto size = check(request, context.stop);
    if (!size) {
        return std::unexpected(size.error());
    }
    context.progress.setTotal(*size);
    auto output = NewOutput::create(request.output, *size);
    if (!output) {
        return std::unexpected(output.error());
    }
    const CommandSpec spec = conversion(request);
    const auto converted = runTool(spec, context, runner, [&context, size](const QByteArray& piece) {
        if (const double percent = percentOf(piece); percent >= 0) {
            context.progress.setDone(std::llround(static_cast<double>(*size) * percent / 100));
        }
    });
    if (!converted) {
        return converted;
    }
    if (const qint64 made = QFileInfo(request.output).size(); made != *size) {
        return fail(Error::Code::ToolFailed,
                    Qcow2HandlerText::tr("qemu-img made %1 bytes of the disk %2, which has %3.")
                        .arg(made)
                        .arg(request.source)
                        .arg(*size),
                    Qcow2HandlerText::tr("Make sure that nothing else writes to the disk, and try again."),
                    Place::inFile(request.source));
    }
    context.progress.setDone(*size);
    output->keep();
    return {};
}

} // namespace Stowage
