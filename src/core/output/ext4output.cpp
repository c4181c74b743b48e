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
    return {u"e2fsck"_s};
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
    LayoutImage image(content, output.sizeMiB);
    auto written = image.write(file.get(), staged->finalPath(), context)
                       .and_then([&] { return image.verify(staged->path(), context, runner); })
                       .and_then([&] { return staged->commit(StagedPath::Replace::Yes); });
    if (!written) {
        return std::unexpected(written.error());
    }
    return OutputReport{kind(), staged->finalPath(), {}, content.fileCount(), image.bytes()};
}

} // namespace Stowage
