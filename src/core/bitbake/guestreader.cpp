// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "guestreader.h"

#include "bitbaketexts.h"

#include <QDir>
#include <QFileInfo>

#include <algorithm>
#include <array>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

using Severity = Problem::Severity;

constexpr qint64 MaximumMiB = qint64{1} << 30;
constexpr qint64 MaximumVcpus = 4096;

/** The variables whose flags describe guests. */
constexpr std::array guestVariables{"XEN_GUEST_MEMORY"_L1,      "XEN_GUEST_VCPUS"_L1,       "XEN_GUEST_VIF"_L1,
                                    "XEN_GUEST_EXTRA"_L1,       "XEN_GUEST_DISK_DEVICE"_L1, "XEN_GUEST_NAME"_L1,
                                    "XEN_GUEST_CONFIG_FILE"_L1, "XEN_GUEST_ROOTFS"_L1,      "XEN_GUEST_KERNEL"_L1,
                                    "XEN_GUEST_SOURCE_TYPE"_L1, "XEN_GUEST_SOURCE_FILE"_L1, "XEN_GUEST_IMAGE_SIZE"_L1};

/** What the user can do about a variable that is not known. */
QString remedyFor(const BitBakeRemainder& rest)
{
    if (rest.kind == BitBakeRemainder::Kind::Python) {
        return BitBake::tr("Write the value without python.");
    }
    if (rest.kind == BitBakeRemainder::Kind::Loop) {
        return BitBake::tr("Break the loop, for example by := in place of =.");
    }
    const QString name = rest.text.sliced(2).chopped(1);
    if (name == "UNPACKDIR"_L1 || name == "WORKDIR"_L1) {
        return BitBake::tr("Name the directory with the unpacked sources (--unpack-dir).");
    }
    if (name == "DEPLOY_DIR_IMAGE"_L1 || name == "TOPDIR"_L1) {
        return BitBake::tr("Name the directory with the finished images (--deploy-dir).");
    }
    return name == "MACHINE"_L1
        ? BitBake::tr("Name the machine (--machine).")
        : BitBake::tr("Set \"%1\", or give the file that sets it as a further input.").arg(name);
}

/** @p text without the words that hold a `${...}`: they name no guest, and have a problem of their own. */
QString withoutUnexpanded(QString text)
{
    for (qsizetype at = text.indexOf("${"_L1); at >= 0; at = text.indexOf("${"_L1)) {
        qsizetype begin = at;
        while (begin > 0 && !text.at(begin - 1).isSpace()) {
            --begin;
        }
        qsizetype end = at;
        for (int depth = 0; end < text.size() && (depth > 0 || !text.at(end).isSpace()); ++end) {
            depth += text.at(end) == u'{' ? 1 : 0;
            depth -= text.at(end) == u'}' && depth > 0 ? 1 : 0;
        }
        text.remove(begin, end - begin);
    }
    return text;
}

} // namespace

GuestReader::GuestReader(BitBakeReader& reader, const BuildSettings& settings, Guests guests)
    : m_reader(reader),
      m_data(reader.data()),
      m_settings(settings),
      m_guests(guests)
{
    m_input.project.directory = settings.directory.isEmpty() ? QDir::currentPath() : settings.directory;
    m_input.problems = reader.problems();
}

ProjectInput GuestReader::take()
{
    readMachine();
    readBundle();
    readDefaults();
    if (m_guests != Guests::OfHost) {
        readGuests(u"XEN_GUEST_BUNDLES"_s, NamingRule::LinkName);
    }
    if (takesHostGuests(u"BUNDLED_XEN_GUESTS"_s)) {
        readGuests(u"BUNDLED_XEN_GUESTS"_s, NamingRule::LinkTarget);
    }
    if (takesHostGuests(u"XEN_BUNDLED_GUESTS"_s)) {
        readOldGuests();
    }
    reportForeignFlags();
    reportComputed();
    return std::move(m_input);
}

bool GuestReader::takesHostGuests(const QString& variable)
{
    const QList<BitBakeOrigin> origins = m_data.value(variable).origins;
    switch (m_guests) {
    case Guests::OfBundle:
        return std::ranges::any_of(origins,
                                   [](const BitBakeOrigin& origin) { return !origin->file.endsWith(".conf"_L1); });
    case Guests::OfHost:
        return !origins.isEmpty();
    case Guests::All:
        break;
    }
    return true;
}

void GuestReader::report(Severity severity, QLatin1StringView code, const Place& where, const QString& text,
                         const QString& remedy)
{
    m_input.problems.append({severity, code, where, text, remedy, {}});
}

void GuestReader::setPlace(int guest, QLatin1StringView field, Place place)
{
    if (place.file.isEmpty()) {
        return;
    }
    place.guest = guest;
    place.field = field;
    m_input.places.insert(placeKey(guest, QString(field)), place);
}

bool GuestReader::checkExpanded(const BitBakeValue& value, const QString& name, const Place& place, Severity severity)
{
    const BitBakeRemainder rest = m_data.remainder(value.text.value_or(QString()));
    if (rest.kind == BitBakeRemainder::Kind::None) {
        return true;
    }
    QString text;
    switch (rest.kind) {
    case BitBakeRemainder::Kind::Python:
        m_reported += value.origins;
        text = BitBake::tr("\"%1\" needs python, which is not run: %2").arg(name, rest.text);
        break;
    case BitBakeRemainder::Kind::Loop:
        text = BitBake::tr("\"%1\" cannot be expanded, as %2 leads back to itself or grows beyond all bounds.")
                   .arg(name, rest.text);
        break;
    default:
        text = BitBake::tr("\"%1\" refers to %2, which is not set.").arg(name, rest.text);
        break;
    }
    report(severity, ProblemCode::BitBakeUnevaluated, place, text, remedyFor(rest));
    return false;
}

std::optional<qint64> GuestReader::number(const QString& text, const QString& name, const Place& place, qint64 greatest)
{
    const QString digits = text.trimmed();
    const bool hexadecimal = digits.startsWith("0x"_L1, Qt::CaseInsensitive);
    bool good = false;
    const qint64 value = digits.toLongLong(&good, hexadecimal ? 16 : 10);
    if (good && value >= 1 && value <= greatest) {
        // xl reads a number of a config in octal then (xlu_cfg_get_long() of libxlutil: strtoul(3), base 0); Stowage writes what was meant.
        if (digits.startsWith(u'0') && !hexadecimal) {
            report(Severity::Warning, ProblemCode::ValueInvalid, place,
                   BitBake::tr(
                       "\"%1\" is taken as %2, but xl takes a number that begins with 0, as \"%3\", for an octal one.")
                       .arg(name)
                       .arg(value)
                       .arg(digits),
                   BitBake::tr("Remove the 0 at the beginning."));
        }
        return value;
    }
    report(Severity::Error, ProblemCode::ValueInvalid, place,
           BitBake::tr("\"%1\" must be a whole number from 1 to %2, not \"%3\".").arg(name).arg(greatest).arg(text),
           BitBake::tr("Correct the number."));
    return std::nullopt;
}

bool GuestReader::readVariable(const QString& variable, QLatin1StringView field, Severity severity, const Setter& set)
{
    const BitBakeValue value = m_data.value(variable);
    if (!value.text || value.origins.isEmpty()) {
        return false;
    }
    Place place = value.place();
    setPlace(-1, field, place);
    place.field = field;
    checkExpanded(value, variable, place, severity);
    set(*value.text);
    return true;
}

void GuestReader::readMachine()
{
    Machine& machine = m_input.project.machine;
    const auto take = [this](const QString& variable, QLatin1StringView field, const QString& setting,
                             QString& target) {
        target = setting;
        if (setting.isEmpty()) {
            readVariable(variable, field, Severity::Error, [&](const QString& text) { target = text; });
        }
    };
    take(u"MACHINE"_s, "machine.name"_L1, m_settings.machine, machine.name);
    take(u"KERNEL_IMAGETYPE"_s, "machine.kernelImageType"_L1, m_settings.kernelImageType, machine.kernelImageType);
    take(u"DEPLOY_DIR_IMAGE"_s, "machine.deployDirectory"_L1, m_settings.deployDirectory, machine.deployDirectory);
    take(u"UNPACKDIR"_s, "machine.unpackDirectory"_L1, m_settings.unpackDirectory, machine.unpackDirectory);
    if (machine.deployDirectory.isEmpty()) { // where BitBake would put it, if it did
        const QString usual = m_data.value(u"DEPLOY_DIR_IMAGE"_s).text.value_or(QString());
        machine.deployDirectory = QFileInfo(usual).isDir() ? usual : QString();
    }
}

void GuestReader::readBundle()
{
    if (!m_reader.hasRecipe()) {
        return;
    }
    Bundle& bundle = m_input.project.bundle;
    bundle.name = m_data.value(u"PN"_s).text.value_or(QString());
    bundle.version = m_data.value(u"PV"_s).text.value_or(QString());
    const auto take = [this](const QString& variable, QLatin1StringView field, QString& target) {
        return readVariable(variable, field, Severity::Warning, [&](const QString& text) { target = text; });
    };
    if (!take(u"SUMMARY"_s, "bundle.description"_L1, bundle.description)) {
        take(u"DESCRIPTION"_s, "bundle.description"_L1, bundle.description);
    }
    if (take(u"LICENSE"_s, "bundle.licence"_L1, bundle.licence)) {
        bundle.licence = bundle.licence.replace(u'&', " AND "_L1).replace(u'|', " OR "_L1).simplified();
    }
}

void GuestReader::readDefaults()
{
    GuestDefaults& defaults = m_input.project.defaults;
    const auto remember = [this](const QString& variable, const QString& field, const Setter& set) {
        const QString key = "defaults."_L1 + field;
        if (readVariable(variable, QLatin1StringView(key.toLatin1()), Severity::Error, set)) {
            m_defaultPlaces.insert(field, m_input.places.value(placeKey(-1, key)));
        }
    };
    const auto numeric = [&](const QString& variable, const QString& field, qint64 greatest, auto& target) {
        remember(variable, field, [&](const QString& text) {
            const Place place = m_input.places.value(placeKey(-1, "defaults."_L1 + field));
            target = static_cast<std::remove_reference_t<decltype(target)>>(
                number(text, variable, place, greatest).value_or(target));
        });
    };
    const auto textual = [&](const QString& variable, const QString& field, QString& target) {
        remember(variable, field, [&](const QString& text) { target = text; });
    };
    numeric(u"XEN_GUEST_MEMORY_DEFAULT"_s, u"memory"_s, MaximumMiB, defaults.memoryMiB);
    numeric(u"XEN_GUEST_VCPUS_DEFAULT"_s, u"vcpus"_s, MaximumVcpus, defaults.vcpus);
    numeric(u"XEN_GUEST_IMAGE_SIZE_DEFAULT"_s, u"imageSize"_s, MaximumMiB, defaults.imageSizeMiB);
    textual(u"XEN_GUEST_VIF_DEFAULT"_s, u"vif"_s, defaults.vif);
    textual(u"XEN_GUEST_EXTRA_DEFAULT"_s, u"extra"_s, defaults.extra);
    textual(u"XEN_GUEST_DISK_DEVICE_DEFAULT"_s, u"diskDevice"_s, defaults.diskDevice);
    textual(u"XEN_GUEST_IMAGE_FSTYPE"_s, u"imageFsType"_s, defaults.imageFsType);
}

QList<Place> GuestReader::wordPlaces(const BitBakeValue& value, const QStringList& words)
{
    QHash<QString, QList<Place>> found;
    for (const BitBakeOrigin& origin : value.origins) {
        const QString& text = origin->value;
        QStringList names;
        QList<qsizetype> offsets;
        qsizetype begin = 0;
        for (qsizetype i = 0; i <= text.size(); ++i) {
            if (i < text.size() && !text.at(i).isSpace()) {
                continue;
            }
            if (i > begin) {
                names.append(text.sliced(begin, i - begin));
                offsets.append(begin);
            }
            begin = i + 1;
        }
        const QList<Place> places = origin->valuePlaces(offsets);
        for (qsizetype i = 0; i < places.size(); ++i) {
            found[names.at(i)].append(places.at(i));
        }
    }
    QList<Place> places;
    for (const QString& word : words) { // one that came out of a reference stands where the whole value does
        QList<Place>& candidates = found[word];
        places.append(candidates.isEmpty() ? value.place() : candidates.takeFirst());
    }
    return places;
}

void GuestReader::readGuests(const QString& variable, NamingRule naming)
{
    const BitBakeValue value = m_data.value(variable);
    if (!value.text) {
        return;
    }
    m_newForms = true;
    checkExpanded(value, variable, value.place(), Severity::Error);
    const QStringList entries = withoutUnexpanded(*value.text).simplified().split(u' ', Qt::SkipEmptyParts);
    const QList<Place> places = wordPlaces(value, entries);
    for (qsizetype i = 0; i < entries.size() && !m_reader.stop().stop_requested(); ++i) {
        readGuest(entries.at(i), naming, places.at(i));
    }
}

void GuestReader::readFlag(QLatin1StringView variable, QLatin1StringView field, const Setter& set)
{
    const QString& entry = m_input.project.guests.at(m_guest).entry;
    const BitBakeValue value = m_data.flag(variable, entry);
    const QString text = value.text.value_or(QString());
    if (text.isEmpty()) { // which counts as not set
        setPlace(m_guest, field, m_defaultPlaces.value(field));
        return;
    }
    setPlace(m_guest, field, value.place());
    const Place place = m_input.places.value(placeKey(m_guest, QString(field)));
    checkExpanded(value, u"%1[%2]"_s.arg(variable, entry), place, Severity::Error);
    set(text);
}

void GuestReader::readGuest(const QString& entry, NamingRule naming, const Place& place)
{
    const QStringList parts = entry.split(u':');
    Guest& guest = m_input.project.guests.emplaceBack();
    m_guest = static_cast<int>(m_input.project.guests.size()) - 1;
    guest.entry = parts.first();
    guest.naming = naming;
    for (const QString& tag : parts.sliced(1)) {
        if (tag == "autostart"_L1) {
            guest.autostart = true;
        } else if (tag == "external"_L1) {
            guest.external = true;
        } else if (!tag.isEmpty()) {
            guest.otherTags.append(tag);
        }
    }
    for (const QLatin1StringView field : {""_L1, "entry"_L1, "autostart"_L1, "external"_L1, "tags"_L1}) {
        setPlace(m_guest, field, place);
    }
    const auto textual = [this](QLatin1StringView variable, QLatin1StringView field, auto& target) {
        readFlag(variable, field, [&](const QString& text) { target = text; });
    };
    const auto numeric = [this](QLatin1StringView variable, QLatin1StringView field, qint64 greatest, auto& target) {
        readFlag(variable, field, [&](const QString& text) {
            const QString name = u"%1[%2]"_s.arg(variable, m_input.project.guests.at(m_guest).entry);
            if (const auto value = number(text, name, m_input.places.value(placeKey(m_guest, QString(field))),
                                          greatest)) {
                target = static_cast<typename std::remove_reference_t<decltype(target)>::value_type>(*value);
            }
        });
    };
    textual("XEN_GUEST_NAME"_L1, "name"_L1, guest.name);
    numeric("XEN_GUEST_MEMORY"_L1, "memory"_L1, MaximumMiB, guest.memoryMiB);
    numeric("XEN_GUEST_VCPUS"_L1, "vcpus"_L1, MaximumVcpus, guest.vcpus);
    textual("XEN_GUEST_VIF"_L1, "vif"_L1, guest.vif);
    textual("XEN_GUEST_EXTRA"_L1, "extra"_L1, guest.extra);
    textual("XEN_GUEST_DISK_DEVICE"_L1, "diskDevice"_L1, guest.diskDevice);
    textual("XEN_GUEST_CONFIG_FILE"_L1, "configFile"_L1, guest.configFile);
    textual("XEN_GUEST_ROOTFS"_L1, "rootfs"_L1, guest.rootfs);
    textual("XEN_GUEST_KERNEL"_L1, "kernel"_L1, guest.kernel);
    textual("XEN_GUEST_SOURCE_TYPE"_L1, "sourceType"_L1, guest.sourceType);
    textual("XEN_GUEST_SOURCE_FILE"_L1, "sourceFile"_L1, guest.sourceFile);
    numeric("XEN_GUEST_IMAGE_SIZE"_L1, "imageSize"_L1, MaximumMiB, guest.imageSizeMiB);
}

/** Flags for guests that are in no list are most often a mistake in writing. */
void GuestReader::reportForeignFlags()
{
    QSet<QString> known{u"doc"_s, u"vardeps"_s, u"vardepsexclude"_s, u"vardepvalue"_s, u"export"_s, u"type"_s};
    for (const Guest& guest : std::as_const(m_input.project.guests)) {
        known.insert(guest.entry);
    }
    for (const QLatin1StringView variable : guestVariables) {
        for (const QString& flag : m_data.flagNames(variable)) {
            if (m_reader.stop().stop_requested()) {
                return;
            }
            if (!known.contains(flag)) {
                report(Severity::Note, ProblemCode::ValueInvalid, m_data.flag(variable, flag).place(),
                       BitBake::tr("\"%1[%2]\" is set, but no guest is called \"%2\".").arg(variable, flag),
                       BitBake::tr("Correct the name, or add the guest to the list."));
            }
        }
    }
}

void GuestReader::reportComputed()
{
    for (const BitBakeOrigin& statement : m_reader.computed()) {
        if (!m_reported.contains(statement)) {
            report(Severity::Warning, ProblemCode::BitBakeUnevaluated, statement->valuePlace(),
                   BitBake::tr("\"%1\" needs python, which is not run.").arg(statement->name),
                   BitBake::tr("No guest depends on it; check that this is right."));
        }
    }
}

} // namespace Stowage
