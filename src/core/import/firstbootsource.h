// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/entries/entrysink.h"
#include "core/project/firstboot.h"

#include <memory>

namespace Stowage
{

/**
 * The entries of a root file system with those of a first boot over them: they come last, in the place of what had their
 * names. The source is read once, and only the few small files that are changed are kept in memory. Directories on the way
 * may be links, which are followed as the guest would: never out of the file system.
 *
 * An error where a file that has to be changed, such as the list of users, is none, or has more than 1 MiB.
 */
class FirstBootSource final : public EntrySource
{
public:
    /** @p device: where the guest finds its root file system ("xvda"). */
    FirstBootSource(std::unique_ptr<EntrySource> source, FirstBoot firstBoot, QString device)
        : m_source(std::move(source)),
          m_firstBoot(std::move(firstBoot)),
          m_device(std::move(device))
    { }

    [[nodiscard]] QString path() const override { return m_source->path(); }
    Result<void> feed(EntrySink& sink, Progress& progress, const std::stop_token& stop) const override;

private:
    std::unique_ptr<EntrySource> m_source;
    FirstBoot m_firstBoot;
    QString m_device;
};

} // namespace Stowage
