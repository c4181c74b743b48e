// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "gui/dropoverlay.h"

#include "gui/icons.h"
#include "gui/theme.h"

#include <QPainter>

using namespace Qt::StringLiterals;

namespace Stowage
{

namespace
{
constexpr int Margin = 18;
constexpr int IconSize = 40;
constexpr int MaximumLines = 6;
} // namespace

DropOverlay::DropOverlay(QWidget* parent) : QWidget(parent)
{
    setObjectName(u"dropOverlay"_s);
    setAttribute(Qt::WA_TransparentForMouseEvents);
    hide();
}

void DropOverlay::showText(const QString& headline, const QStringList& lines)
{
    m_headline = headline;
    m_lines = lines.mid(0, MaximumLines);
    if (lines.size() > MaximumLines) {
        m_lines.append(tr("and %1 more").arg(lines.size() - MaximumLines));
    }
    setAccessibleName(headline);
    setGeometry(parentWidget()->rect());
    raise();
    show();
    update();
}

void DropOverlay::paintEvent(QPaintEvent* /*event*/)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    QColor veil = palette().color(QPalette::Base);
    veil.setAlphaF(0.93F);
    painter.fillRect(rect(), veil);
    const QRectF frame = QRectF(rect()).adjusted(Margin, Margin, -Margin, -Margin);
    QColor fill = Theme::color(Theme::Role::AccentSoft);
    fill.setAlphaF(0.45F);
    painter.setBrush(fill);
    painter.setPen(QPen(Theme::color(Theme::Role::Accent), 2, Qt::DashLine));
    painter.drawRoundedRect(frame, 14, 14);

    const QFont headlineFont = Theme::scaledFont(1.5, QFont::DemiBold);
    const int headlineHeight = QFontMetrics(headlineFont).height();
    const int lineHeight = fontMetrics().height() + 4;
    const int total = IconSize + 14 + headlineHeight + 10 + lineHeight * static_cast<int>(m_lines.size());
    int y = std::max(Margin * 2, (height() - total) / 2);
    icon(u"drop"_s, IconTint::Accent).paint(&painter, QRect((width() - IconSize) / 2, y, IconSize, IconSize));
    y += IconSize + 14;
    painter.setPen(palette().color(QPalette::Text));
    painter.setFont(headlineFont);
    painter.drawText(QRect(Margin * 2, y, width() - 4 * Margin, headlineHeight), Qt::AlignCenter, m_headline);
    y += headlineHeight + 10;
    painter.setFont(font());
    painter.setPen(Theme::color(Theme::Role::SecondaryText));
    const int textWidth = width() - 6 * Margin;
    for (const QString& line : std::as_const(m_lines)) {
        painter.drawText(QRect(3 * Margin, y, textWidth, lineHeight), Qt::AlignCenter,
                         fontMetrics().elidedText(line, Qt::ElideMiddle, textWidth));
        y += lineHeight;
    }
}

} // namespace Stowage
