// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include <QWidget>

class QTreeView;
class QLabel;
class QToolButton;

namespace Stowage
{

class JobModel;
class JobQueue;

/** Gives the columns of a JobModel their icons and progress bars in @p view. */
void setUpJobColumns(QTreeView* view);

/** The jobs of a queue with progress, speed and time left, and buttons that cancel and clear them. */
class JobView : public QWidget
{
    Q_OBJECT

public:
    explicit JobView(QWidget* parent = nullptr);

    /** @p model is not owned; its queue is where jobs are cancelled. */
    void setJobModel(JobModel* model);

private:
    void cancelSelected();
    void updateButtons();
    /** Tells why the chosen job failed, or, none being chosen, the last that did. */
    void updateReason();

    QTreeView* m_tree;
    QLabel* m_nothing;
    QLabel* m_reason;
    QToolButton* m_cancel;
    QToolButton* m_clear;
    QToolButton* m_report;
    JobModel* m_model = nullptr;
};

} // namespace Stowage
