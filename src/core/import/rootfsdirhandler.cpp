// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "rootfsdirhandler.h"

#include "core/ext4/treeimage.h"
#include "core/import/newoutput.h"
#include "core/support/uniquefd.h"
#include "core/support/units.h"

#include <QCoreApplication>
#include <QFile>
#include <QFileInfo>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

struct RootfsDirText {
    Q_DECLARE_TR_FUNCTIONS(RootfsDirHandler)
};

bool becomesRoots(const FileTree& tree, OwnerRule rule)
{
    if (rule != OwnerRule::Automatic) {
        return rule == OwnerRule::Root;
    }
    // A directory of the user's own was built by that user; one that root has from an ordinary user likewise.
    const quint32 owner = tree.entries.front().uid;
    return owner != 0 && (owner == ::geteuid() || ::geteuid() == 0);
}

/** Gives the entries the owners and times that they will have in the image. */
void applyRules(FileTree& tree, OwnerRule rule)
{
    const bool rootOwned = becomesRoots(tree, rule);
    bool hasEpoch = false;
    const qint64 epoch = qEnvironmentVariable("SOURCE_DATE_EPOCH").toLongLong(&hasEpoch);
    if (hasEpoch) {
        tree.newestSeconds = epoch;
    }
    tree.newestSeconds = std::max<qint64>(tree.newestSeconds, 0);
    for (TreeEntry& entry : tree.entries) {
        if (rootOwned) {
            entry.uid = 0;
            entry.gid = 0;
        }
        if (entry.seconds > tree.newestSeconds) {
            entry.seconds = tree.newestSeconds;
            entry.nanoseconds = 0;
        }
    }
}

CommandSpec checkFileSystem(const QString& output)
{
    CommandSpec spec;
    spec.program = u"e2fsck"_s;
    spec.arguments = {u"-f"_s, u"-n"_s, output};
    return spec;
}

Result<std::pair<FileTree, Ext4Options>> prepare(const ImportRequest& request, const std::stop_token& stop)
{
    auto tree = walkTree(QFileInfo(request.source).absoluteFilePath(), stop);
    if (!tree) {
        return std::unexpected(tree.error());
    }
    applyRules(*tree, request.owners);
    auto options = optionsFor(*tree, request.sizeMiB, stop);
    if (!options) {
        return std::unexpected(options.error());
    }
    return std::pair(*std::move(tree), *std::move(options));
}

} // namespace

QString RootfsDirHandler::type() const
{
    return u"rootfs_dir"_s;
}

QString RootfsDirHandler::title() const
{
    return RootfsDirText::tr("Root file system directory");
}

QStringList RootfsDirHandler::requirements() const
{
    return {u"e2fsck"_s};
}

Result<qint64> RootfsDirHandler::check(const ImportRequest& request, const std::stop_token& stop) const
{
    const auto prepared = prepare(request, stop);
    if (!prepared) {
        return std::unexpected(prepared.error());
    }
    return request.sizeMiB * MiB;
}

Result<void> RootfsDirHandler::run(const ImportRequest& request, JobContext& context, CommandRunner& runner) const
{
    context.progress.setStep(RootfsDirText::tr("Reading the directory"));
    const auto prepared = prepare(request, context.stop);
    if (!prepared) {
        return std::unexpected(prepared.error());
    }
    const auto& [tree, options] = *prepared;
    context.progress.setTotal(tree.dataBytes);
    auto output = NewOutput::create(request.output, options.sizeBytes);
    if (!output) {
        return std::unexpected(output.error());
    }
    context.progress.setStep(RootfsDirText::tr("Making the file system"));
    {
        const UniqueFd file(::open(QFile::encodeName(request.output).constData(), O_WRONLY | O_NOFOLLOW | O_CLOEXEC));
        if (!file.isValid()) {
            return systemError(errno, RootfsDirText::tr("write"), request.output);
        }
        auto made = writeTreeImage(tree, file.get(), request.output, options, context.progress, context.stop);
        if (!made) {
            return made;
        }
    }
    context.progress.setDone(tree.dataBytes);
    context.progress.setStep(RootfsDirText::tr("Checking the file system"));
    if (auto clean = runTool(checkFileSystem(request.output), context, runner); !clean) {
        return clean;
    }
    output->keep();
    return {};
}

} // namespace Stowage
