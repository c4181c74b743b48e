// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "rootfs.h"

#include "core/sources/elf.h"
#include "core/sources/sourcefile.h"
#include "core/support/filecopy.h"

#include <QFile>

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

constexpr qsizetype OsReleaseLimit = 8192;

UniqueFd openDirectory(int parent, const char* name)
{
    return UniqueFd(::openat(parent, name, O_RDONLY | O_DIRECTORY | O_NONBLOCK | O_CLOEXEC));
}

bool exists(const UniqueFd& directory, const char* name)
{
    struct stat status = {};
    return ::fstatat(directory.get(), name, &status, AT_SYMLINK_NOFOLLOW) == 0;
}

bool holdsRootfs(const UniqueFd& directory)
{
    const auto any = [&directory](std::initializer_list<const char*> names) {
        return std::ranges::any_of(names, [&directory](const char* name) { return exists(directory, name); });
    };
    return (exists(directory, "etc") && any({"bin", "usr", "sbin"}))
        || any({"sbin/init", "usr/sbin/init", "bin/sh", "usr/bin/sh"});
}

/** The first bytes of @p name below @p root, every link resolved as if @p root were "/"; empty when it is no file. */
QByteArray readInRoot(const UniqueFd& root, const QString& name, qsizetype length)
{
    struct open_how how = {.flags = O_PATH | O_CLOEXEC, .mode = 0, .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS};
    const QByteArray encoded = QFile::encodeName(name);
    const UniqueFd found(static_cast<int>(::syscall(SYS_openat2, root.get(), encoded.constData(), &how, sizeof(how))));
    struct stat status = {};
    if (!found.isValid() || ::fstat(found.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
        return {};
    }
    const QString path = u"/proc/self/fd/%1"_s.arg(found.get());
    const auto file = openRegularFile(path);
    return file ? readAt(*file, 0, length, path).value_or(QByteArray()) : QByteArray();
}

Architecture architectureOf(const UniqueFd& root)
{
    const QStringList witnesses = architectureWitnesses();
    for (const QString& name : witnesses) {
        const Architecture architecture = elfArchitecture(readInRoot(root, name, ElfHeaderSize));
        if (architecture != Architecture::Unknown) {
            return architecture;
        }
    }
    return Architecture::Unknown;
}

} // namespace

QStringList architectureWitnesses()
{
    return {u"bin/sh"_s,
            u"usr/bin/sh"_s,
            u"sbin/init"_s,
            u"usr/sbin/init"_s,
            u"bin/busybox"_s,
            u"usr/lib/systemd/systemd"_s,
            u"lib/systemd/systemd"_s,
            u"usr/bin/env"_s,
            u"init"_s,
            u"lib64/ld-linux-x86-64.so.2"_s,
            u"lib/ld-linux-aarch64.so.1"_s,
            u"lib/ld-linux-armhf.so.3"_s,
            u"lib/ld-musl-x86_64.so.1"_s,
            u"lib/ld-musl-aarch64.so.1"_s,
            u"lib/ld-linux.so.2"_s};
}

QString systemName(const QByteArray& text)
{
    constexpr QByteArrayView Key("PRETTY_NAME=");
    const QList<QByteArray> lines = text.split('\n');
    const auto line = std::ranges::find_if(lines, [Key](const QByteArray& l) { return l.startsWith(Key); });
    if (line == lines.end()) {
        return {};
    }
    QString name = QString::fromUtf8(line->sliced(Key.size())).trimmed();
    if (name.size() >= 2 && (name.startsWith(u'"') || name.startsWith(u'\'')) && name.endsWith(name.front())) {
        name = name.sliced(1, name.size() - 2);
    }
    name.removeIf([](QChar c) { return !c.isPrint(); });
    return name.left(100);
}

RootfsLook lookAtRootfs(const QString& path)
{
    RootfsLook look;
    const UniqueFd root = openDirectory(AT_FDCWD, QFile::encodeName(path).constData());
    if (!root.isValid()) {
        return look;
    }
    look.isRootfs = holdsRootfs(root);
    if (!look.isRootfs) {
        for (const char* name : {"rootfs", "root", "squashfs-root", "fs"}) {
            const UniqueFd inner = openDirectory(root.get(), name);
            if (inner.isValid() && holdsRootfs(inner)) {
                look.inside = QString::fromLatin1(name);
                break;
            }
        }
        return look;
    }
    QByteArray release = readInRoot(root, u"etc/os-release"_s, OsReleaseLimit);
    if (release.isEmpty()) {
        release = readInRoot(root, u"usr/lib/os-release"_s, OsReleaseLimit);
    }
    look.system = systemName(release);
    look.architecture = architectureOf(root);
    return look;
}

} // namespace Stowage
