// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/layout/lookup.h"
#include "core/layout/problemlist.h"
#include "core/layout/resolve.h"
#include "core/xen/kernelimage.h"

#include <stop_token>

namespace Stowage
{

/** Looks up everything of one guest after the other. Used by resolve() alone; blocks on the disk. */
class GuestResolver
{
public:
    GuestResolver(const Project& project, ProblemList& problems, std::stop_token stop);

    [[nodiscard]] ResolvedGuest resolve(int index);

private:
    void resolveRootDisk(const Guest& guest, ResolvedGuest& result);
    /** Warns of a finished disk that the generated configuration, which says it is raw, is wrong about. */
    void checkFinished(const Guest& guest, const ResolvedDisk& disk);
    void resolveExtraDisks(const Guest& guest, ResolvedGuest& result);
    void resolveImport(const Guest& guest, ResolvedDisk& disk, const QString& type, const QString& file,
                       const QString& field);
    void checkImport(ResolvedDisk& disk, const QString& field, std::optional<qint64> statedSize);
    /** Checks the guest's first boot, and makes its seed. */
    void resolveFirstBoot(const Guest& guest, ResolvedGuest& result);
    /** Has the first boot written into @p disk, where that is how it is done. */
    void takeFirstBoot(const Guest& guest, ResolvedDisk& disk) const;
    void resolveSeed(const Guest& guest, ResolvedGuest& result);
    void resolveKernel(const Guest& guest, ResolvedGuest& result);
    void resolveSharedKernel(const Guest& guest, ResolvedGuest& result);
    void resolveRamdisk(const Guest& guest, ResolvedGuest& result);
    /** Looks at the files on the disk that the guest starts from, also where it has to be unpacked first. False: it cannot. */
    [[nodiscard]] bool lookInside(ResolvedGuest& result, const QString& field);
    [[nodiscard]] std::optional<ResolvedFile> takenFile(const Guest& guest, const ResolvedGuest& result,
                                                        const QString& handler);
    [[nodiscard]] std::optional<ResolvedFile> bootFile(const Guest& guest, const QString& name, QLatin1StringView code,
                                                       const QString& field);
    /** Reports what cannot be opened now, since a build would fail on it. */
    void checkReadable(const QString& path, const QString& field);
    void checkKernel(ResolvedFile& kernel, const QString& field);
    void unpackKernel(ResolvedFile& kernel, const KernelImage& image, const QString& field);
    void checkTools(const QString& handler, const QString& field);
    void resolveConfig(const Guest& guest, ResolvedGuest& result);
    [[nodiscard]] QByteArray customConfig(const Guest& guest, const ResolvedGuest& result);
    [[nodiscard]] QByteArray generatedConfig(const Guest& guest, const ResolvedGuest& result);
    void reportMissing(QLatin1StringView code, const QString& field, const QString& text, const Found& found,
                       const QString& where);
    [[nodiscard]] ResolvedFile describe(const QString& path, NamingRule naming) const;

    const Project& m_project;
    ProblemList& m_problems;
    std::stop_token m_stop;
    FileLookup m_lookup;
    int m_index = -1;
};

} // namespace Stowage
