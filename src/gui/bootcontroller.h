// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/boot/bootcheck.h"
#include "core/jobs/jobqueue.h"
#include "core/process/processrunner.h"
#include "models/bootmodel.h"

#include <QObject>

#include <optional>

namespace Stowage
{

/** Boots images, one at a time, and keeps how the last one went. */
class BootController : public QObject
{
    Q_OBJECT

public:
    explicit BootController(QObject* parent = nullptr);
    /** Ends what runs and waits for it. */
    ~BootController() override;

    [[nodiscard]] BootModel& model() { return m_model; }
    [[nodiscard]] bool isRunning() const { return m_job != nullptr; }
    /** How the last boot went; none before the first, while one runs, and when it was cancelled. */
    [[nodiscard]] const std::optional<Result<BootReport>>& outcome() const { return m_outcome; }

    /** Does nothing while a boot runs. */
    void start(const BootRequest& request);
    void cancel();

Q_SIGNALS:
    void started();
    /** The boot has ended; see outcome(). */
    void finished();

private:
    void finish();

    BootModel m_model;
    ProcessRunner m_runner; ///< Before the queue, whose destructor waits for those who use it.
    std::optional<BootReport> m_report; ///< The worker's until its job has ended.
    std::optional<Result<BootReport>> m_outcome;
    Job* m_job = nullptr;
    JobQueue m_queue;
};

} // namespace Stowage
