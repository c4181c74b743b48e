// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "ext4output.h"

#include "core/output/layoutimage.h"
#include "core/support/stagedpath.h"
#include "core/support/uniquefd.h"

#include <QCoreApplication>
#include <QFile>

#include <fcntl.h>

#include <cerrno>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

struct Ext4Text {
    Q_DECLARE_TR_FUNCTIONS(Ext4Output)
};

/** The root file system of @p content in the empty file @p place; its size in bytes. */
Result<qint64> writeRoot(const LayoutContent& content, qint64 sizeMiB, const ImagePlace& place, JobContext& context,
                         CommandRunner& runner)
{
    const QString& hostPath = content.layout().hostPath;
    if (!hostPath.isEmpty()) {
        const auto host = openHost(hostPath, context.stop);
        if (!host) {
            return std::unexpected(host.error());
        }
        if (host->kind == HostSource::Kind::Ext4 || host->kind == HostSource::Kind::Disk) {
            HostImage image(*host, content, sizeMiB, context, runner);
            return image.measure()
                .and_then([&] { return image.copyOut(place); })
                .and_then([&] { return image.addFiles(place); })
                .transform([&image] { return image.newBytes(); });
        }
    }
    LayoutImage image(content, sizeMiB);
    return image.write(place, place.path, context).transform([&image] { return image.bytes(); });
}

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

Result<void> Ext4Output::check(const QString& path) const
{
    return StagedPath::check(path, StagedPath::Kind::File).transform([](const QString&) { });
}

Result<OutputReport> Ext4Output::write(const Layout& layout, const Artifacts& artifacts, const OutputSpec& output,
                                       JobContext& context, CommandRunner& runner) const
{
    auto staged = StagedPath::create(output.path, StagedPath::Kind::File);
    if (!staged) {
        return std::unexpected(staged.error());
    }
    const UniqueFd file(::open(QFile::encodeName(staged->path()).constData(),
                               O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644));
    if (!file.isValid()) {
        return systemError(errno, Ext4Text::tr("write"), staged->finalPath());
    }
    const LayoutContent content(layout, artifacts);
    const ImagePlace place{staged->path(), file.get(), 0};
    context.progress.setTotal(content.totalBytes());
    const auto written = writeRoot(content, output.sizeMiB, place, context, runner);
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
