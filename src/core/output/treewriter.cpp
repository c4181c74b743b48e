// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "treewriter.h"

#include "core/output/treebuild.h"
#include "core/support/directoryentries.h"
#include "core/support/stagedpath.h"

#include <QCoreApplication>
#include <QFile>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <optional>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

struct Tree {
    Q_DECLARE_TR_FUNCTIONS(TreeWriter)
};

constexpr const char* MarkAttribute = "user.stowage.output"; ///< Tells our own trees from other directories.

/** Marks the tree at @p path, whose name as an output is @p final. False where the file system has no such attributes. */
Result<bool> mark(const QByteArray& path, const QString& final)
{
    if (setxattr(path.constData(), MarkAttribute, "tree", 4, 0) == 0) {
        return true;
    }
    if (errno == ENOTSUP || errno == EPERM) {
        return false;
    }
    return systemError(errno, Tree::tr("write"), final);
}

/** Where a run that was killed between its tree and the list of that left the list; empty: none did. */
QString abandonedOwners(const QString& path, ino_t top)
{
    const QStringList lists = StagedPath::abandoned(path);
    const auto list = std::ranges::find_if(lists, [top](const QString& one) { return OwnersList::isOf(one, top); });
    return list == lists.end() ? QString() : *list;
}

/** Puts such a list to the tree at @p final, which it belongs to. */
void healOwners(const QString& final)
{
    struct stat facts{};
    if (lstat(QFile::encodeName(final).constData(), &facts) == 0) {
        const QString owners = OwnersList::pathFor(final);
        const QString list = abandonedOwners(owners, facts.st_ino);
        if (!list.isEmpty()) {
            ::rename(QFile::encodeName(list).constData(), QFile::encodeName(owners).constData());
        }
    }
}

/** Whether the directory at @p path, whose name as an output is @p final, is empty or an earlier tree of ours. */
Result<void> checkReplaceable(const QString& path, const QString& final)
{
    const UniqueFd directory(::open(QFile::encodeName(path).constData(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory.isValid()) {
        return errno == ENOENT ? Result<void>{} : systemError(errno, Tree::tr("read"), final);
    }
    const auto entries = directoryEntries(directory.get());
    struct stat facts{};
    if (!entries || fstat(directory.get(), &facts) != 0) {
        return systemError(errno, Tree::tr("read"), final);
    }
    const QString owners = OwnersList::pathFor(final);
    if (entries->isEmpty() || fgetxattr(directory.get(), MarkAttribute, nullptr, 0) >= 0
        || OwnersList::isOf(owners, facts.st_ino) || !abandonedOwners(owners, facts.st_ino).isEmpty()) {
        return {};
    }
    return fail(Error::Code::InvalidInput, Tree::tr("%1 holds files that Stowage did not write.").arg(final),
                Tree::tr("Choose a new or an empty directory, or remove this one yourself."), Place{.file = final});
}

/** The list of the tree at @p top, complete but not yet under its final name @p path. */
Result<StagedPath> stageOwners(const OwnersList& owners, const QByteArray& top, const QString& path)
{
    auto staged = StagedPath::create(path, StagedPath::Kind::File);
    struct stat facts{};
    if (staged && lstat(top.constData(), &facts) != 0) {
        return systemError(errno, Tree::tr("look at"), QFile::decodeName(top));
    }
    if (staged) {
        const QByteArray text = owners.text(facts.st_ino);
        QFile file(staged->path());
        if (!file.open(QIODevice::WriteOnly) || file.write(text) != text.size() || !file.flush()) {
            return fail(Error::Code::Io, Tree::tr("Cannot write %1: %2.").arg(path, file.errorString()),
                        Tree::tr("Check the space and the permissions there."), Place{.file = path});
        }
    }
    return staged;
}

/** Whether the name of the list of owners is free, or has an earlier list. */
Result<void> checkOwnersPath(const QString& path)
{
    struct stat facts{};
    if (lstat(QFile::encodeName(path).constData(), &facts) != 0 || OwnersList::isOne(path)) {
        return {};
    }
    return fail(Error::Code::InvalidInput,
                Tree::tr("%1 is in the way: the list of the tree's owners goes there.").arg(path),
                Tree::tr("Move it away, or choose another name for the tree."), Place{.file = path});
}

} // namespace

QString TreeWriter::kind() const
{
    return u"tree"_s;
}

QString TreeWriter::title() const
{
    return Tree::tr("Staging tree");
}

Result<void> TreeWriter::check(const OutputSpec& output) const
{
    const auto final = StagedPath::check(output.path, StagedPath::Kind::Directory);
    if (!final) {
        return std::unexpected(final.error());
    }
    return checkReplaceable(*final, *final).and_then([&final] { return checkOwnersPath(OwnersList::pathFor(*final)); });
}

Result<OutputReport> TreeWriter::write(const Layout& layout, const Artifacts& artifacts, const OutputSpec& output,
                                       JobContext& context, CommandRunner& /*runner*/) const
{
    if (auto checked = check(output); !checked) {
        return std::unexpected(checked.error());
    }
    auto staged = StagedPath::create(output.path, StagedPath::Kind::Directory);
    if (!staged) {
        return std::unexpected(staged.error());
    }
    const QString final = staged->finalPath();
    const QString owners = OwnersList::pathFor(final);
    healOwners(final);
    const LayoutContent content(layout, artifacts);
    context.progress.setTotal(content.totalBytes() * 2 + layout.newBytes());
    const QByteArray top = QFile::encodeName(staged->path());
    TreeBuild build(content, artifacts, top, context);
    auto done = content.checkSources(build.make().and_then([&build] { return build.verify(); }));
    if (!done) {
        return std::unexpected(done.error());
    }
    OutputReport report{.kind = kind(), .path = final, .files = content.fileCount(), .bytes = content.totalBytes()};
    std::optional<StagedPath> stagedOwners;
    const auto marked = mark(top, final);
    if (!marked) {
        return std::unexpected(marked.error());
    }
    if (!*marked || build.needsOwners()) {
        auto made = stageOwners(build.owners(), top, owners);
        if (!made) {
            return std::unexpected(made.error());
        }
        stagedOwners.emplace(std::move(*made));
        report.ownersFile = owners;
    }
    // The list follows its tree at once, before the old tree is removed, and without it there is no new tree.
    done = staged->commit(StagedPath::Replace::Yes, [&](const QString& displaced) {
        return (displaced.isEmpty() ? Result<void>() : checkReplaceable(displaced, final)).and_then([&] {
            return stagedOwners ? stagedOwners->commit(StagedPath::Replace::Yes) : Result<void>();
        });
    });
    if (!done) {
        return std::unexpected(done.error());
    }
    if (report.ownersFile.isEmpty() && OwnersList::isOne(owners)) {
        QFile::remove(owners); // of an earlier build by somebody else
    }
    return report;
}

} // namespace Stowage
