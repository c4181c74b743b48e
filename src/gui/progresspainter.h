// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "gui/theme.h"

class QPainter;
class QRect;

namespace Stowage
{

/** Paints a slim bar, in the middle of the height of @p area, that is filled to @p percent in the colour @p role. */
void paintProgress(QPainter& painter, const QRect& area, int percent, Theme::Role role = Theme::Role::Accent);

} // namespace Stowage
