// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "fixtures.h"

namespace Stowage::Test
{

QString sourceFile(const QString& name)
{
    return QStringLiteral(SOURCE_DIR) + u'/' + name;
}

QString commandLineProgram()
{
    return QStringLiteral(STOWAGE_CLI);
}

} // namespace Stowage::Test
