// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "progress.h"

namespace Stowage
{

void Progress::setStep(const QString& step)
{
    const std::scoped_lock lock(m_mutex);
    m_step = step;
}

ProgressSnapshot Progress::snapshot() const
{
    const std::scoped_lock lock(m_mutex);
    return {m_done.load(std::memory_order_relaxed), m_total.load(std::memory_order_relaxed), m_step};
}

} // namespace Stowage
