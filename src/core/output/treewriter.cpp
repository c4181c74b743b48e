// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "treewriter.h"

#include "core/output/treebuild.h"
#include "core/support/stagedpath.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QSaveFile>

#include <sys/xattr.h>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

struct Tree {
    Q_DECLARE_TR_FUNCTIONS(TreeWriter)
};

constexpr const char* MarkAttribute = "user.stowage.output"; ///< Tells our own trees from other directories.

bool mark(const QByteArray& path)
{
    return setxattr(path.constData(), MarkAttribute, "tree", 4, 0) == 0;
}

bool isMarked(const QString& path)
{
    return getxattr(QFile::encodeName(path).constData(), MarkAttribute, nullptr, 0) >= 0
        || OwnersList::isOne(OwnersList::pathFor(path));
}

Result<void> writeOwners(const QByteArray& text, const QString& path)
{
    QSaveFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(text) < 0 || !file.commit()) {
        return fail(Error::Code::Io, Tree::tr("Cannot write %1: %2.").arg(path, file.errorString()),
                    Tree::tr("Check the space and the permissions there."));
    }
    return {};
}

/** The list at @p path, which a tree that is not replaced after all still needs; empty when there is none. */
QByteArray ownersBefore(const QString& path)
{
    QFile file(path);
    return OwnersList::isOne(path) && file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
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

Result<void> TreeWriter::check(const QString& path) const
{
    const auto final = StagedPath::check(path, StagedPath::Kind::Directory);
    if (!final) {
        return std::unexpected(final.error());
    }
    const QDir directory(*final);
    if (directory.exists() && !directory.isEmpty(QDir::AllEntries | QDir::Hidden | QDir::System | QDir::NoDotAndDotDot)
        && !isMarked(*final)) {
        return fail(Error::Code::InvalidInput, Tree::tr("%1 holds files that Stowage did not write.").arg(*final),
                    Tree::tr("Choose a new or an empty directory, or remove this one yourself."),
                    Place{.file = *final});
    }
    return {};
}

Result<OutputReport> TreeWriter::write(const Layout& layout, const Artifacts& artifacts, const QString& path,
                                       JobContext& context) const
{
    if (auto checked = check(path); !checked) {
        return std::unexpected(checked.error());
    }
    auto staged = StagedPath::create(path, StagedPath::Kind::Directory);
    if (!staged) {
        return std::unexpected(staged.error());
    }
    const LayoutContent content(layout, artifacts);
    context.progress.setTotal(content.totalBytes() * 2 + layout.newBytes());
    const QByteArray top = QFile::encodeName(staged->path());
    TreeBuild build(content, artifacts, top, context);
    auto done = build.make();
    if (done) {
        done = build.verify();
    }
    if (!done) {
        return std::unexpected(done.error());
    }
    OutputReport report{kind(), staged->finalPath(), {}, content.fileCount(), content.totalBytes()};
    const QString owners = OwnersList::pathFor(staged->finalPath());
    const bool marked = mark(top);
    const QByteArray before = ownersBefore(owners);
    if (build.needsOwners() || !marked) {
        if (done = writeOwners(build.owners().text(), owners); !done) {
            return std::unexpected(done.error());
        }
        report.ownersFile = owners;
    }
    if (done = staged->commit(StagedPath::Replace::Yes); !done) {
        if (!report.ownersFile.isEmpty() && (before.isEmpty() || !writeOwners(before, owners))) {
            QFile::remove(owners);
        }
        return std::unexpected(done.error());
    }
    if (report.ownersFile.isEmpty() && OwnersList::isOne(owners)) {
        QFile::remove(owners); // of an earlier build by somebody else
    }
    return report;
}

} // namespace Stowage
