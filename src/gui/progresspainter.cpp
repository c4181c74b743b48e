// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "gui/progresspainter.h"

#include <QGuiApplication>
#include <QPainter>

namespace Stowage
{

void paintProgress(QPainter& painter, const QRect& area, int percent, Theme::Role role)
{
    constexpr double Height = 6;
    constexpr double Radius = Height / 2;
    const QRectF track(area.left(), area.center().y() - Radius, area.width(), Height);
    QRectF filled = track;
    filled.setWidth(track.width() * percent / 100.0);
    if (QGuiApplication::isRightToLeft()) {
        filled.moveRight(track.right());
    }
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(Theme::color(Theme::Role::Border));
    painter.drawRoundedRect(track, Radius, Radius);
    painter.setBrush(Theme::color(role));
    painter.drawRoundedRect(filled, Radius, Radius);
    painter.restore();
}

} // namespace Stowage
