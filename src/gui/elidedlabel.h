// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include <QLabel>

namespace Stowage
{

/**
 * A line of plain text that never makes its window wider: what does not fit is cut with an ellipsis, and the tool tip
 * shows all of it. A tool tip that was set stays.
 */
class ElidedLabel : public QLabel
{
    Q_OBJECT

public:
    using QLabel::QLabel;

    [[nodiscard]] QSize minimumSizeHint() const override;

protected:
    bool event(QEvent* event) override;
    void paintEvent(QPaintEvent* event) override;
};

} // namespace Stowage
