// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include <QCoreApplication>

namespace Stowage
{

/** Context of the translated texts of all that reads BitBake text. */
struct BitBake {
    Q_DECLARE_TR_FUNCTIONS(BitBake)
};

} // namespace Stowage
