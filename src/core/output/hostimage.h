// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/layout/hostsource.h"
#include "core/output/layoutcontent.h"
#include "core/process/commandrunner.h"

namespace Stowage
{

/** Where a file system lies that is being worked on. */
struct ImagePlace {
    QString path;
    int fd = -1; ///< The same file, open for reading and writing; borrowed.
    qint64 offset = 0; ///< Byte where the file system begins.
};

/**
 * Puts what is new in a layout into a copy of the host's own ext4 file system, which keeps its identity, its features and
 * all else. Borrows everything; blocks on the disk.
 */
class HostImage
{
public:
    /** @p host is an ext4 image or a disk. @p sizeMiB: of the file system; 0: as now, or larger when that is needed. */
    HostImage(const HostSource& host, const LayoutContent& content, qint64 sizeMiB, JobContext& context,
              CommandRunner& runner)
        : m_host(host),
          m_content(content),
          m_sizeMiB(sizeMiB),
          m_context(context),
          m_runner(runner)
    { }

    /** Looks whether the new files fit, and what size the file system is to get. To be called first. */
    [[nodiscard]] Result<void> measure();
    /** Bytes in the end. */
    [[nodiscard]] qint64 newBytes() const { return m_newBytes; }
    /** Whether the partition that the host's disk has it in can have as many. */
    [[nodiscard]] Result<void> checkPartition() const;

    /**
     * Makes the file system of newBytes() at @p place, where its file has nothing yet; in @p workDirectory first where it
     * needs a file of its own.
     */
    [[nodiscard]] Result<void> make(const ImagePlace& place, const QString& workDirectory);
    /** Whether that is so: it grows, or has a journal to replay, for which no tool looks anywhere but at a file's start. */
    [[nodiscard]] bool needsOwnFile() const { return m_isDirty || m_newBytes != m_oldBytes; }
    /** Puts the new files into the copy at @p place. Work files go to @p workDirectory. */
    [[nodiscard]] Result<void> addFiles(const ImagePlace& place, const QString& workDirectory);

private:
    [[nodiscard]] Result<void> copyOut(const ImagePlace& place);
    [[nodiscard]] Result<void> grow(const ImagePlace& place);
    [[nodiscard]] Result<void> makeAside(const ImagePlace& place, const QString& workDirectory);

    const HostSource& m_host;
    const LayoutContent& m_content;
    qint64 m_sizeMiB;
    JobContext& m_context;
    CommandRunner& m_runner;
    qint64 m_oldBytes = 0;
    qint64 m_newBytes = 0;
    bool m_isDirty = false;
};

} // namespace Stowage
