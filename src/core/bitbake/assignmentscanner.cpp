// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "assignmentscanner.h"

#include "bitbaketexts.h"

#include <algorithm>
#include <array>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

using Operator = BitBakeStatement::Operator;

bool isOneOf(QChar c, QLatin1StringView others)
{
    return (c >= u'a' && c <= u'z') || (c >= u'A' && c <= u'Z') || (c >= u'0' && c <= u'9') || others.contains(c);
}

struct OperatorText {
    QLatin1StringView text;
    Operator meaning = Operator::Set;
};

/** Longer ones first. */
constexpr std::array operators{
    OperatorText{"?\?="_L1, Operator::WeakDefault},   OperatorText{"?="_L1, Operator::Default},
    OperatorText{":="_L1, Operator::Immediate},       OperatorText{"+="_L1, Operator::Append},
    OperatorText{"=+"_L1, Operator::Prepend},         OperatorText{".="_L1, Operator::AppendDirectly},
    OperatorText{"=."_L1, Operator::PrependDirectly}, OperatorText{"="_L1, Operator::Set}};

class Scanner
{
public:
    Scanner(QStringView line, qsizetype begin, BitBakeStatement& statement)
        : m_line(line),
          m_position(begin),
          m_statement(statement)
    { }

    std::optional<AssignmentFault> scan()
    {
        skipExport();
        if (auto fault = scanName()) {
            return fault;
        }
        if (auto fault = scanFlag()) {
            return fault;
        }
        skipSpace();
        if (!scanOperator()) {
            return AssignmentFault{m_position, BitBake::tr("This line is no statement that BitBake knows."),
                                   BitBake::tr("Correct it, or make it a comment by a # at its start.")};
        }
        if (m_statement.name.isEmpty()) {
            return AssignmentFault{m_position, BitBake::tr("This assignment has no variable."),
                                   BitBake::tr("Write the variable's name before the operator.")};
        }
        skipSpace();
        m_statement.kind = BitBakeStatement::Kind::Assignment;
        return scanValue();
    }

private:
    [[nodiscard]] bool atEnd() const { return m_position >= m_line.size(); }
    [[nodiscard]] QStringView rest() const { return m_line.sliced(m_position); }

    void skipSpace()
    {
        while (!atEnd() && m_line.at(m_position).isSpace()) {
            ++m_position;
        }
    }

    void skipExport()
    {
        constexpr QLatin1StringView word("export");
        if (rest().startsWith(word) && m_position + word.size() < m_line.size()
            && m_line.at(m_position + word.size()).isSpace()) {
            m_position += word.size();
            skipSpace();
        }
    }

    std::optional<AssignmentFault> scanName()
    {
        const qsizetype begin = m_position;
        while (!atEnd() && isOneOf(m_line.at(m_position), "-_+.${}/~:"_L1)) {
            ++m_position;
        }
        // Operators that start with a character of names may follow without white space.
        if (m_position > begin && !atEnd() && m_line.at(m_position) == u'='
            && "+.:"_L1.contains(m_line.at(m_position - 1))) {
            --m_position;
        }
        m_statement.name = m_line.sliced(begin, m_position - begin).toString();
        return std::nullopt;
    }

    std::optional<AssignmentFault> scanFlag()
    {
        if (atEnd() || m_line.at(m_position) != u'[') {
            return std::nullopt;
        }
        const qsizetype begin = m_position + 1;
        const qsizetype end = m_line.indexOf(u']', begin);
        if (end < 0) {
            return AssignmentFault{m_position, BitBake::tr("The bracket of the flag is not closed."),
                                   BitBake::tr("Add a ] behind the flag's name.")};
        }
        const QStringView name = m_line.sliced(begin, end - begin);
        const auto odd = std::ranges::find_if_not(name, [&](const QChar& c) {
            return isOneOf(c, &c == name.data() ? "-_+."_L1 : "-_+.@/"_L1);
        });
        if (odd != name.end()) {
            return AssignmentFault{begin + (odd - name.begin()),
                                   BitBake::tr("\"%1\" cannot stand in the name of a flag.").arg(*odd),
                                   BitBake::tr("Use letters, digits and - _ + . only; names are not expanded here.")};
        }
        if (begin == end) {
            return AssignmentFault{m_position, BitBake::tr("The flag has no name."),
                                   BitBake::tr("Write the guest's name between the brackets.")};
        }
        m_statement.flag = name.toString();
        m_position = end + 1;
        return std::nullopt;
    }

    bool scanOperator()
    {
        const auto found = std::ranges::find_if(operators, [this](const OperatorText& candidate) {
            return rest().startsWith(candidate.text);
        });
        if (found == operators.end()) {
            return false;
        }
        m_statement.assignment = found->meaning;
        m_position += found->text.size();
        return true;
    }

    std::optional<AssignmentFault> scanValue()
    {
        const QString quote = BitBake::tr("Put the value, and nothing else, between two quotes of one kind.");
        if (atEnd() || (m_line.at(m_position) != u'"' && m_line.at(m_position) != u'\'')) {
            return AssignmentFault{m_position,
                                   BitBake::tr("The value of \"%1\" is not in quotes.").arg(m_statement.name), quote};
        }
        const QChar mark = m_line.at(m_position);
        const QStringView quoted = rest();
        if (quoted.size() < 2 || !quoted.endsWith(mark)) {
            const qsizetype end = quoted.lastIndexOf(mark);
            if (end <= 0) {
                return AssignmentFault{
                    m_position, BitBake::tr("The quotes of the value of \"%1\" are not closed.").arg(m_statement.name),
                    quote};
            }
            return AssignmentFault{m_position + end + 1,
                                   BitBake::tr("There is text behind the value of \"%1\".").arg(m_statement.name),
                                   quote};
        }
        if (quoted.count(mark) == 3) {
            return AssignmentFault{
                m_position + quoted.sliced(1).indexOf(mark) + 1,
                BitBake::tr("There is a quote too many in the value of \"%1\".").arg(m_statement.name),
                BitBake::tr("Use the other kind of quotes around it.")};
        }
        m_statement.value = quoted.sliced(1, quoted.size() - 2).toString();
        m_statement.valueOffset = m_position + 1;
        return std::nullopt;
    }

    QStringView m_line;
    qsizetype m_position;
    BitBakeStatement& m_statement;
};

} // namespace

std::optional<AssignmentFault> scanAssignment(QStringView line, qsizetype begin, BitBakeStatement& statement)
{
    return Scanner(line, begin, statement).scan();
}

} // namespace Stowage
