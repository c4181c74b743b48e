// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "bitbakeparser.h"

#include "assignmentscanner.h"
#include "bitbaketexts.h"

#include <QRegularExpression>
#include <QStringDecoder>

#include <algorithm>
#include <array>
#include <iterator>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

/** Drops white space at the end. */
QStringView rightTrimmed(QStringView text)
{
    while (!text.isEmpty() && text.back().isSpace()) {
        text.chop(1);
    }
    return text;
}

/** The physical lines of @p text; "\n", "\r\n" and "\r" end one. */
QList<QStringView> physicalLines(QStringView text)
{
    QList<QStringView> lines;
    qsizetype begin = 0;
    for (qsizetype i = 0; i < text.size(); ++i) {
        if (text.at(i) == u'\n' || text.at(i) == u'\r') {
            lines.append(text.sliced(begin, i - begin));
            i += text.at(i) == u'\r' && i + 1 < text.size() && text.at(i + 1) == u'\n' ? 1 : 0;
            begin = i + 1;
        }
    }
    if (begin < text.size()) {
        lines.append(text.sliced(begin));
    }
    return lines;
}

class Parser
{
public:
    Parser(QStringView text, const QString& file)
        : m_file(file),
          m_configuration(file.endsWith(".conf"_L1)),
          m_lines(physicalLines(text))
    { }

    BitBakeText take(const std::stop_token& stop)
    {
        while (m_next < m_lines.size() && !stop.stop_requested()) {
            const QStringView first = rightTrimmed(m_lines.at(m_next));
            if (first.isEmpty()) {
                ++m_next;
                continue;
            }
            readLogicalLine();
        }
        return std::move(m_result);
    }

    void report(Problem::Severity severity, const Place& where, const QString& text, const QString& remedy)
    {
        m_result.problems.append({severity, ProblemCode::BitBakeSyntax, where, text, remedy, {}});
    }

private:
    [[nodiscard]] int lineNumber() const { return static_cast<int>(m_next) + 1; }

    /** Joins continued lines and hands the result on. */
    void readLogicalLine()
    {
        BitBakeLine line;
        bool continued = true;
        const bool comment = m_lines.at(m_next).startsWith(u'#');
        while (continued && m_next < m_lines.size()) {
            const QStringView text = rightTrimmed(m_lines.at(m_next));
            const bool first = line.isEmpty();
            const Place here{.file = m_file, .line = lineNumber(), .column = 1, .field = {}};
            if (!first && comment && !text.isEmpty() && !text.startsWith(u'#')) {
                report(Problem::Severity::Error, here,
                       BitBake::tr("This line continues a comment, but does not look like one."),
                       BitBake::tr("Remove the backslash at the end of the comment, or start this line with #."));
            }
            if (!first && !comment && text.startsWith(u'#') && !acceptCommentInside(here)) {
                ++m_next;
                continue;
            }
            line.append(text, lineNumber());
            ++m_next;
            continued = text.endsWith(u'\\');
            if (continued) {
                line.chop(1);
            }
        }
        if (continued && !comment) {
            report(Problem::Severity::Warning, line.place(m_file),
                   BitBake::tr("The file ends in the middle of a continued line."),
                   BitBake::tr("Remove the backslash at the end of the last line."));
        }
        if (!comment) {
            readStatement(line);
        }
    }

    /** A comment in the middle of a continued line: whether it is part of the text. */
    bool acceptCommentInside(const Place& here)
    {
        if (m_configuration) {
            report(Problem::Severity::Warning, here,
                   BitBake::tr("This comment stands inside a continued line, which makes it part of the value."),
                   BitBake::tr("Move the comment before the statement."));
            return true;
        }
        report(Problem::Severity::Error, here,
               BitBake::tr("This comment stands inside a continued line, which BitBake refuses."),
               BitBake::tr("Move the comment before the statement."));
        return false;
    }

    void readStatement(const BitBakeLine& line)
    {
        const QString& text = line.text();
        const auto indent = std::ranges::find_if_not(text, [](QChar c) { return c.isSpace(); }) - text.begin();
        if (indent == text.size()) {
            return;
        }
        if (indent > 0) {
            report(Problem::Severity::Warning, line.place(m_file, indent),
                   BitBake::tr("This line starts with white space, which BitBake refuses."),
                   BitBake::tr("Remove the white space at the start of the line."));
            if (text.at(indent) == u'#') {
                return;
            }
        }
        BitBakeStatement statement;
        statement.file = m_file;
        statement.line = line;
        if ((!m_configuration && readFunction(text, statement)) || readKeyword(text, statement)) {
            add(std::move(statement));
            return;
        }
        const std::optional<AssignmentFault> fault = scanAssignment(text, indent, statement);
        if (fault) {
            report(Problem::Severity::Error, line.place(m_file, fault->offset), fault->text, fault->remedy);
            return;
        }
        add(std::move(statement));
    }

    void add(BitBakeStatement&& statement)
    {
        m_result.statements.append(std::make_shared<const BitBakeStatement>(std::move(statement)));
    }

    /** A shell function, a python task, or a python function with its body. */
    bool readFunction(const QString& text, BitBakeStatement& statement)
    {
        static const QRegularExpression task(
            uR"(^((?:(?:python|fakeroot)(?:\s+|(?=\()))*)([\w.+{}$:-]*)\s*\(\s*\)\s*\{$)"_s);
        static const QRegularExpression definition(uR"(^def\s+(\w+).*:)"_s);
        if (const auto match = task.match(text); match.hasMatch()) {
            statement.kind = BitBakeStatement::Kind::Function;
            statement.python = match.capturedView(1).contains("python"_L1);
            statement.name = match.captured(2).isEmpty() ? u"__anonymous"_s : match.captured(2);
            readBody(statement);
            return true;
        }
        if (const auto match = definition.match(text); match.hasMatch()) {
            statement.kind = BitBakeStatement::Kind::Function;
            statement.python = true;
            statement.name = match.captured(1);
            while (m_next < m_lines.size() && isInsideDefinition(rightTrimmed(m_lines.at(m_next)))) {
                statement.value += m_lines.at(m_next++);
                statement.value += u'\n';
            }
            return true;
        }
        return false;
    }

    static bool isInsideDefinition(QStringView line)
    {
        return line.isEmpty() || line.front().isSpace() || line.front() == u'#';
    }

    /** Everything up to the line that is a closing brace. */
    void readBody(BitBakeStatement& statement)
    {
        while (m_next < m_lines.size()) {
            const QStringView line = m_lines.at(m_next++);
            if (rightTrimmed(line) == u'}') {
                return;
            }
            statement.value += line;
            statement.value += u'\n';
        }
        report(Problem::Severity::Error, statement.place(),
               BitBake::tr("The function \"%1\" has no end.").arg(statement.name),
               BitBake::tr("Add a line that holds only a closing brace."));
    }

    bool readKeyword(const QString& text, BitBakeStatement& statement) const
    {
        using Kind = BitBakeStatement::Kind;
        static const QRegularExpression shape(uR"(^\s*([A-Za-z_]+)\s+(?!(?:\?\??|[:+.])?=)(\S.*)$)"_s);
        static const QRegularExpression exported(uR"(^[A-Za-z0-9_+.${}/~:-]+$)"_s);
        static const QRegularExpression unset(
            uR"(^([A-Za-z0-9_+.${}/~:-]+?)(?:\[([A-Za-z0-9_+.-][A-Za-z0-9_+.@/-]*)\])?$)"_s);
        const auto match = shape.match(text);
        if (!match.hasMatch()) {
            return false;
        }
        const QString word = match.captured(1);
        statement.value = match.captured(2);
        statement.valueOffset = match.capturedStart(2);
        if (word == "include"_L1 || word == "include_all"_L1 || word == "require"_L1) {
            statement.kind = word == "require"_L1 ? Kind::Require : Kind::Include;
            return true;
        }
        if (word == "unset"_L1) {
            const auto what = unset.match(statement.value);
            statement.kind = Kind::Unset;
            statement.name = what.captured(1);
            statement.flag = what.captured(2);
            return what.hasMatch();
        }
        if (word == "export"_L1) {
            return exported.match(statement.value).hasMatch();
        }
        if (!m_configuration && (word == "inherit"_L1 || word == "inherit_defer"_L1)) {
            statement.kind = Kind::Inherit;
            return true;
        }
        static constexpr std::array others{"addtask"_L1, "deltask"_L1, "addhandler"_L1, "EXPORT_FUNCTIONS"_L1};
        static constexpr std::array settings{"addpylib"_L1, "addfragments"_L1};
        return (!m_configuration && std::ranges::contains(others, word)) || std::ranges::contains(settings, word);
    }

    QString m_file;
    bool m_configuration;
    QList<QStringView> m_lines;
    qsizetype m_next = 0;
    BitBakeText m_result;
};

} // namespace

void BitBakeLine::append(QStringView text, int line)
{
    m_starts.append({m_text.size(), line});
    m_text += text;
}

Place BitBakeLine::place(const QString& file, qsizetype offset) const
{
    return places(file, {offset}).first();
}

QList<Place> BitBakeLine::places(const QString& file, const QList<qsizetype>& offsets) const
{
    QList<Place> places;
    auto start = m_starts.begin();
    qsizetype counted = 0;
    Place place{.file = file, .field = {}};
    for (const qsizetype offset : offsets) {
        const auto after = std::upper_bound(start, m_starts.end(), offset,
                                            [](qsizetype value, const Start& of) { return value < of.offset; });
        if (after != m_starts.begin() && (place.line == 0 || after != std::next(start))) {
            start = std::prev(after);
            counted = start->offset;
            place.line = start->line;
            place.column = 1;
        }
        for (const qsizetype end = std::min(offset, m_text.size()); place.line > 0 && counted < end; ++counted) {
            // A column is a character, whatever it takes in UTF-16.
            place.column += m_text.at(counted).isLowSurrogate() ? 0 : 1;
        }
        places.append(place);
    }
    return places;
}

QList<Place> BitBakeStatement::valuePlaces(QList<qsizetype> offsets) const
{
    for (qsizetype& offset : offsets) {
        offset += valueOffset;
    }
    return line.places(file, offsets);
}

BitBakeText parseBitBake(const QByteArray& content, const QString& file, const std::stop_token& stop)
{
    if (const qsizetype at = content.indexOf('\0'); at >= 0) { // no text: what it seems to assign makes no sense
        const int line = static_cast<int>(content.first(at).count('\n')) + 1;
        return {{},
                {{Problem::Severity::Error,
                  ProblemCode::BitBakeSyntax,
                  {.file = file, .line = line, .column = 1, .field = {}},
                  BitBake::tr("%1 holds NUL bytes.").arg(file),
                  BitBake::tr("Check that it is the right file, and remove them."),
                  {}}}};
    }
    QStringDecoder decoder(QStringDecoder::Utf8);
    const QString text = decoder(content);
    Parser parser(text, file);
    if (decoder.hasError()) {
        parser.report(Problem::Severity::Warning, {.file = file, .field = {}},
                      BitBake::tr("%1 is not UTF-8 throughout.").arg(file),
                      BitBake::tr("Convert the file to UTF-8, as BitBake demands it."));
    }
    return parser.take(stop);
}

} // namespace Stowage
