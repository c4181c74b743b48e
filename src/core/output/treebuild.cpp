// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "treebuild.h"

#include "core/output/layoutentries.h"
#include "core/support/filecopy.h"

#include <QCoreApplication>
#include <QFile>

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <functional>
#include <utility>

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

Result<void> setTime(const QByteArray& path, const InodeFacts& facts)
{
    const timespec time{.tv_sec = facts.seconds, .tv_nsec = facts.nanoseconds};
    const std::array<timespec, 2> times{time, time};
    return utimensat(AT_FDCWD, path.constData(), times.data(), AT_SYMLINK_NOFOLLOW) == 0 ? Result<void>{}
                                                                                         : writeError(path);
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
    return makeKeptDirectories()
        .and_then([this] { return feedHost(m_content.layout(), *this, m_context.progress, m_context.stop); })
        .and_then([this] {
            return m_content.visit(m_context.stop, [this](const LayoutNode& node, const QByteArray& path) {
                return node.state == LayoutNode::State::Kept || path.isEmpty() ? Result<void>() : makeNode(node, path);
            });
        })
        .and_then([this] { return finishDirectories(); });
}

Result<void> TreeBuild::makeKeptDirectories()
{
    return m_content.visit(m_context.stop, [this](const LayoutNode& node, const QByteArray& path) -> Result<void> {
        if (node.kind != LayoutNode::Kind::Directory || path.isEmpty() || node.state != LayoutNode::State::Kept) {
            return {};
        }
        const QByteArray place = m_top + path;
        m_undescribed.insert(path.mid(1), entryOf(m_content, node, path));
        return ::mkdir(place.constData(), 0700) == 0 ? Result<void>() : writeError(place);
    });
}

Result<void> TreeBuild::makeNode(const LayoutNode& node, const QByteArray& path)
{
    if (node.kind == LayoutNode::Kind::File) {
        m_context.progress.setStep(Tree::tr("Writing %1").arg(QFile::decodeName(path)));
        const auto moved = moveArtifact(node, entryOf(m_content, node, path));
        if (!moved || *moved) {
            return moved.transform([](bool) { });
        }
    }
    return feedNode(m_content, node, path, *this, m_context.progress, m_context.stop);
}

Result<bool> TreeBuild::moveArtifact(const LayoutNode& node, const FileEntry& entry)
{
    if (!m_artifacts.mayMove || !std::holds_alternative<FromImport>(node.origin)) {
        return false;
    }
    const QByteArray source = m_content.sourcePath(node);
    struct stat facts{};
    if (stat(source.constData(), &facts) != 0 || rename(source.constData(), target(entry.path).constData()) != 0) {
        return false;
    }
    m_context.progress.advance(facts.st_size);
    m_moved.insert('/' + entry.path);
    return finishEntry(entry).transform([] { return true; });
}

Result<void> TreeBuild::add(const FileEntry& entry)
{
    const QByteArray place = target(entry.path);
    switch (entry.facts.mode & S_IFMT) {
    case S_IFDIR:
        m_undescribed.remove(entry.path);
        if (::mkdir(place.constData(), 0700) != 0 && errno != EEXIST) {
            return writeError(place);
        }
        break;
    case S_IFLNK:
        if (::symlink(entry.linkTarget.constData(), place.constData()) != 0) {
            return writeError(place);
        }
        break;
    case S_IFREG:
        return beginFile(entry).and_then([this] { return endFile(); });
    default:
        if (auto made = makeSpecial(entry); !made) {
            return made;
        }
    }
    return finishEntry(entry);
}

Result<void> TreeBuild::addLink(const QByteArray& path, const QByteArray& existing)
{
    const QByteArray place = target(path);
    FileEntry entry = m_listed.value(existing);
    entry.path = path;
    m_owners.add(entry);
    if (::link(target(existing).constData(), place.constData()) == 0) {
        return {};
    }
    // A device node that only the list has cannot have a second name but there.
    return errno == ENOENT && m_needsOwners ? Result<void>() : writeError(place);
}

Result<void> TreeBuild::beginFile(const FileEntry& entry)
{
    const QByteArray place = target(entry.path);
    m_entry = entry;
    m_position = 0;
    m_file = UniqueFd(::open(place.constData(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    return m_file.isValid() ? Result<void>() : writeError(place);
}

Result<void> TreeBuild::write(std::span<const char> bytes)
{
    while (!bytes.empty()) {
        const ssize_t written = ::pwrite(m_file.get(), bytes.data(), bytes.size(), m_position);
        if (written < 0 && errno != EINTR) {
            return writeError(target(m_entry.path));
        }
        bytes = bytes.subspan(static_cast<size_t>(std::max<ssize_t>(written, 0)));
        m_position += std::max<ssize_t>(written, 0);
    }
    return {};
}

Result<void> TreeBuild::skip(qint64 bytes)
{
    m_position += bytes;
    return {};
}

bool TreeBuild::clone(int fd)
{
    struct stat facts{};
    if (::ioctl(m_file.get(), FICLONE, fd) != 0 || ::fstat(m_file.get(), &facts) != 0) {
        return false;
    }
    m_position = facts.st_size;
    return true;
}

Result<void> TreeBuild::endFile()
{
    if (::ftruncate(m_file.get(), m_position) != 0 || !m_file.close()) {
        return writeError(target(m_entry.path));
    }
    return finishEntry(m_entry);
}

Result<void> TreeBuild::makeSpecial(const FileEntry& entry)
{
    const QByteArray place = target(entry.path);
    if (mknod(place.constData(), entry.facts.mode, makedev(entry.facts.major, entry.facts.minor)) == 0) {
        return {};
    }
    if (errno == EPERM && geteuid() != 0) {
        m_needsOwners = true; // the list has the node
        return {};
    }
    return writeError(place);
}

/** Owner, mode, attributes and time of what was made. */
Result<void> TreeBuild::finishEntry(const FileEntry& entry)
{
    m_owners.add(entry);
    if (!S_ISDIR(entry.facts.mode)) {
        m_listed.insert(entry.path, entry);
    }
    const QByteArray place = target(entry.path);
    struct stat facts{};
    if (lstat(place.constData(), &facts) != 0) {
        const bool special = S_ISCHR(entry.facts.mode) || S_ISBLK(entry.facts.mode);
        return special ? Result<void>{} : writeError(place);
    }
    if (facts.st_uid != entry.facts.uid || facts.st_gid != entry.facts.gid) {
        if (geteuid() != 0) {
            m_needsOwners = true;
        } else if (lchown(place.constData(), entry.facts.uid, entry.facts.gid) != 0) {
            return writeError(place);
        }
    }
    if (!S_ISLNK(entry.facts.mode)) {
        // A directory stays writable to us until its content is there; finishDirectories() gives it its own mode.
        const mode_t extra = S_ISDIR(entry.facts.mode) ? 0700 : 0;
        if (chmod(place.constData(), (entry.facts.mode & 07777U) | extra) != 0) {
            return writeError(place);
        }
    }
    if (auto set = writeExtendedAttributes(place, entry.attributes, m_context.report); !set) {
        return set;
    }
    if (S_ISDIR(entry.facts.mode)) {
        m_directories.append({place, entry.facts});
        return {};
    }
    return setTime(place, entry.facts);
}

Result<void> TreeBuild::finishDirectories()
{
    for (const FileEntry& entry : std::as_const(m_undescribed)) {
        if (auto done = finishEntry(entry); !done) {
            return done;
        }
    }
    // Inner ones first: an outer one may be closed to us afterwards.
    std::ranges::sort(m_directories, std::ranges::greater(), &Directory::path);
    for (const Directory& directory : std::as_const(m_directories)) {
        auto done = setTime(directory.path, directory.facts);
        if (done && (directory.facts.mode & 0700U) != 0700U
            && chmod(directory.path.constData(), directory.facts.mode & 07777U) != 0) {
            done = writeError(directory.path);
        }
        if (!done) {
            return done;
        }
    }
    return {};
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
    const auto source = hashFile(QFile::decodeName(m_content.sourcePath(node)), m_context.stop, &m_context.progress);
    if (!written || !source) {
        return std::unexpected(written ? source.error() : written.error());
    }
    return *written == *source ? Result<void>{} : mismatch(target);
}

} // namespace Stowage
