// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "removetree.h"

#include "core/support/directoryentries.h"
#include "core/support/uniquefd.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <atomic>
#include <cerrno>
#include <cstdio>

namespace Stowage
{

namespace
{

/** A name that nothing in @p directory has. */
QByteArray freeName(int directory)
{
    static std::atomic<quint64> counter = 0;
    for (;;) {
        const QByteArray name = "removed-" + QByteArray::number(counter.fetch_add(1));
        struct stat info = {};
        if (::fstatat(directory, name.constData(), &info, AT_SYMLINK_NOFOLLOW) != 0) {
            return name;
        }
    }
}

/**
 * Empties the directory @p name in @p top by one level: what is a directory with content moves up to @p top, so that
 * neither depth nor the number of open files grows. Returns whether anything was done.
 */
bool flatten(int top, const QByteArray& name)
{
    const UniqueFd directory(openDirectoryForWork(top, name));
    struct stat topInfo = {};
    struct stat info = {};
    if (!directory.isValid() || ::fstat(top, &topInfo) != 0 || ::fstat(directory.get(), &info) != 0
        || topInfo.st_dev != info.st_dev) {
        return false;
    }
    bool progressed = false;
    const std::optional<QByteArrayList> entries = directoryEntries(directory.get());
    if (!entries) {
        return false;
    }
    for (const QByteArray& entry : *entries) {
        if (::unlinkat(directory.get(), entry.constData(), 0) == 0
            || ::unlinkat(directory.get(), entry.constData(), AT_REMOVEDIR) == 0) {
            progressed = true;
            continue;
        }
        if (errno == ENOTEMPTY || errno == EEXIST || errno == EACCES) {
            // A directory's own mode must let its owner write when its parent changes.
            const UniqueFd child(openDirectoryForWork(directory.get(), entry));
            const QByteArray free = freeName(top);
            progressed = ::renameat(directory.get(), entry.constData(), top, free.constData()) == 0 || progressed;
        }
    }
    return progressed;
}

} // namespace

int openDirectoryForWork(int parent, const QByteArray& name)
{
    const UniqueFd handle(::openat(parent, name.constData(), O_PATH | O_NOFOLLOW | O_DIRECTORY | O_CLOEXEC));
    struct stat info = {};
    if (!handle.isValid() || ::fstat(handle.get(), &info) != 0) {
        return -1;
    }
    if ((info.st_mode & S_IRWXU) != S_IRWXU) {
        const QByteArray link = "/proc/self/fd/" + QByteArray::number(handle.get());
        ::chmod(link.constData(), (info.st_mode & 07777) | S_IRWXU);
    }
    return ::openat(handle.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

bool removeEntry(int directory, const QByteArray& name)
{
    for (;;) {
        if (::unlinkat(directory, name.constData(), 0) == 0 || errno == ENOENT) {
            return true;
        }
        if (::unlinkat(directory, name.constData(), AT_REMOVEDIR) == 0) {
            return true;
        }
        if (errno != ENOTEMPTY && errno != EEXIST) {
            return false;
        }
        const UniqueFd top(openDirectoryForWork(directory, name));
        if (!top.isValid() || !removeContent(top.get())) {
            return false;
        }
    }
}

bool removeContent(int directory)
{
    for (;;) {
        const std::optional<QByteArrayList> entries = directoryEntries(directory);
        if (!entries) {
            return false;
        }
        bool progressed = false;
        for (const QByteArray& entry : *entries) {
            progressed = ::unlinkat(directory, entry.constData(), 0) == 0
                || ::unlinkat(directory, entry.constData(), AT_REMOVEDIR) == 0 || flatten(directory, entry)
                || progressed;
        }
        if (!progressed) {
            return entries->isEmpty();
        }
    }
}

} // namespace Stowage
