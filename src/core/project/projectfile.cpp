// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "projectfile.h"

#include "core/support/stagedpath.h"
#include "inputfile.h"
#include "jsonfields.h"

#include <QDir>
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QSaveFile>

#include <cerrno>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

constexpr NumberRange MemoryRange{1, qint64{1} << 30};
constexpr NumberRange ImageSizeRange{1, qint64{1} << 30};
constexpr NumberRange VcpuRange{1, 4096};

const std::array typeNames{EnumName<GuestType>{GuestType::Automatic, u"automatic"_s},
                           EnumName<GuestType>{GuestType::Pv, u"pv"_s}, EnumName<GuestType>{GuestType::Pvh, u"pvh"_s},
                           EnumName<GuestType>{GuestType::Hvm, u"hvm"_s}};
const std::array ownerNames{EnumName<OwnerRule>{OwnerRule::Automatic, u"automatic"_s},
                            EnumName<OwnerRule>{OwnerRule::Keep, u"keep"_s},
                            EnumName<OwnerRule>{OwnerRule::Root, u"root"_s}};
const std::array namingNames{EnumName<NamingRule>{NamingRule::LinkTarget, u"target"_s},
                             EnumName<NamingRule>{NamingRule::LinkName, u"link"_s}};

using FirstBootMethod = FirstBoot::Method;
using FirstBootNetwork = FirstBoot::Network;
const std::array methodNames{EnumName<FirstBootMethod>{FirstBootMethod::Seed, u"seed"_s},
                             EnumName<FirstBootMethod>{FirstBootMethod::Files, u"files"_s}};
const std::array networkNames{EnumName<FirstBootNetwork>{FirstBootNetwork::Unchanged, u"unchanged"_s},
                              EnumName<FirstBootNetwork>{FirstBootNetwork::Dhcp, u"dhcp"_s},
                              EnumName<FirstBootNetwork>{FirstBootNetwork::Static, u"static"_s}};

const std::array tableNames{EnumName<DiskSettings::Table>{DiskSettings::Table::Gpt, u"gpt"_s},
                            EnumName<DiskSettings::Table>{DiskSettings::Table::Mbr, u"mbr"_s}};
const std::array loaderNames{EnumName<DiskSettings::Loader>{DiskSettings::Loader::Grub, u"grub"_s},
                             EnumName<DiskSettings::Loader>{DiskSettings::Loader::XenEfi, u"xen.efi"_s}};
const std::array bootNames{EnumName<DiskSettings::Boot>{DiskSettings::Boot::Automatic, u"auto"_s},
                           EnumName<DiskSettings::Boot>{DiskSettings::Boot::None, u"none"_s},
                           EnumName<DiskSettings::Boot>{DiskSettings::Boot::Bios, u"bios"_s},
                           EnumName<DiskSettings::Boot>{DiskSettings::Boot::Uefi, u"uefi"_s},
                           EnumName<DiskSettings::Boot>{DiskSettings::Boot::Both, u"both"_s}};

/** The architectures by the names of architectureName(). */
std::span<const EnumName<Architecture>> architectureNames()
{
    static const auto names = [] {
        std::array<EnumName<Architecture>, 5> all{};
        constexpr std::array values{Architecture::Unknown, Architecture::X86_32, Architecture::X86_64,
                                    Architecture::Arm32, Architecture::Arm64};
        std::ranges::transform(values, all.begin(), [](Architecture value) {
            return EnumName<Architecture>{value, architectureName(value)};
        });
        return all;
    }();
    return names;
}

// Each class's fields, once for reading and writing: Io is a JsonReader or a JsonWriter.

template<typename Io, typename Value>
void diskFields(Io& io, Value& disk)
{
    io.text("file"_L1, disk.file);
    io.text("type"_L1, disk.type);
    io.text("target"_L1, disk.target);
    io.text("device"_L1, disk.device);
    io.flag("readOnly"_L1, disk.readOnly);
    io.number("imageSize"_L1, disk.imageSizeMiB, ImageSizeRange);
    io.text("member"_L1, disk.member);
    io.flag("cdrom"_L1, disk.cdrom);
    io.rest(disk.unknown);
}

template<typename Io, typename Value>
void optionFields(Io& io, Value& option)
{
    io.text("key"_L1, option.key);
    io.text("value"_L1, option.value);
    io.rest(option.unknown);
}

template<typename Io, typename Value>
void firstBootFields(Io& io, Value& firstBoot)
{
    io.choice("method"_L1, firstBoot.method, std::span<const EnumName<FirstBootMethod>>(methodNames));
    io.text("hostname"_L1, firstBoot.hostname);
    io.text("user"_L1, firstBoot.user);
    io.texts("sshKeys"_L1, firstBoot.sshKeys);
    io.text("passwordHash"_L1, firstBoot.passwordHash);
    io.choice("network"_L1, firstBoot.network, std::span<const EnumName<FirstBootNetwork>>(networkNames));
    io.text("address"_L1, firstBoot.address);
    io.text("gateway"_L1, firstBoot.gateway);
    io.texts("dns"_L1, firstBoot.dns);
    io.flag("consoleLogin"_L1, firstBoot.consoleLogin);
    io.flag("fstab"_L1, firstBoot.fstab);
    io.rest(firstBoot.unknown);
}

template<typename Io, typename Value>
void guestFields(Io& io, Value& guest)
{
    io.text("entry"_L1, guest.entry);
    io.flag("autostart"_L1, guest.autostart);
    io.flag("external"_L1, guest.external);
    io.texts("tags"_L1, guest.otherTags);
    io.choice("naming"_L1, guest.naming, std::span<const EnumName<NamingRule>>(namingNames));
    io.text("name"_L1, guest.name);
    io.number("memory"_L1, guest.memoryMiB, MemoryRange);
    io.number("vcpus"_L1, guest.vcpus, VcpuRange);
    io.choice("type"_L1, guest.type, std::span<const EnumName<GuestType>>(typeNames));
    io.text("sourceType"_L1, guest.sourceType);
    io.text("sourceFile"_L1, guest.sourceFile);
    io.text("sourceMember"_L1, guest.sourceMember);
    io.number("imageSize"_L1, guest.imageSizeMiB, ImageSizeRange);
    io.choice("owners"_L1, guest.owners, std::span<const EnumName<OwnerRule>>(ownerNames));
    io.text("rootfs"_L1, guest.rootfs);
    io.text("diskDevice"_L1, guest.diskDevice);
    io.children("disks"_L1, guest.extraDisks, [](auto& inner, auto& disk) { diskFields(inner, disk); });
    io.text("vif"_L1, guest.vif);
    io.texts("extraVifs"_L1, guest.extraVifs);
    io.text("kernel"_L1, guest.kernel);
    io.text("ramdisk"_L1, guest.ramdisk);
    io.text("extra"_L1, guest.extra);
    io.text("configFile"_L1, guest.configFile);
    io.children("options"_L1, guest.options, [](auto& inner, auto& option) { optionFields(inner, option); });
    io.child("firstBoot"_L1, guest.firstBoot, [](auto& inner, auto& firstBoot) { firstBootFields(inner, firstBoot); });
    io.rest(guest.unknown);
}

template<typename Io, typename Value>
void bundleFields(Io& io, Value& bundle)
{
    io.text("name"_L1, bundle.name);
    io.text("version"_L1, bundle.version);
    io.text("description"_L1, bundle.description);
    io.text("licence"_L1, bundle.licence);
    io.rest(bundle.unknown);
}

template<typename Io, typename Value>
void machineFields(Io& io, Value& machine)
{
    constexpr NumberRange range{0, MemoryRange.greatest};
    io.text("name"_L1, machine.name);
    io.choice("architecture"_L1, machine.architecture, architectureNames());
    io.text("deployDirectory"_L1, machine.deployDirectory);
    io.text("unpackDirectory"_L1, machine.unpackDirectory);
    io.text("kernelImageType"_L1, machine.kernelImageType);
    io.number("memory"_L1, machine.memoryMiB, range, qint64{0});
    io.number("dom0Memory"_L1, machine.dom0MemoryMiB, range, qint64{0});
    io.rest(machine.unknown);
}

template<typename Io, typename Value>
void hostFields(Io& io, Value& host)
{
    io.text("path"_L1, host.path);
    io.texts("bridges"_L1, host.bridges);
    io.rest(host.unknown);
}

template<typename Io, typename Value>
void defaultsFields(Io& io, Value& defaults)
{
    const GuestDefaults preset;
    io.number("memory"_L1, defaults.memoryMiB, MemoryRange, preset.memoryMiB);
    io.number("vcpus"_L1, defaults.vcpus, VcpuRange, preset.vcpus);
    io.text("vif"_L1, defaults.vif, preset.vif);
    io.text("extra"_L1, defaults.extra, preset.extra);
    io.text("diskDevice"_L1, defaults.diskDevice, preset.diskDevice);
    io.number("imageSize"_L1, defaults.imageSizeMiB, ImageSizeRange, preset.imageSizeMiB);
    io.text("imageFsType"_L1, defaults.imageFsType, preset.imageFsType);
    io.rest(defaults.unknown);
}

template<typename Io, typename Value>
void outputFields(Io& io, Value& output)
{
    io.text("kind"_L1, output.kind);
    io.text("path"_L1, output.path);
    constexpr NumberRange sizes{0, 16 * 1024 * 1024 - 1};
    io.number("size"_L1, output.sizeMiB, sizes, qint64{0});
    io.flag("bmap"_L1, output.bmap);
    io.rest(output.unknown);
}

template<typename Io, typename Value>
void bootFileFields(Io& io, Value& file)
{
    io.text("source"_L1, file.source);
    io.text("target"_L1, file.target);
    io.rest(file.unknown);
}

template<typename Io, typename Value>
void diskSettingsFields(Io& io, Value& disk)
{
    io.choice("table"_L1, disk.table, std::span<const EnumName<DiskSettings::Table>>(tableNames));
    io.choice("boot"_L1, disk.boot, std::span<const EnumName<DiskSettings::Boot>>(bootNames));
    io.choice("loader"_L1, disk.loader, std::span<const EnumName<DiskSettings::Loader>>(loaderNames));
    io.text("xenOptions"_L1, disk.xenOptions);
    io.text("kernelOptions"_L1, disk.kernelOptions);
    io.children("files"_L1, disk.files, [](auto& inner, auto& file) { bootFileFields(inner, file); });
    io.rest(disk.unknown);
}

template<typename Io, typename Value>
void projectFields(Io& io, Value& project)
{
    io.child("bundle"_L1, project.bundle, [](auto& inner, auto& value) { bundleFields(inner, value); });
    io.child("machine"_L1, project.machine, [](auto& inner, auto& value) { machineFields(inner, value); });
    io.child("host"_L1, project.host, [](auto& inner, auto& value) { hostFields(inner, value); });
    io.child("defaults"_L1, project.defaults, [](auto& inner, auto& value) { defaultsFields(inner, value); });
    io.child("disk"_L1, project.disk, [](auto& inner, auto& value) { diskSettingsFields(inner, value); });
    io.children("guests"_L1, project.guests, [](auto& inner, auto& guest) { guestFields(inner, guest); });
    io.children("outputs"_L1, project.outputs, [](auto& inner, auto& output) { outputFields(inner, output); });
    io.rest(project.unknown);
}

template<typename Enum>
std::optional<Enum> valueOf(std::span<const EnumName<Enum>> names, const QString& name)
{
    const auto found = std::ranges::find(names, name, &EnumName<Enum>::second);
    return found == names.end() ? std::optional<Enum>() : found->first;
}

std::unexpected<Error> failAt(Error::Code code, QByteArrayView text, const QString& fileName, qsizetype offset,
                              const QString& what, const QString& remedy)
{
    const TextPosition position = TextCursor(text).position(offset);
    const Place place{.file = fileName, .line = position.line, .column = position.column, .field = {}};
    return fail(code, QStringLiteral("%1: %2").arg(place.toString(), what), remedy, place);
}

/** The field of a project's guest or another part that @p path leads to, as Place names it. */
void setField(Place& place, const JsonPath& path)
{
    if (path.size() >= 2 && path.first() == "guests"_L1) {
        place.guest = path.at(1).toInt();
        place.field = path.value(2);
    } else {
        place.field = path.join(u'.');
    }
}

/** Takes the version out of @p object. */
Result<void> checkVersion(QJsonObject& object, QByteArrayView text, const QString& fileName)
{
    const QJsonValue version = object.take("version"_L1);
    const qsizetype offset = locateJson(text, {u"version"_s});
    if (!version.isDouble() || version.toInteger() < 1
        || static_cast<double>(version.toInteger()) != version.toDouble()) {
        return failAt(Error::Code::InvalidInput, text, fileName, offset,
                      version.isUndefined() ? ProjectFile::tr("the project has no \"version\".")
                                            : ProjectFile::tr("\"version\" must be a whole number from 1."),
                      ProjectFile::tr("Check that this is a Stowage project."));
    }
    if (version.toInteger() > ProjectFileVersion) {
        return failAt(Error::Code::Unsupported, text, fileName, offset,
                      ProjectFile::tr("the project has the version %1; this Stowage knows versions up to %2.")
                          .arg(version.toInteger())
                          .arg(ProjectFileVersion),
                      ProjectFile::tr("Open it with a newer Stowage."));
    }
    return {};
}

} // namespace

Result<Project> projectFromJson(const QByteArray& text, const QString& fileName)
{
    QByteArrayView json(text);
    if (json.startsWith("\xEF\xBB\xBF")) {
        json = json.sliced(3);
    }
    QJsonParseError parseError{};
    const QJsonDocument document = QJsonDocument::fromJson(QByteArray::fromRawData(json.data(), json.size()),
                                                           &parseError);
    if (parseError.error != QJsonParseError::NoError) {
        // Qt's reader has taken the offending byte already, except behind the end of the document.
        const bool behind = parseError.error != QJsonParseError::GarbageAtEnd && parseError.offset > 0;
        return failAt(Error::Code::InvalidInput, json, fileName, parseError.offset - (behind ? 1 : 0),
                      ProjectFile::tr("this is not well-formed JSON: %1.").arg(parseError.errorString()),
                      ProjectFile::tr("Mend the file in a text editor."));
    }
    if (!document.isObject()) {
        return failAt(Error::Code::InvalidInput, json, fileName, locateJson(json, {}),
                      ProjectFile::tr("a project must be an object in braces."),
                      ProjectFile::tr("Check that this is a Stowage project."));
    }
    QJsonObject object = document.object();
    if (auto checked = checkVersion(object, json, fileName); !checked) {
        return std::unexpected(checked.error());
    }
    Project project;
    project.directory = QFileInfo(QDir::cleanPath(QDir::current().absoluteFilePath(fileName))).path();
    JsonReader reader(object);
    projectFields(reader, project);
    if (const auto& fault = reader.fault()) {
        auto error = failAt(Error::Code::InvalidInput, json, fileName, locateJson(json, fault->path), fault->message,
                            ProjectFile::tr("Mend the value in a text editor."));
        setField(error.error().place, fault->path);
        return error;
    }
    return project;
}

QByteArray projectToJson(const Project& project)
{
    JsonWriter writer;
    projectFields(writer, project);
    QJsonObject object = writer.object();
    object.insert("version"_L1, ProjectFileVersion);
    if (!object.contains("guests"_L1)) {
        object.insert("guests"_L1, QJsonArray()); // By which the file is known for a project.
    }
    return QJsonDocument(object).toJson(QJsonDocument::Indented);
}

Result<Project> loadProject(const QString& path)
{
    const Result<QByteArray> text = readInputFile(path);
    if (!text) {
        return std::unexpected(text.error());
    }
    return projectFromJson(*text, path);
}

Result<void> saveProject(const Project& project, const QString& path)
{
    const QString directory = QFileInfo(QDir::cleanPath(QDir::current().absoluteFilePath(path))).path();
    if (const auto writable = StagedPath::check(path, StagedPath::Kind::File); !writable) {
        return std::unexpected(writable.error());
    }
    const QByteArray text = projectToJson(relocated(project, directory));
    QSaveFile file(path);
    errno = 0;
    if (file.open(QIODevice::WriteOnly) && file.write(text) == text.size() && file.commit()) {
        return {};
    }
    if (errno != 0) {
        return systemError(errno, ProjectFile::tr("write"), path);
    }
    return fail(Error::Code::Io, ProjectFile::tr("Cannot write %1: %2.").arg(path, file.errorString()),
                ProjectFile::tr("Choose another place."), {.file = path, .field = {}});
}

std::optional<DiskSettings::Table> tableFromName(const QString& name)
{
    return valueOf<DiskSettings::Table>(tableNames, name);
}

std::optional<DiskSettings::Boot> bootFromName(const QString& name)
{
    return valueOf<DiskSettings::Boot>(bootNames, name);
}

QJsonObject guestToJson(const Guest& guest)
{
    JsonWriter writer;
    guestFields(writer, guest);
    return writer.object();
}

Result<Guest> guestFromJson(const QJsonObject& object)
{
    Guest guest;
    JsonReader reader(object);
    guestFields(reader, guest);
    if (const auto& fault = reader.fault()) {
        return fail(Error::Code::InvalidInput, fault->message, ProjectFile::tr("Correct the value."),
                    {.file = {}, .field = fault->path.value(0)});
    }
    return guest;
}

} // namespace Stowage
