// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "archivelook.h"

#include "core/support/safepath.h"

#include <QCoreApplication>
#include <QSet>

#include <archive.h>
#include <archive_entry.h>

#include <array>
#include <memory>
#include <string_view>

namespace Stowage
{

namespace
{

using namespace std::string_view_literals;

struct Look {
    Q_DECLARE_TR_FUNCTIONS(ArchiveLook)
};

struct FreeArchive {
    void operator()(archive* handle) const { archive_free(handle); }
};

/** The paths that the archive begins with. */
QByteArrayList firstPaths(const QByteArray& head)
{
    const std::unique_ptr<archive, FreeArchive> reader(archive_read_new());
    archive_read_support_format_tar(reader.get());
    QByteArrayList paths;
    if (archive_read_open_memory(reader.get(), head.constData(), static_cast<size_t>(head.size())) != ARCHIVE_OK) {
        return paths;
    }
    archive_entry* entry = nullptr;
    while (archive_read_next_header(reader.get(), &entry) >= ARCHIVE_WARN && entry != nullptr) {
        const char* name = archive_entry_pathname(entry);
        if (const auto path = entryPath(QByteArray(name)); path && !path->isEmpty()) {
            paths.append(*path);
        }
    }
    return paths;
}

struct Foreign {
    std::string_view path; ///< A whole path, or with a dot at its start the end of one.
    const char* name;
    const char* advice;
};

constexpr auto ForeignKinds = std::to_array<Foreign>({
    {".ovf"sv, QT_TRANSLATE_NOOP("ArchiveLook", "an OVA archive of a virtual machine"),
     QT_TRANSLATE_NOOP("ArchiveLook",
                       "Unpack it, convert the disk in it with \"qemu-img convert -O qcow2\", and use the result.")},
    {"ova.xml"sv, QT_TRANSLATE_NOOP("ArchiveLook", "a virtual machine exported by XenServer (XVA)"), nullptr},
    {"oci-layout"sv, QT_TRANSLATE_NOOP("ArchiveLook", "an OCI container image"),
     QT_TRANSLATE_NOOP("ArchiveLook", "Export a container of it with \"podman export\", and use that archive.")},
    {"manifest.json"sv, QT_TRANSLATE_NOOP("ArchiveLook", "a container image as docker save makes it"),
     QT_TRANSLATE_NOOP("ArchiveLook", "Export a container of it with \"docker export\", and use that archive.")},
    {"metadata.yaml"sv, QT_TRANSLATE_NOOP("ArchiveLook", "an image for Incus or LXD"),
     QT_TRANSLATE_NOOP("ArchiveLook", "Unpack it and use the directory \"rootfs\" in it.")},
});

bool matches(const QByteArray& path, std::string_view pattern)
{
    const QByteArrayView text(pattern.data(), static_cast<qsizetype>(pattern.size()));
    return pattern.front() == '.' ? path.endsWith(text) : path == text;
}

} // namespace

ArchiveLook lookAtArchive(const QByteArray& head)
{
    ArchiveLook look;
    QSet<QByteArray> tops;
    for (const QByteArray& path : firstPaths(head)) {
        for (const Foreign& kind : ForeignKinds) {
            if (matches(path, kind.path) && tops.size() < 2) {
                look.foreign = Look::tr(kind.name);
                look.advice = kind.advice != nullptr ? Look::tr(kind.advice) : QString();
                return look;
            }
        }
        static const QSet<QByteArray> rootfsTops{"bin",   "boot", "dev", "etc",  "home", "init", "lib",
                                                 "lib64", "mnt",  "opt", "proc", "root", "run",  "sbin",
                                                 "srv",   "sys",  "tmp", "usr",  "var"};
        const QByteArray top = path.first(path.indexOf('/') < 0 ? path.size() : path.indexOf('/'));
        if (rootfsTops.contains(top)) {
            tops.insert(top);
        }
    }
    look.isRootfs = tops.size() >= 2;
    return look;
}

} // namespace Stowage
