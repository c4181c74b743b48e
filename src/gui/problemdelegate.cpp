// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "gui/problemdelegate.h"

#include "core/project/problem.h"
#include "gui/icons.h"
#include "gui/theme.h"
#include "models/problemmodel.h"

#include <QApplication>
#include <QListView>
#include <QPainter>

using namespace Qt::StringLiterals;

namespace Stowage
{

namespace
{

constexpr int Left = 14;
constexpr int IconSize = 16;
constexpr int Gap = 10;
constexpr int Padding = 8;

QIcon severityIcon(const QModelIndex& index)
{
    switch (static_cast<Problem::Severity>(index.data(ProblemModel::SeverityRole).toInt())) {
    case Problem::Severity::Error:
        return icon(u"error"_s, IconTint::Error);
    case Problem::Severity::Warning:
        return icon(u"warning"_s, IconTint::Warning);
    case Problem::Severity::Note:
        return icon(u"note"_s, IconTint::Accent);
    }
    return {};
}

int textHeight(const QFontMetrics& metrics, int width, const QString& text)
{
    return text.isEmpty() ? 0 : metrics.boundingRect(QRect(0, 0, width, 10000), Qt::TextWordWrap, text).height();
}

} // namespace

/** The texts of one problem and the height of each at the width that there is. */
struct ProblemDelegate::Lines {
    QString cause;
    QString remedy;
    int causeHeight = 0;
    int remedyHeight = 0;
    int width = 0;
};

ProblemDelegate::Lines ProblemDelegate::arrange(const QStyleOptionViewItem& option, const QModelIndex& index, int width)
{
    Lines lines;
    const QString guest = index.siblingAtColumn(ProblemModel::Guest).data().toString();
    const QString text = index.siblingAtColumn(ProblemModel::Text).data().toString();
    lines.cause = guest.isEmpty() || text.contains(guest) ? text : u"%1: %2"_s.arg(guest, text);
    lines.remedy = index.siblingAtColumn(ProblemModel::Remedy).data().toString();
    const QString fix = index.data(ProblemModel::FixTitleRole).toString();
    const int button = fix.isEmpty() ? 0 : option.fontMetrics.horizontalAdvance(fix) + 70;
    lines.width = std::max(160, width - Left - IconSize - Gap - Left - button);
    lines.causeHeight = textHeight(option.fontMetrics, lines.width, lines.cause);
    lines.remedyHeight = textHeight(option.fontMetrics, lines.width, lines.remedy);
    return lines;
}

void ProblemDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const
{
    QStyleOptionViewItem cell = option;
    initStyleOption(&cell, index);
    cell.text.clear();
    cell.icon = {};
    const QStyle* style = cell.widget == nullptr ? QApplication::style() : cell.widget->style();
    style->drawControl(QStyle::CE_ItemViewItem, &cell, painter, cell.widget);
    const Lines lines = arrange(cell, index, cell.rect.width());
    const int top = cell.rect.top() + Padding;
    severityIcon(index).paint(painter, QRect(cell.rect.left() + Left, top + 1, IconSize, IconSize));
    const int x = cell.rect.left() + Left + IconSize + Gap;
    painter->save();
    painter->setPen(QApplication::palette().color(QPalette::Text));
    painter->drawText(QRect(x, top, lines.width, lines.causeHeight), Qt::TextWordWrap, lines.cause);
    painter->setPen(Theme::color(Theme::Role::SecondaryText));
    painter->drawText(QRect(x, top + lines.causeHeight + 2, lines.width, lines.remedyHeight), Qt::TextWordWrap,
                      lines.remedy);
    painter->setPen(Theme::color(Theme::Role::Border));
    painter->drawLine(cell.rect.bottomLeft(), cell.rect.bottomRight());
    painter->restore();
}

QSize ProblemDelegate::sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const
{
    const auto* list = qobject_cast<const QListView*>(option.widget);
    const int width = list == nullptr ? option.rect.width() : list->viewport()->width();
    QStyleOptionViewItem cell = option;
    initStyleOption(&cell, index);
    const Lines lines = arrange(cell, index, width);
    const int text = lines.causeHeight + (lines.remedyHeight > 0 ? lines.remedyHeight + 2 : 0);
    const bool hasButton = index.data(ProblemModel::HasFixRole).toBool();
    return {width, std::max(text, hasButton ? 30 : 0) + 2 * Padding};
}

} // namespace Stowage
