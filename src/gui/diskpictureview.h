// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "models/diskpicture.h"

#include <QWidget>

class QButtonGroup;
class QLabel;

namespace Stowage
{

/**
 * The picture of an image: its partitions side by side, to a scale on which none is too small to read, what fills the root
 * file system below its name, a legend, and the selected piece in words. The pieces are buttons of which one is down:
 * a click selects, and so do the arrow keys; screen readers read each.
 */
class DiskPictureView : public QWidget
{
    Q_OBJECT

public:
    explicit DiskPictureView(QWidget* parent = nullptr);

    /** Shows @p picture. The piece of the name that is selected stays so; at first that is the root file system. */
    void setPicture(const DiskPicture& picture);
    [[nodiscard]] const DiskPicture& picture() const { return m_picture; }

protected:
    void changeEvent(QEvent* event) override;

private:
    class Bar;
    class Segment;

    void showPieces();
    void showLegend();
    void select(const Segment& segment);

    DiskPicture m_picture;
    QLabel* m_title;
    Bar* m_bar;
    QLabel* m_legend;
    QLabel* m_details;
    QButtonGroup* m_group;
};

} // namespace Stowage
