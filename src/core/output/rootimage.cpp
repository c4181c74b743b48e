// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "rootimage.h"

#include <QCoreApplication>
#include <QFile>

#include <fcntl.h>

#include <cerrno>

namespace Stowage
{

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

Result<void> checkRootSize(const LayoutContent& content, qint64 sizeMiB, const QString& name, JobContext& context,
                           CommandRunner& runner)
{
    return hostOf(content.layout(), context.stop).and_then([&](const HostSource& host) {
        return isImage(host) ? HostImage(host, content, sizeMiB, context, runner).measure()
                             : LayoutImage(content, sizeMiB).checkSize(name, context.stop);
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
