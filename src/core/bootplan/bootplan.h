// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/project/project.h"
#include "core/sources/sourceprobe.h"

#include <QJsonValue>

namespace Stowage
{

/** One way to set a field of a guest, with the reason for it. */
struct BootOption {
    QJsonValue value; ///< As in the guest's object of the project file; Null: the field is not set.
    QString text; ///< For the user: "Linux 6.12.41 of partition 1".
    QString reason; ///< A sentence.

    bool operator==(const BootOption&) const = default;
};

/** What is proposed for one field of a guest, and what else could be. */
struct BootChoice {
    QString
        field; ///< Key in the guest's object of the project file: "type", "kernel", "ramdisk", "extra", "memory", ...
    QString title; ///< Of the field, for the user.
    BootOption proposal;
    QList<BootOption> alternatives;

    bool operator==(const BootChoice&) const = default;
};

/** How a source becomes a guest that starts. A plain value. */
struct BootPlan {
    QList<BootChoice> choices; ///< In the order in which they follow from each other.
    QStringList notes; ///< What stands in the way, a sentence each.

    bool operator==(const BootPlan&) const = default;

    /** What is proposed for @p field; null where nothing is. */
    [[nodiscard]] const BootChoice* choice(QLatin1StringView field) const;
};

/** What a plan is made for. */
struct BootTarget {
    Architecture architecture = Architecture::Unknown; ///< Unknown: the guest's own.
    GuestDefaults defaults;
};

/**
 * How the guest that @p source becomes is best started: its type, kernel, ramdisk, command line, disk and memory. Pure. Sources:
 * xl.cfg(5) for types and firmware, xl-disk-configuration(5) for devices, and Xen's SUPPORT.md for what starts on Arm.
 */
[[nodiscard]] BootPlan planBoot(const SourceInfo& source, const BootTarget& machine);

/** Sets in @p guest what @p plan proposes; nothing else is changed. */
void applyBootPlan(const BootPlan& plan, Guest& guest);

} // namespace Stowage
