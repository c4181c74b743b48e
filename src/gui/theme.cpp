// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "gui/theme.h"

#include <QApplication>
#include <QFile>
#include <QFontDatabase>
#include <QGuiApplication>
#include <QProxyStyle>
#include <QStyleHints>

#include <array>
#include <memory>

/** The resources lie in a static library: they must be asked for. The macro's rules keep it out of every namespace. */
static void initResources()
{
    Q_INIT_RESOURCE(stowage);
}

using namespace Qt::StringLiterals;

namespace Stowage
{

namespace
{

struct Shade {
    QLatin1StringView light;
    QLatin1StringView dark;
};

constexpr Shade Window{"#f4f6f8"_L1, "#1d2126"_L1};
constexpr Shade Base{"#ffffff"_L1, "#16191d"_L1};
constexpr Shade Alternate{"#f8f9fb"_L1, "#1a1e22"_L1};
constexpr Shade Button{"#fbfcfd"_L1, "#2a2f36"_L1};
constexpr Shade Text{"#1c2430"_L1, "#e3e7ec"_L1};
constexpr Shade GoodSoft{"#def3e6"_L1, "#1d3a2b"_L1};
constexpr Shade WarningSoft{"#fdf0d9"_L1, "#40321a"_L1};
constexpr Shade ErrorSoft{"#fbe3e2"_L1, "#472626"_L1};
constexpr Shade Placeholder{"#727d8c"_L1, "#98a3b1"_L1};
constexpr Shade Disabled{"#a2abb8"_L1, "#626c79"_L1};

Shade shade(Theme::Role role)
{
    switch (role) {
    case Theme::Role::Accent:
        return {"#2463c8"_L1, "#6aa3ff"_L1};
    case Theme::Role::AccentSoft:
        return {"#dfeafb"_L1, "#26405f"_L1};
    case Theme::Role::SecondaryText:
        return {"#5c6878"_L1, "#9aa5b3"_L1};
    case Theme::Role::Border:
        return {"#dce1e8"_L1, "#343b44"_L1};
    case Theme::Role::Hover:
        return {"#e7ebf0"_L1, "#2b3138"_L1};
    case Theme::Role::Good:
        return {"#1a7f45"_L1, "#56c98a"_L1};
    case Theme::Role::Warning:
        return {"#a35a00"_L1, "#e8ab4f"_L1};
    case Theme::Role::Error:
        return {"#c22f2f"_L1, "#ff7d74"_L1};
    case Theme::Role::CodeKey:
        return {"#2463c8"_L1, "#7fb2ff"_L1};
    case Theme::Role::CodeString:
        return {"#1a7f45"_L1, "#7fd0a0"_L1};
    case Theme::Role::CodeNumber:
        return {"#9a3fb0"_L1, "#d39be6"_L1};
    case Theme::Role::CodeComment:
        return {"#75808f"_L1, "#8490a0"_L1};
    }
    return Text;
}

QColor pick(const Shade& shade)
{
    return {Theme::isDark() ? shade.dark : shade.light};
}

QPalette makePalette()
{
    QPalette palette;
    const QColor text = pick(Text);
    palette.setColor(QPalette::Window, pick(Window));
    palette.setColor(QPalette::Base, pick(Base));
    palette.setColor(QPalette::AlternateBase, pick(Alternate));
    palette.setColor(QPalette::Button, pick(Button));
    for (const QPalette::ColorRole role :
         {QPalette::WindowText, QPalette::Text, QPalette::ButtonText, QPalette::ToolTipText, QPalette::BrightText}) {
        palette.setColor(role, text);
        palette.setColor(QPalette::Disabled, role, pick(Disabled));
    }
    palette.setColor(QPalette::ToolTipBase, pick(Base));
    palette.setColor(QPalette::PlaceholderText, pick(Placeholder));
    palette.setColor(QPalette::Highlight, Theme::color(Theme::Role::Accent));
    palette.setColor(QPalette::Accent, Theme::color(Theme::Role::Accent));
    palette.setColor(QPalette::HighlightedText, Theme::isDark() ? QColor(u"#0d1622"_s) : QColor(Qt::white));
    palette.setColor(QPalette::Disabled, QPalette::Highlight, pick(Disabled));
    palette.setColor(QPalette::Link, Theme::color(Theme::Role::Accent));
    palette.setColor(QPalette::LinkVisited, Theme::color(Theme::Role::Accent));
    const QColor border = Theme::color(Theme::Role::Border);
    palette.setColor(QPalette::Light, Theme::isDark() ? pick(Button).lighter(120) : QColor(Qt::white));
    palette.setColor(QPalette::Midlight, border.lighter(105));
    palette.setColor(QPalette::Mid, border);
    palette.setColor(QPalette::Dark, border.darker(130));
    palette.setColor(QPalette::Shadow, Theme::isDark() ? QColor(u"#0b0d0f"_s) : QColor(u"#8d97a5"_s));
    return palette;
}

/** As far from each other as from what is written on them: the highlighted text's colour. */
constexpr std::array Series{Shade{"#2463c8"_L1, "#6aa3ff"_L1}, Shade{"#a85b00"_L1, "#e8ab4f"_L1},
                            Shade{"#0b7a7a"_L1, "#4fc4c4"_L1}, Shade{"#7b3fb8"_L1, "#c09bf0"_L1},
                            Shade{"#237a3b"_L1, "#6fcf8a"_L1}, Shade{"#b0356f"_L1, "#f08bb8"_L1}};

/** Fields stand out from the window by their fill where the window is dark: the style's outline would be darker still. */
QPalette makeFieldPalette()
{
    QPalette palette = makePalette();
    if (Theme::isDark()) {
        palette.setColor(QPalette::Base, QColor(u"#2b3139"_s));
    }
    return palette;
}

/** The style sheet of the resources with its @names replaced by colours. */
QString makeStyleSheet()
{
    QFile file(u":/stowage/stowage.qss"_s);
    if (!file.open(QIODevice::ReadOnly)) {
        return {};
    }
    QString sheet = QString::fromUtf8(file.readAll());
    const auto set = [&sheet](QLatin1StringView name, const QColor& color) { sheet.replace(name, color.name()); };
    set("@goodSoft"_L1, pick(GoodSoft));
    set("@warningSoft"_L1, pick(WarningSoft));
    set("@errorSoft"_L1, pick(ErrorSoft));
    set("@accentSoft"_L1, Theme::color(Theme::Role::AccentSoft));
    set("@accentHover"_L1, Theme::color(Theme::Role::Accent).lighter(112));
    set("@accent"_L1, Theme::color(Theme::Role::Accent));
    set("@onAccent"_L1, QGuiApplication::palette().color(QPalette::HighlightedText));
    set("@secondary"_L1, Theme::color(Theme::Role::SecondaryText));
    set("@border"_L1, Theme::color(Theme::Role::Border));
    set("@hover"_L1, Theme::color(Theme::Role::Hover));
    set("@error"_L1, Theme::color(Theme::Role::Error));
    set("@window"_L1, pick(Window));
    set("@base"_L1, pick(Base));
    set("@button"_L1, pick(Button));
    set("@disabled"_L1, pick(Disabled));
    set("@text"_L1, pick(Text));
    return sheet;
}

bool darkNow = false;

/** Fusion with the cells of lists as far from their borders as the style sheet puts the headers above them. */
class Style : public QProxyStyle
{
public:
    Style() : QProxyStyle(u"Fusion"_s) { }

    int pixelMetric(PixelMetric metric, const QStyleOption* option, const QWidget* widget) const override
    {
        constexpr int CellMargin = 5;
        return metric == PM_FocusFrameHMargin ? CellMargin : QProxyStyle::pixelMetric(metric, option, widget);
    }
};

} // namespace

Theme* Theme::install(QApplication& application)
{
    initResources();
    return std::unique_ptr<Theme>(new Theme(application)).release();
}

Theme::Theme(QApplication& application) : QObject(&application)
{
    QApplication::setStyle(std::make_unique<Style>().release()); // The application owns it.
    connect(QGuiApplication::styleHints(), &QStyleHints::colorSchemeChanged, this, &Theme::apply);
    apply();
}

bool Theme::isDark()
{
    return darkNow;
}

QColor Theme::color(Role role)
{
    return pick(shade(role));
}

QColor Theme::series(int index)
{
    return pick(Series.at(static_cast<std::size_t>(index) % Series.size()));
}

QFont Theme::codeFont()
{
    QFont font = QFontDatabase::systemFont(QFontDatabase::FixedFont);
    font.setPointSizeF(QApplication::font().pointSizeF());
    return font;
}

QFont Theme::scaledFont(qreal scale, QFont::Weight weight)
{
    QFont font = QApplication::font();
    font.setPointSizeF(font.pointSizeF() * scale);
    font.setWeight(weight);
    return font;
}

void Theme::setMode(Mode mode)
{
    m_mode = mode;
    apply();
}

void Theme::apply()
{
    darkNow = m_mode == Mode::Dark
        || (m_mode == Mode::System && QGuiApplication::styleHints()->colorScheme() == Qt::ColorScheme::Dark);
    QApplication::setPalette(makePalette());
    for (const char* field : {"QLineEdit", "QAbstractSpinBox", "QCheckBox"}) {
        QApplication::setPalette(makeFieldPalette(), field);
    }
    qApp->setStyleSheet(makeStyleSheet());
    Q_EMIT changed();
}

} // namespace Stowage
