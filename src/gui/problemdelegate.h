// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include <QStyledItemDelegate>

namespace Stowage
{

/** Paints a problem over several lines: an icon for its severity, the guest and the cause, below them the remedy. */
class ProblemDelegate : public QStyledItemDelegate
{
    Q_OBJECT

public:
    using QStyledItemDelegate::QStyledItemDelegate;

    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override;
    [[nodiscard]] QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;

private:
    struct Lines;
    [[nodiscard]] static Lines arrange(const QStyleOptionViewItem& option, const QModelIndex& index, int width);
};

} // namespace Stowage
