// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "place.h"

namespace Stowage
{

QString Place::toString() const
{
    QString text = file;
    if (line > 0) {
        text += QLatin1Char(':') + QString::number(line);
        if (column > 0) {
            text += QLatin1Char(':') + QString::number(column);
        }
    }
    return text;
}

} // namespace Stowage
