// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "hostchecks.h"

#include "core/xen/diskspec.h"
#include "core/xen/xlconfig.h"

#include <QCoreApplication>

#include <algorithm>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

struct Checks {
    Q_DECLARE_TR_FUNCTIONS(HostChecks)
};

/** Whether a file whose name begins with @p name is in one of the directories of Xen that distributions have. */
bool hasXenFile(const Layout& layout, const QByteArrayList& names)
{
    QByteArrayList directories{"/usr/bin",          "/usr/libexec/xen/bin", "/usr/libexec/xen/boot", "/usr/lib/xen/bin",
                               "/usr/lib/xen/boot", "/usr/share/qemu",      "/usr/share/ovmf",       "/usr/share/OVMF"};
    if (const LayoutNode* lib = layout.follow("/usr/lib")) {
        for (const LayoutNode& child : lib->children) { // Debian has xen-4.20
            if (child.name.startsWith("xen-")) {
                directories += {"/usr/lib/" + child.name + "/bin", "/usr/lib/" + child.name + "/boot"};
            }
        }
    }
    return std::ranges::any_of(directories, [&](const QByteArray& path) {
        const LayoutNode* directory = layout.follow(path);
        return directory != nullptr && std::ranges::any_of(directory->children, [&names](const LayoutNode& child) {
                   return std::ranges::any_of(names,
                                              [&child](const QByteArray& name) { return child.name.startsWith(name); });
               });
    });
}

class HostChecks
{
public:
    HostChecks(const Layout& layout, ProblemList& problems)
        : m_layout(layout),
          m_problems(problems),
          m_hasQemu(hasXenFile(layout, {"qemu-system-", "qemu-dm"})),
          m_hasLoader(hasXenFile(layout, {"hvmloader"}))
    { }

    void check(const Guest& guest, const ResolvedGuest& resolved, const XlConfig& config)
    {
        const bool isCustom = !guest.configFile.isEmpty();
        const auto warn = [&](QLatin1StringView code, const QString& text, const QString& remedy) {
            m_problems.warning(code, resolved.index, isCustom ? u"configFile"_s : u"type"_s, text, remedy);
        };
        const QByteArray type = config.string("type").value_or(config.string("builder").value_or(QByteArray()));
        const QByteArray firmware = config.string("firmware").value_or(QByteArray());
        if (type == "hvm" && (!m_hasQemu || !m_hasLoader)) {
            warn(m_hasLoader ? ProblemCode::HostQemuMissing : ProblemCode::HostFirmwareMissing,
                 Checks::tr("Guest \"%1\" is HVM, and the host has no %2.")
                     .arg(guest.entry, m_hasLoader ? u"QEMU"_s : u"hvmloader"_s),
                 Checks::tr(
                     "Install Xen's support for HVM in the host (Debian: xen-utils and qemu-system-xen), or start "
                     "the guest with a kernel."));
        } else if (type == "hvm" && (firmware == "ovmf" || firmware == "uefi")
                   && !hasXenFile(m_layout, {"ovmf", "OVMF"})) {
            warn(ProblemCode::HostFirmwareMissing,
                 Checks::tr("Guest \"%1\" starts by UEFI, and the host has no OVMF.").arg(guest.entry),
                 Checks::tr("Install it in the host (Debian: ovmf)."));
        }
        for (const QByteArray& text : config.list("disk")) {
            if (const auto disk = parseDiskSpec(text)) {
                checkDisk(guest, *disk, warn);
            }
        }
        for (const char* key : {"kernel", "ramdisk"}) {
            const QByteArray path = config.string(key).value_or(QByteArray());
            if (path.startsWith('/') && m_layout.follow(path) == nullptr) {
                warn(ProblemCode::ConfigPathMissing,
                     Checks::tr("The config of guest \"%1\" names %2, which the target does not have.")
                         .arg(guest.entry, QString::fromUtf8(path)),
                     Checks::tr("Name a file that is there, or add it to the guest."));
            }
        }
    }

private:
    template<typename Warn>
    void checkDisk(const Guest& guest, const DiskSpec& disk, const Warn& warn)
    {
        const bool isRaw = disk.format.isEmpty() || disk.format == "raw" || disk.format == "empty";
        if (!isRaw && !m_hasQemu) {
            warn(ProblemCode::HostQemuMissing,
                 Checks::tr("A disk of guest \"%1\" is %2, which needs QEMU in the host, and that has none.")
                     .arg(guest.entry, QString::fromUtf8(disk.format)),
                 Checks::tr("Import it, which makes it a raw disk, or install QEMU in the host."));
        }
        const bool isFile = disk.target.startsWith('/') && !disk.target.startsWith("/dev/");
        if (isFile && m_layout.follow(disk.target) == nullptr) {
            warn(ProblemCode::ConfigPathMissing,
                 Checks::tr("The config of guest \"%1\" names %2, which the target does not have.")
                     .arg(guest.entry, QString::fromUtf8(disk.target)),
                 Checks::tr("Name a file that is there, or add it to the guest."));
        }
    }

    const Layout& m_layout;
    ProblemList& m_problems;
    bool m_hasQemu;
    bool m_hasLoader;
};

} // namespace

void checkHost(const Project& project, const ResolvedProject& resolved, const Layout& layout, ProblemList& problems)
{
    if (layout.hostPath.isEmpty() || layout.follow("/usr") == nullptr) {
        return;
    }
    HostChecks checks(layout, problems);
    for (const ResolvedGuest& guest : resolved.guests) {
        if (const auto config = XlConfig::parse(guest.config)) {
            checks.check(project.guests.at(guest.index), guest, *config);
        }
    }
}

} // namespace Stowage
