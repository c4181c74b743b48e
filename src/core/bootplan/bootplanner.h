// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/bootplan/bootplan.h"
#include "core/bootplan/imagekernels.h"

namespace Stowage
{

/** Makes the plan for one source. Used by planBoot() alone. */
class BootPlanner
{
public:
    /** @p source is borrowed. */
    BootPlanner(const SourceInfo& source, const BootTarget& machine);

    [[nodiscard]] BootPlan plan();

private:
    void add(QLatin1StringView field, const QString& title, const BootOption& proposal,
             const QList<BootOption>& alternatives = {});

    [[nodiscard]] bool hasPartitions() const { return m_source.disk.scheme.has_value(); }
    [[nodiscard]] bool isPacked() const { return m_root == nullptr && !m_source.codec.isEmpty() && !m_source.isMade(); }
    /** A packed disk of which not even the partitions can be told. */
    [[nodiscard]] bool isUnknown() const { return isPacked() && m_source.disk.volumes.isEmpty(); }
    /** Whether there may be a kernel that shows once the source is unpacked. */
    [[nodiscard]] bool mayHideKernel() const
    {
        const bool isHidden = !m_source.codec.isEmpty() || m_source.kind == SourceKind::RootfsArchive;
        return m_root == nullptr && m_kernels.isEmpty() && isHidden;
    }
    /** A disk that has nothing to start from outside starts by itself, which x86 alone can. */
    [[nodiscard]] bool isHvm() const;

    void addDisk();
    void addType();
    void addKernel();
    void addRamdisk();
    void addCommandLine();
    void addDefaultCommandLine();
    void addFirmware();
    void addMemory();
    void addNotes();
    /** That it starts like a PC for the reason @p why, its @p kernel none for another; and how else it could. */
    void addLikePc(const QString& why, const QString& kernelWhy);
    void planKernelAlone();
    void planMachine(const MachineDescription& machine);
    void planInstaller();
    /** What starts the kernel in the image. */
    [[nodiscard]] BootOption commandLine(bool byUuid) const;
    [[nodiscard]] BootOption typeOption(QLatin1StringView type) const;
    /** What is only known to be there once the source is unpacked. */
    [[nodiscard]] static BootOption hiddenOption();
    [[nodiscard]] BootOption kernelOption(const ImageKernel& kernel, bool isFirst) const;

    const SourceInfo& m_source;
    GuestDefaults m_defaults;
    Architecture m_machine;
    const VolumeLook* m_root;
    QList<ImageKernel> m_kernels;
    const ImageKernel* m_kernel = nullptr; ///< The one that is proposed.
    const ImageKernel* m_unfit = nullptr; ///< The one that would be, were it made for Xen.
    KernelAbility m_ability;
    BootPlan m_plan;
};

} // namespace Stowage
