// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "ext4output.h"

#include "core/output/rootimage.h"
#include "core/support/stagedpath.h"

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

Result<OutputReport> Ext4Output::write(const Layout& layout, const Artifacts& artifacts, const OutputSpec& output,
                                       JobContext& context, CommandRunner& runner) const
{
    auto staged = StagedPath::create(output.path, StagedPath::Kind::File);
    if (!staged) {
        return std::unexpected(staged.error());
    }
    const auto file = createImage(staged->path());
    if (!file) {
        return std::unexpected(file.error());
    }
    const LayoutContent content(layout, artifacts);
    const ImagePlace place{staged->path(), file->get(), 0};
    context.progress.setTotal(content.totalBytes());
    const auto host = hostOf(layout, context.stop);
    if (!host) {
        return std::unexpected(host.error());
    }
    const auto written = writeRoot(content, *host, output.sizeMiB, place, staged->workDirectory(), context, runner);
    if (!written) {
        return std::unexpected(written.error());
    }
    auto verified = verifyImage(content, place, context, runner).and_then([&] {
        return staged->commit(StagedPath::Replace::Yes);
    });
    if (!verified) {
        return std::unexpected(verified.error());
    }
    return OutputReport{kind(), staged->finalPath(), {}, content.fileCount(), *written};
}

} // namespace Stowage
