// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "nearword.h"

#include <QList>

#include <algorithm>
#include <numeric>

namespace Stowage
{

namespace
{

/** Letters to insert, remove or change to make @p from into @p to (Levenshtein). */
qsizetype distance(const QByteArray& from, const QByteArray& to)
{
    QList<qsizetype> row(to.size() + 1);
    std::ranges::iota(row, 0);
    for (qsizetype i = 0; i < from.size(); ++i) {
        qsizetype diagonal = row[0];
        row[0] = i + 1;
        for (qsizetype j = 0; j < to.size(); ++j) {
            const qsizetype changed = diagonal + (from[i] == to[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({changed, row[j] + 1, diagonal + 1});
        }
    }
    return row.last();
}

} // namespace

QByteArray nearWord(const QByteArray& word, const QByteArrayList& known)
{
    constexpr qsizetype longestWord = 40;
    if (word.size() > longestWord) {
        return {};
    }
    QByteArray best;
    qsizetype bestDistance = std::min<qsizetype>(2, word.size() / 2) + 1;
    for (const QByteArray& candidate : known) {
        if (const qsizetype found = distance(word, candidate); found < bestDistance) {
            best = candidate;
            bestDistance = found;
        }
    }
    return best;
}

} // namespace Stowage
