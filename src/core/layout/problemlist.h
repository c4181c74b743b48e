// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/project/problem.h"
#include "core/support/result.h"

namespace Stowage
{

/** Collects problems about one project and knows where its values were written. */
class ProblemList
{
public:
    explicit ProblemList(const PlaceMap& places) : m_places(places) { }

    /** Adds a problem about @p field of the guest at @p guest; the reference stays valid until the next call. */
    Problem& add(Problem::Severity severity, QLatin1StringView code, int guest, const QString& field,
                 const QString& text, const QString& remedy);
    Problem& error(QLatin1StringView code, int guest, const QString& field, const QString& text, const QString& remedy)
    {
        return add(Problem::Severity::Error, code, guest, field, text, remedy);
    }
    Problem& warning(QLatin1StringView code, int guest, const QString& field, const QString& text,
                     const QString& remedy)
    {
        return add(Problem::Severity::Warning, code, guest, field, text, remedy);
    }
    /** Adds @p error as a problem; a place of its own wins over that of the field. */
    Problem& fromError(Problem::Severity severity, QLatin1StringView code, int guest, const QString& field,
                       const Error& error);

    [[nodiscard]] QList<Problem> take() { return std::move(m_problems); }

private:
    const PlaceMap& m_places;
    QList<Problem> m_problems;
};

} // namespace Stowage
