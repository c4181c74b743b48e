// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "ext4output.h"

#include "core/output/imagefile.h"
#include "core/output/rootimage.h"

#include <QCoreApplication>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

struct Ext4Text {
    Q_DECLARE_TR_FUNCTIONS(Ext4Output)
};

} // namespace

QString Ext4Output::kind() const
{
    return u"ext4"_s;
}

QString Ext4Output::title() const
{
    return Ext4Text::tr("Root file system image (ext4)");
}

QStringList Ext4Output::requirements() const
{
    return {u"e2fsck"_s, u"resize2fs"_s};
}

QStringList Ext4Output::suffixes() const
{
    return imageSuffixes({u".ext4"_s, u".img"_s});
}

Result<OutputReport> Ext4Output::write(const Layout& layout, const Artifacts& artifacts, const OutputSpec& output,
                                       JobContext& context, CommandRunner& runner) const
{
    auto file = ImageFile::create(output);
    if (!file) {
        return std::unexpected(file.error());
    }
    const LayoutContent content(layout, artifacts);
    const ImagePlace place{file->path(), file->fd(), 0};
    context.progress.setTotal(content.totalBytes());
    auto made = hostOf(layout, context.stop)
                    .and_then([&](const HostSource& host) {
                        return writeRoot(content, host, output.sizeMiB, place, file->workDirectory(), context, runner);
                    })
                    .and_then([&](qint64) { return verifyImage(content, place, context, runner); });
    const auto written = content.checkSources(std::move(made)).and_then([&] { return file->finish(context, runner); });
    if (!written) {
        return std::unexpected(written.error());
    }
    return OutputReport{.kind = kind(),
                        .path = file->finalPath(),
                        .bmapFile = file->bmapPath(),
                        .files = content.fileCount(),
                        .bytes = *written};
}

} // namespace Stowage
