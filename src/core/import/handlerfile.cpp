// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "handlerfile.h"

#include "core/import/handlerscript.h"
#include "core/process/tools.h"
#include "core/project/inputfile.h"

#include <QCoreApplication>
#include <QCryptographicHash>
#include <QDir>
#include <QFileInfo>
#include <QRegularExpression>

#include <array>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

struct Handlers {
    Q_DECLARE_TR_FUNCTIONS(HandlerFile)
};

constexpr std::array BitBakeSuffixes{"bbclass"_L1, "bb"_L1, "inc"_L1, "bbappend"_L1};

/** Puts the program that @p word of a DEPENDS stands for into @p type, or a note that nothing is known of it. */
void addDependency(const QString& word, CustomType& type)
{
    static const QRegularExpression program(u"^[A-Za-z0-9][A-Za-z0-9_.+-]*$"_s);
    QString recipe = word.section(u':', 0, 0); // "recipe:task"
    const bool isRecipe = recipe != word || recipe.endsWith("-native"_L1) || recipe.startsWith("virtual/"_L1);
    if (recipe.endsWith("-native"_L1)) {
        recipe.chop(7);
    }
    if (const auto known = programOfRecipe(recipe)) {
        type.programs.append(*known);
    } else if (!isRecipe && program.match(word).hasMatch()) {
        type.programs.append(word);
    } else {
        type.notes.append(Handlers::tr("Whether what \"%1\" stands for is installed cannot be checked.").arg(word));
    }
}

void addDependencies(const QString& words, CustomType& type)
{
    static const QRegularExpression reference(uR"(\$\{[^}]*\})"_s);
    static const QRegularExpression space(uR"(\s+)"_s);
    QString plain = words;
    if (plain.contains(reference)) {
        type.notes.append(
            Handlers::tr("What \"%1\" stands for cannot be checked.").arg(reference.match(plain).captured()));
        plain.remove(reference);
    }
    const QStringList dependencies = plain.split(space, Qt::SkipEmptyParts);
    for (const QString& word : dependencies) {
        addDependency(word, type);
    }
    type.programs.removeAll(QString());
    type.programs.removeDuplicates();
}

/** Whether @p text looks other than it is read: by characters that show nothing, turn the direction, or end a line on the screen only. */
bool deceives(const QString& text)
{
    for (qsizetype i = 0; i < text.size(); ++i) {
        const QChar c = text.at(i);
        const bool endsLine = c == u'\n' || (c == u'\r' && i + 1 < text.size() && text.at(i + 1) == u'\n');
        switch (c.category()) {
        case QChar::Other_Control:
            if (!endsLine && c != u'\t') {
                return true;
            }
            break;
        case QChar::Other_Format:
        case QChar::Separator_Line:
        case QChar::Separator_Paragraph:
            return true;
        default:
            break;
        }
    }
    return false;
}

/** A shell script in the syntax of BitBake, whatever its name. */
bool isBitBake(const QString& path, const QByteArray& text)
{
    static const QRegularExpression assignment(uR"(^XEN_GUEST_IMPORT_DEPENDS_\S+\s+[?:+.]*=|^\w+\s*[?+.:]*=\s+["'])"_s,
                                               QRegularExpression::MultilineOption);
    const QString suffix = QFileInfo(path).suffix();
    return std::ranges::any_of(BitBakeSuffixes, [&suffix](QLatin1StringView each) { return suffix == each; })
        || assignment.match(QString::fromUtf8(text)).hasMatch();
}

} // namespace

QString importFunction(const QString& type)
{
    return "xen_guest_import_"_L1 + type;
}

Result<HandlerFile> readHandlerFile(const QString& path, const std::stop_token& stop)
{
    const auto text = readInputFile(path, MaximumHandlerSize);
    if (!text) {
        return std::unexpected(text.error());
    }
    const HandlerScript script = isBitBake(path, *text) ? bitBakeScript(*text, path, stop) : shellScript(*text);
    if (script.types.isEmpty() && script.problems.isEmpty()) {
        return fail(Error::Code::InvalidInput, Handlers::tr("%1 defines no import type.").arg(path),
                    Handlers::tr("Name a file with a shell function xen_guest_import_TYPE."), Place::inFile(path));
    }
    HandlerFile file;
    file.problems = script.problems;
    const bool isDeceptive = deceives(QString::fromUtf8(*text));
    const QByteArray sha256 = QCryptographicHash::hash(*text, QCryptographicHash::Sha256).toHex();
    for (const HandlerScript::Type& found : script.types) {
        CustomType type{.type = found.name,
                        .file = path,
                        .text = *text,
                        .sha256 = sha256,
                        .script = script.text,
                        .programs = {},
                        .notes = found.notes};
        addDependencies(found.dependencies, type);
        if (isDeceptive) {
            type.notes.prepend(
                Handlers::tr("Its text has characters that do not show: read it in an editor that marks them."));
        }
        file.types.append(type);
    }
    return file;
}

QStringList handlerFilesAt(const QString& path)
{
    if (!QFileInfo(path).isDir()) {
        return {path};
    }
    constexpr qsizetype Most = 1000;
    QStringList files;
    const QDir directory(path);
    const QStringList names = directory.entryList({u"*.sh"_s, u"*.bbclass"_s, u"*.bb"_s, u"*.inc"_s, u"*.bbappend"_s},
                                                  QDir::Files, QDir::Name);
    for (const QString& name : names.first(std::min(names.size(), Most))) {
        files.append(directory.absoluteFilePath(name));
    }
    return files;
}

} // namespace Stowage
