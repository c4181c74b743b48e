// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include <QSocketNotifier>

#include <functional>
#include <memory>

namespace Stowage
{

/**
 * Calls a function on the thread that made it, in its event loop, at the first SIGINT or SIGTERM. The second one ends the
 * process at once with the status of an interrupted run. SIGPIPE and SIGXFSZ are ignored: writing to a reader who left,
 * or beyond the limit of a file's size, is an error like any other. One in a process.
 */
class SignalWatcher
{
public:
    explicit SignalWatcher(std::function<void()> onSignal);

private:
    std::function<void()> m_onSignal;
    std::unique_ptr<QSocketNotifier> m_notifier;
};

} // namespace Stowage
