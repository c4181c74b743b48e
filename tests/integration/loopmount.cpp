// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "loopmount.h"

#include <QFile>

#include <fcntl.h>
#include <linux/loop.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>

namespace Stowage::Test
{

using namespace Qt::StringLiterals;

bool canMount()
{
    return ::geteuid() == 0;
}

bool hideMounts()
{
    return ::unshare(CLONE_NEWNS) == 0 && ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
}

LoopMount::LoopMount(const QString& image, const QString& at, bool readOnly) : m_at(at)
{
    if (!attach(image)) {
        m_error = u"no loop device for %1: %2"_s.arg(image, qt_error_string(errno));
        return;
    }
    const unsigned long flags = MS_NOATIME | (readOnly ? MS_RDONLY : 0);
    m_mounted = ::mount(qPrintable(m_device), qPrintable(m_at), "ext4", flags, nullptr) == 0;
    if (!m_mounted) {
        m_error = u"%1 cannot be mounted: %2"_s.arg(image, qt_error_string(errno));
    }
}

LoopMount::~LoopMount()
{
    if (m_mounted) {
        ::umount2(qPrintable(m_at), MNT_DETACH);
    }
}

/** Takes the next free device; somebody else may be quicker, and then the one after it. */
bool LoopMount::attach(const QString& image)
{
    const UniqueFd control(::open("/dev/loop-control", O_RDWR | O_CLOEXEC));
    const UniqueFd file(::open(qPrintable(image), O_RDWR | O_CLOEXEC));
    if (!control.isValid() || !file.isValid()) {
        return false;
    }
    constexpr int Tries = 100;
    for (int i = 0; i < Tries; ++i) {
        const int number = ::ioctl(control.get(), LOOP_CTL_GET_FREE);
        if (number < 0) {
            return false;
        }
        m_device = u"/dev/loop%1"_s.arg(number);
        m_loop = UniqueFd(::open(qPrintable(m_device), O_RDWR | O_CLOEXEC));
        loop_config config = {};
        config.fd = static_cast<__u32>(file.get());
        config.info.lo_flags = LO_FLAGS_AUTOCLEAR; // it goes with its last user
        if (m_loop.isValid() && ::ioctl(m_loop.get(), LOOP_CONFIGURE, &config) == 0) {
            return true;
        }
        if (errno != EBUSY) {
            return false;
        }
    }
    return false;
}

bool LoopMount::crash()
{
    const UniqueFd top(::open(qPrintable(m_at), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    constexpr auto Shutdown = _IOR('X', 125, __u32); // of linux/fs/ext4/ext4.h, which nobody ships
    __u32 flushLog = 1;
    return top.isValid() && ::ioctl(top.get(), Shutdown, &flushLog) == 0;
}

bool LoopMount::unmount()
{
    m_loop.close();
    m_mounted = ::umount2(qPrintable(m_at), 0) != 0;
    return !m_mounted;
}

} // namespace Stowage::Test
