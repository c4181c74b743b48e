// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "bitbakereader.h"
#include "bitbaketexts.h"
#include "core/project/inputfile.h"

#include <QDir>
#include <QFileInfo>

#include <array>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

using Severity = Problem::Severity;

constexpr qsizetype MaximumIncludeDepth = 50;
constexpr int MaximumFiles = 2000;

/** Classes whose meaning is built in: they are not read even where they can be found. */
constexpr std::array builtInClasses{"xen-guest-bundle"_L1, "xen-guest-cross-install"_L1};

} // namespace

/** Looks beside the file that names it, in the layer or build directory around that, and in BBPATH. */
QString BitBakeReader::findFile(const QString& name, const QString& from)
{
    if (name.isEmpty() || name.contains(QChar::Null)) {
        return {};
    }
    if (QDir::isAbsolutePath(name)) {
        return QFileInfo(name).isFile() ? name : QString();
    }
    const QString here = QFileInfo(from).path();
    if (QFileInfo(absolute(QDir(here).filePath(name))).isFile()) {
        return here == "."_L1 ? name : QDir::cleanPath(here + u'/' + name);
    }
    QStringList directories;
    for (QDir directory(QFileInfo(absolute(from)).path()); !directory.isRoot();
         directory = QFileInfo(directory.path()).dir()) {
        if (directory.exists(u"conf/layer.conf"_s) || directory.exists(u"conf/local.conf"_s)) {
            directories.append(directory.path());
        }
    }
    directories += m_data.value(u"BBPATH"_s).text.value_or(QString()).split(u':', Qt::SkipEmptyParts);
    for (const QString& directory : std::as_const(directories)) {
        const QString path = QDir::cleanPath(absolute(directory) + u'/' + name);
        if (QFileInfo(path).isFile()) {
            return path;
        }
    }
    return {};
}

void BitBakeReader::include(const BitBakeStatement& statement)
{
    const bool required = statement.kind == BitBakeStatement::Kind::Require;
    const QString name = m_data.expand(statement.value.trimmed());
    if (const BitBakeRemainder rest = m_data.remainder(name); rest.kind != BitBakeRemainder::Kind::None) {
        report(required ? Severity::Error : Severity::Warning, ProblemCode::BitBakeUnevaluated, statement.valuePlace(),
               BitBake::tr("The file to include cannot be told, as \"%1\" is not known.").arg(rest.text),
               BitBake::tr("Set the variable, or give the included file as an input of its own."));
        return;
    }
    const QString file = findFile(name, statement.file);
    if (file.isEmpty()) {
        if (required) {
            report(Severity::Error, ProblemCode::InputUnreadable, statement.valuePlace(),
                   BitBake::tr("The required file \"%1\" was not found.").arg(name),
                   BitBake::tr("Put it beside %1, or correct the name.").arg(statement.file));
        }
        return;
    }
    const bool loop = m_open.contains(QFileInfo(absolute(file)).canonicalFilePath());
    if (loop || m_open.size() >= MaximumIncludeDepth || m_filesRead >= MaximumFiles) {
        report(Severity::Error, ProblemCode::BitBakeSyntax, statement.valuePlace(),
               loop ? BitBake::tr("The file \"%1\" includes itself.").arg(name)
                    : BitBake::tr("Too many files are included."),
               BitBake::tr("Remove the statement."));
        return;
    }
    const Result<QByteArray> content = readInputFile(absolute(file));
    if (!content) {
        report(Severity::Error, ProblemCode::InputUnreadable, statement.valuePlace(), content.error().message,
               content.error().remedy);
        return;
    }
    readContent(*content, file);
    setCurrentFile(statement.file);
}

void BitBakeReader::inherit(const BitBakeStatement& statement)
{
    const QString names = m_data.expand(statement.value);
    if (const BitBakeRemainder rest = m_data.remainder(names); rest.kind != BitBakeRemainder::Kind::None) {
        report(Severity::Warning, ProblemCode::BitBakeUnevaluated, statement.valuePlace(),
               BitBake::tr("Which classes are inherited cannot be told, as \"%1\" is not known.").arg(rest.text),
               BitBake::tr("Check that no guest depends on what they set."));
        return;
    }
    for (const QString& name : names.simplified().split(u' ', Qt::SkipEmptyParts)) {
        inheritClass(statement, name);
    }
}

void BitBakeReader::inheritClass(const BitBakeStatement& statement, const QString& name)
{
    if (m_classes.contains(name)) {
        return;
    }
    m_classes.append(name);
    if (std::ranges::contains(builtInClasses, name)) {
        presetGuestDefaults();
        return;
    }
    static constexpr std::array directories{"classes"_L1, "classes-recipe"_L1, "classes-global"_L1};
    for (const QLatin1StringView directory : directories) {
        const QString file = findFile(directory + u'/' + name + ".bbclass"_L1, statement.file);
        const Result<QByteArray> content = file.isEmpty() ? QByteArray() : readInputFile(absolute(file));
        if (!file.isEmpty() && content && m_open.size() < MaximumIncludeDepth && m_filesRead < MaximumFiles) {
            readContent(*content, file);
            setCurrentFile(statement.file);
            return;
        }
    }
    report(Severity::Note, ProblemCode::BitBakeUnevaluated, statement.valuePlace(),
           BitBake::tr("The class \"%1\" is not read; what it sets is not known.").arg(name),
           BitBake::tr("Check that no guest depends on it."));
}

} // namespace Stowage
