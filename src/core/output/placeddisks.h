// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/jobs/job.h"
#include "core/process/commandrunner.h"

#include <QByteArray>
#include <QHash>

#include <map>

namespace Stowage
{

class EntrySink;
class LayoutContent;

/** What was written into a disk, to know it again. */
struct PlacedDisk {
    struct Part {
        qint64 size = 0; ///< Bytes.
        quint32 sum = 0; ///< CRC-32.
    };

    qint64 size = 0; ///< Bytes of the disk.
    std::map<qint64, Part> parts; ///< By the byte where they begin; all else is zeros. They lie apart from each other.
};

/** The disks of a layout that are converted straight into the image that is being made, each byte written once. */
class PlacedDisks
{
public:
    /**
     * Runs the imports of @p content that have no file yet (LayoutContent::placedImport()) and puts their disks into
     * @p sink, which has everything else. Work files go to @p workDirectory. Blocks; worker threads only.
     */
    [[nodiscard]] Result<void> make(const LayoutContent& content, EntrySink& sink, const QString& workDirectory,
                                    JobContext& context, CommandRunner& runner);

    /** How the disk that became the file @p path ("/var/lib/...") was written; null when none did. */
    [[nodiscard]] const PlacedDisk* find(const QByteArray& path) const;

private:
    QHash<QByteArray, PlacedDisk> m_disks;
};

} // namespace Stowage
