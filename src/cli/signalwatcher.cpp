// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "signalwatcher.h"

#include "cli/exitstatus.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <csignal>
#include <utility>

namespace Stowage
{

namespace
{

std::atomic<int> wakeDescriptor = -1;
std::atomic<bool> wasSignalled = false;
static_assert(std::atomic<bool>::is_always_lock_free && std::atomic<int>::is_always_lock_free);

/** Async-signal-safe: two lock-free atomics, write(2) and _exit(2). */
void handleSignal(int)
{
    if (wasSignalled.exchange(true)) {
        ::_exit(static_cast<int>(ExitStatus::Interrupted));
    }
    const char wake = 1;
    [[maybe_unused]] const auto written = ::write(wakeDescriptor.load(), &wake, sizeof wake);
}

} // namespace

SignalWatcher::SignalWatcher(std::function<void()> onSignal) : m_onSignal(std::move(onSignal))
{
    std::array<int, 2> ends{-1, -1};
    if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) {
        return; // signals keep their usual effect
    }
    wakeDescriptor = ends.at(1);
    m_notifier = std::make_unique<QSocketNotifier>(ends.at(0), QSocketNotifier::Read);
    QObject::connect(m_notifier.get(), &QSocketNotifier::activated, m_notifier.get(), [this] {
        m_notifier->setEnabled(false);
        m_onSignal();
    });

    struct sigaction action{};
    action.sa_handler = handleSignal;
    action.sa_flags = SA_RESTART;
    ::sigaction(SIGINT, &action, nullptr);
    ::sigaction(SIGTERM, &action, nullptr);
    struct sigaction before{};
    // Of a terminal that closes; nohup(1) has it ignored, which stays so.
    if (::sigaction(SIGHUP, nullptr, &before) == 0 && before.sa_handler != SIG_IGN) {
        ::sigaction(SIGHUP, &action, nullptr);
    }
    action.sa_handler = SIG_IGN;
    ::sigaction(SIGPIPE, &action, nullptr);
    ::sigaction(SIGXFSZ, &action, nullptr); // a write beyond the limit then fails and is reported
}

} // namespace Stowage
