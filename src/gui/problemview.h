// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include <QWidget>

class QLabel;
class QListView;

namespace Stowage
{

class ProblemModel;
struct Problem;

/** The list of problems: each with its cause, its remedy and, where there is one, a button that mends it. */
class ProblemView : public QWidget
{
    Q_OBJECT

public:
    explicit ProblemView(QWidget* parent = nullptr);

    void setProblemModel(ProblemModel* model);

Q_SIGNALS:
    /** The user clicked a problem, or pressed Enter on it, and wants to see where it is. */
    void problemActivated(const Stowage::Problem& problem);
    void fixRequested(const Stowage::Problem& problem);

private:
    void updateButtons();
    void updateButton(int row);

    QListView* m_list;
    QLabel* m_nothing;
    ProblemModel* m_model = nullptr;
};

} // namespace Stowage
