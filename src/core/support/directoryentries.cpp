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

std::optional<QByteArrayList> directoryEntries(int directory)
{
    // A description of its own, so that the caller's keeps its position.
    UniqueFd file(::openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    const std::unique_ptr<DIR, DirectoryCloser> stream(file.isValid() ? ::fdopendir(file.get()) : nullptr);
    if (!stream) {
        return {};
    }
    static_cast<void>(file.release()); // the stream closes it
    QByteArrayList names;
    errno = 0;
    while (const dirent* entry = ::readdir(stream.get())) {
        const QByteArray name(static_cast<const char*>(entry->d_name));
        if (name != "." && name != "..") {
            names.append(name);
        }
        errno = 0;
    }
    const int number = errno;
    if (number == 0) {
        return names;
    }
    names.clear();
    errno = number;
    return {};
}

} // namespace Stowage
