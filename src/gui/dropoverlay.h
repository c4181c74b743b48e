// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include <QWidget>

namespace Stowage
{

/** Covers its parent while files are dragged over it and says what dropping them will do. Lets all events through. */
class DropOverlay : public QWidget
{
    Q_OBJECT

public:
    explicit DropOverlay(QWidget* parent);

    /** Shows the overlay over the whole parent. @p lines: what will happen to each file, as far as known. */
    void showText(const QString& headline, const QStringList& lines);
    [[nodiscard]] QString headline() const { return m_headline; }
    [[nodiscard]] QStringList lines() const { return m_lines; }

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    QString m_headline;
    QStringList m_lines;
};

} // namespace Stowage
