// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include <QList>
#include <QString>
#include <QStringList>

namespace Stowage
{

/** A disk of a machine. */
struct MachineDisk {
    QString
        file; ///< Name of the file that holds it, beside the description: one component. Empty: it begins with zeros.
    qint64 capacity = 0; ///< Bytes; 0: not stated.
    QString format; ///< URI of the format; empty: not stated.
    QString compression; ///< Of the file ("gzip"); empty: none.
    bool isChunked = false; ///< The file is cut into several.

    bool operator==(const MachineDisk&) const = default;
};

/** A network card of a machine. */
struct MachineCard {
    QString mac; ///< "52:54:00:12:34:56"; empty: not stated.

    bool operator==(const MachineCard&) const = default;
};

/** A virtual machine as a description in OVF tells it. A plain value. */
struct MachineDescription {
    QString name; ///< May be empty.
    QString system; ///< Its operating system, in words; may be empty.
    qint64 memoryMiB = 0; ///< 0: not stated.
    int vcpus = 0; ///< 0: not stated.
    QList<MachineDisk> disks; ///< In the order of their controllers, and of their places there; no CD drives.
    QList<MachineCard> cards;
    bool isUefi = false; ///< Its firmware is UEFI, not a BIOS.
    QStringList notes; ///< What else is to be said of it, a sentence each.

    bool operator==(const MachineDescription&) const = default;
};

} // namespace Stowage
