// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/support/result.h"

#include <QByteArray>
#include <QList>

#include <utility>

namespace Stowage
{

/** One disk of a guest, as xl-disk-configuration(5) describes it. Reads all forms of the page. A plain value. */
struct DiskSpec {
    QByteArray target; ///< Path or device on the host; may be empty for an empty CD drive.
    QByteArray format; ///< raw, qcow, qcow2, vhd, qed; empty: raw.
    QByteArray vdev; ///< xvda, hdc, sda1, d0p1, ...
    QByteArray access; ///< r, ro, w, rw; empty: rw.
    bool cdrom = false;
    QList<std::pair<QByteArray, QByteArray>> options; ///< Other key=value pairs and flags (empty value), in order.
    qsizetype targetBegin = -1; ///< Span of the target, with any prefix, in the text; -1: no target there.
    qsizetype targetEnd = -1;

    bool operator==(const DiskSpec&) const = default;
};

/** Parses @p text; the errors say which part and why, in the words of the manual page. */
[[nodiscard]] Result<DiskSpec> parseDiskSpec(const QByteArray& text);

/** The text for @p spec in the form that both new and old xl read: positional where that can hold it, else key=value. */
[[nodiscard]] QByteArray formatDiskSpec(const DiskSpec& spec);

/** @p text with its target replaced by `file:<path>`; every other byte stays. Any form of the manual page works. */
[[nodiscard]] Result<QByteArray> withDiskTarget(const QByteArray& text, const QByteArray& path);

/** Whether @p vdev names a virtual block device: xvda, sdb3, hdc, d0p1, or a number (xen-vbd-interface(7)). */
[[nodiscard]] bool isVirtualDevice(const QByteArray& vdev);

} // namespace Stowage
