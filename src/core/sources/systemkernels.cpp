// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "systemkernels.h"

#include "core/sources/unifiedkernel.h"

#include <algorithm>
#include <array>
#include <tuple>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

constexpr qsizetype MostKernels = 64;
constexpr qint64 HeadSize = 128 * 1024; ///< Bytes of a file that tell whether it is a kernel.

QByteArray below(const QByteArray& directory, const QByteArray& name)
{
    return directory.isEmpty() ? name : directory + '/' + name;
}

QByteArray directoryOf(const QByteArray& path)
{
    return path.first(std::max<qsizetype>(path.lastIndexOf('/'), 0));
}

QByteArray nameOf(const QByteArray& path)
{
    return path.sliced(path.lastIndexOf('/') + 1);
}

bool isKernelName(const QByteArray& name)
{
    static constexpr auto Starts = std::to_array<QByteArrayView>(
        {"vmlinuz", "vmlinux", "bzImage", "Image", "zImage", "uImage", "kernel", "linux", "netbsd"});
    return std::ranges::any_of(Starts, [&name](QByteArrayView start) { return name.startsWith(start); })
        && !name.endsWith(".old") && !name.endsWith(".sig") && !name.endsWith(".hmac");
}

/** What stands behind the first "-" of a kernel's name, by which its other files are called. */
QByteArray suffixOf(const QByteArray& name)
{
    const qsizetype dash = name.indexOf('-');
    return dash < 0 ? QByteArray() : name.sliced(dash + 1);
}

/** Finds kernels, each once. */
class KernelSearch
{
public:
    explicit KernelSearch(const FileTree& tree) : m_tree(tree) { }

    void addDirectory(const QByteArray& directory, bool links)
    {
        for (const QByteArray& name : m_tree.names(directory)) {
            const QByteArray path = below(directory, name);
            if (isKernelName(name) && m_tree.linkTarget(path).has_value() == links) {
                add(path, {});
            }
        }
    }

    void addModules(const QByteArray& directory)
    {
        for (const QByteArray& version : m_tree.names(directory).mid(0, MostKernels)) {
            const QByteArray path = below(below(directory, version), "vmlinuz");
            const bool known = std::ranges::any_of(m_kernels, [&version](const SystemKernel& kernel) {
                return kernel.version.toUtf8() == version;
            });
            if (!known) {
                add(path, version);
            }
        }
    }

    void addUnified(const QByteArray& directory)
    {
        for (const QByteArray& name : m_tree.names(directory).mid(0, MostKernels)) {
            const QByteArray path = below(directory, name);
            auto unified = name.toLower().endsWith(".efi") ? readUnifiedKernel(m_tree, path) : std::nullopt;
            if (unified && m_kernels.size() < MostKernels) {
                finish(*unified, {});
                m_kernels.append(*std::move(unified));
            }
        }
    }

    void add(const QByteArray& path, const QByteArray& version)
    {
        const auto found = m_tree.find(path);
        const bool known = std::ranges::any_of(m_kernels, [&path](const SystemKernel& kernel) {
            return kernel.file.path == path;
        });
        if (!found || found->type != FileTree::Type::File || known || m_kernels.size() >= MostKernels) {
            return;
        }
        const auto image = inspectKernel(m_tree.read(path, 0, HeadSize).value_or(QByteArray()));
        if (!image) {
            return;
        }
        SystemKernel kernel;
        kernel.file = {path, 0, found->size};
        kernel.image = *image;
        const QByteArray suffix = suffixOf(nameOf(path));
        const bool isVersion = !suffix.isEmpty() && suffix.front() >= '0' && suffix.front() <= '9';
        kernel.version = !image->version.isEmpty() ? image->version
            : !version.isEmpty()                   ? QString::fromUtf8(version)
            : isVersion                            ? QString::fromUtf8(suffix)
                                                   : QString();
        finish(kernel, suffix);
        m_kernels.append(std::move(kernel));
    }

    QList<SystemKernel> take()
    {
        std::ranges::stable_sort(m_kernels, [](const SystemKernel& one, const SystemKernel& other) {
            return compareVersions(one.version, other.version) > 0;
        });
        return std::move(m_kernels);
    }

    [[nodiscard]] bool isEmpty() const { return m_kernels.isEmpty(); }

private:
    /** Adds what lies beside @p kernel, under its version or @p suffix. */
    void finish(SystemKernel& kernel, const QByteArray& suffix) const
    {
        const QByteArray version = kernel.version.toUtf8();
        QByteArrayList words{suffix, version};
        words.removeAll(QByteArray());
        const QByteArray directory = directoryOf(kernel.file.path);
        if (kernel.initrd.path.isEmpty()) {
            kernel.initrd = initrdOf(directory, words);
        }
        for (const QByteArray& word : words) {
            for (const QByteArray& modules :
                 {QByteArray("usr/lib/modules/" + word), QByteArray("lib/modules/" + word)}) {
                if (kernel.modules.isEmpty() && isA(modules, FileTree::Type::Directory)) {
                    kernel.modules = modules;
                }
            }
        }
        kernel.config = configOf(directory, words, kernel.modules);
    }

    [[nodiscard]] bool isA(const QByteArray& path, FileTree::Type type) const
    {
        const auto found = m_tree.find(path);
        return found && found->type == type;
    }

    [[nodiscard]] TreeFile initrdOf(const QByteArray& directory, const QByteArrayList& words) const
    {
        QByteArrayList names;
        for (const QByteArray& word : words) {
            names += {"initrd.img-" + word, "initramfs-" + word + ".img", "initramfs-" + word, "initrd-" + word,
                      "initrd-" + word + ".img"};
        }
        names += {"initrd.img", "initrd", "initrd.gz", "initramfs", "initramfs.img", "initrd.lz", "initrd.xz"};
        for (const QByteArray& place : {directory, QByteArray("boot")}) {
            for (const QByteArray& name : std::as_const(names)) {
                const auto found = m_tree.find(below(place, name));
                if (found && found->type == FileTree::Type::File) {
                    return {below(place, name), 0, found->size};
                }
            }
        }
        return {};
    }

    [[nodiscard]] KernelConfig configOf(const QByteArray& directory, const QByteArrayList& words,
                                        const QByteArray& modules) const
    {
        QByteArrayList places;
        for (const QByteArray& word : words) {
            places += {below(directory, "config-" + word), "boot/config-" + word};
        }
        places += {below(directory, "config"), modules + "/config"};
        for (const QByteArray& place : std::as_const(places)) {
            constexpr qint64 Most = 1024 * 1024; // bytes
            const auto text = m_tree.read(place, 0, Most);
            if (text && text->contains("CONFIG_")) {
                return parseKernelConfig(*text);
            }
        }
        return {};
    }

    const FileTree& m_tree;
    QList<SystemKernel> m_kernels;
};

/** A version in parts that are numbers or words. */
struct VersionPart {
    int rank = 0; ///< A word for what comes before the release is older than nothing, all else newer.
    quint64 number = 0;
    QByteArray word = {};

    auto operator<=>(const VersionPart& other) const
    {
        return std::tie(rank, number, word) <=> std::tie(other.rank, other.number, other.word);
    }
    bool operator==(const VersionPart&) const = default;
};

std::vector<VersionPart> partsOf(const QByteArray& version)
{
    constexpr int Before = 0;
    constexpr int Word = 2; // 1 is the end
    constexpr int Number = 3;
    const auto isDigit = [](char c) { return c >= '0' && c <= '9'; };
    const auto isLetter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
    std::vector<VersionPart> parts;
    for (qsizetype at = 0; at < version.size();) {
        const qsizetype start = at;
        if (isDigit(version[at])) {
            while (at < version.size() && isDigit(version[at])) {
                ++at;
            }
            parts.push_back({Number, version.sliced(start, at - start).toULongLong()});
        } else if (isLetter(version[at])) {
            while (at < version.size() && isLetter(version[at])) {
                ++at;
            }
            const QByteArray word = version.sliced(start, at - start);
            const bool before = word == "rc" || word == "alpha" || word == "beta" || word == "pre";
            parts.push_back({before ? Before : Word, 0, word});
        } else {
            ++at;
        }
    }
    parts.push_back({1});
    return parts;
}

} // namespace

std::strong_ordering compareVersions(const QString& one, const QString& other)
{
    const auto left = partsOf(one.toUtf8());
    const auto right = partsOf(other.toUtf8());
    return std::lexicographical_compare_three_way(left.begin(), left.end(), right.begin(), right.end());
}

QList<SystemKernel> findKernels(const FileTree& tree, const QByteArrayList& named)
{
    KernelSearch search(tree);
    for (const QByteArray& directory : {QByteArray("boot"), QByteArray()}) {
        search.addDirectory(directory, false);
    }
    search.addModules("usr/lib/modules");
    search.addModules("lib/modules");
    for (const char* directory : {"EFI/Linux", "boot/EFI/Linux", "boot/efi/EFI/Linux", "efi/EFI/Linux"}) {
        search.addUnified(directory);
    }
    for (const QByteArray& path : named) {
        if (!tree.linkTarget(path)) {
            search.add(path, {});
        }
    }
    if (search.isEmpty()) {
        search.addDirectory("boot", true);
        search.addDirectory({}, true);
    }
    return search.take();
}

} // namespace Stowage
