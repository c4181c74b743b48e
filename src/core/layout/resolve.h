// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/import/importhandler.h"
#include "core/layout/disksetup.h"
#include "core/project/problem.h"
#include "core/project/project.h"
#include "core/sources/sourceprobe.h"

#include <QByteArray>

#include <stop_token>

namespace Stowage
{

/** A file that goes onto the target as it is. */
struct ResolvedFile {
    QString path; ///< As found, absolute; may be a link.
    QString realPath; ///< Links followed: the identity of the file.
    QString targetName; ///< File name in the images directory of the target.
    qint64 size = 0; ///< Bytes.
    qint64 allocated = 0; ///< Bytes on the disk, holes left out.
    QString handler = {}; ///< Step that makes it (findStepHandler()); empty: it is copied.
    QString member = {}; ///< Where it lies in @c path, for that step: an ImagePath.

    bool operator==(const ResolvedFile&) const = default;
};

/** A disk of a guest: copied as it is, or imported. */
struct ResolvedDisk {
    ResolvedFile file; ///< For an import: the source, and the name and size of the image that it becomes.
    QString handler; ///< Import handler; empty: the file is copied.
    QString member; ///< Which disk of the source, where it holds several; empty: the first.
    qint64 imageSizeMiB = 0; ///< For handlers that make an image from files, or an empty one.
    OwnerRule owners = OwnerRule::Automatic;
    std::optional<FirstBoot> firstBoot; ///< What is written into the image; none where the guest's is a seed.
    QString device; ///< In the guest; only set with @c firstBoot.
    SourceInfo source; ///< What the source is.
    bool found = false;

    bool operator==(const ResolvedDisk&) const = default;
};

/** What the handler of @p disk, which is imported, is asked for; the output is chosen by who runs it. */
[[nodiscard]] ImportRequest importRequest(const ResolvedDisk& disk);

/** The disk by which cloud-init in a guest learns of its first boot. */
struct ResolvedSeed {
    QString targetName; ///< File name in the images directory of the target.
    QString device; ///< In the guest.
    QByteArray image;
    QByteArray shown; ///< What is on it, for people.

    bool operator==(const ResolvedSeed&) const = default;
};

/** A guest with everything looked up. Parts that were not found are empty and have a problem. */
struct ResolvedGuest {
    int index = -1; ///< In Project::guests.
    QString entry;
    bool autostart = false;
    qint64 memoryMiB = 0;
    QList<ResolvedDisk> disks; ///< The root disk first.
    std::optional<ResolvedFile> kernel;
    std::optional<ResolvedFile> ramdisk;
    std::optional<ResolvedSeed> seed;
    QByteArray config; ///< What will stand in /etc/xen/<entry>.cfg.

    bool operator==(const ResolvedGuest&) const = default;
};

/** A project with every file found or a problem. */
struct ResolvedProject {
    QList<ResolvedGuest> guests;
    QList<Problem> problems; ///< In the order of the guests; those about no guest first.
    QString hostPath; ///< Absolute; empty when there is none.
    Architecture architecture = Architecture::Unknown; ///< Of the machine.
    std::optional<DiskSetup> disk; ///< None: no new disk is written.

    bool operator==(const ResolvedProject&) const = default;
};

/**
 * Looks up every file that @p project names, finds out what it is, makes the configs, and collects all problems.
 * @p places tells where the values were written. Blocks on the disk: not for the GUI thread.
 */
[[nodiscard]] ResolvedProject resolve(const Project& project, const PlaceMap& places, const std::stop_token& stop);

} // namespace Stowage
