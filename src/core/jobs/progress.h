// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include <QString>

#include <atomic>
#include <mutex>

namespace Stowage
{

/** Bytes done of bytes in all; total 0 means unknown. */
struct ProgressSnapshot {
    qint64 done = 0;
    qint64 total = 0;
    QString step; ///< What is being done now, for the user.

    bool operator==(const ProgressSnapshot&) const = default;
};

/** Where a worker tells how far it is. Thread-safe; cheap enough to call for every block. */
class Progress
{
public:
    void setTotal(qint64 bytes) { m_total.store(bytes, std::memory_order_relaxed); }
    void setDone(qint64 bytes) { m_done.store(bytes, std::memory_order_relaxed); }
    void advance(qint64 bytes) { m_done.fetch_add(bytes, std::memory_order_relaxed); }
    void setStep(const QString& step);
    [[nodiscard]] ProgressSnapshot snapshot() const;

private:
    std::atomic<qint64> m_done = 0;
    std::atomic<qint64> m_total = 0;
    mutable std::mutex m_mutex;
    QString m_step;
};

} // namespace Stowage
