// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "bitbakeproject.h"

#include "guestreader.h"

namespace Stowage
{

ProjectInput readBitBake(const QStringList& files, const BuildSettings& settings)
{
    BitBakeReader reader(settings);
    for (const QString& file : files) {
        reader.read(file);
    }
    reader.finish();
    return GuestReader(reader, settings).take();
}

} // namespace Stowage
