// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include <QByteArray>

namespace Stowage
{

/** @p hosts, a hosts(5), with @p name as the name of the machine itself. */
[[nodiscard]] QByteArray hostsWith(const QByteArray& hosts, const QByteArray& name);

/** Whether fstabWith() takes out what is mounted from @p device. */
[[nodiscard]] bool isForeignDisk(const QByteArray& device);

/**
 * @p fstab, a fstab(5), with @p device as the root file system, and without disks that a guest of Xen does not have: those
 * that are named by a UUID or a label, as the image's are made anew, or that are no Xen disks.
 */
[[nodiscard]] QByteArray fstabWith(const QByteArray& fstab, const QByteArray& device);

/** Which init reads an inittab(5). */
enum class InittabKind { SysV, BusyBox };

/** @p inittab with a login on hvc0 by the program @p getty, unless something is on hvc0 already. */
[[nodiscard]] QByteArray inittabWith(const QByteArray& inittab, InittabKind kind, const QByteArray& getty);

/**
 * The inittab of a system that has nothing but BusyBox, at @p busyBox: mounts what every system has, and offers a login on hvc0,
 * or, where nobody @p canLogIn, a shell.
 */
[[nodiscard]] QByteArray busyBoxInittab(const QByteArray& busyBox, bool canLogIn);

/** @p securetty, a securetty(5), with hvc0 among the terminals of root. */
[[nodiscard]] QByteArray securettyWith(const QByteArray& securetty);

} // namespace Stowage
