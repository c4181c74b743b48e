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

constexpr int DirectoryFlags = O_RDONLY | O_DIRECTORY | O_NONBLOCK;

bool exists(const UniqueFd& directory, const QString& name)
{
    return openInRoot(directory, name, O_PATH | O_NOFOLLOW).isValid();
}

bool holdsRootfs(const UniqueFd& directory)
{
    const auto any = [&directory](const QStringList& names) {
        return std::ranges::any_of(names, [&directory](const QString& name) { return exists(directory, name); });
    };
    return (exists(directory, u"etc"_s) && any({u"bin"_s, u"usr"_s, u"sbin"_s}))
        || any({u"sbin/init"_s, u"usr/sbin/init"_s, u"bin/sh"_s, u"usr/bin/sh"_s});
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

UniqueFd openInRoot(const UniqueFd& root, const QString& name, int flags)
{
    struct open_how how = {.flags = static_cast<quint64>(flags) | O_CLOEXEC,
                           .mode = 0,
                           .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS};
    const QByteArray encoded = QFile::encodeName(name);
    return UniqueFd(static_cast<int>(::syscall(SYS_openat2, root.get(), encoded.constData(), &how, sizeof(how))));
}

QByteArray readInRoot(const UniqueFd& root, const QString& name, qsizetype length)
{
    const UniqueFd found = openInRoot(root, name, O_PATH);
    struct stat status = {};
    if (!found.isValid() || ::fstat(found.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
        return {};
    }
    const QString path = u"/proc/self/fd/%1"_s.arg(found.get());
    const auto file = openRegularFile(path);
    return file ? readAt(*file, 0, length, path).value_or(QByteArray()) : QByteArray();
}

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

QString osReleaseField(const QByteArray& text, const QByteArray& key)
{
    const QList<QByteArray> lines = text.split('\n');
    const auto line = std::ranges::find_if(lines, [&key](const QByteArray& l) { return l.startsWith(key + '='); });
    if (line == lines.end()) {
        return {};
    }
    QString name = QString::fromUtf8(line->sliced(key.size() + 1)).trimmed();
    if (name.size() >= 2 && (name.startsWith(u'"') || name.startsWith(u'\'')) && name.endsWith(name.front())) {
        name = name.sliced(1, name.size() - 2);
    }
    name.removeIf([](QChar c) { return !c.isPrint(); });
    return name.left(100);
}

QString systemName(const QByteArray& text)
{
    return osReleaseField(text, "PRETTY_NAME");
}

RootfsLook lookAtRootfs(const QString& path)
{
    RootfsLook look;
    const UniqueFd root(::open(QFile::encodeName(path).constData(), DirectoryFlags | O_CLOEXEC));
    if (!root.isValid()) {
        return look;
    }
    look.isRootfs = holdsRootfs(root);
    if (!look.isRootfs) {
        for (const QString& name : {u"rootfs"_s, u"root"_s, u"squashfs-root"_s, u"fs"_s}) {
            const UniqueFd inner = openInRoot(root, name, DirectoryFlags);
            if (inner.isValid() && holdsRootfs(inner)) {
                look.inside = name;
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
