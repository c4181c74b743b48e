// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include <QColor>
#include <QFont>
#include <QObject>
#include <QPalette>

class QApplication;

namespace Stowage
{

/**
 * The look of the application: one palette and style sheet for light and one for dark, following the system's colour
 * scheme unless the user has chosen one. Owned by the application object that it is installed on.
 */
class Theme : public QObject
{
    Q_OBJECT

public:
    /** Colours that a QPalette has no role for. */
    enum class Role {
        Accent,
        AccentSoft,
        SecondaryText,
        Border,
        Hover,
        Good,
        Warning,
        Error,
        CodeKey,
        CodeString,
        CodeNumber,
        CodeComment
    };

    /** What the user asked for. */
    enum class Mode { System, Light, Dark };

    /** Gives @p application the look and keeps it up to date. */
    static Theme* install(QApplication& application);

    [[nodiscard]] static bool isDark();
    [[nodiscard]] static QColor color(Role role);
    /** Colours that tell things of one kind apart, @p index from 0; six of them, then they come again. */
    [[nodiscard]] static QColor series(int index);
    /** A fixed-pitch font that fits the application's. */
    [[nodiscard]] static QFont codeFont();
    /** The application's font, @p scale times as large. */
    [[nodiscard]] static QFont scaledFont(qreal scale, QFont::Weight weight = QFont::Normal);

    [[nodiscard]] Mode mode() const { return m_mode; }
    void setMode(Mode mode);

Q_SIGNALS:
    /** The palette changed: colours that were taken from color() are to be taken anew. */
    void changed();

private:
    explicit Theme(QApplication& application);
    void apply();

    Mode m_mode = Mode::System;
};

} // namespace Stowage
