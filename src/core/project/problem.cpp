// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "problem.h"

#include <algorithm>

namespace Stowage
{

using namespace Qt::StringLiterals;

QLatin1StringView severityName(Problem::Severity severity)
{
    switch (severity) {
    case Problem::Severity::Note:
        return "note"_L1;
    case Problem::Severity::Warning:
        return "warning"_L1;
    case Problem::Severity::Error:
        break;
    }
    return "error"_L1;
}

QString placeKey(int guest, QStringView field)
{
    return QString::number(guest) + QLatin1Char('/') + field.toString();
}

Place placeOf(const PlaceMap& places, int guest, const QString& field)
{
    Place place = places.value(placeKey(guest, field));
    if (place.file.isEmpty()) {
        place = places.value(placeKey(guest));
    }
    place.guest = guest;
    place.field = field;
    return place;
}

bool hasErrors(const QList<Problem>& problems)
{
    return std::ranges::any_of(problems,
                               [](const Problem& problem) { return problem.severity == Problem::Severity::Error; });
}

} // namespace Stowage
