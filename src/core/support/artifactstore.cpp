// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "artifactstore.h"

#include "core/support/filestate.h"
#include "core/support/removetree.h"
#include "core/support/stagedpath.h"
#include "core/support/units.h"

#include <QCoreApplication>
#include <QCryptographicHash>
#include <QDir>
#include <QFile>
#include <QStandardPaths>
#include <QStorageInfo>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <thread>
#include <tuple>
#include <vector>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

struct Store {
    Q_DECLARE_TR_FUNCTIONS(ArtifactStore)
};

constexpr QLatin1StringView LockSuffix(".lock");

UniqueFd openFile(const QString& path, int flags)
{
    constexpr mode_t OwnerOnly = 0600; // a guest's disk may hold its secrets
    return UniqueFd(::open(QFile::encodeName(path).constData(), flags | O_CLOEXEC | O_NOFOLLOW, OwnerOnly));
}

/** The lock file @p path, locked by this thread alone. Waits for others. */
Result<UniqueFd> lockAlone(const QString& path, const std::stop_token& stop)
{
    constexpr auto Pause = std::chrono::milliseconds(20);
    UniqueFd file = openFile(path, O_RDWR | O_CREAT);
    if (!file.isValid()) {
        return systemError(errno, Store::tr("write"), path);
    }
    while (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK && errno != EINTR) {
            return systemError(errno, Store::tr("lock"), path);
        }
        if (stop.stop_requested()) {
            return cancelled();
        }
        std::this_thread::sleep_for(Pause);
    }
    return file;
}

/** Name of what is made of @p source in the way @p how; empty when it cannot be looked at. */
Result<QString> nameOf(const QString& source, const QString& how)
{
    return FileState::of(source).transform([&how](const FileState& state) {
        QCryptographicHash hash(QCryptographicHash::Sha256);
        hash.addData(how.toUtf8() + '\0');
        hash.addData(state.bytes());
        return QString::fromLatin1(hash.result().toHex());
    });
}

} // namespace

ArtifactStore ArtifactStore::ofUser()
{
    constexpr qint64 Most = 32 * GiB;
    return {QStandardPaths::writableLocation(QStandardPaths::GenericCacheLocation) + "/stowage/artifacts"_L1, Most};
}

Result<Artifact> ArtifactStore::get(const QString& source, const QString& how, const Make& make,
                                    const std::stop_token& stop) const
{
    const auto name = nameOf(source, how);
    if (!name) {
        return std::unexpected(name.error());
    }
    if (auto known = open(*name)) {
        return *std::move(known);
    }
    if (auto made = makeDirectory(); !made) {
        return std::unexpected(made.error());
    }
    const QString lockPath = m_directory + u'/' + *name + LockSuffix;
    const auto lock = lockAlone(lockPath, stop);
    if (!lock) {
        return std::unexpected(lock.error());
    }
    auto artifact = open(*name); // somebody else may have made it
    Result<void> made;
    if (!artifact) {
        made = makeAs(*name, make);
        if (!made && made.error().code == Error::Code::NoSpace) {
            evict(0); // what is here may be what fills the disk
            made = makeAs(*name, make);
        }
        artifact = made ? open(*name) : std::nullopt;
        evict(m_most);
    }
    QFile::remove(lockPath); // who waits for it holds the file itself
    if (!made) {
        return std::unexpected(made.error());
    }
    if (!artifact) {
        return systemError(ENOENT, Store::tr("read"), m_directory + u'/' + *name);
    }
    return *std::move(artifact);
}

std::optional<Artifact> ArtifactStore::find(const QString& source, const QString& how) const
{
    const auto name = nameOf(source, how);
    return name ? open(*name) : std::nullopt;
}

qint64 ArtifactStore::room() const
{
    constexpr qint64 Reserve = 256 * MiB; // for others
    QString there = m_directory;
    while (!QFile::exists(there) && there.contains(u'/')) {
        there.truncate(there.lastIndexOf(u'/'));
    }
    return std::max<qint64>(0, QStorageInfo(there.isEmpty() ? u"/"_s : there).bytesAvailable() - Reserve);
}

Result<void> ArtifactStore::makeDirectory() const
{
    constexpr auto OwnerOnly = QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner;
    if (!QDir().mkpath(m_directory) || !QFile::setPermissions(m_directory, OwnerOnly)) {
        return fail(Error::Code::Io, Store::tr("Cannot make the directory %1.").arg(m_directory),
                    Store::tr("Set XDG_CACHE_HOME to a directory that can be written to."), Place::inFile(m_directory));
    }
    return {};
}

std::optional<Artifact> ArtifactStore::open(const QString& name) const
{
    const QString path = m_directory + u'/' + name;
    UniqueFd file = openFile(path, O_RDONLY | O_NONBLOCK);
    struct stat status = {};
    // Between the two calls it may have been removed.
    if (!file.isValid() || ::flock(file.get(), LOCK_SH | LOCK_NB) != 0 || ::fstat(file.get(), &status) != 0
        || !S_ISREG(status.st_mode) || status.st_nlink == 0) {
        return {};
    }
    return Artifact(path, std::move(file));
}

Result<void> ArtifactStore::makeAs(const QString& name, const Make& make) const
{
    auto staged = StagedPath::create(m_directory + u'/' + name, StagedPath::Kind::File);
    if (!staged) {
        return std::unexpected(staged.error());
    }
    return make(staged->path()).and_then([&staged] { return staged->commit(StagedPath::Replace::Yes); });
}

void ArtifactStore::evict(qint64 most) const
{
    const UniqueFd directory = openFile(m_directory, O_RDONLY | O_DIRECTORY);
    std::vector<std::tuple<qint64, qint64, QString>> known; // when it was used last, its bytes, its name
    qint64 total = 0;
    const QStringList names = QDir(m_directory).entryList(QDir::AllEntries | QDir::Hidden | QDir::NoDotAndDotDot);
    for (const QString& name : names) {
        struct stat status = {};
        if (::fstatat(directory.get(), QFile::encodeName(name).constData(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
            continue;
        }
        if (S_ISDIR(status.st_mode) && name.startsWith(u'.') && name.contains(".stowage-"_L1)) {
            // Somebody's work, who holds its lock, or was killed.
            const UniqueFd work = openFile(m_directory + u'/' + name, O_RDONLY | O_DIRECTORY);
            if (work.isValid() && ::flock(work.get(), LOCK_EX | LOCK_NB) == 0) {
                removeEntry(directory.get(), QFile::encodeName(name));
            }
        } else if (S_ISREG(status.st_mode) && !name.endsWith(LockSuffix)) {
            constexpr qint64 BlockBytes = 512;
            known.emplace_back(std::max(status.st_atim.tv_sec, status.st_mtim.tv_sec), status.st_blocks * BlockBytes,
                               name);
            total += status.st_blocks * BlockBytes;
        }
    }
    std::ranges::sort(known);
    for (const auto& [used, bytes, name] : known) {
        if (total <= most) {
            break;
        }
        const UniqueFd file = openFile(m_directory + u'/' + name, O_RDONLY | O_NONBLOCK);
        if (file.isValid() && ::flock(file.get(), LOCK_EX | LOCK_NB) == 0 && QFile::remove(m_directory + u'/' + name)) {
            total -= bytes;
        }
    }
}

} // namespace Stowage
