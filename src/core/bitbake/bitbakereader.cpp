// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "bitbakereader.h"

#include "bitbaketexts.h"
#include "core/project/inputfile.h"

#include <QDir>
#include <QFileInfo>

#include <array>
#include <utility>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

using Severity = Problem::Severity;
using Kind = BitBakeStatement::Kind;

/** The override that BitBake has for an architecture (TRANSLATED_TARGET_ARCH). */
QString targetArch(Architecture architecture)
{
    switch (architecture) {
    case Architecture::X86_32:
        return u"i686"_s;
    case Architecture::X86_64:
        return u"x86-64"_s;
    case Architecture::Arm32:
        return u"arm"_s;
    case Architecture::Arm64:
        return u"aarch64"_s;
    case Architecture::Unknown:
        break;
    }
    return {};
}

/** The build directory that a configuration in its `conf` directory belongs to. */
QString buildDirectory(const QString& file)
{
    const QFileInfo info(file);
    return info.dir().dirName() == "conf"_L1 ? QFileInfo(info.path()).path() : QString();
}

bool isRecipe(const QString& file)
{
    return file.endsWith(".bb"_L1) || file.endsWith(".bbappend"_L1);
}

} // namespace

BitBakeReader::BitBakeReader(const BuildSettings& settings, std::stop_token stop)
    : m_stop(std::move(stop)),
      m_directory(settings.directory.isEmpty() ? QDir::currentPath() : settings.directory)
{
    presetConfiguration(settings);
}

/** What bitbake.conf of OpenEmbedded-Core says, as far as guests may depend on it. */
void BitBakeReader::presetConfiguration(const BuildSettings& settings)
{
    m_data.preset(u"OVERRIDES"_s,
                  u"${TARGET_OS}:${TRANSLATED_TARGET_ARCH}:pn-${PN}:${MACHINEOVERRIDES}:${DISTROOVERRIDES}:"
                  "${CLASSOVERRIDE}${LIBCOVERRIDE}:forcevariable"_s,
                  false);
    m_data.preset(u"MACHINEOVERRIDES"_s, u"${MACHINE}"_s, false);
    m_data.preset(u"DISTROOVERRIDES"_s, u"${DISTRO}"_s, false);
    m_data.preset(u"CLASSOVERRIDE"_s, u"class-target"_s, false);
    m_data.preset(u"LIBCOVERRIDE"_s, u":libc-glibc"_s, true);
    m_data.preset(u"TARGET_OS"_s, u"linux"_s, true);
    m_data.preset(u"PN"_s, u"xen-image-minimal"_s, true); // what configurations mean by the host image
    m_data.preset(u"PR"_s, u"r0"_s, false);
    m_data.preset(u"BPN"_s, u"${PN}"_s, false);
    m_data.preset(u"P"_s, u"${PN}-${PV}"_s, false);
    m_data.preset(u"BP"_s, u"${BPN}-${PV}"_s, false);
    m_data.preset(u"PF"_s, u"${PN}-${PV}-${PR}"_s, false);
    m_data.preset(u"S"_s, u"${WORKDIR}/${BP}"_s, true);
    m_data.preset(u"TMPDIR"_s, u"${TOPDIR}/tmp"_s, true);
    m_data.preset(u"DEPLOY_DIR"_s, u"${TMPDIR}/deploy"_s, true);
    m_data.preset(u"DEPLOY_DIR_IMAGE"_s, u"${DEPLOY_DIR}/images/${MACHINE}"_s, true);
    const auto forced = [this](const QString& name, const QString& value, bool path) {
        if (!value.isEmpty()) {
            m_data.force(name, path ? absolute(value) : value);
        }
    };
    forced(u"MACHINE"_s, settings.machine, false);
    forced(u"KERNEL_IMAGETYPE"_s, settings.kernelImageType, false);
    forced(u"DEPLOY_DIR_IMAGE"_s, settings.deployDirectory, true);
    forced(u"UNPACKDIR"_s, settings.unpackDirectory, true);
    // Before there was an UNPACKDIR, sources were unpacked in the work directory.
    forced(u"WORKDIR"_s, settings.unpackDirectory, true);
}

QString BitBakeReader::absolute(const QString& file) const
{
    return QDir::cleanPath(QDir(m_directory).absoluteFilePath(file));
}

void BitBakeReader::report(Severity severity, QLatin1StringView code, const Place& where, const QString& text,
                           const QString& remedy)
{
    m_problems.append({severity, code, where, text, remedy, {}});
}

void BitBakeReader::read(const QString& file)
{
    if (m_stop.stop_requested()) {
        return;
    }
    const Result<QByteArray> content = readInputFile(absolute(file));
    if (!content) {
        report(Severity::Error, ProblemCode::InputUnreadable, Place::inFile(file), content.error().message,
               content.error().remedy);
        return;
    }
    if (m_mainFile.isEmpty() || (isRecipe(file) && !m_hasRecipe)) {
        m_mainFile = file;
    }
    m_hasRecipe = m_hasRecipe || isRecipe(file);
    if (const QString directory = buildDirectory(absolute(file)); !directory.isEmpty()) {
        m_data.preset(u"TOPDIR"_s, directory, false);
    }
    if (isRecipe(file)) {
        setRecipe(file);
    }
    readContent(*content, file);
}

void BitBakeReader::finish()
{
    if (m_mainFile.isEmpty()) {
        return;
    }
    setCurrentFile(m_mainFile);
    const QString machine = m_data.value(u"MACHINE"_s).text.value_or(QString());
    const Architecture architecture = architectureOfMachine(machine);
    const auto presetMissing = [this](const QString& name, const QString& value) {
        if (!value.isEmpty() && !m_data.value(name).text) {
            m_data.preset(name, value, true);
        }
    };
    presetMissing(u"KERNEL_IMAGETYPE"_s, defaultKernelImageType(architecture));
    presetMissing(u"TRANSLATED_TARGET_ARCH"_s, targetArch(architecture));
    m_data.expandNames();
    presetGuestDefaults(); // an image inherits the class after the configurations
}

bool BitBakeReader::isBundle()
{
    const QString guests = m_data.value(u"XEN_GUEST_BUNDLES"_s).text.value_or(QString());
    return m_hasRecipe && (m_classes.contains(u"xen-guest-bundle"_s) || !guests.trimmed().isEmpty());
}

void BitBakeReader::presetGuestDefaults()
{
    const GuestDefaults defaults;
    m_data.presetUnset(u"XEN_GUEST_MEMORY_DEFAULT"_s, QString::number(defaults.memoryMiB));
    m_data.presetUnset(u"XEN_GUEST_VCPUS_DEFAULT"_s, QString::number(defaults.vcpus));
    m_data.presetUnset(u"XEN_GUEST_VIF_DEFAULT"_s, defaults.vif);
    m_data.presetUnset(u"XEN_GUEST_EXTRA_DEFAULT"_s, defaults.extra);
    m_data.presetUnset(u"XEN_GUEST_DISK_DEVICE_DEFAULT"_s, defaults.diskDevice);
    m_data.presetUnset(u"XEN_GUEST_IMAGE_SIZE_DEFAULT"_s, QString::number(defaults.imageSizeMiB));
    m_data.presetUnset(u"XEN_GUEST_IMAGE_FSTYPE"_s, defaults.imageFsType);
}

void BitBakeReader::setCurrentFile(const QString& file)
{
    const QString path = absolute(file);
    m_data.preset(u"FILE"_s, path, false);
    m_data.preset(u"THISDIR"_s, QFileInfo(path).path(), false);
    m_data.preset(u"FILE_DIRNAME"_s, QFileInfo(path).path(), false);
}

/** PN, PV and PR from a recipe's file name, `NAME_VERSION_REVISION.bb`. */
void BitBakeReader::setRecipe(const QString& file)
{
    const QStringList parts = QFileInfo(file).completeBaseName().split(u'_');
    m_data.preset(u"PN"_s, parts.at(0), false);
    const bool anyVersion = parts.value(1).contains(u'%');
    m_data.preset(u"PV"_s, parts.size() > 1 && !anyVersion ? parts.at(1) : u"1.0"_s, false);
    if (parts.size() > 2) {
        m_data.preset(u"PR"_s, parts.at(2), false);
    }
}

void BitBakeReader::readContent(const QByteArray& content, const QString& file)
{
    ++m_filesRead;
    m_open.append(QFileInfo(absolute(file)).canonicalFilePath());
    setCurrentFile(file);
    const BitBakeText text = parseBitBake(content, file, m_stop);
    m_problems += text.problems;
    for (const BitBakeOrigin& statement : text.statements) {
        if (m_stop.stop_requested()) {
            break;
        }
        evaluate(statement);
    }
    m_open.removeLast();
}

void BitBakeReader::evaluate(const BitBakeOrigin& statement)
{
    switch (statement->kind) {
    case Kind::Assignment:
        checkAssignment(*statement);
        if (statement->value.contains("${@"_L1)) {
            m_computed.append(statement);
        }
        m_data.assign(statement);
        break;
    case Kind::Unset:
        m_data.unset(*statement);
        break;
    case Kind::Inherit:
        inherit(*statement);
        break;
    case Kind::Include:
    case Kind::Require:
        include(*statement);
        break;
    case Kind::Function:
        checkFunction(*statement);
        break;
    case Kind::Other:
        break;
    }
}

void BitBakeReader::checkAssignment(const BitBakeStatement& statement)
{
    static constexpr std::array old{"_append"_L1, "_prepend"_L1, "_remove"_L1};
    for (const QLatin1StringView keyword : old) {
        const qsizetype at = statement.name.indexOf(keyword);
        const QString rest = at < 0 ? QString() : statement.name.sliced(at + keyword.size());
        if (at > 0 && (rest.isEmpty() || rest.startsWith(u'_') || rest.startsWith(u':'))) {
            report(Severity::Warning, ProblemCode::BitBakeSyntax, statement.place(),
                   BitBake::tr("\"%1\" is the old way to write \"%2\" and changes nothing any more.")
                       .arg(statement.name,
                            statement.name.first(at) + u':'
                                + QString(statement.name.sliced(at + 1)).replace(u'_', u':')),
                   BitBake::tr("Write a colon in place of the underscore."));
        }
    }
    const bool override = statement.name.contains(u':');
    if (override && !statement.flag.isEmpty()) {
        report(Severity::Warning, ProblemCode::BitBakeUnevaluated, statement.place(),
               BitBake::tr("BitBake has no overrides for flags: \"%1[%2]\" has no effect.")
                   .arg(statement.name, statement.flag),
               BitBake::tr("Set the flag of \"%1\" itself.").arg(statement.name.section(u':', 0, 0)));
    }
    static constexpr std::array changes{":append"_L1, ":prepend"_L1, ":remove"_L1};
    for (const QLatin1StringView keyword : changes) {
        const bool weak = statement.assignment == BitBakeStatement::Operator::WeakDefault;
        if (weak && (statement.name.endsWith(keyword) || statement.name.contains(keyword + u':'))) {
            report(Severity::Warning, ProblemCode::BitBakeUnevaluated, statement.place(),
                   BitBake::tr("\"%1 ?\?=\" has no effect.").arg(statement.name),
                   BitBake::tr("Use \"%1 =\".").arg(statement.name));
        }
    }
}

void BitBakeReader::checkFunction(const BitBakeStatement& statement)
{
    if (statement.python && statement.name == "__anonymous"_L1) {
        report(Severity::Warning, ProblemCode::BitBakeUnevaluated, statement.place(),
               BitBake::tr("This anonymous python function is not run; what it would set is not known."),
               BitBake::tr("Check that no guest depends on it, or set the variables by assignments."));
    }
}

} // namespace Stowage
