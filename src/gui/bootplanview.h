// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/bootplan/bootplan.h"

#include <QWidget>

class QComboBox;
class QFormLayout;
class QLabel;

namespace Stowage
{

class FieldBinder;

/**
 * What the image of the selected guest is, and how the guest boots: for each choice what is set, what is proposed, the
 * alternatives, and the reason. What the user picks is an edit like any other; nothing is ever set by itself.
 */
class BootPlanView : public QWidget
{
    Q_OBJECT

public:
    explicit BootPlanView(QWidget* parent = nullptr);

    /** @p binder is not owned and outlives this. Called once. */
    void setBinder(FieldBinder* binder);
    /** Shows @p source with the plan for it on @p machine; null: it is not known, or several guests are selected. */
    void showSource(const SourceInfo* source, const BootTarget& machine);

private:
    /** The widgets of one choice. */
    struct Row {
        BootChoice choice;
        QComboBox* combo = nullptr;
        QLabel* reason = nullptr;
    };

    void build(const SourceInfo& source, const BootPlan& plan);
    void addChoice(QFormLayout& form, const BootChoice& choice);
    void refresh();
    void refreshRow(const Row& row);
    [[nodiscard]] QLabel* makeText(const QString& text, bool isSecondary);

    FieldBinder* m_binder = nullptr;
    SourceInfo m_source;
    BootPlan m_plan;
    QWidget* m_content = nullptr; ///< Made anew for each source.
    QList<Row> m_rows;
};

} // namespace Stowage
