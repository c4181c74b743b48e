// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/output/builder.h"

#include <QThreadPool>
#include <QTimer>

#include <optional>

namespace Stowage
{

class ProjectDocument;

/**
 * Keeps a plan of the document's project up to date: a little after each change it is made anew on a worker thread. The
 * latest request wins: an older one is stopped and what it made is dropped.
 */
class PlanController : public QObject
{
    Q_OBJECT

public:
    /** @p document is not owned and outlives this. */
    explicit PlanController(ProjectDocument& document, QObject* parent = nullptr);
    /** Stops the worker and waits for it. */
    ~PlanController() override;

    /** The newest plan; none before the first. */
    [[nodiscard]] const std::optional<Plan>& plan() const { return m_plan; }
    /** Whether plan() is of the document's present project. */
    [[nodiscard]] bool isCurrent() const;

    /** Problems found while reading the input that the project came from; they are part of every plan's problems. */
    void setInputProblems(const QList<Problem>& problems);
    [[nodiscard]] const QList<Problem>& inputProblems() const { return m_inputProblems; }

    /** Makes a plan at once: after a change that must not wait, or because the disk may have changed. */
    void refresh();

Q_SIGNALS:
    void planChanged();

private:
    void deliver(int request, const Plan& plan);

    ProjectDocument& m_document;
    QThreadPool m_pool;
    QTimer m_delay;
    std::stop_source m_stop;
    std::optional<Plan> m_plan;
    QList<Problem> m_inputProblems;
    int m_request = 0;
    int m_delivered = 0;
};

} // namespace Stowage
