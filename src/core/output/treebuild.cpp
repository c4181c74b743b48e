// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "treebuild.h"

#include "core/support/extendedattributes.h"
#include "core/support/filecopy.h"

#include <QCoreApplication>
#include <QFile>

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace Stowage
{

namespace
{

struct Tree {
    Q_DECLARE_TR_FUNCTIONS(TreeWriter)
};

std::unexpected<Error> writeError(const QByteArray& path)
{
    return systemError(errno, Tree::tr("write"), QFile::decodeName(path));
}

std::unexpected<Error> mismatch(const QByteArray& path)
{
    return fail(Error::Code::Io, Tree::tr("%1 does not read back as it was written.").arg(QFile::decodeName(path)),
                Tree::tr("Check the disk, and that nothing else writes there; then build again."));
}

Result<void> writeAll(int fd, const QByteArray& text, const QByteArray& path)
{
    qsizetype done = 0;
    while (done < text.size()) {
        const ssize_t written = ::write(fd, text.constData() + done, static_cast<size_t>(text.size() - done));
        if (written < 0 && errno != EINTR) {
            return writeError(path);
        }
        done += std::max<ssize_t>(written, 0);
    }
    return {};
}

mode_t fileTypeOf(const LayoutNode& node, const struct stat& facts)
{
    switch (node.kind) {
    case LayoutNode::Kind::Directory:
        return S_IFDIR;
    case LayoutNode::Kind::File:
        return S_IFREG;
    case LayoutNode::Kind::Symlink:
        return S_IFLNK;
    case LayoutNode::Kind::Other:
        break;
    }
    return facts.st_mode & S_IFMT;
}

} // namespace

TreeBuild::TreeBuild(const LayoutContent& content, const Artifacts& artifacts, QByteArray top, JobContext& context)
    : m_content(content),
      m_artifacts(artifacts),
      m_top(std::move(top)),
      m_context(context)
{ }

Result<void> TreeBuild::make()
{
    auto made = m_content.visit(m_context.stop, [this](const LayoutNode& node, const QByteArray& path) {
        return makeNode(node, path);
    });
    return made ? setTimes() : made;
}

Result<void> TreeBuild::makeNode(const LayoutNode& node, const QByteArray& path)
{
    const QByteArray target = m_top + path;
    struct stat facts{};
    if (node.state == LayoutNode::State::Kept) {
        const auto known = m_content.hostFacts(path);
        if (!known) {
            return std::unexpected(known.error());
        }
        facts = *known;
        if (node.kind != LayoutNode::Kind::Directory && facts.st_nlink > 1) {
            const std::pair<quint64, quint64> identity(facts.st_dev, facts.st_ino);
            if (const auto first = m_hardLinks.constFind(identity); first != m_hardLinks.constEnd()) {
                m_context.progress.advance(node.size);
                m_owners.add(node, path, fileTypeOf(node, facts), facts.st_rdev);
                return link(first->constData(), target.constData()) == 0 ? Result<void>{} : writeError(target);
            }
            m_hardLinks.insert(identity, target);
        }
    }
    Result<void> made;
    switch (node.kind) {
    case LayoutNode::Kind::Directory:
        if (!path.isEmpty() && mkdir(target.constData(), 0700) != 0) {
            made = writeError(target);
        }
        break;
    case LayoutNode::Kind::Symlink:
        if (symlink(node.linkTarget.constData(), target.constData()) != 0) {
            made = writeError(target);
        }
        break;
    case LayoutNode::Kind::File:
        made = makeFile(node, path, target);
        break;
    case LayoutNode::Kind::Other:
        made = makeSpecial(facts, target);
        break;
    }
    m_owners.add(node, path, fileTypeOf(node, facts), facts.st_rdev);
    return made ? finishNode(node, path, target) : made;
}

Result<void> TreeBuild::makeFile(const LayoutNode& node, const QByteArray& path, const QByteArray& target)
{
    m_context.progress.setStep(Tree::tr("Writing %1").arg(QFile::decodeName(path)));
    if (moveArtifact(node, target)) {
        m_moved.insert(path);
        return {};
    }
    UniqueFd destination(open(target.constData(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!destination.isValid()) {
        return writeError(target);
    }
    Result<void> written;
    if (const auto* text = std::get_if<FromText>(&node.origin)) {
        written = writeAll(destination.get(), text->text, target);
        m_context.progress.advance(text->text.size());
    } else {
        const auto source = m_content.open(node, path);
        if (!source) {
            return std::unexpected(source.error());
        }
        written = copyContent(source->get(), QFile::decodeName(m_content.sourcePath(node, path)), destination.get(),
                              QFile::decodeName(target), m_context.stop, m_context.progress);
    }
    if (written && !destination.close()) {
        return writeError(target);
    }
    return written;
}

bool TreeBuild::moveArtifact(const LayoutNode& node, const QByteArray& target)
{
    if (!m_artifacts.mayMove || !std::holds_alternative<FromImport>(node.origin)) {
        return false;
    }
    const QByteArray source = m_content.sourcePath(node, {});
    struct stat facts{};
    if (stat(source.constData(), &facts) != 0 || rename(source.constData(), target.constData()) != 0) {
        return false;
    }
    m_context.progress.advance(facts.st_size);
    return true;
}

Result<void> TreeBuild::makeSpecial(const struct stat& facts, const QByteArray& target)
{
    if (mknod(target.constData(), facts.st_mode, facts.st_rdev) == 0) {
        return {};
    }
    if (errno == EPERM && geteuid() != 0) {
        m_needsOwners = true; // the list has the node
        return {};
    }
    return writeError(target);
}

Result<void> TreeBuild::finishNode(const LayoutNode& node, const QByteArray& path, const QByteArray& target)
{
    struct stat facts{};
    if (lstat(target.constData(), &facts) != 0) {
        return node.kind == LayoutNode::Kind::Other ? Result<void>{} : writeError(target);
    }
    if (facts.st_uid != node.uid || facts.st_gid != node.gid) {
        if (geteuid() != 0) {
            m_needsOwners = true;
        } else if (lchown(target.constData(), node.uid, node.gid) != 0) {
            return writeError(target);
        }
    }
    if (node.kind != LayoutNode::Kind::Symlink) {
        // A directory stays writable to us until its content is there; setTimes() gives it its own mode.
        const mode_t extra = node.kind == LayoutNode::Kind::Directory ? 0700 : 0;
        if (chmod(target.constData(), node.mode | extra) != 0) {
            return writeError(target);
        }
    }
    if (node.state == LayoutNode::State::Kept) {
        return copyExtendedAttributes(m_content.sourcePath(node, path), target, m_context.report);
    }
    return {};
}

Result<void> TreeBuild::setTimes()
{
    QList<std::pair<QByteArray, mode_t>> directories;
    auto done = m_content.visit(m_context.stop, [&](const LayoutNode& node, const QByteArray& path) -> Result<void> {
        timespec time{.tv_sec = m_content.timeStamp(), .tv_nsec = 0};
        if (node.state == LayoutNode::State::Kept) {
            const auto facts = m_content.hostFacts(path);
            if (!facts) {
                return std::unexpected(facts.error());
            }
            time = facts->st_mtim;
        }
        const QByteArray target = m_top + path;
        const std::array<timespec, 2> times{time, time};
        if (utimensat(AT_FDCWD, target.constData(), times.data(), AT_SYMLINK_NOFOLLOW) != 0
            && node.kind != LayoutNode::Kind::Other) {
            return writeError(target);
        }
        if (node.kind == LayoutNode::Kind::Directory && (node.mode & 0700U) != 0700U) {
            directories.prepend({target, node.mode}); // inner ones first
        }
        return {};
    });
    for (const auto& [target, mode] : directories) {
        if (done && chmod(target.constData(), mode) != 0) {
            done = writeError(target);
        }
    }
    return done;
}

Result<void> TreeBuild::verify()
{
    m_context.progress.setStep(Tree::tr("Verifying"));
    return m_content.visit(m_context.stop,
                           [this](const LayoutNode& node, const QByteArray& path) { return verifyNode(node, path); });
}

Result<void> TreeBuild::verifyNode(const LayoutNode& node, const QByteArray& path)
{
    const QByteArray target = m_top + path;
    struct stat facts{};
    if (lstat(target.constData(), &facts) != 0) {
        return node.kind == LayoutNode::Kind::Other || errno == EACCES ? Result<void>{} : mismatch(target);
    }
    const bool link = node.kind == LayoutNode::Kind::Symlink;
    if ((facts.st_mode & S_IFMT) != fileTypeOf(node, facts) || (!link && (facts.st_mode & 07777U) != node.mode)) {
        return mismatch(target);
    }
    if (link) {
        std::array<char, PATH_MAX> text{};
        const ssize_t length = readlink(target.constData(), text.data(), text.size());
        return QByteArray(text.data(), std::max<ssize_t>(length, 0)) == node.linkTarget ? Result<void>{}
                                                                                        : mismatch(target);
    }
    return node.kind == LayoutNode::Kind::File ? verifyContent(node, path, target) : Result<void>{};
}

Result<void> TreeBuild::verifyContent(const LayoutNode& node, const QByteArray& path, const QByteArray& target)
{
    if (m_moved.contains(path)) {
        return {}; // the very file that its import verified
    }
    if (const auto* text = std::get_if<FromText>(&node.origin)) {
        QFile file(QFile::decodeName(target));
        return file.open(QIODevice::ReadOnly) && file.readAll() == text->text ? Result<void>{} : mismatch(target);
    }
    if (node.state == LayoutNode::State::Kept) {
        struct stat facts{};
        return stat(target.constData(), &facts) == 0 && facts.st_size == node.size ? Result<void>{} : mismatch(target);
    }
    const auto written = hashFile(QFile::decodeName(target), m_context.stop, &m_context.progress);
    const auto source = hashFile(QFile::decodeName(m_content.sourcePath(node, path)), m_context.stop,
                                 &m_context.progress);
    if (!written || !source) {
        return std::unexpected(written ? source.error() : written.error());
    }
    return *written == *source ? Result<void>{} : mismatch(target);
}

} // namespace Stowage
