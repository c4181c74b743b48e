// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "gui/delegates.h"

#include "core/project/imagepath.h"
#include "core/sources/sourceprobe.h"
#include "gui/icons.h"
#include "gui/progresspainter.h"
#include "gui/theme.h"
#include "models/guestlistmodel.h"

#include <QApplication>
#include <QComboBox>
#include <QKeyEvent>
#include <QLineEdit>
#include <QMouseEvent>
#include <QPainter>
#include <QSpinBox>

using namespace Qt::StringLiterals;

namespace Stowage
{

namespace
{

QIcon sourceIcon(const QModelIndex& index)
{
    const int kind = index.data(GuestListModel::SourceKindRole).toInt();
    const QString type = index.data(GuestListModel::SourceTypeRole).toString();
    static const QStringList systems{u"rootfs_dir"_s, u"rootfs_archive"_s, u"squashfs"_s, u"container"_s};
    if (kind == static_cast<int>(SourceKind::RootfsDirectory) || kind == static_cast<int>(SourceKind::RootfsArchive)
        || kind == static_cast<int>(SourceKind::Squashfs) || kind == static_cast<int>(SourceKind::ContainerImage)
        || systems.contains(type)) {
        return icon(u"folder-rootfs"_s, IconTint::Secondary);
    }
    static const QStringList formats{u"qcow2"_s, u"vmdk"_s,           u"vdi"_s, u"vhd"_s, u"vhdx"_s,
                                     u"qed"_s,   u"android_sparse"_s, u"ova"_s};
    if (kind == static_cast<int>(SourceKind::Qcow2) || kind == static_cast<int>(SourceKind::VirtualDisk)
        || kind == static_cast<int>(SourceKind::VirtualMachine) || formats.contains(type)) {
        return icon(u"disk-qcow2"_s, IconTint::Secondary);
    }
    if (kind == static_cast<int>(SourceKind::RawDisk) || type == "raw"_L1 || type == EmptyDiskType) {
        return icon(u"disk-raw"_s, IconTint::Secondary);
    }
    return icon(u"disk-ext4"_s, IconTint::Secondary);
}

QIcon stateIcon(const QModelIndex& index)
{
    switch (static_cast<GuestListModel::GuestState>(index.data(GuestListModel::StateRole).toInt())) {
    case GuestListModel::GuestState::Unchecked:
        return icon(u"waiting"_s, IconTint::Secondary);
    case GuestListModel::GuestState::Ready:
        return icon(u"ok"_s, IconTint::Good);
    case GuestListModel::GuestState::Noted:
        return icon(u"note"_s, IconTint::Accent);
    case GuestListModel::GuestState::Warning:
        return icon(u"warning"_s, IconTint::Warning);
    case GuestListModel::GuestState::Error:
        return icon(u"error"_s, IconTint::Error);
    case GuestListModel::GuestState::Importing:
        return icon(u"running"_s, IconTint::Accent);
    }
    return {};
}

QRect checkRect(const QStyleOptionViewItem& option)
{
    const QStyle* style = option.widget == nullptr ? QApplication::style() : option.widget->style();
    const QSize size(style->pixelMetric(QStyle::PM_IndicatorWidth, nullptr, option.widget),
                     style->pixelMetric(QStyle::PM_IndicatorHeight, nullptr, option.widget));
    return QStyle::alignedRect(option.direction, Qt::AlignCenter, size, option.rect);
}

} // namespace

void keepDirection(QStyleOptionViewItem& option)
{
    constexpr QChar FirstStrongIsolate(0x2068);
    constexpr QChar PopIsolate(0x2069);
    if (option.direction == Qt::RightToLeft && !option.text.isEmpty()) {
        option.text = FirstStrongIsolate + option.text + PopIsolate;
    }
}

void GuestDelegate::initStyleOption(QStyleOptionViewItem* option, const QModelIndex& index) const
{
    QStyledItemDelegate::initStyleOption(option, index);
    keepDirection(*option);
    QIcon decoration;
    if (index.column() == GuestListModel::Name) {
        decoration = icon(u"guest"_s, IconTint::Accent);
    } else if (index.column() == GuestListModel::Source) {
        decoration = sourceIcon(index);
        option->textElideMode = Qt::ElideMiddle;
    } else if (index.column() == GuestListModel::State) {
        decoration = stateIcon(index);
    }
    if (!decoration.isNull()) {
        option->features |= QStyleOptionViewItem::HasDecoration;
        option->icon = decoration;
        option->decorationSize = QSize(16, 16);
    }
    if (index.data(GuestListModel::IsDefaultRole).toBool()) {
        const QColor dimmed = Theme::color(Theme::Role::SecondaryText);
        option->palette.setColor(QPalette::Text, dimmed);
        option->palette.setColor(QPalette::HighlightedText, dimmed);
    }
}

void GuestDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const
{
    const int percent = index.column() == GuestListModel::State ? index.data(GuestListModel::ProgressRole).toInt() : -1;
    if (percent < 0) {
        QStyledItemDelegate::paint(painter, option, index);
        return;
    }
    QStyleOptionViewItem cell = option;
    initStyleOption(&cell, index);
    cell.text.clear();
    const QStyle* style = cell.widget == nullptr ? QApplication::style() : cell.widget->style();
    style->drawControl(QStyle::CE_ItemViewItem, &cell, painter, cell.widget);
    constexpr int Icon = 32;
    constexpr int Margin = 8;
    paintProgress(*painter, QStyle::visualRect(cell.direction, cell.rect, cell.rect.adjusted(Icon, 0, -Margin, 0)),
                  percent);
}

void GuestDelegate::updateEditorGeometry(QWidget* editor, const QStyleOptionViewItem& option,
                                         const QModelIndex& index) const
{
    QRect area = option.rect;
    if (auto* line = qobject_cast<QLineEdit*>(editor); line != nullptr) {
        // The text stays where it is, beside its icon.
        line->setFrame(true);
        QStyleOptionViewItem cell = option;
        initStyleOption(&cell, index);
        const QStyle* style = cell.widget == nullptr ? QApplication::style() : cell.widget->style();
        area = style->subElementRect(QStyle::SE_ItemViewItemText, &cell, cell.widget);
        area.setTop(option.rect.top());
        area.setBottom(option.rect.bottom());
    }
    const int missing = std::max(0, editor->minimumSizeHint().width() - area.width());
    const bool isMirrored = option.direction == Qt::RightToLeft;
    editor->setGeometry(area.adjusted(isMirrored ? -missing : 0, 1, isMirrored ? 0 : missing, -1));
}

NumberDelegate::NumberDelegate(QString suffix, int maximum, QObject* parent)
    : GuestDelegate(parent),
      m_suffix(std::move(suffix)),
      m_maximum(maximum)
{ }

QWidget* NumberDelegate::createEditor(QWidget* parent, const QStyleOptionViewItem& /*option*/,
                                      const QModelIndex& /*index*/) const
{
    auto* spin = new QSpinBox(parent);
    spin->setRange(1, m_maximum);
    spin->setSuffix(m_suffix);
    spin->setAccelerated(true);
    spin->setStepType(m_suffix.isEmpty() ? QAbstractSpinBox::DefaultStepType
                                         : QAbstractSpinBox::AdaptiveDecimalStepType);
    return spin;
}

void NumberDelegate::setEditorData(QWidget* editor, const QModelIndex& index) const
{
    if (auto* spin = qobject_cast<QSpinBox*>(editor); spin != nullptr) {
        spin->setValue(index.data(Qt::EditRole).toInt());
        spin->selectAll();
    }
}

void NumberDelegate::setModelData(QWidget* editor, QAbstractItemModel* model, const QModelIndex& index) const
{
    if (auto* spin = qobject_cast<QSpinBox*>(editor); spin != nullptr) {
        spin->interpretText();
        model->setData(index, spin->value(), Qt::EditRole);
    }
}

QWidget* KernelDelegate::createEditor(QWidget* parent, const QStyleOptionViewItem& /*option*/,
                                      const QModelIndex& index) const
{
    auto* combo = new QComboBox(parent);
    combo->setEditable(true);
    combo->setInsertPolicy(QComboBox::NoInsert);
    combo->addItem(icon(u"kernel"_s), tr("Shared with the machine"), QString());
    combo->addItem(icon(u"disk"_s), tr("From its image"), ImagePath().toString());
    combo->addItem(icon(u"disk"_s), tr("None (boots from its disk)"), u"none"_s);
    const QString value = index.data(Qt::EditRole).toString();
    if (combo->findData(value) < 0) {
        combo->addItem(icon(u"file"_s), value, value);
    }
    return combo;
}

void KernelDelegate::setEditorData(QWidget* editor, const QModelIndex& index) const
{
    if (auto* combo = qobject_cast<QComboBox*>(editor); combo != nullptr) {
        combo->setCurrentIndex(std::max(0, combo->findData(index.data(Qt::EditRole).toString())));
    }
}

void KernelDelegate::setModelData(QWidget* editor, QAbstractItemModel* model, const QModelIndex& index) const
{
    if (auto* combo = qobject_cast<QComboBox*>(editor); combo != nullptr) {
        const int known = combo->findText(combo->currentText());
        model->setData(index, known >= 0 ? combo->itemData(known) : QVariant(combo->currentText().trimmed()),
                       Qt::EditRole);
    }
}

void CheckDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const
{
    QStyleOptionViewItem cell = option;
    initStyleOption(&cell, index);
    cell.features &= ~QStyleOptionViewItem::HasCheckIndicator;
    cell.text.clear();
    const QStyle* style = cell.widget == nullptr ? QApplication::style() : cell.widget->style();
    style->drawControl(QStyle::CE_ItemViewItem, &cell, painter, cell.widget);
    QStyleOptionButton box;
    box.rect = checkRect(cell);
    box.palette = QApplication::palette("QCheckBox");
    box.state = cell.state & ~QStyle::State_HasFocus;
    const bool checked = index.data(Qt::CheckStateRole).value<Qt::CheckState>() == Qt::Checked;
    box.state |= checked ? QStyle::State_On : QStyle::State_Off;
    style->drawPrimitive(QStyle::PE_IndicatorCheckBox, &box, painter, cell.widget);
}

bool CheckDelegate::editorEvent(QEvent* event, QAbstractItemModel* model, const QStyleOptionViewItem& option,
                                const QModelIndex& index)
{
    bool toggles = false;
    if (event->type() == QEvent::MouseButtonRelease) {
        const auto* mouse = static_cast<QMouseEvent*>(event);
        toggles = mouse->button() == Qt::LeftButton
            && checkRect(option).adjusted(-4, -4, 4, 4).contains(mouse->position().toPoint());
    } else if (event->type() == QEvent::KeyPress) {
        const int key = static_cast<QKeyEvent*>(event)->key();
        toggles = key == Qt::Key_Space || key == Qt::Key_Select;
    }
    if (!toggles) {
        return false;
    }
    const bool checked = index.data(Qt::CheckStateRole).value<Qt::CheckState>() == Qt::Checked;
    return model->setData(index, checked ? Qt::Unchecked : Qt::Checked, Qt::CheckStateRole);
}

} // namespace Stowage
