// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "gui/layoutview.h"

#include "gui/delegates.h"
#include "gui/icons.h"
#include "gui/theme.h"
#include "models/layoutmodel.h"

#include <QHeaderView>
#include <QStyledItemDelegate>

using namespace Qt::StringLiterals;

namespace Stowage
{

namespace
{

LayoutNode::State stateOf(const QModelIndex& index)
{
    return static_cast<LayoutNode::State>(index.data(LayoutModel::StateRole).toInt());
}

IconTint tintOf(LayoutNode::State state)
{
    switch (state) {
    case LayoutNode::State::New:
        return IconTint::Good;
    case LayoutNode::State::Kept:
        return IconTint::Secondary;
    case LayoutNode::State::Replaced:
        return IconTint::Warning;
    case LayoutNode::State::Conflict:
        return IconTint::Error;
    }
    return IconTint::Text;
}

QString iconName(const QModelIndex& index)
{
    const QString name = index.data().toString();
    switch (static_cast<LayoutNode::Kind>(index.data(LayoutModel::KindRole).toInt())) {
    case LayoutNode::Kind::Directory:
        return u"directory"_s;
    case LayoutNode::Kind::Symlink:
        return u"symlink"_s;
    case LayoutNode::Kind::File:
        return name.endsWith(".cfg"_L1) ? u"config"_s : u"file"_s;
    case LayoutNode::Kind::Other:
        return u"settings"_s;
    }
    return u"file"_s;
}

/** The state as a badge in the last column, the kind as an icon in the first. */
class LayoutDelegate : public QStyledItemDelegate
{
public:
    using QStyledItemDelegate::QStyledItemDelegate;

protected:
    void initStyleOption(QStyleOptionViewItem* option, const QModelIndex& index) const override
    {
        QStyledItemDelegate::initStyleOption(option, index);
        keepDirection(*option);
        const LayoutNode::State state = stateOf(index);
        option->decorationSize = QSize(16, 16);
        if (index.column() == LayoutModel::Name) {
            option->features |= QStyleOptionViewItem::HasDecoration;
            option->icon = icon(iconName(index), tintOf(state));
        } else if (index.column() == LayoutModel::From) {
            option->features |= QStyleOptionViewItem::HasDecoration;
            option->icon = icon(badge(state), tintOf(state));
        }
        const bool quiet = index.column() != LayoutModel::Name || state == LayoutNode::State::Kept;
        if (state == LayoutNode::State::Conflict) {
            setText(option, Theme::color(Theme::Role::Error));
        } else if (quiet) {
            setText(option, Theme::color(Theme::Role::SecondaryText));
        }
    }

private:
    static QString badge(LayoutNode::State state)
    {
        switch (state) {
        case LayoutNode::State::New:
            return u"state-new"_s;
        case LayoutNode::State::Kept:
            return u"state-kept"_s;
        case LayoutNode::State::Replaced:
            return u"state-replaced"_s;
        case LayoutNode::State::Conflict:
            return u"state-conflict"_s;
        }
        return {};
    }

    static void setText(QStyleOptionViewItem* option, const QColor& color)
    {
        option->palette.setColor(QPalette::Text, color);
        option->palette.setColor(QPalette::HighlightedText, color);
    }
};

} // namespace

LayoutView::LayoutView(QWidget* parent) : QTreeView(parent)
{
    setUniformRowHeights(true);
    setSelectionBehavior(QAbstractItemView::SelectRows);
    setAlternatingRowColors(false);
    setIndentation(18);
    setItemDelegate(new LayoutDelegate(this));
}

void LayoutView::setLayoutModel(LayoutModel* model)
{
    setModel(model);
    const int letter = fontMetrics().averageCharWidth();
    header()->resizeSection(LayoutModel::Name, letter * 46);
    header()->resizeSection(LayoutModel::Size, letter * 16);
    header()->resizeSection(LayoutModel::Owner, letter * 13);
    header()->resizeSection(LayoutModel::Mode, letter * 14);
    header()->setStretchLastSection(true);
    connect(model, &QAbstractItemModel::rowsInserted, this, &LayoutView::expandNew);
    connect(model, &QAbstractItemModel::modelReset, this, [this, model] { expandNew({}, 0, model->rowCount() - 1); });
    connect(this, &QAbstractItemView::activated, this, [this](const QModelIndex& index) {
        if (const QString entry = index.data(LayoutModel::GuestRole).toString(); !entry.isEmpty()) {
            Q_EMIT guestActivated(entry);
        }
    });
    expandNew({}, 0, model->rowCount() - 1);
}

void LayoutView::expandNew(const QModelIndex& parent, int first, int last)
{
    for (int row = first; row <= last; ++row) {
        const QModelIndex index = model()->index(row, 0, parent);
        if (stateOf(index) == LayoutNode::State::Kept) {
            continue;
        }
        for (QModelIndex above = parent; above.isValid(); above = above.parent()) {
            expand(above);
        }
        if (model()->rowCount(index) > 0) {
            expand(index);
            expandNew(index, 0, model()->rowCount(index) - 1);
        }
    }
}

} // namespace Stowage
