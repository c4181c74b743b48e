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
#include <QRegularExpression>
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
#include <csignal>
#include <cstdio>
#include <cstdlib>

namespace Stowage
{

namespace
{

Q_LOGGING_CATEGORY(logFiles, "stowage.files")

/** A hidden name ends in the number of the process that made it and in a random one, in six hexadecimal digits each. */
constexpr qsizetype NumberDigits = 6;

/**
 * How long a lock may outlive the process that took it: a child that was forked but had not yet begun its own program
 * when its parent was killed still holds it, until the kernel gets to end it, too.
 */
constexpr std::chrono::seconds LockLinger{10};

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

/** Whether the process that made the hidden name @p entry, which starts with @p prefix, still runs. */
bool isMakerAlive(const QByteArray& entry, const QByteArray& prefix)
{
    const auto process = static_cast<pid_t>(entry.sliced(prefix.size(), NumberDigits).toInt(nullptr, 16));
    return ::kill(process, 0) == 0 || errno != ESRCH;
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
    ~MovableDirectory() { (void)restore(); }
    /** Gives it its mode back. False with errno set where that fails; it is tried once. */
    [[nodiscard]] bool restore()
    {
        const UniqueFd directory = std::move(m_directory);
        return !directory.isValid() || ::fchmod(directory.get(), m_mode) == 0;
    }
    MovableDirectory(const MovableDirectory&) = delete;
    MovableDirectory& operator=(const MovableDirectory&) = delete;
    MovableDirectory(MovableDirectory&&) = delete;
    MovableDirectory& operator=(MovableDirectory&&) = delete;

private:
    UniqueFd m_directory;
    mode_t m_mode = 0;
};

} // namespace

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
        return systemError(errno, tr("open"), QFile::decodeName(parent));
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

Error StagedPath::withFinalNames(Error error)
{
    static const QRegularExpression output(QStringLiteral(R"(/\.([^/]+)\.stowage-[0-9a-f]{12}/\1(?=[^\w.-]|\.?\s|$))"));
    static const QRegularExpression workFile(QStringLiteral(R"(/\.([^/]+)\.stowage-[0-9a-f]{12}/[^/:\s]+)"));
    for (QString* text : {&error.message, &error.place.file}) {
        text->replace(output, QStringLiteral("/\\1"));
        text->replace(workFile, QStringLiteral("/\\1")); // it lies where its output does
    }
    return error;
}

QStringList StagedPath::abandoned(const QString& finalPath)
{
    const QByteArray path = QFile::encodeName(finalPath);
    const qsizetype slash = path.lastIndexOf('/') + 1;
    const QByteArray name = path.sliced(slash);
    const QByteArray prefix = workPrefix(name);
    const UniqueFd parent(::open(slash == 0 ? "." : path.first(slash).constData(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    QStringList outputs;
    for (const QByteArray& entry : directoryEntries(parent.get()).value_or(QByteArrayList())) {
        if (isWorkName(entry, prefix) && !isMakerAlive(entry, prefix)) {
            outputs.append(QFile::decodeName(path.first(slash) + entry + '/' + name));
        }
    }
    return outputs;
}

Result<void> StagedPath::makeWorkDirectory()
{
    const QByteArray prefix = workPrefix(m_name);
    const auto failed = [this](int errorNumber) {
        return systemError(errorNumber, tr("make a directory beside"), m_finalPath);
    };
    while (!m_work.isValid()) {
        m_workName = prefix + workNumber(quint64(::getpid())) + workNumber(QRandomGenerator::system()->generate64());
        if (::mkdirat(m_parent.get(), m_workName.constData(), 0700) != 0) {
            if (errno == EEXIST) {
                continue;
            }
            return failed(errno);
        }
        // Until it is locked, another run may take it for a dead one and remove it: then the next name is tried.
        UniqueFd work(openDirectoryForWork(m_parent.get(), m_workName));
        if (!work.isValid() && errno != ENOENT) {
            const int reason = errno;
            ::unlinkat(m_parent.get(), m_workName.constData(), AT_REMOVEDIR);
            return failed(reason);
        }
        const bool taken = work.isValid() && ::flock(work.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
        if (!taken && work.isValid() && isSameFile(m_parent.get(), m_workName, work.get())) {
            m_work = std::move(work);
        }
    }
    if (m_kind != Kind::File
        && (::mkdirat(m_work.get(), m_name.constData(), 0755) != 0
            || ::fchmodat(m_work.get(), m_name.constData(), 0755, 0) != 0)) {
        return systemError(errno, tr("make the directory"), path());
    }
    return {};
}

void StagedPath::removeDead() const
{
    const QByteArray prefix = workPrefix(m_name);
    const QByteArrayList entries = directoryEntries(m_parent.get()).value_or(QByteArrayList());
    const QDeadlineTimer linger(LockLinger);
    for (const QByteArray& entry : entries) {
        if (!isWorkName(entry, prefix)) {
            continue;
        }
        const UniqueFd dead(
            ::openat(m_parent.get(), entry.constData(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
        struct stat info = {};
        if (!dead.isValid() || ::fstat(dead.get(), &info) != 0 || info.st_uid != ::geteuid()
            || !lockBefore(dead.get(), isMakerAlive(entry, prefix) ? QDeadlineTimer() : linger)
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
            return systemError(errno, tr("write"), m_finalPath);
        }
        return {};
    }
    const UniqueFd file(::openat(m_work.get(), m_name.constData(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!file.isValid() || (::fsync(file.get()) != 0 && errno != EINVAL)) {
        return systemError(errno, tr("write"), m_finalPath);
    }
    return {};
}

std::unexpected<Error> StagedPath::writeError(int errorNumber) const
{
    return systemError(errorNumber, tr("write"), m_finalPath);
}

/** Puts the new output in the old one's place where the file system cannot exchange the two. */
Result<void> StagedPath::swapInSteps(const Judge& judge) const
{
    const QByteArray aside = asideName(m_name);
    if (::renameat(m_parent.get(), m_name.constData(), m_work.get(), aside.constData()) != 0) {
        return writeError(errno);
    }
    Result<void> done;
    if (::renameat(m_work.get(), m_name.constData(), m_parent.get(), m_name.constData()) != 0) {
        done = writeError(errno);
    } else if (done = judge(workDirectory() + QLatin1Char('/') + QFile::decodeName(aside)); !done) {
        ::renameat(m_parent.get(), m_name.constData(), m_work.get(), m_name.constData());
    }
    if (!done) {
        ::renameat(m_work.get(), aside.constData(), m_parent.get(), m_name.constData());
    }
    return done;
}

Result<void> StagedPath::exchange(const Judge& judge) const
{
    const MovableDirectory old(m_parent.get(), m_name);
    const auto swap = [this] {
        return ::renameat2(m_work.get(), m_name.constData(), m_parent.get(), m_name.constData(), RENAME_EXCHANGE) == 0
            ? 0
            : errno;
    };
    const int reason = swap();
    if (reason == EINVAL || reason == ENOSYS) {
        return swapInSteps(judge);
    }
    if (reason != 0) {
        return writeError(reason);
    }
    Result<void> judged = judge(path());
    if (!judged) {
        swap();
    }
    return judged;
}

Result<void> StagedPath::moveIntoPlace(Replace replace, const Judge& judge) const
{
    MovableDirectory made(m_work.get(), m_name);
    const Judge accept = [&](const QString& displaced) {
        return !made.restore() ? writeError(errno) : judge ? judge(displaced) : Result<void>();
    };
    if (::renameat2(m_work.get(), m_name.constData(), m_parent.get(), m_name.constData(), RENAME_NOREPLACE) == 0) {
        Result<void> judged = accept({});
        if (!judged) {
            ::renameat(m_parent.get(), m_name.constData(), m_work.get(), m_name.constData());
        }
        return judged;
    }
    struct stat info = {};
    const int reason = errno;
    const bool exists = ::fstatat(m_parent.get(), m_name.constData(), &info, AT_SYMLINK_NOFOLLOW) == 0;
    if (!exists && reason != EINVAL && reason != ENOSYS) {
        return writeError(reason);
    }
    if (exists && replace == Replace::No) {
        return fail(Error::Code::InvalidInput, tr("%1 exists already.").arg(m_finalPath),
                    tr("Choose another name, or allow it to be replaced."), Place::inFile(m_finalPath));
    }
    if (exists && S_ISDIR(info.st_mode) != (m_kind == Kind::Directory)) {
        return writeError(S_ISDIR(info.st_mode) ? EISDIR : ENOTDIR);
    }
    if (exists && (m_kind == Kind::Directory || judge)) {
        return exchange(accept);
    }
    if (::renameat(m_work.get(), m_name.constData(), m_parent.get(), m_name.constData()) != 0) {
        return writeError(errno);
    }
    return {};
}

Result<void> StagedPath::commit(Replace replace, const Judge& judge)
{
    // What is replaced is gone, so that what replaces it has to outlast a power cut. For a new name nobody waits for that.
    struct stat there{};
    const bool replaces = ::fstatat(m_parent.get(), m_name.constData(), &there, AT_SYMLINK_NOFOLLOW) == 0;
    if (const auto flushed = replaces ? flush() : Result<void>(); !flushed) {
        return flushed;
    }
    if (const auto moved = moveIntoPlace(replace, judge); !moved) {
        return moved;
    }
    if (replaces) {
        ::fsync(m_parent.get());
    }
    if (!removeEntry(m_parent.get(), m_workName)) {
        qCWarning(logFiles, "Could not remove all of %ls.", qUtf16Printable(workDirectory()));
    }
    m_work.close();
    return {};
}

} // namespace Stowage
