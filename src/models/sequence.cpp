// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "models/sequence.h"

#include <algorithm>

namespace Stowage
{

QList<bool> longestIncreasing(const QList<int>& values)
{
    QList<qsizetype> tails; // Position of the smallest last value of an increasing part, by the part's length.
    QList<qsizetype> previous(values.size(), -1);
    for (qsizetype i = 0; i < values.size(); ++i) {
        if (values[i] < 0) {
            continue;
        }
        const auto place = std::ranges::lower_bound(tails, values[i], {},
                                                    [&](qsizetype position) { return values[position]; });
        const qsizetype length = place - tails.begin();
        previous[i] = length > 0 ? tails[length - 1] : -1;
        if (length == tails.size()) {
            tails.append(i);
        } else {
            tails[length] = i;
        }
    }
    QList<bool> marked(values.size(), false);
    for (qsizetype i = tails.isEmpty() ? -1 : tails.last(); i >= 0; i = previous[i]) {
        marked[i] = true;
    }
    return marked;
}

} // namespace Stowage
