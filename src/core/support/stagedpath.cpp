// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "stagedpath.h"

#include "core/support/directoryentries.h"
#include "core/support/removetree.h"

#include <QCoreApplication>
#include <QDeadlineTimer>
#include <QFile>
#include <QLoggingCategory>
#include <QRandomGenerator>
#include <QThread>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <climits>
#include <cstdio>
#include <cstdlib>

namespace Stowage
{

namespace
{

Q_LOGGING_CATEGORY(logFiles, "stowage.files")

struct Staging {
    Q_DECLARE_TR_FUNCTIONS(Staging)
};

/** A hidden name ends in the number of the process that made it and in a random one, in six hexadecimal digits each. */
constexpr qsizetype NumberDigits = 6;

/**
 * How long a lock may outlive the process that took it: a child that was forked but had not yet begun its own program
 * when its parent was killed still holds it, until the kernel gets to end it, too.
 */
constexpr std::chrono::milliseconds LockLinger{1000};

/** Takes the lock, or says that somebody holds it for longer than until @p deadline. */
bool lockBefore(int directory, const QDeadlineTimer& deadline)
{
    while (::flock(directory, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK || deadline.hasExpired()) {
            return false;
        }
        QThread::sleep(std::chrono::milliseconds(5));
    }
    return true;
}

/** Start of the hidden names of an output @p name; cut where the whole would be too long for a file name. */
QByteArray workPrefix(const QByteArray& name)
{
    static const QByteArray mark = ".stowage-";
    QByteArray shown = name;
    shown.truncate(std::min<qsizetype>(shown.size(), NAME_MAX - 1 - mark.size() - 2 * NumberDigits));
    return '.' + shown + mark;
}

QByteArray workNumber(quint64 number)
{
    return QByteArray::number(number, 16).rightJustified(NumberDigits, '0').right(NumberDigits);
}

bool isWorkName(const QByteArray& entry, const QByteArray& prefix)
{
    return entry.size() == prefix.size() + 2 * NumberDigits && entry.startsWith(prefix)
        && std::ranges::all_of(QByteArrayView(entry).sliced(prefix.size()),
                               [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

/** Where the old output lies between the two renames of a file system that cannot exchange. */
QByteArray asideName(const QByteArray& name)
{
    return name == "old" ? QByteArray("older") : QByteArray("old");
}

bool isSameFile(int directory, const QByteArray& name, int fd)
{
    struct stat byName = {};
    struct stat open = {};
    return ::fstatat(directory, name.constData(), &byName, AT_SYMLINK_NOFOLLOW) == 0 && ::fstat(fd, &open) == 0
        && byName.st_dev == open.st_dev && byName.st_ino == open.st_ino;
}

/** Lets a directory be renamed whatever its mode, and gives it its mode back. Does nothing for a name that is none. */
class MovableDirectory
{
public:
    MovableDirectory(int parent, const QByteArray& name)
    {
        struct stat info = {};
        if (::fstatat(parent, name.constData(), &info, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(info.st_mode)
            && (info.st_mode & S_IRWXU) != S_IRWXU) {
            m_mode = info.st_mode & 07777;
            m_directory = UniqueFd(openDirectoryForWork(parent, name));
        }
    }
    ~MovableDirectory()
    {
        if (m_directory.isValid()) {
            ::fchmod(m_directory.get(), m_mode);
        }
    }
    MovableDirectory(const MovableDirectory&) = delete;
    MovableDirectory& operator=(const MovableDirectory&) = delete;
    MovableDirectory(MovableDirectory&&) = delete;
    MovableDirectory& operator=(MovableDirectory&&) = delete;

private:
    UniqueFd m_directory;
    mode_t m_mode = 0;
};

/** realpath(3) as bytes; empty with errno set when there is nothing. */
QByteArray realPath(const QByteArray& path)
{
    std::array<char, PATH_MAX> buffer = {};
    return ::realpath(path.constData(), buffer.data()) ? QByteArray(buffer.data()) : QByteArray();
}

std::unexpected<Error> parentError(int errorNumber, const QString& parent)
{
    const QString remedy = Staging::tr("Make the directory, or choose another place.");
    if (errorNumber == ENOENT) {
        return fail(Error::Code::NotFound, Staging::tr("The directory %1 does not exist.").arg(parent), remedy,
                    Place::inFile(parent));
    }
    if (errorNumber == ENOTDIR) {
        return fail(Error::Code::NotFound, Staging::tr("%1 is not a directory.").arg(parent), remedy,
                    Place::inFile(parent));
    }
    return systemError(errorNumber, Staging::tr("write in"), parent);
}

/** Refuses what must not be replaced at @p path, an absolute path without links. */
Result<void> checkExisting(const QByteArray& path, StagedPath::Kind kind)
{
    const QString shown = QFile::decodeName(path);
    const QString remedy = Staging::tr("Choose another name.");
    struct statx info = {};
    if (::statx(AT_FDCWD, path.constData(), AT_SYMLINK_NOFOLLOW, STATX_TYPE, &info) != 0) {
        return systemError(errno, Staging::tr("look at"), shown);
    }
    if (kind == StagedPath::Kind::File && S_ISDIR(info.stx_mode)) {
        return fail(Error::Code::InvalidInput,
                    Staging::tr("%1 is a directory, but a file is to be written.").arg(shown), remedy,
                    Place::inFile(shown));
    }
    if (kind == StagedPath::Kind::Directory && S_ISREG(info.stx_mode)) {
        return fail(Error::Code::InvalidInput,
                    Staging::tr("%1 is a file, but a directory is to be written.").arg(shown), remedy,
                    Place::inFile(shown));
    }
    if (!S_ISDIR(info.stx_mode) && !S_ISREG(info.stx_mode)) {
        return fail(Error::Code::InvalidInput, Staging::tr("%1 is a device or another special file.").arg(shown),
                    remedy, Place::inFile(shown));
    }
    if (path == "/" || (info.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0) {
        return fail(Error::Code::InvalidInput,
                    Staging::tr("%1 cannot be replaced, as a file system is mounted there.").arg(shown),
                    Staging::tr("Choose a name below it."), Place::inFile(shown));
    }
    return {};
}

} // namespace

Result<QString> StagedPath::check(const QString& finalPath, Kind kind)
{
    QByteArray path = QFile::encodeName(finalPath);
    while (path.size() > 1 && path.endsWith('/')) {
        path.chop(1);
    }
    if (path.isEmpty() || finalPath.contains(QChar::Null)) {
        return fail(Error::Code::InvalidInput, Staging::tr("The output has no valid name."));
    }
    QByteArray resolved = realPath(path);
    if (!resolved.isEmpty()) {
        if (const auto checked = checkExisting(resolved, kind); !checked) {
            return std::unexpected(checked.error());
        }
    } else {
        const int reason = errno;
        const qsizetype slash = path.lastIndexOf('/');
        const QByteArray parent = slash < 0 ? QByteArray(".") : path.first(std::max<qsizetype>(1, slash));
        struct stat info = {};
        if (::lstat(path.constData(), &info) == 0) {
            return fail(Error::Code::InvalidInput, Staging::tr("%1 is a link that leads nowhere.").arg(finalPath),
                        Staging::tr("Remove the link, or choose another name."), Place::inFile(finalPath));
        }
        if (reason == ENAMETOOLONG) {
            return systemError(reason, Staging::tr("write"), finalPath);
        }
        resolved = realPath(parent);
        if (resolved.isEmpty()) {
            return parentError(errno, QFile::decodeName(parent));
        }
        if (::stat(resolved.constData(), &info) == 0 && !S_ISDIR(info.st_mode)) {
            return parentError(ENOTDIR, QFile::decodeName(parent));
        }
        resolved = (resolved == "/" ? QByteArray() : resolved) + '/' + path.sliced(slash + 1);
    }
    const QByteArray parent = resolved.first(std::max<qsizetype>(1, resolved.lastIndexOf('/')));
    if (::faccessat(AT_FDCWD, parent.constData(), W_OK | X_OK, AT_EACCESS) != 0) {
        return systemError(errno, Staging::tr("write in"), QFile::decodeName(parent));
    }
    return QFile::decodeName(resolved);
}

Result<StagedPath> StagedPath::create(const QString& finalPath, Kind kind)
{
    const auto checked = check(finalPath, kind);
    if (!checked) {
        return std::unexpected(checked.error());
    }
    const QByteArray path = QFile::encodeName(*checked);
    const qsizetype slash = path.lastIndexOf('/');
    const QByteArray parent = path.first(std::max<qsizetype>(1, slash));
    StagedPath staged;
    staged.m_kind = kind;
    staged.m_finalPath = *checked;
    staged.m_name = path.sliced(slash + 1);
    staged.m_parent = UniqueFd(::open(parent.constData(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!staged.m_parent.isValid()) {
        return systemError(errno, Staging::tr("open"), QFile::decodeName(parent));
    }
    staged.removeDead();
    if (const auto made = staged.makeWorkDirectory(); !made) {
        return std::unexpected(made.error());
    }
    return staged;
}

StagedPath::~StagedPath()
{
    if (m_work.isValid() && !removeEntry(m_parent.get(), m_workName)) {
        qCWarning(logFiles, "Could not remove all of %ls.", qUtf16Printable(workDirectory()));
    }
}

QString StagedPath::path() const
{
    return workDirectory() + QLatin1Char('/') + QFile::decodeName(m_name);
}

QString StagedPath::workDirectory() const
{
    const qsizetype slash = m_finalPath.lastIndexOf(QLatin1Char('/'));
    return m_finalPath.first(slash + 1) + QFile::decodeName(m_workName);
}

Result<void> StagedPath::makeWorkDirectory()
{
    const QByteArray prefix = workPrefix(m_name);
    for (;;) {
        m_workName = prefix + workNumber(quint64(::getpid())) + workNumber(QRandomGenerator::system()->generate64());
        if (::mkdirat(m_parent.get(), m_workName.constData(), 0700) != 0) {
            if (errno == EEXIST) {
                continue;
            }
            return systemError(errno, Staging::tr("make a directory beside"), m_finalPath);
        }
        UniqueFd work(
            ::openat(m_parent.get(), m_workName.constData(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
        // Until it is locked, another run may take it for a dead one and remove it: then the next name is tried.
        const bool taken = ::flock(work.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
        if (!work.isValid() || taken || !isSameFile(m_parent.get(), m_workName, work.get())) {
            continue;
        }
        m_work = std::move(work);
        if (m_kind == Kind::Directory
            && (::mkdirat(m_work.get(), m_name.constData(), 0755) != 0
                || ::fchmodat(m_work.get(), m_name.constData(), 0755, 0) != 0)) {
            return systemError(errno, Staging::tr("make the directory"), path());
        }
        return {};
    }
}

void StagedPath::removeDead() const
{
    const QByteArray prefix = workPrefix(m_name);
    const QByteArrayList entries = directoryEntries(m_parent.get()).value_or(QByteArrayList());
    const QByteArray ownPrefix = prefix + workNumber(quint64(::getpid()));
    const QDeadlineTimer linger(LockLinger);
    for (const QByteArray& entry : entries) {
        if (!isWorkName(entry, prefix)) {
            continue;
        }
        const UniqueFd dead(
            ::openat(m_parent.get(), entry.constData(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
        struct stat info = {};
        if (!dead.isValid() || ::fstat(dead.get(), &info) != 0 || info.st_uid != ::geteuid()
            || !lockBefore(dead.get(), entry.startsWith(ownPrefix) ? QDeadlineTimer() : linger)
            || !isSameFile(m_parent.get(), entry, dead.get())) {
            continue;
        }
        healFrom(dead.get());
        if (!removeEntry(m_parent.get(), entry)) {
            qCWarning(logFiles, "Could not remove %s, left by an earlier run.", entry.constData());
        }
    }
}

void StagedPath::healFrom(int deadDirectory) const
{
    const QByteArray aside = asideName(m_name);
    struct stat info = {};
    if (::fstatat(m_parent.get(), m_name.constData(), &info, AT_SYMLINK_NOFOLLOW) != 0 && errno == ENOENT) {
        const MovableDirectory old(deadDirectory, aside);
        ::renameat(deadDirectory, aside.constData(), m_parent.get(), m_name.constData());
    }
}

Result<void> StagedPath::flush() const
{
    if (m_kind == Kind::Directory) {
        if (::syncfs(m_work.get()) != 0) {
            return systemError(errno, Staging::tr("write"), m_finalPath);
        }
        return {};
    }
    const UniqueFd file(::openat(m_work.get(), m_name.constData(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!file.isValid() || (::fsync(file.get()) != 0 && errno != EINVAL)) {
        return systemError(errno, Staging::tr("write"), m_finalPath);
    }
    return {};
}

/** Puts the new directory in the old one's place in two steps; errno, 0 for success. */
int StagedPath::swapInSteps() const
{
    const QByteArray aside = asideName(m_name);
    if (::renameat(m_parent.get(), m_name.constData(), m_work.get(), aside.constData()) != 0) {
        return errno;
    }
    if (::renameat(m_work.get(), m_name.constData(), m_parent.get(), m_name.constData()) != 0) {
        const int reason = errno;
        ::renameat(m_work.get(), aside.constData(), m_parent.get(), m_name.constData());
        return reason;
    }
    return 0;
}

int StagedPath::exchange() const
{
    const MovableDirectory old(m_parent.get(), m_name);
    if (::renameat2(m_work.get(), m_name.constData(), m_parent.get(), m_name.constData(), RENAME_EXCHANGE) == 0) {
        return 0;
    }
    return errno == EINVAL || errno == ENOSYS ? swapInSteps() : errno;
}

/** errno, 0 for success. */
int StagedPath::moveIntoPlace(Replace replace) const
{
    const MovableDirectory made(m_work.get(), m_name);
    if (::renameat2(m_work.get(), m_name.constData(), m_parent.get(), m_name.constData(), RENAME_NOREPLACE) == 0) {
        return 0;
    }
    struct stat info = {};
    const int reason = errno;
    const bool exists = ::fstatat(m_parent.get(), m_name.constData(), &info, AT_SYMLINK_NOFOLLOW) == 0;
    if (!exists && (reason == EINVAL || reason == ENOSYS)) {
        return ::renameat(m_work.get(), m_name.constData(), m_parent.get(), m_name.constData()) == 0 ? 0 : errno;
    }
    if (!exists || replace == Replace::No) {
        return exists ? EEXIST : reason;
    }
    if (S_ISDIR(info.st_mode) != (m_kind == Kind::Directory)) {
        return S_ISDIR(info.st_mode) ? EISDIR : ENOTDIR;
    }
    if (m_kind == Kind::Directory) {
        return exchange();
    }
    return ::renameat(m_work.get(), m_name.constData(), m_parent.get(), m_name.constData()) == 0 ? 0 : errno;
}

Result<void> StagedPath::commit(Replace replace)
{
    if (const auto flushed = flush(); !flushed) {
        return flushed;
    }
    const int reason = moveIntoPlace(replace);
    if (reason == EEXIST) {
        return fail(Error::Code::InvalidInput, Staging::tr("%1 exists already.").arg(m_finalPath),
                    Staging::tr("Choose another name, or allow it to be replaced."), Place::inFile(m_finalPath));
    }
    if (reason != 0) {
        return systemError(reason, Staging::tr("write"), m_finalPath);
    }
    ::fsync(m_parent.get());
    if (!removeEntry(m_parent.get(), m_workName)) {
        qCWarning(logFiles, "Could not remove all of %ls.", qUtf16Printable(workDirectory()));
    }
    m_work.close();
    return {};
}

} // namespace Stowage
