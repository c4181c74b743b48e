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
    QByteArray format; ///< raw, qcow, qcow2, vhd, qed, empty (of an empty drive); not stated: empty, which means raw.
    QByteArray vdev;   ///< xvda, hdc, sda1, d0p1, ...
    QByteArray access; ///< r, ro, w, rw; empty: rw, or ro for a CD drive.
    bool cdrom = false;
    QList<std::pair<QByteArray, QByteArray>> options; ///< Other key=value pairs and flags (empty value), in order.
    qsizetype targetBegin = -1; ///< Span of the target, with any prefix, in the text; -1: no target there.
    qsizetype targetEnd = -1;
    qsizetype formatBegin = -1; ///< Span of the format where it is a field of its own; -1: it is not.
    qsizetype formatEnd = -1;

    bool operator==(const DiskSpec&) const = default;

    /** Whether @p other means the same disk, wherever its parts stand in the text. */
    [[nodiscard]] bool sameMeaning(const DiskSpec& other) const;
};

/** A change of a text: the bytes from @c begin to @c end become @c text. */
struct TextEdit {
    qsizetype begin = 0;
    qsizetype end = 0;
    QByteArray text;

    bool operator==(const TextEdit&) const = default;
};

/**
 * Parses @p text; the errors say which part and why, in the words of the manual page. Takes what xl takes and refuses
 * what xl refuses. Whether @c vdev names a device is not looked at, see isVirtualDevice().
 */
[[nodiscard]] Result<DiskSpec> parseDiskSpec(const QByteArray& text);

/**
 * The text for @p spec in the form that both new and old xl read: positional where that can hold it, else key=value.
 */
[[nodiscard]] QByteArray formatDiskSpec(const DiskSpec& spec);

/**
 * The changes that make @p path the target of the disk @p text, in rising order and apart from each other.
 *
 * The target becomes `file:<path>` where the other fields then keep their meaning, else plain `<path>`: behind a prefix
 * xl reads no positional format, and `target=` takes a prefix for a part of the path. A path that xl could not read in
 * the target's place ("," "=") goes to a `target=` at the end. A stated format becomes `raw`, which the image is,
 * unless the path's suffix names that format.
 */
[[nodiscard]] Result<QList<TextEdit>> diskTargetEdits(const QByteArray& text, const QByteArray& path);

/** @p text with @p edits, which rise and do not overlap, carried out. */
[[nodiscard]] QByteArray applyEdits(const QByteArray& text, const QList<TextEdit>& edits);

/** Whether @p vdev names a virtual block device: xvda, sdb3, hdc, d0p1, or a number (xen-vbd-interface(7)). */
[[nodiscard]] bool isVirtualDevice(const QByteArray& vdev);

} // namespace Stowage
