// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include <QColor>
#include <QIcon>

namespace Stowage
{

/** Where the colour of an icon comes from; looked up in the palette when it is painted, so that light and dark follow. */
enum class IconTint { Text, Secondary, Accent, Good, Warning, Error, OnAccent };

/**
 * The icon @p name of the application's own set (a file of resources/icons without its suffix), in the colour @p tint.
 * An unknown name gives an icon that paints nothing. GUI thread only.
 */
[[nodiscard]] QIcon icon(const QString& name, IconTint tint = IconTint::Text);

/** The application's icon, in its own colours. */
[[nodiscard]] QIcon applicationIcon();

} // namespace Stowage
