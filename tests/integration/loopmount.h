// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/support/uniquefd.h"

#include <QString>

namespace Stowage::Test
{

/** Whether this process may mount: root must, and then a mount that fails is a failure of the test. */
[[nodiscard]] bool canMount();

/** Gives this process a view of mounts of its own, so that none outlives it. Once, before the first mount. */
[[nodiscard]] bool hideMounts();

/** A file system image, mounted by the kernel through a loop device until it goes. Only for root. */
class LoopMount
{
public:
    /** Mounts @p image on the existing directory @p at. See error() for how that went. */
    LoopMount(const QString& image, const QString& at, bool readOnly);
    Q_DISABLE_COPY_MOVE(LoopMount)
    ~LoopMount();

    /** Empty when it is mounted. */
    [[nodiscard]] QString error() const { return m_error; }
    /**
     * Cuts the file system off from its disk as a crash would, its journal written and not replayed
     * (EXT4_IOC_SHUTDOWN).
     */
    [[nodiscard]] bool crash();
    [[nodiscard]] bool unmount();

private:
    [[nodiscard]] bool attach(const QString& image);

    QString m_at;
    QString m_device;
    QString m_error;
    UniqueFd m_loop;
    bool m_mounted = false;
};

} // namespace Stowage::Test
