// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/jobs/job.h"
#include "core/output/diskplan.h"
#include "core/process/commandrunner.h"

namespace Stowage
{

/** The platforms of GRUB by the names of their module directories. */
inline constexpr QLatin1StringView GrubForBios("i386-pc");
inline constexpr QLatin1StringView GrubForUefi("x86_64-efi");

/**
 * The directory with GRUB's modules for @p platform below one of @p places; an error that names the package where there is
 * none. Touches the disk.
 */
[[nodiscard]] Result<QString> grubModules(QLatin1StringView platform,
                                          const QStringList& places = {QStringLiteral("/usr/lib/grub"),
                                                                       QStringLiteral("/usr/share/grub2"),
                                                                       QStringLiteral("/usr/lib/grub2")});

/** GRUB for a disk: what firmware loads of it, with all modules that it needs to find and show the menu. */
class GrubLoader
{
public:
    /** @p plan and @p context are borrowed. @p fileSystemId: UUID of the root file system, which holds the menu. */
    GrubLoader(const DiskPlan& plan, QByteArray fileSystemId, JobContext& context, CommandRunner& runner)
        : m_plan(plan),
          m_fileSystemId(std::move(fileSystemId)),
          m_context(context),
          m_runner(runner)
    { }

    /** Makes GRUB for @p platform as the file @p output in the directory @p workDirectory, which only it uses. */
    [[nodiscard]] Result<void> make(QLatin1StringView platform, const QString& workDirectory, const QString& output);

    /**
     * Makes GRUB for BIOS and puts it onto the disk @p fd: its first part into the first sector, where the partition table
     * stays; the rest into the partition for it or, with an MBR, behind that sector. @p path names the file in errors.
     * Sources: GRUB's boot.h and diskboot.h (include/grub/i386/pc), and what its grub-bios-setup writes.
     */
    [[nodiscard]] Result<void> install(int fd, const QString& path, const QString& workDirectory);

private:
    const DiskPlan& m_plan;
    QByteArray m_fileSystemId;
    JobContext& m_context;
    CommandRunner& m_runner;
};

} // namespace Stowage
