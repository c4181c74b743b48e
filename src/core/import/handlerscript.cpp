// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "handlerscript.h"

#include "core/bitbake/bitbakedata.h"

#include <QCoreApplication>
#include <QMap>
#include <QRegularExpression>
#include <QSet>

#include <algorithm>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

struct Script {
    Q_DECLARE_TR_FUNCTIONS(HandlerScript)
};

using Kind = BitBakeStatement::Kind;

constexpr QLatin1StringView FunctionPrefix("xen_guest_import_");
constexpr QLatin1StringView DependsPrefix("XEN_GUEST_IMPORT_DEPENDS_");

// Bounds of a text that may be anybody's.
constexpr qsizetype MostTypes = 200;
constexpr qsizetype MostVariables = 50;

/** What bash takes as the name of a function, and nothing that could be more than a name. */
bool isFunctionName(const QString& name)
{
    static const QRegularExpression shape(u"^[A-Za-z_][A-Za-z0-9_.+-]*$"_s);
    return shape.match(name).hasMatch();
}

QString singleQuoted(QString text)
{
    return u'\'' + text.replace(u'\'', R"('\'')"_L1) + u'\'';
}

/** The python in @p expanded, which would have to be run; empty when there is none. */
QString pythonIn(const QString& expanded)
{
    static const QRegularExpression python(uR"(\$\{@[^}\s][^}]*\}?)"_s);
    return python.match(expanded).captured();
}

/** Variables of BitBake that @p expanded still refers to, that nothing sets, and that are no variables of the shell's. */
QStringList unknownVariables(const QString& expanded)
{
    static const QRegularExpression reference(uR"(\$\{([A-Z][A-Z0-9_]*)\})"_s);
    QStringList names;
    QSet<QString> seen;
    for (const auto& match : reference.globalMatch(expanded)) {
        const QString name = match.captured(1);
        if (seen.contains(name) || seen.size() >= MostVariables) {
            continue;
        }
        seen.insert(name);
        const QRegularExpression assigned(u"\\b(?:%1\\+?=|read\\b.{0,200}\\b%1\\b|for %1\\b)"_s.arg(name));
        if (!variablesOfHandlers().contains(name) && !assigned.match(expanded).hasMatch()) {
            names.append(name);
        }
    }
    return names;
}

/** Puts the functions of one BitBake text together. */
class Collector
{
public:
    explicit Collector(const QString& path) : m_path(path) { }

    void read(const BitBakeText& text)
    {
        for (const Problem& problem : text.problems) {
            if (problem.severity == Problem::Severity::Error) {
                m_problems.append({Error::Code::InvalidInput, problem.text, problem.remedy, problem.where});
            }
        }
        for (const BitBakeOrigin& statement : text.statements) {
            if (statement->kind == Kind::Assignment) {
                noteExport(*statement);
                m_data.assign(statement);
            } else if (statement->kind == Kind::Unset) {
                m_data.unset(*statement);
            } else if (statement->kind == Kind::Function) {
                readFunction(statement);
            } else if (statement->kind == Kind::Include || statement->kind == Kind::Require
                       || statement->kind == Kind::Inherit) {
                m_others.append(statement->value);
            }
        }
        m_data.expandNames();
    }

    [[nodiscard]] HandlerScript take()
    {
        HandlerScript script;
        script.problems = m_problems;
        QString text;
        for (const QString& name : std::as_const(m_exports)) {
            const QString value = m_data.value(name).text.value_or(QString());
            text += "export "_L1 + name + u'=' + singleQuoted(value) + u'\n';
        }
        for (const auto& [name, isFakeroot] : m_functions.asKeyValueRange()) {
            const QString body = m_data.value(name).text.value_or(QString());
            if (!name.startsWith(FunctionPrefix) || addType(name, body, isFakeroot, script)) {
                text += name + "() {\n"_L1 + (body.trimmed().isEmpty() ? u"    :\n"_s : body) + "}\n"_L1;
            }
        }
        script.text = text.toUtf8();
        for (const QString& function : std::as_const(m_python)) {
            script.problems.append({Error::Code::Unsupported,
                                    Script::tr("The import type \"%1\" is written in python, which only BitBake runs.")
                                        .arg(function.sliced(FunctionPrefix.size())),
                                    Script::tr("Write it as a shell function."), Place::inFile(m_path)});
        }
        return script;
    }

private:
    void noteExport(const BitBakeStatement& statement)
    {
        static const QRegularExpression variable(u"^[A-Za-z_][A-Za-z0-9_]*$"_s);
        if (statement.line.text().startsWith("export "_L1) && variable.match(statement.name).hasMatch()) {
            m_exports.removeAll(statement.name);
            m_exports.append(statement.name);
        }
    }

    /** To BitBake, too, a function is a variable whose value is its body. */
    void readFunction(const BitBakeOrigin& statement)
    {
        const QString name = statement->name.section(u':', 0, 0);
        if (statement->python) {
            if (name.startsWith(FunctionPrefix)) {
                m_python.append(name);
            }
            return;
        }
        if (!isFunctionName(name)) {
            return;
        }
        BitBakeStatement body = *statement;
        body.kind = Kind::Assignment;
        body.assignment = BitBakeStatement::Operator::Set;
        m_data.assign(std::make_shared<const BitBakeStatement>(std::move(body)));
        m_functions[name] = m_functions.value(name) || statement->line.text().startsWith("fakeroot"_L1);
    }

    /** Adds the type of the function @p function to @p script; false when it cannot be used. */
    bool addType(const QString& function, const QString& body, bool isFakeroot, HandlerScript& script)
    {
        HandlerScript::Type type{.name = function.sliced(FunctionPrefix.size()), .dependencies = {}, .notes = {}};
        if (type.name.isEmpty() || script.types.size() >= MostTypes) {
            return false;
        }
        if (const QString python = pythonIn(body); !python.isEmpty()) {
            script.problems.append(
                {Error::Code::Unsupported,
                 Script::tr("The import type \"%1\" needs python, which only BitBake runs: %2").arg(type.name, python),
                 Script::tr("Write what it stands for in its place."), Place::inFile(m_path)});
            return false;
        }
        type.dependencies = m_data.value(DependsPrefix + type.name).text.value_or(QString());
        if (isFakeroot) {
            type.notes.append(Script::tr("It runs as you, not as root in a \"fakeroot\"."));
        }
        if (const QStringList unknown = unknownVariables(body); !unknown.isEmpty()) {
            type.notes.append(Script::tr("Not known outside BitBake, and empty: %1.").arg(unknown.join(", "_L1)));
        }
        if (!m_others.isEmpty()) {
            type.notes.append(Script::tr("Other files are not read: %1.").arg(m_others.join(u' ')));
        }
        script.types.append(type);
        return true;
    }

    QString m_path;
    BitBakeData m_data;
    QMap<QString, bool> m_functions; ///< By name; whether it is to be run by fakeroot.
    QList<Error> m_problems;
    QStringList m_exports;
    QStringList m_python;
    QStringList m_others; ///< What the file includes and inherits.
};

/** What `XEN_GUEST_IMPORT_DEPENDS_<type>` is set to in a shell script; not evaluated. */
QString shellDependencies(const QString& text, const QString& type)
{
    const QRegularExpression assignment(
        uR"x(^[ \t]*(?:export\s+|declare\s+|readonly\s+)?%1\+?=(?:"([^"]*)"|'([^']*)'|(\S*)))x"_s.arg(
            QRegularExpression::escape(DependsPrefix + type)),
        QRegularExpression::MultilineOption);
    QStringList values;
    for (const auto& match : assignment.globalMatch(text)) {
        values.append(match.captured(1) + match.captured(2) + match.captured(3));
    }
    return values.join(u' ').replace("\\\n"_L1, " "_L1);
}

} // namespace

QStringList variablesOfHandlers()
{
    return {u"WORKDIR"_s,
            u"UNPACKDIR"_s,
            u"B"_s,
            u"S"_s,
            u"T"_s,
            u"TMPDIR"_s,
            u"HOME"_s,
            u"PATH"_s,
            u"STAGING_DIR_NATIVE"_s,
            u"STAGING_BINDIR_NATIVE"_s,
            u"STAGING_SBINDIR_NATIVE"_s,
            u"STAGING_LIBDIR_NATIVE"_s,
            u"STAGING_DATADIR_NATIVE"_s};
}

HandlerScript shellScript(const QByteArray& text)
{
    static const QRegularExpression definition(
        uR"(^[ \t]*(?:function\s+xen_guest_import_([A-Za-z0-9_.+-]+)\s*(?:\(\s*\))?|xen_guest_import_([A-Za-z0-9_.+-]+)\s*\(\s*\))\s*(?:\{|\(|$))"_s,
        QRegularExpression::MultilineOption);
    HandlerScript script;
    script.text = text;
    const QString decoded = QString::fromUtf8(text);
    QStringList names;
    for (const auto& match : definition.globalMatch(decoded)) {
        names.append(match.captured(1) + match.captured(2));
    }
    names.sort();
    names.removeDuplicates();
    names = names.first(std::min(names.size(), MostTypes));
    for (const QString& name : std::as_const(names)) {
        script.types.append({name, shellDependencies(decoded, name), {}});
    }
    return script;
}

HandlerScript bitBakeScript(const QByteArray& text, const QString& path, const std::stop_token& stop)
{
    Collector collector(path);
    collector.read(parseBitBake(text, path, stop));
    return collector.take();
}

} // namespace Stowage
