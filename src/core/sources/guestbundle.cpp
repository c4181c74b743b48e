// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "guestbundle.h"

#include "core/project/inputfile.h"
#include "core/sources/textsource.h"
#include "core/support/safepath.h"
#include "core/support/units.h"
#include "core/xen/diskspec.h"
#include "core/xen/xlconfig.h"

#include <QCoreApplication>
#include <QDir>
#include <QDirIterator>
#include <QFile>
#include <QFileInfo>
#include <QSet>

#include <algorithm>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

struct BundleText {
    Q_DECLARE_TR_FUNCTIONS(GuestBundle)
};

constexpr qint64 MostText = 1 * MiB; ///< Of a manifest or a config.
constexpr qsizetype MostGuests = 1000;
constexpr int MostNames = 10'000; ///< Looked at in a directory.
constexpr qsizetype MostProblems = 100;

constexpr auto TargetPackages = "usr/share/xen-guest-bundles"_L1;
constexpr auto TargetConfigs = "etc/xen"_L1;
constexpr auto TargetImages = "var/lib/xen/images"_L1;

/** The file that @p target, of a config, means in the images' directory of the host; empty: it is elsewhere. */
QByteArray imageName(const QByteArray& target)
{
    const QByteArray images = '/' + QByteArray(TargetImages.data(), TargetImages.size()) + '/';
    return target.startsWith(images) ? target.sliced(images.size()) : QByteArray();
}

/** Reads a bundle's directory. */
class BundleReader
{
public:
    BundleReader(const QString& path, const std::stop_token& stop)
        : m_top(QDir::cleanPath(QFileInfo(path).absoluteFilePath())),
          m_realTop(QFileInfo(path).canonicalFilePath()),
          m_stop(stop)
    { }

    std::optional<GuestBundle> read()
    {
        bool isBundle = false;
        if (isPackage({})) {
            isBundle = true;
            readPackage({}, QFileInfo(m_realTop).fileName());
        }
        // The directory of all packages itself counts as well.
        const QString all = isDirectory(TargetPackages) ? QString(TargetPackages) + u'/' : QString();
        if (!all.isEmpty() || m_realTop.endsWith("/xen-guest-bundles"_L1)) {
            for (const QString& name : names(all, u"*"_s)) {
                if (isPackage(all + name + u'/')) {
                    isBundle = true;
                    readPackage(all + name + u'/', name);
                }
            }
        }
        if (isDirectory(TargetConfigs) && isDirectory(TargetImages)) {
            isBundle = readTree() || isBundle;
        }
        return isBundle ? std::optional(std::move(m_bundle)) : std::nullopt;
    }

private:
    [[nodiscard]] QString full(const QString& name) const { return m_top + u'/' + name; }

    /** Whether no link is on the way to @p name. */
    [[nodiscard]] bool isInside(const QString& name) const
    {
        const QString real = m_realTop.endsWith(u'/') ? m_realTop : m_realTop + u'/';
        return QFileInfo(full(name)).canonicalFilePath() == real + name;
    }

    [[nodiscard]] bool isDirectory(const QString& name) const
    {
        return QFileInfo(full(name)).isDir() && isInside(name);
    }

    /** Whether the directory @p prefix, empty or with a slash at its end, is what a package installs. */
    [[nodiscard]] bool isPackage(const QString& prefix) const
    {
        return QFileInfo(full(prefix + "manifest"_L1)).isFile() && isDirectory(prefix + "configs"_L1);
    }

    /** Names in the directory @p name that @p pattern fits, sorted; those that are no text are left out. */
    [[nodiscard]] QStringList names(const QString& name, const QString& pattern) const
    {
        QStringList found;
        QDirIterator entries(full(name), {pattern},
                             QDir::AllEntries | QDir::Hidden | QDir::System | QDir::NoDotAndDotDot
                                 | QDir::CaseSensitive);
        for (int i = 0; i < MostNames && entries.hasNext() && !m_stop.stop_requested(); ++i) {
            const QString entry = entries.nextFileInfo().fileName();
            if (checkFileName(QFile::encodeName(entry))) {
                found.append(entry);
            }
        }
        found.sort();
        return found;
    }

    void report(Error error, const QString& name, int line = 0)
    {
        error.place = Place{.file = full(name), .line = line};
        if (m_bundle.problems.size() < MostProblems) {
            m_bundle.problems.append(std::move(error));
        }
    }
    void report(const QString& message, const QString& remedy, const QString& name, int line = 0)
    {
        report(fail(Error::Code::InvalidInput, message, remedy).error(), name, line);
    }

    /** The path of the file @p name in the directory @p directory; an error that says what is wrong with it. */
    [[nodiscard]] Result<QString> file(const QString& directory, const QByteArray& name) const
    {
        if (const auto good = checkFileName(name); !good) {
            return std::unexpected(good.error());
        }
        const QString relative = directory + u'/' + QString::fromUtf8(name);
        const QFileInfo info(full(relative));
        if (!info.exists() && !info.isSymLink()) {
            return fail(Error::Code::NotFound, BundleText::tr("%1 does not exist.").arg(full(relative)),
                        BundleText::tr("Copy or unpack the bundle again, with all of its files."));
        }
        if (!info.isFile() || !isInside(relative)) {
            return fail(Error::Code::InvalidInput,
                        BundleText::tr("%1 is a link, or no regular file.").arg(full(relative)),
                        BundleText::tr("Put the file itself there."));
        }
        return full(relative);
    }

    /** Whether a guest named @p name may be added; a problem where not. */
    bool isNew(const QByteArray& name, const QString& file, int line)
    {
        if (m_names.contains(name)) {
            report(BundleText::tr("The guest \"%1\" is in the bundle twice.").arg(QString::fromUtf8(name)),
                   BundleText::tr("Give one of them, and its config, another name."), file, line);
            return false;
        }
        if (m_bundle.guests.size() >= MostGuests) {
            if (!std::exchange(m_isFull, true)) {
                report(BundleText::tr("The bundle has more than %1 guests; the others are not used.").arg(MostGuests),
                       BundleText::tr("Take it apart."), file, line);
            }
            return false;
        }
        m_names.insert(name);
        return true;
    }

    void readPackage(const QString& prefix, const QString& package)
    {
        m_bundle.packages.append(package);
        const QString manifest = prefix + "manifest"_L1;
        const auto text = isInside(manifest)
            ? readInputFile(full(manifest), MostText)
            : fail(Error::Code::InvalidInput, BundleText::tr("%1 is a link.").arg(full(manifest)),
                   BundleText::tr("Put the file itself there."));
        if (!text) {
            report(text.error(), manifest);
            return;
        }
        int number = 0;
        for (const QByteArray& line : text->split('\n')) {
            ++number;
            if (m_stop.stop_requested() || m_isFull) {
                return;
            }
            if (!line.trimmed().isEmpty()) {
                readLine(line, prefix, number);
            }
        }
    }

    void readLine(const QByteArray& line, const QString& prefix, int number)
    {
        const QString manifest = prefix + "manifest"_L1;
        const QByteArrayList fields = line.split(':');
        const bool isText = QString::fromUtf8(line).toUtf8() == line;
        if (!isText || fields.size() != 4 || fields.first().isEmpty()
            || !(fields.at(3).isEmpty() || fields.at(3) == "autostart")) {
            report(BundleText::tr("This line of the manifest is no guest."),
                   BundleText::tr(
                       "Write it as guest:rootfs_file:kernel_file: or guest:rootfs_file:kernel_file:autostart."),
                   manifest, number);
            return;
        }
        if (!isNew(fields.first(), manifest, number)) {
            return;
        }
        const QString images = prefix + "images"_L1;
        BundledGuest guest{.name = QString::fromUtf8(fields.first()), .autostart = !fields.at(3).isEmpty()};
        bool good = take(file(prefix + "configs"_L1, fields.first() + ".cfg"), guest.config, manifest, number);
        good = (fields.at(1).isEmpty() || take(file(images, fields.at(1)), guest.rootfs, manifest, number)) && good;
        good = (fields.at(2).isEmpty() || take(file(images, fields.at(2)), guest.kernel, manifest, number)) && good;
        if (!good) {
            return;
        }
        // What is wrong with the config is told where it is used.
        const auto text = readInputFile(guest.config, MostText);
        const auto config = text ? XlConfig::parse(*text) : std::unexpected(text.error());
        if (!config || readConfig(*config, images, guest, false)) {
            m_bundle.guests.append(guest);
        }
    }

    bool take(Result<QString> found, QString& into, const QString& where, int line = 0)
    {
        if (!found) {
            report(std::move(found.error()), where, line);
            return false;
        }
        into = *found;
        return true;
    }

    /** The configs of a tree; whether any of them is one of a guest. */
    bool readTree()
    {
        bool isAny = false;
        for (const QString& name : names(TargetConfigs, u"*.cfg"_s)) {
            if (m_stop.stop_requested() || m_isFull) {
                break;
            }
            isAny = readTreeConfig(name) || isAny;
        }
        return isAny;
    }

    bool readTreeConfig(const QString& name)
    {
        const QString relative = TargetConfigs + u'/' + name;
        const auto path = file(TargetConfigs, name.toUtf8());
        const auto text = path ? readInputFile(*path, MostText) : std::unexpected(path.error());
        if (!text) {
            report(text.error(), relative);
            return false;
        }
        if (classifyText(*text, true) != TextKind::XlConfig) {
            return false; // of something else
        }
        const auto config = XlConfig::parse(*text, *path);
        if (!config) {
            const Place place = config.error().place;
            report(config.error(), relative, place.line);
            return true;
        }
        BundledGuest guest{.name = name.chopped(4), .config = *path};
        const QFileInfo link(full(TargetConfigs + "/auto/"_L1 + name)); // which leads to the target's own config
        guest.autostart = link.exists() || link.isSymLink();
        if (isNew(guest.name.toUtf8(), relative, 0) && readConfig(*config, TargetImages, guest, true)) {
            m_bundle.guests.append(guest);
        }
        return true;
    }

    /**
     * Adds to @p guest what its config names of the directory @p images; with @p isAll the root disk and the kernel, too. False,
     * and a problem, where something is missing.
     */
    bool readConfig(const XlConfig& config, const QString& images, BundledGuest& guest, bool isAll)
    {
        const QString where = guest.config.sliced(m_top.size() + 1);
        const auto takeImage = [&](const QByteArray& target, QString& into) {
            const QByteArray name = imageName(target);
            return name.isEmpty() || take(file(images, name), into, where);
        };
        if (isAll && !takeImage(config.string("kernel").value_or(QByteArray()), guest.kernel)) {
            return false;
        }
        if (!takeImage(config.string("ramdisk").value_or(QByteArray()), guest.ramdisk)) {
            return false;
        }
        QList<DiskSpec> disks;
        for (const QByteArray& text : config.list("disk")) {
            auto disk = parseDiskSpec(text);
            if (!disk && isAll) {
                report(std::move(disk.error()), where);
            }
            if (!disk) {
                return !isAll; // else it is told where the config is used
            }
            disks.append(*std::move(disk));
        }
        // As where configs are rewritten: the root disk is the first that is no CD drive.
        const auto root = std::ranges::find(disks, false, &DiskSpec::cdrom);
        const auto rootIndex = root == disks.end() ? 0 : std::ranges::distance(disks.begin(), root);
        for (qsizetype i = 0; i < disks.size(); ++i) {
            const bool good = i == rootIndex ? !isAll || takeImage(disks.at(i).target, guest.rootfs)
                                             : takeDisk(disks.at(i), images, guest, where);
            if (!good) {
                return false;
            }
        }
        return true;
    }

    bool takeDisk(const DiskSpec& spec, const QString& images, BundledGuest& guest, const QString& where)
    {
        const QByteArray name = imageName(spec.target);
        if (name.isEmpty()) {
            return true; // an empty drive, or a device of the host
        }
        BundledDisk disk{.device = QString::fromUtf8(spec.vdev),
                         .readOnly = spec.cdrom || spec.access == "r" || spec.access == "ro",
                         .cdrom = spec.cdrom};
        if (!take(file(images, name), disk.file, where)) {
            return false;
        }
        if (name != guest.name.toUtf8() + '-' + spec.vdev + ".img") {
            report(BundleText::tr(
                       "The further disk %1 of the guest \"%2\" is not added: its config names it, and would not "
                       "find it under the name that it would get.")
                       .arg(disk.file, guest.name),
                   BundleText::tr("Name it %1 there and in the config, or copy it to the host.")
                       .arg(guest.name + u'-' + disk.device + ".img"_L1),
                   where);
            return true;
        }
        guest.disks.append(disk);
        return true;
    }

    QString m_top; ///< As it is shown.
    QString m_realTop;
    const std::stop_token& m_stop;
    GuestBundle m_bundle;
    QSet<QByteArray> m_names;
    bool m_isFull = false;
};

} // namespace

std::optional<GuestBundle> readGuestBundle(const QString& path, const std::stop_token& stop)
{
    return BundleReader(path, stop).read();
}

} // namespace Stowage
