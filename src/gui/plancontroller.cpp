// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "gui/plancontroller.h"

#include "models/projectdocument.h"

#include <QtConcurrentRun>

#include <chrono>

using namespace std::chrono_literals;

namespace Stowage
{

namespace
{
constexpr auto Delay = 150ms;
} // namespace

PlanController::PlanController(ProjectDocument& document, QObject* parent) : QObject(parent), m_document(document)
{
    m_pool.setMaxThreadCount(2);
    m_delay.setSingleShot(true);
    m_delay.setInterval(Delay);
    connect(&m_delay, &QTimer::timeout, this, &PlanController::refresh);
    connect(&document, &ProjectDocument::changed, this, [this] {
        m_stop.request_stop();
        m_delay.start();
    });
}

PlanController::~PlanController()
{
    m_stop.request_stop();
    m_pool.waitForDone();
}

bool PlanController::isCurrent() const
{
    return m_plan && m_delivered == m_request && !m_delay.isActive() && m_plan->project == m_document.project();
}

void PlanController::setInputProblems(const QList<Problem>& problems)
{
    m_inputProblems = problems;
    m_delay.start();
}

void PlanController::refresh()
{
    m_delay.stop();
    m_stop.request_stop();
    m_stop = std::stop_source();
    const int request = ++m_request;
    const ProjectInput input{m_document.project(), m_inputProblems, {}, {}};
    QtConcurrent::run(&m_pool, [input, stop = m_stop.get_token()] {
        return makePlan(input, stop);
    }).then(this, [this, request](const Plan& plan) { deliver(request, plan); });
}

void PlanController::deliver(int request, const Plan& plan)
{
    if (request != m_request || m_delay.isActive()) {
        return;
    }
    m_delivered = request;
    m_plan = plan;
    Q_EMIT planChanged();
}

} // namespace Stowage
