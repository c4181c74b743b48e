// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "sandbox.h"

#include <QCoreApplication>
#include <QFile>
#include <QLoggingCategory>

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <mutex>

namespace Stowage
{

namespace
{

Q_LOGGING_CATEGORY(logProcess, "stowage.process")

#if defined(__x86_64__)
constexpr quint32 NativeArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr quint32 NativeArchitecture = AUDIT_ARCH_AARCH64;
#elif defined(__riscv) && __riscv_xlen == 64
constexpr quint32 NativeArchitecture = AUDIT_ARCH_RISCV64;
#else
constexpr quint32 NativeArchitecture = 0; // Others have calls that hide behind one number: no filter there.
#endif

/** System calls of x86-64 with this bit are those of its x32 flavour. */
constexpr quint32 X32Bit = 0x40000000;

constexpr quint64 FileRights = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_TRUNCATE
    | LANDLOCK_ACCESS_FS_IOCTL_DEV;

/** The rights to change something on the disk that version @p version of Landlock can withhold. */
quint64 writeRights(int version)
{
    quint64 rights = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE
        | LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG
        | LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK
        | LANDLOCK_ACCESS_FS_MAKE_SYM;
    rights |= version >= 2 ? LANDLOCK_ACCESS_FS_REFER : 0;
    rights |= version >= 3 ? LANDLOCK_ACCESS_FS_TRUNCATE : 0;
    rights |= version >= 5 ? LANDLOCK_ACCESS_FS_IOCTL_DEV : 0;
    return rights;
}

UniqueFd createRuleset(int version)
{
    landlock_ruleset_attr attributes = {};
    attributes.handled_access_fs = writeRights(version);
    attributes.handled_access_net = version >= 4 ? LANDLOCK_ACCESS_NET_BIND_TCP | LANDLOCK_ACCESS_NET_CONNECT_TCP : 0;
    attributes.scoped = version >= 6 ? LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET | LANDLOCK_SCOPE_SIGNAL : 0;
    return UniqueFd(static_cast<int>(::syscall(SYS_landlock_create_ruleset, &attributes, sizeof(attributes), 0)));
}

/** Lets @p path be written under @p ruleset. Returns 0 or errno. */
int allowWriting(int ruleset, const QByteArray& path, int version)
{
    const UniqueFd file(::open(path.constData(), O_PATH | O_CLOEXEC));
    struct stat info = {};
    if (!file.isValid() || ::fstat(file.get(), &info) != 0) {
        return errno;
    }
    landlock_path_beneath_attr rule = {};
    rule.allowed_access = writeRights(version) & (S_ISDIR(info.st_mode) ? ~quint64(0) : FileRights);
    rule.parent_fd = file.get();
    return ::syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0 ? 0 : errno;
}

/** Puts on the filter of system calls. Returns 0 or errno. */
int refuseCalls()
{
    constexpr quint32 refuse = SECCOMP_RET_ERRNO | EACCES;
    std::array<sock_filter, 10> filter = {{
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, NativeArchitecture, 0, 7),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, X32Bit, 5, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 4, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_io_uring_setup, 3, 0),
        // Out of its group a child would outlive the end of the run, with its files open.
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_setsid, 2, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_setpgid, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_RET | BPF_K, refuse),
    }};
    const sock_fprog program = {static_cast<unsigned short>(filter.size()), filter.data()};
    return ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0 ? 0 : errno;
}

} // namespace

int Sandbox::landlockVersion()
{
    const long version = ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
    return version > 0 ? static_cast<int>(version) : 0;
}

Result<Sandbox> Sandbox::prepare(const QStringList& writablePaths)
{
    Sandbox sandbox;
    const int version = landlockVersion();
    if (version == 0) {
        static std::once_flag said;
        std::call_once(said, [] {
            qCInfo(logProcess, "The kernel has no Landlock: tools run without limits on the files they write.");
        });
        return sandbox;
    }
    sandbox.m_ruleset = createRuleset(version);
    if (!sandbox.m_ruleset.isValid()) {
        return systemError(errno, QCoreApplication::translate("Sandbox", "restrict"),
                           writablePaths.join(QLatin1Char(' ')));
    }
    for (const char* device : {"/dev/null", "/dev/zero", "/dev/full"}) {
        allowWriting(sandbox.m_ruleset.get(), device, version);
    }
    for (const QString& path : writablePaths) {
        if (const int error = allowWriting(sandbox.m_ruleset.get(), QFile::encodeName(path), version); error != 0) {
            return systemError(error, QCoreApplication::translate("Sandbox", "open for a tool to write"), path);
        }
    }
    return sandbox;
}

int Sandbox::enter() const
{
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
        return errno;
    }
    if (m_ruleset.isValid() && ::syscall(SYS_landlock_restrict_self, m_ruleset.get(), 0) != 0) {
        return errno;
    }
    if (NativeArchitecture == 0) {
        return 0;
    }
    const int filtered = refuseCalls();
    return filtered == ENOSYS || filtered == EINVAL ? 0 : filtered;
}

} // namespace Stowage
