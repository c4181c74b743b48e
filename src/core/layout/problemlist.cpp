// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "problemlist.h"

namespace Stowage
{

Problem& ProblemList::add(Problem::Severity severity, QLatin1StringView code, int guest, const QString& field,
                          const QString& text, const QString& remedy)
{
    m_problems.append({severity, code, placeOf(m_places, guest, field), text, remedy, {}});
    return m_problems.last();
}

Problem& ProblemList::fromError(Problem::Severity severity, QLatin1StringView code, int guest, const QString& field,
                                const Error& error)
{
    Problem& problem = add(severity, code, guest, field, error.message, error.remedy);
    if (!error.place.file.isEmpty() && error.place.line > 0) {
        problem.where.file = error.place.file;
        problem.where.line = error.place.line;
        problem.where.column = error.place.column;
    }
    return problem;
}

} // namespace Stowage
