// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "rootimage.h"

#include <QCoreApplication>
#include <QFile>

#include <fcntl.h>

#include <cerrno>

namespace Stowage
{

using namespace Qt::StringLiterals;

Result<UniqueFd> createImage(const QString& path)
{
    UniqueFd file(
        ::open(QFile::encodeName(path).constData(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644));
    if (!file.isValid()) {
        return systemError(errno, QCoreApplication::translate("RootImage", "write"), path);
    }
    return file;
}

Result<HostSource> hostOf(const Layout& layout, const std::stop_token& stop)
{
    return layout.hostPath.isEmpty() ? Result<HostSource>() : openHost(layout.hostPath, stop);
}

namespace
{

bool isImage(const HostSource& host)
{
    return host.kind == HostSource::Kind::Ext4 || host.kind == HostSource::Kind::Disk;
}

} // namespace

Result<void> checkRootSize(const LayoutContent& content, const OutputSpec& output, JobContext& context,
                           CommandRunner& runner)
{
    return hostOf(content.layout(), context.stop).and_then([&](const HostSource& host) -> Result<void> {
        if (!isImage(host)) {
            return LayoutImage(content, output.sizeMiB).checkSize(output.path, context.stop);
        }
        HostImage image(host, content, output.sizeMiB, context, runner);
        const bool isInTable = host.table && output.kind == "disk"_L1;
        return image.measure().and_then([&] { return isInTable ? image.checkPartition() : Result<void>(); });
    });
}

Result<qint64> writeRoot(const LayoutContent& content, const HostSource& host, qint64 sizeMiB, const ImagePlace& place,
                         const QString& workDirectory, JobContext& context, CommandRunner& runner)
{
    if (isImage(host)) {
        HostImage image(host, content, sizeMiB, context, runner);
        return image.measure().and_then([&] { return image.make(place, workDirectory); }).transform([&image] {
            return image.newBytes();
        });
    }
    LayoutImage image(content, sizeMiB);
    return image.write(place, workDirectory, context, runner).transform([&image] { return image.bytes(); });
}

} // namespace Stowage
