// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

/**
 * A library for LD_PRELOAD that makes one call of a program fail, or stop it, or runs a command before it. What it does
 * stands in the environment; without FAULT_CALLS it only counts:
 *
 * FAULT_BELOW    path: only calls on what lies there or below
 * FAULT_PROGRAM  name of the program (of several that inherit the environment)
 * FAULT_KIND     read: what reads; space: what takes room on a disk; change: every change of the disk
 * FAULT_AT       number of the call, from 1
 * FAULT_ERRNO    the number that it fails with
 * FAULT_LASTS    not empty: the calls after it fail, too
 * FAULT_KILL     not empty: the program is ended there by SIGKILL
 * FAULT_RUN      command for /bin/sh, which is run before the call; that succeeds
 * FAULT_COUNT    file of 8 bytes, which counts the calls also of a program that is killed
 * FAULT_SPACE    not empty: every file system tells that it has plenty of space
 */

#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdarg>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace
{

enum class Call { Read, Space, Change };

std::string_view setting(const char* name)
{
    const char* value = std::getenv(name);
    return value == nullptr ? std::string_view() : value;
}

/** What the environment asks for. Read once, before the program's main(). */
struct Plan {
    std::string below{setting("FAULT_BELOW")};
    std::string command{setting("FAULT_RUN")};
    std::string kind{setting("FAULT_KIND")};
    long at = std::atol(std::string(setting("FAULT_AT")).c_str());
    int error = std::atoi(std::string(setting("FAULT_ERRNO")).c_str());
    bool lasts = !setting("FAULT_LASTS").empty();
    bool kills = !setting("FAULT_KILL").empty();
    bool isRich = !setting("FAULT_SPACE").empty();
    bool isOn = !below.empty()
        && (setting("FAULT_PROGRAM").empty() || setting("FAULT_PROGRAM") == program_invocation_short_name);
    std::atomic<long>* count = nullptr;
    std::atomic<long> ownCount = 0;

    Plan() : count(&ownCount)
    {
        const int file = isOn ? ::open(std::string(setting("FAULT_COUNT")).c_str(), O_RDWR | O_CLOEXEC) : -1;
        if (file >= 0) {
            void* shared = ::mmap(nullptr, sizeof(long), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
            count = shared == MAP_FAILED ? &ownCount : static_cast<std::atomic<long>*>(shared);
            ::close(file);
        }
    }

    [[nodiscard]] bool wants(Call call) const
    {
        return isOn
            && (kind == "read"        ? call == Call::Read
                    : kind == "space" ? call == Call::Space
                                      : call == Call::Space || call == Call::Change);
    }
};

Plan& plan()
{
    static auto* const only = new Plan; // never destroyed: calls come until the very end
    return *only;
}

[[gnu::constructor]] void begin()
{
    (void)plan();
}

bool lies(std::string_view path)
{
    const std::string& below = plan().below;
    return path.starts_with(below) && (path.size() == below.size() || path[below.size()] == '/');
}

std::string pathOf(int fd)
{
    std::array<char, PATH_MAX> path{};
    const std::string link = fd == AT_FDCWD ? "/proc/self/cwd" : "/proc/self/fd/" + std::to_string(fd);
    const ssize_t length = ::readlink(link.c_str(), path.data(), path.size());
    return {path.data(), static_cast<size_t>(length < 0 ? 0 : length)};
}

std::string pathAt(int directory, const char* name)
{
    return *name == '/' ? std::string(name) : pathOf(directory) + '/' + name;
}

void runCommand()
{
    std::vector<char*> environment;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        if (!std::string_view(*entry).starts_with("LD_PRELOAD=")) {
            environment.push_back(*entry);
        }
    }
    environment.push_back(nullptr);
    std::array<std::string, 2> words{"sh", "-ec"};
    const std::array<char*, 4> arguments{words[0].data(), words[1].data(), plan().command.data(), nullptr};
    pid_t child = 0;
    int status = -1;
    if (::posix_spawn(&child, "/bin/sh", nullptr, nullptr, arguments.data(), environment.data()) == 0) {
        ::waitpid(child, &status, 0);
    }
    if (status != 0) {
        ::abort(); // a test that does not do what it says
    }
}

/** Counts a call on what is asked for. True when it is to fail; errno says why. */
bool strikes()
{
    const long number = ++*plan().count;
    if (plan().at <= 0 || number < plan().at || (number > plan().at && !plan().lasts)) {
        return false;
    }
    if (plan().kills) {
        ::kill(::getpid(), SIGKILL);
    }
    if (!plan().command.empty()) {
        runCommand();
        return false;
    }
    errno = plan().error;
    return plan().error != 0;
}

bool fails(Call call, int fd)
{
    const int before = errno;
    const bool struck = plan().wants(call) && lies(pathOf(fd)) && strikes();
    errno = struck ? errno : before;
    return struck;
}

bool fails(Call call, int directory, const char* name)
{
    const int before = errno;
    const bool struck = plan().wants(call) && lies(pathAt(directory, name)) && strikes();
    errno = struck ? errno : before;
    return struck;
}

template<typename Function>
Function* real(const char* name)
{
    return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

/** Whether an open() with these flags makes or empties a file. */
bool makes(int flags)
{
    return (flags & (O_CREAT | O_TRUNC)) != 0;
}

} // namespace

// NOLINTBEGIN: the names and signatures are those of the C library

/** Defines NAME, which answers FAILED where a call that PLACE tells of is to fail. */
#define FAULTY(RESULT, NAME, FAILED, PLACE, PARAMETERS, ARGUMENTS)                                                     \
    extern "C" RESULT NAME PARAMETERS                                                                                  \
    {                                                                                                                  \
        static auto* const next = real<RESULT PARAMETERS>(#NAME);                                                      \
        return fails PLACE ? FAILED : next ARGUMENTS;                                                                  \
    }

FAULTY(ssize_t, read, -1, (Call::Read, fd), (int fd, void* bytes, size_t size), (fd, bytes, size))
FAULTY(ssize_t, __read_chk, -1, (Call::Read, fd), (int fd, void* bytes, size_t size, size_t room),
       (fd, bytes, size, room))
FAULTY(ssize_t, pread64, -1, (Call::Read, fd), (int fd, void* bytes, size_t size, off64_t at), (fd, bytes, size, at))
FAULTY(ssize_t, __pread64_chk, -1, (Call::Read, fd), (int fd, void* bytes, size_t size, off64_t at, size_t room),
       (fd, bytes, size, at, room))
FAULTY(ssize_t, preadv64, -1, (Call::Read, fd), (int fd, const iovec* parts, int count, off64_t at),
       (fd, parts, count, at))
FAULTY(ssize_t, readv, -1, (Call::Read, fd), (int fd, const iovec* parts, int count), (fd, parts, count))
FAULTY(dirent64*, readdir64, nullptr, (Call::Read, ::dirfd(directory)), (DIR * directory), (directory))
FAULTY(ssize_t, readlink, -1, (Call::Read, AT_FDCWD, path), (const char* path, char* text, size_t size),
       (path, text, size))
FAULTY(ssize_t, readlinkat, -1, (Call::Read, fd, path), (int fd, const char* path, char* text, size_t size),
       (fd, path, text, size))

FAULTY(ssize_t, write, -1, (Call::Space, fd), (int fd, const void* bytes, size_t size), (fd, bytes, size))
FAULTY(ssize_t, writev, -1, (Call::Space, fd), (int fd, const iovec* parts, int count), (fd, parts, count))
FAULTY(ssize_t, pwrite64, -1, (Call::Space, fd), (int fd, const void* bytes, size_t size, off64_t at),
       (fd, bytes, size, at))
FAULTY(ssize_t, pwritev64, -1, (Call::Space, fd), (int fd, const iovec* parts, int count, off64_t at),
       (fd, parts, count, at))
FAULTY(int, ftruncate64, -1, (Call::Space, fd), (int fd, off64_t size), (fd, size))
FAULTY(int, fallocate64, -1, (Call::Space, fd), (int fd, int mode, off64_t at, off64_t size), (fd, mode, at, size))
FAULTY(int, fsync, -1, (Call::Space, fd), (int fd), (fd))
FAULTY(int, fdatasync, -1, (Call::Space, fd), (int fd), (fd))
FAULTY(int, syncfs, -1, (Call::Space, fd), (int fd), (fd))
FAULTY(int, mkdir, -1, (Call::Space, AT_FDCWD, path), (const char* path, mode_t mode), (path, mode))
FAULTY(int, mkdirat, -1, (Call::Space, fd, path), (int fd, const char* path, mode_t mode), (fd, path, mode))
FAULTY(int, symlink, -1, (Call::Space, AT_FDCWD, path), (const char* target, const char* path), (target, path))
FAULTY(int, link, -1, (Call::Space, AT_FDCWD, path), (const char* existing, const char* path), (existing, path))
FAULTY(int, mknod, -1, (Call::Space, AT_FDCWD, path), (const char* path, mode_t mode, dev_t device),
       (path, mode, device))
FAULTY(int, setxattr, -1, (Call::Space, AT_FDCWD, path),
       (const char* path, const char* name, const void* value, size_t size, int flags),
       (path, name, value, size, flags))
FAULTY(int, lsetxattr, -1, (Call::Space, AT_FDCWD, path),
       (const char* path, const char* name, const void* value, size_t size, int flags),
       (path, name, value, size, flags))

FAULTY(int, rename, -1, (Call::Change, AT_FDCWD, to), (const char* from, const char* to), (from, to))
FAULTY(int, renameat, -1, (Call::Change, toFd, to), (int fromFd, const char* from, int toFd, const char* to),
       (fromFd, from, toFd, to))
FAULTY(int, renameat2, -1, (Call::Change, toFd, to),
       (int fromFd, const char* from, int toFd, const char* to, unsigned int flags), (fromFd, from, toFd, to, flags))
FAULTY(int, unlink, -1, (Call::Change, AT_FDCWD, path), (const char* path), (path))
FAULTY(int, unlinkat, -1, (Call::Change, fd, path), (int fd, const char* path, int flags), (fd, path, flags))
FAULTY(int, chmod, -1, (Call::Change, AT_FDCWD, path), (const char* path, mode_t mode), (path, mode))
FAULTY(int, fchmod, -1, (Call::Change, fd), (int fd, mode_t mode), (fd, mode))
FAULTY(int, fchmodat, -1, (Call::Change, fd, path), (int fd, const char* path, mode_t mode, int flags),
       (fd, path, mode, flags))
FAULTY(int, lchown, -1, (Call::Change, AT_FDCWD, path), (const char* path, uid_t user, gid_t group),
       (path, user, group))
FAULTY(int, utimensat, -1, (Call::Change, fd, path), (int fd, const char* path, const timespec* times, int flags),
       (fd, path, times, flags))

/** open() and openat(), whose last parameter is there only when a file is made. */
#define FAULTY_OPEN(NAME, DIRECTORY, PARAMETERS, ARGUMENTS)                                                            \
    extern "C" int NAME PARAMETERS                                                                                     \
    {                                                                                                                  \
        static auto* const next = real<int PARAMETERS>(#NAME);                                                         \
        va_list rest;                                                                                                  \
        va_start(rest, flags);                                                                                         \
        const mode_t mode = makes(flags) ? va_arg(rest, mode_t) : 0;                                                   \
        va_end(rest);                                                                                                  \
        return makes(flags) && fails(Call::Space, DIRECTORY, path) ? -1 : next ARGUMENTS;                              \
    }

FAULTY_OPEN(open64, AT_FDCWD, (const char* path, int flags, ...), (path, flags, mode))
FAULTY_OPEN(openat64, fd, (int fd, const char* path, int flags, ...), (fd, path, flags, mode))
FAULTY_OPEN(open, AT_FDCWD, (const char* path, int flags, ...), (path, flags, mode))
FAULTY_OPEN(openat, fd, (int fd, const char* path, int flags, ...), (fd, path, flags, mode))

extern "C" ssize_t copy_file_range(int from, off64_t* fromAt, int to, off64_t* toAt, size_t size, unsigned int flags)
{
    static auto* const next = real<decltype(::copy_file_range)>("copy_file_range");
    return fails(Call::Read, from) || fails(Call::Space, to) ? -1 : next(from, fromAt, to, toAt, size, flags);
}

extern "C" int statvfs64(const char* path, struct statvfs64* facts)
{
    static auto* const next = real<decltype(::statvfs64)>("statvfs64");
    const int result = next(path, facts);
    if (result == 0 && plan().isRich) {
        facts->f_bavail = facts->f_bfree = facts->f_blocks = 1UL << 40U;
    }
    return result;
}

// NOLINTEND
