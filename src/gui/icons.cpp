// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "gui/icons.h"

#include "gui/theme.h"

#include <QFile>
#include <QGuiApplication>
#include <QIconEngine>
#include <QPainter>
#include <QPixmapCache>
#include <QSvgRenderer>

using namespace Qt::StringLiterals;

namespace Stowage
{

namespace
{

QColor tintColor(IconTint tint, QIcon::Mode mode)
{
    const QPalette palette = QGuiApplication::palette();
    if (mode == QIcon::Disabled) {
        return palette.color(QPalette::Disabled, QPalette::ButtonText);
    }
    switch (tint) {
    case IconTint::Text:
        return palette.color(QPalette::ButtonText);
    case IconTint::Secondary:
        return Theme::color(Theme::Role::SecondaryText);
    case IconTint::Accent:
        return Theme::color(Theme::Role::Accent);
    case IconTint::Good:
        return Theme::color(Theme::Role::Good);
    case IconTint::Warning:
        return Theme::color(Theme::Role::Warning);
    case IconTint::Error:
        return Theme::color(Theme::Role::Error);
    case IconTint::OnAccent:
        return palette.color(QPalette::HighlightedText);
    }
    return palette.color(QPalette::ButtonText);
}

/** Renders a monochrome SVG in a colour that is chosen when it is painted. */
class TintedSvgEngine : public QIconEngine
{
public:
    TintedSvgEngine(QString name, QByteArray svg, IconTint tint)
        : m_name(std::move(name)),
          m_svg(std::move(svg)),
          m_tint(tint)
    { }

    void paint(QPainter* painter, const QRect& rect, QIcon::Mode mode, QIcon::State state) override
    {
        const qreal ratio = painter->device() == nullptr ? 1.0 : painter->device()->devicePixelRatioF();
        const QPixmap rendered = scaledPixmap(rect.size(), mode, state, ratio);
        painter->drawPixmap(rect, rendered);
    }

    QPixmap pixmap(const QSize& size, QIcon::Mode mode, QIcon::State state) override
    {
        return scaledPixmap(size, mode, state, 1.0);
    }

    /** @p extent is in points, of which each is @p scale pixels wide. */
    QPixmap scaledPixmap(const QSize& extent, QIcon::Mode mode, QIcon::State /*state*/, qreal scale) override
    {
        const QSize size = (QSizeF(extent) * scale).toSize();
        const QColor color = tintColor(m_tint, mode);
        const QString key = u"stowage-icon/%1/%2/%3x%4@%5"_s.arg(m_name, color.name(QColor::HexArgb))
                                .arg(size.width())
                                .arg(size.height())
                                .arg(scale);
        QPixmap pixmap;
        if (QPixmapCache::find(key, &pixmap)) {
            return pixmap;
        }
        const int side = std::min(size.width(), size.height());
        pixmap = QPixmap(size);
        pixmap.fill(Qt::transparent);
        QByteArray svg = m_svg;
        svg.replace("currentColor", color.name().toLatin1());
        QSvgRenderer renderer(svg);
        QPainter painter(&pixmap);
        painter.setOpacity(color.alphaF());
        renderer.render(&painter, QRectF((size.width() - side) / 2, (size.height() - side) / 2, side, side));
        painter.end();
        pixmap.setDevicePixelRatio(scale);
        QPixmapCache::insert(key, pixmap);
        return pixmap;
    }

    [[nodiscard]] QIconEngine* clone() const override { return std::make_unique<TintedSvgEngine>(*this).release(); }
    QString key() const override { return u"stowage-tinted-svg"_s; }
    QString iconName() override { return m_name; }
    bool isNull() override { return m_svg.isEmpty(); }

private:
    QString m_name;
    QByteArray m_svg;
    IconTint m_tint;
};

} // namespace

QIcon icon(const QString& name, IconTint tint)
{
    QFile file(u":/stowage/icons/%1.svg"_s.arg(name));
    const QByteArray svg = file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    return QIcon(std::make_unique<TintedSvgEngine>(name, svg, tint).release());
}

QIcon applicationIcon()
{
    return QIcon(u":/stowage/icons/stowage.svg"_s);
}

} // namespace Stowage
