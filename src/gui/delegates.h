// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include <QStyledItemDelegate>

namespace Stowage
{

/** Shows text of a left-to-right script as it is written, numbers and units too, where the window is mirrored. */
void keepDirection(QStyleOptionViewItem& option);

/** Gives the cells of the guest table their icons and colours: the source's kind, the worst problem, dimmed defaults. */
class GuestDelegate : public QStyledItemDelegate
{
    Q_OBJECT

public:
    using QStyledItemDelegate::QStyledItemDelegate;

    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override;
    void updateEditorGeometry(QWidget* editor, const QStyleOptionViewItem& option,
                              const QModelIndex& index) const override;

protected:
    void initStyleOption(QStyleOptionViewItem* option, const QModelIndex& index) const override;
};

/** Edits a number in a spin box with its unit. */
class NumberDelegate : public GuestDelegate
{
    Q_OBJECT

public:
    /** @p suffix: the unit with its space (" MiB"), may be empty. @p maximum: largest value; the smallest is 1. */
    NumberDelegate(QString suffix, int maximum, QObject* parent = nullptr);

    QWidget* createEditor(QWidget* parent, const QStyleOptionViewItem& option, const QModelIndex& index) const override;
    void setEditorData(QWidget* editor, const QModelIndex& index) const override;
    void setModelData(QWidget* editor, QAbstractItemModel* model, const QModelIndex& index) const override;

private:
    QString m_suffix;
    int m_maximum;
};

/** Edits the kernel: the machine's own, none, or a path that is typed in. */
class KernelDelegate : public GuestDelegate
{
    Q_OBJECT

public:
    using GuestDelegate::GuestDelegate;

    QWidget* createEditor(QWidget* parent, const QStyleOptionViewItem& option, const QModelIndex& index) const override;
    void setEditorData(QWidget* editor, const QModelIndex& index) const override;
    void setModelData(QWidget* editor, QAbstractItemModel* model, const QModelIndex& index) const override;
};

/** Paints a check box in the middle of its cell and toggles it by mouse or the space bar. */
class CheckDelegate : public GuestDelegate
{
    Q_OBJECT

public:
    using GuestDelegate::GuestDelegate;

    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override;
    bool editorEvent(QEvent* event, QAbstractItemModel* model, const QStyleOptionViewItem& option,
                     const QModelIndex& index) override;
};

} // namespace Stowage
