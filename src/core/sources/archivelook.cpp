// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "archivelook.h"

#include "core/entries/bytestream.h"
#include "core/sources/compressed.h"
#include "core/support/safepath.h"

#include <QCoreApplication>
#include <QMap>
#include <QRegularExpression>
#include <QSet>

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
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
    {"backup/container.bin"sv, QT_TRANSLATE_NOOP("ArchiveLook", "a backup of a container with its storage as it is"),
     QT_TRANSLATE_NOOP("ArchiveLook", "Export the container again, without \"--optimized-storage\".")},
    {"backup/virtual-machine.img"sv, QT_TRANSLATE_NOOP("ArchiveLook", "a backup of a virtual machine"),
     QT_TRANSLATE_NOOP("ArchiveLook", "Unpack it, and use the disk \"virtual-machine.img\" in it.")},
});

bool matches(const QByteArray& path, std::string_view pattern)
{
    const QByteArrayView text(pattern.data(), static_cast<qsizetype>(pattern.size()));
    return pattern.front() == '.' ? path.endsWith(text) : path == text;
}

/** A name that only container images begin with: their blobs are named by their hashes, and may come before all else. */
bool isOfContainer(const QByteArray& path)
{
    static const QRegularExpression names(
        QStringLiteral("^(oci-layout|manifest\\.json|index\\.json|blobs/sha256/[0-9a-f]{64}|"
                       "[0-9a-f]{64}(\\.tar|\\.json|/layer\\.tar|/VERSION))$"));
    return names.match(QString::fromUtf8(path)).hasMatch();
}

constexpr auto PackedSystem = "rootfs.squashfs";
/** Where Incus and LXD have the root file system in the backup of a container. */
constexpr auto BackedUpSystem = "backup/container/rootfs"sv;

/** The directory among those of @p systems, with the names of a system in each, that is a root file system. */
std::optional<QByteArray> rootfsTop(const QMap<QByteArray, QSet<QByteArray>>& systems, bool isIncus)
{
    for (auto system = systems.cbegin(); system != systems.cend(); ++system) {
        const bool isNamed = system.key() == "rootfs" || system.key() == QByteArrayView(BackedUpSystem);
        const qsizetype least = system.key().isEmpty() ? 2 : isIncus && isNamed ? 1 : 4;
        if (system->size() >= least) {
            return system.key();
        }
    }
    return {};
}

/** Whether @p paths are those of a bundle (guestbundle.h) and of nothing else. */
bool isBundle(const QByteArrayList& paths)
{
    static const QByteArrayList places{"usr/share/xen-guest-bundles/", "etc/xen/", "var/lib/xen/images/"};
    const auto isPart = [](const QByteArray& path) {
        return std::ranges::any_of(places, [&path](const QByteArray& place) {
            return path.startsWith(place) || place.startsWith(path + '/');
        });
    };
    const auto isGuest = [](const QByteArray& path) {
        return path.startsWith(places.first()) || (path.startsWith("etc/xen/") && path.endsWith(".cfg"));
    };
    return std::ranges::all_of(paths, isPart) && std::ranges::any_of(paths, isGuest);
}

} // namespace

ArchiveLook lookAtArchive(const QByteArray& head)
{
    static const QSet<QByteArray> names{"bin",  "boot", "dev", "etc",  "home", "init", "lib", "lib64", "mnt", "opt",
                                        "proc", "root", "run", "sbin", "srv",  "sys",  "tmp", "usr",   "var"};
    ArchiveLook look;
    QMap<QByteArray, QSet<QByteArray>> systems; // those names by the directory that they are in
    const QByteArrayList paths = firstPaths(head);
    if (isBundle(paths)) {
        look.foreign = Look::tr("an archive with a bundle of Xen guests");
        look.advice = Look::tr("Unpack it into a directory of its own, and add that.");
        return look;
    }
    for (const QByteArray& path : paths) {
        const auto kind = std::ranges::find_if(ForeignKinds,
                                               [&](const Foreign& one) { return matches(path, one.path); });
        // A root file system may well have such a file in it, but does not begin with it.
        if (isOfContainer(path) && systems.isEmpty()) {
            look.isContainer = true;
            return look;
        }
        if (path.endsWith(".ovf") && !path.contains('/') && systems.isEmpty()) {
            look.isMachine = true;
            return look;
        }
        if (kind != ForeignKinds.end() && systems.value({}).size() < 2) {
            look.foreign = Look::tr(kind->name);
            look.advice = kind->advice != nullptr ? Look::tr(kind->advice) : QString();
            return look;
        }
        const qsizetype deep = path.startsWith(BackedUpSystem) ? std::ssize(BackedUpSystem) : path.indexOf('/');
        const QByteArray first = deep < 0 ? path : path.first(deep);
        const QByteArray second = path.mid(first.size() + 1).split('/').first();
        if (names.contains(first)) {
            systems[QByteArray()].insert(first);
        } else if (names.contains(second)) {
            systems[first].insert(second);
        }
    }
    // Both are of Incus and LXD: an image, a backup.
    const auto top = rootfsTop(systems, paths.contains("metadata.yaml") || paths.contains("backup/index.yaml"));
    if (!top && paths.contains(PackedSystem)) {
        look.squashfs = PackedSystem;
    }
    look.isRootfs = top || !look.squashfs.isEmpty();
    look.top = top.value_or(QByteArray());
    return look;
}

ArchiveLook lookAtArchiveFile(const QString& path, const std::stop_token& stop)
{
    Progress ignored;
    const auto stream = ByteStream::open({.path = path}, ignored, stop);
    const auto bytes = stream ? (*stream)->next() : std::unexpected(stream.error());
    return bytes ? lookAtArchive(QByteArray(bytes->data(), std::min<qsizetype>(PeekSize, std::ssize(*bytes))))
                 : ArchiveLook();
}

} // namespace Stowage
