// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "rootfsdirhandler.h"

#include "core/ext4/ext4geometry.h"
#include "core/ext4/ext4tree.h"
#include "core/import/newoutput.h"
#include "core/support/filecopy.h"
#include "core/support/units.h"

#include <QCoreApplication>
#include <QCryptographicHash>
#include <QFileInfo>
#include <QtEndian>
#include <QUuid>

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

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
    tree.newestSeconds = std::max<qint64>(tree.newestSeconds, 1); // mkfs.ext4 takes 0 for no time at all
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

/** A hash of all that lstat tells of the tree: the source of the identifiers. */
QByteArray hashOf(const FileTree& tree, qint64 sizeMiB)
{
    QCryptographicHash hash(QCryptographicHash::Sha256);
    const auto addNumber = [&hash](qint64 number) {
        const qint64 bytes = qToLittleEndian(number);
        hash.addData(QByteArrayView(reinterpret_cast<const char*>(&bytes), sizeof(bytes)));
    };
    const auto addBytes = [&](const QByteArray& bytes) {
        addNumber(bytes.size());
        hash.addData(bytes);
    };
    addNumber(sizeMiB);
    for (const TreeEntry& entry : tree.entries) {
        addBytes(entry.path);
        addBytes(entry.linkTarget);
        for (const qint64 number :
             {qint64{entry.mode}, qint64{entry.uid}, qint64{entry.gid}, entry.size, static_cast<qint64>(entry.device),
              entry.seconds, entry.nanoseconds, entry.firstLink}) {
            addNumber(number);
        }
    }
    return hash.result();
}

/** A UUID of the kind for own uses (RFC 9562, version 8) from 16 bytes. */
QString uuidFrom(QByteArray bytes)
{
    bytes[6] = static_cast<char>((bytes.at(6) & 0x0f) | 0x80);
    bytes[8] = static_cast<char>((bytes.at(8) & 0x3f) | 0x80);
    return QUuid::fromRfc4122(bytes).toString(QUuid::WithoutBraces);
}

CommandSpec makeFileSystem(const FileTree& tree, const Ext4Geometry& geometry, const QString& output)
{
    const QByteArray hash = hashOf(tree, geometry.sizeMiB);
    CommandSpec spec;
    spec.program = u"mkfs.ext4"_s;
    spec.arguments = QStringList{u"-q"_s, u"-F"_s} + geometry.arguments()
        + QStringList{
            u"-U"_s,
            uuidFrom(hash.first(16)),
            u"-E"_s,
            u"lazy_itable_init=0,lazy_journal_init=0,nodiscard,root_owner=0:0,hash_seed="_s + uuidFrom(hash.last(16)),
            u"-d"_s,
            tree.path,
            output};
    const QString time = QString::number(tree.newestSeconds);
    spec.extraEnvironment.insert(u"E2FSPROGS_FAKE_TIME"_s, time);
    spec.extraEnvironment.insert(u"SOURCE_DATE_EPOCH"_s, time);
    spec.extraEnvironment.insert(u"MKE2FS_CONFIG"_s, u"/nonexistent/mke2fs.conf"_s); // not this machine's
    spec.writablePaths = {output};
    return spec;
}

CommandSpec checkFileSystem(const QString& output)
{
    CommandSpec spec;
    spec.program = u"e2fsck"_s;
    spec.arguments = {u"-f"_s, u"-n"_s, output};
    return spec;
}

/** Tells a job's progress by the space that a growing file takes, as mkfs.ext4 tells none. */
class GrowthWatcher
{
public:
    GrowthWatcher(const QString& path, Progress& progress, qint64 limit)
        : m_thread([this, path, &progress, limit](const std::stop_token& stop) {
              std::unique_lock lock(m_mutex);
              while (!m_wake.wait_for(lock, stop, std::chrono::milliseconds(100),
                                      [&stop] { return stop.stop_requested(); })) {
                  progress.setDone(std::min(allocatedBytes(path), limit));
              }
          })
    { }

private:
    std::mutex m_mutex;
    std::condition_variable_any m_wake;
    std::jthread m_thread; ///< Last: ends before what it uses.
};

Result<std::pair<FileTree, Ext4Geometry>> prepare(const ImportRequest& request, const std::stop_token& stop)
{
    auto tree = walkTree(QFileInfo(request.source).absoluteFilePath(), stop);
    if (!tree) {
        return std::unexpected(tree.error());
    }
    applyRules(*tree, request.owners);
    const auto geometry = chooseGeometry(*tree, request.sizeMiB, stop);
    if (!geometry) {
        return std::unexpected(geometry.error());
    }
    return std::pair(*std::move(tree), *geometry);
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
    return {u"mkfs.ext4"_s, u"e2fsck"_s};
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
    const auto& [tree, geometry] = *prepared;
    context.progress.setTotal(tree.dataBytes);
    auto output = NewOutput::create(request.output, geometry.sizeMiB * MiB);
    if (!output) {
        return std::unexpected(output.error());
    }
    context.progress.setStep(RootfsDirText::tr("Making the file system"));
    {
        const GrowthWatcher watcher(request.output, context.progress, tree.dataBytes);
        if (auto made = runTool(makeFileSystem(tree, geometry, request.output), context, runner); !made) {
            return made;
        }
    }
    context.progress.setDone(tree.dataBytes);
    context.progress.setStep(RootfsDirText::tr("Checking the file system"));
    if (auto settled = settleTree(request.output, tree, context.stop); !settled) {
        return settled;
    }
    if (auto clean = runTool(checkFileSystem(request.output), context, runner); !clean) {
        return clean;
    }
    output->keep();
    return {};
}

} // namespace Stowage
