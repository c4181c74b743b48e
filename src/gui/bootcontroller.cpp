// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "gui/bootcontroller.h"

namespace Stowage
{

BootController::BootController(QObject* parent) : QObject(parent)
{ }

BootController::~BootController()
{
    m_queue.cancelAll();
}

void BootController::start(const BootRequest& request)
{
    if (isRunning()) {
        return;
    }
    m_queue.clearFinished();
    m_model.clear();
    m_outcome.reset();
    m_report.reset();
    const BootObserver observer{
        .console =
            [this](const QString& text) {
                QMetaObject::invokeMethod(this, [this, text] { m_model.appendText(text); }, Qt::QueuedConnection);
            },
        .changed =
            [this](BootStage stage, const QList<GuestVerdict>& guests) {
                QMetaObject::invokeMethod(
                    this, [this, stage, guests] { m_model.setProgress(stage, guests); }, Qt::QueuedConnection);
            },
    };
    m_job = m_queue.add(tr("Boot check"), [this, request, observer](JobContext& context) {
        return checkBoot(request, observer, context, m_runner).transform([this](const BootReport& report) {
            m_report = report;
        });
    });
    connect(m_job, &Job::finished, this, &BootController::finish);
    Q_EMIT started();
}

void BootController::cancel()
{
    if (m_job != nullptr) {
        m_job->cancel();
    }
}

void BootController::finish()
{
    const Job* job = std::exchange(m_job, nullptr);
    if (job->state() == Job::State::Failed) {
        m_outcome = std::unexpected(job->error());
    } else if (job->state() == Job::State::Succeeded && m_report) {
        m_outcome = *m_report;
    }
    Q_EMIT finished();
}

} // namespace Stowage
