// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "directoryentries.h"

#include "core/support/uniquefd.h"

#include <dirent.h>
#include <fcntl.h>

#include <cerrno>
#include <memory>

namespace Stowage
{

namespace
{

struct DirectoryCloser {
    void operator()(DIR* directory) const { ::closedir(directory); }
};

} // namespace

bool forEachDirectoryEntry(int directory, const std::function<bool(QByteArrayView name)>& take)
{
    // A description of its own, so that the caller's keeps its position.
    UniqueFd file(::openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    const std::unique_ptr<DIR, DirectoryCloser> stream(file.isValid() ? ::fdopendir(file.get()) : nullptr);
    if (!stream) {
        return false;
    }
    static_cast<void>(file.release()); // the stream closes it
    errno = 0;
    while (const dirent* entry = ::readdir(stream.get())) {
        const QByteArrayView name(static_cast<const char*>(entry->d_name));
        if (name != "." && name != ".." && !take(name)) {
            return true;
        }
        errno = 0;
    }
    return errno == 0;
}

std::optional<QByteArrayList> directoryEntries(int directory)
{
    QByteArrayList names;
    const bool whole = forEachDirectoryEntry(directory, [&names](QByteArrayView name) {
        names.append(name.toByteArray());
        return true;
    });
    const int number = errno;
    if (whole) {
        return names;
    }
    names.clear();
    errno = number;
    return {};
}

} // namespace Stowage
