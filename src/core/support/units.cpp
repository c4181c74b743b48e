// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "units.h"

#include <QLocale>

namespace Stowage
{

QString formatBytes(qint64 bytes)
{
    qint64 unit = 1;
    while (bytes / unit >= 1024) {
        unit *= 1024;
    }
    const bool whole = bytes % unit == 0;
    return QLocale().formattedDataSize(bytes, whole ? 0 : 1, QLocale::DataSizeIecFormat);
}

} // namespace Stowage
