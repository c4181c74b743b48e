// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "gui/bootplanview.h"

#include "core/sources/sourcetext.h"
#include "gui/fieldbinder.h"
#include "gui/icons.h"
#include "gui/theme.h"

#include <QComboBox>
#include <QFormLayout>
#include <QLabel>
#include <QVBoxLayout>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace Stowage
{

namespace
{

constexpr int Spacing = 8;

QLabel* makeHeading(const QString& text, QWidget* parent)
{
    auto* heading = new QLabel(text, parent);
    heading->setFont(Theme::scaledFont(1.0, QFont::DemiBold));
    heading->setContentsMargins(0, Spacing, 0, 0);
    return heading;
}

QFormLayout* makeForm(QVBoxLayout& layout)
{
    auto* form = new QFormLayout;
    form->setContentsMargins(0, 0, 0, 0);
    form->setHorizontalSpacing(12);
    form->setVerticalSpacing(Spacing);
    form->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow); // texts have the width that they wrap in
    form->setRowWrapPolicy(QFormLayout::WrapLongRows); // a UUID has no place to break at
    layout.addLayout(form);
    return form;
}

} // namespace

BootPlanView::BootPlanView(QWidget* parent) : QWidget(parent)
{
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
}

void BootPlanView::setBinder(FieldBinder* binder)
{
    m_binder = binder;
    binder->bindCustom([this] { refresh(); });
}

void BootPlanView::showSource(const SourceInfo* source, const BootTarget& machine)
{
    const SourceInfo shown = source == nullptr ? SourceInfo() : *source;
    const BootPlan plan = source == nullptr ? BootPlan() : planBoot(*source, machine);
    if (m_content != nullptr && shown == m_source && plan == m_plan) {
        refresh();
        return;
    }
    m_source = shown;
    m_plan = plan;
    m_rows.clear();
    delete m_content;
    m_content = new QWidget(this);
    layout()->addWidget(m_content);
    build(shown, plan);
    refresh();
}

QLabel* BootPlanView::makeText(const QString& text, bool isSecondary)
{
    auto* label = new QLabel(text, m_content);
    label->setTextFormat(Qt::PlainText);
    label->setWordWrap(true);
    label->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    label->setFocusPolicy(Qt::NoFocus);
    if (isSecondary) {
        label->setProperty("secondary", true);
    }
    return label;
}

void BootPlanView::build(const SourceInfo& source, const BootPlan& plan)
{
    auto* layout = new QVBoxLayout(m_content);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(Spacing);
    if (source.path.isEmpty()) {
        layout->addWidget(
            makeText(tr("Select one guest whose image was found to see what is in it and how it boots."), true));
        layout->addStretch();
        return;
    }
    layout->addWidget(makeText(source.description, false));
    for (const QString& note : plan.notes) {
        layout->addWidget(makeText(note, false));
    }
    layout->addWidget(makeHeading(tr("How it boots"), m_content));
    QFormLayout* choices = makeForm(*layout);
    for (const BootChoice& choice : plan.choices) {
        addChoice(*choices, choice);
    }
    layout->addWidget(makeHeading(tr("What is in it"), m_content));
    QFormLayout* facts = makeForm(*layout);
    for (const SourceFact& fact : sourceFacts(source).sliced(1)) {
        facts->addRow(tr("%1:").arg(fact.title), makeText(fact.text, false));
    }
    layout->addStretch();
}

void BootPlanView::addChoice(QFormLayout& form, const BootChoice& choice)
{
    Row row{.choice = choice, .combo = new QComboBox(m_content), .reason = makeText({}, true)};
    row.combo->setObjectName(u"plan-"_s + choice.field);
    row.combo->setAccessibleName(choice.title);
    row.combo->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    row.combo->setMinimumContentsLength(10);
    row.combo->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    row.combo->addItem(choice.proposal.text, choice.proposal.value.toVariant());
    for (const BootOption& option : choice.alternatives) {
        row.combo->addItem(option.text, option.value.toVariant());
    }
    connect(row.combo, &QComboBox::activated, this, [this, choice](int index) {
        const qsizetype alternative = index - 1;
        if (index == 0) {
            m_binder->submit(choice.field, choice.proposal.value, tr("Change %1").arg(choice.title));
        } else if (alternative < choice.alternatives.size()) {
            m_binder->submit(choice.field, choice.alternatives.at(alternative).value,
                             tr("Change %1").arg(choice.title));
        }
    });
    auto* label = new QLabel(tr("%1:").arg(choice.title), m_content);
    label->setBuddy(row.combo);
    auto* field = new QVBoxLayout;
    field->setSpacing(2);
    field->addWidget(row.combo);
    field->addWidget(row.reason);
    form.addRow(label, field);
    m_rows.append(row);
}

void BootPlanView::refresh()
{
    std::ranges::for_each(m_rows, [this](const Row& row) { refreshRow(row); });
}

void BootPlanView::refreshRow(const Row& row)
{
    const auto known = static_cast<int>(row.choice.alternatives.size()) + 1;
    const QJsonValue value = m_binder->commonValue(row.choice.field).value_or(QJsonValue());
    int current = value == row.choice.proposal.value ? 0 : -1;
    for (int i = 1; current < 0 && i < known; ++i) {
        current = row.choice.alternatives.at(i - 1).value == value ? i : -1;
    }
    while (row.combo->count() > known) {
        row.combo->removeItem(known);
    }
    if (current < 0) {
        const QString own = value.isString() ? value.toString() : value.toVariant().toString();
        row.combo->addItem(own.isEmpty() ? tr("As set elsewhere") : own);
        row.reason->setText(
            tr("Set by hand. Proposed is %1: %2").arg(row.choice.proposal.text, row.choice.proposal.reason));
        current = known;
    } else {
        const BootOption& option = current == 0 ? row.choice.proposal : row.choice.alternatives.at(current - 1);
        row.reason->setText(current == 0 ? option.reason
                                         : tr("%1 Proposed is %2.").arg(option.reason, row.choice.proposal.text));
    }
    row.combo->setCurrentIndex(current);
    row.combo->setToolTip(row.combo->currentText());
    row.combo->setEnabled(row.combo->count() > 1);
}

} // namespace Stowage
