// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "gui/messages.h"

using namespace Qt::StringLiterals;

namespace Stowage
{

QString errorText(const Error& error)
{
    const QString place = error.place.toString();
    const bool namesPlace = place.isEmpty() || error.message.contains(place);
    const QString cause = namesPlace ? error.message : u"%1: %2"_s.arg(place, error.message);
    return error.remedy.isEmpty() ? cause : u"%1\n%2"_s.arg(cause, error.remedy);
}

} // namespace Stowage
