// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/containers/containerimage.h"
#include "core/entries/entrysink.h"

namespace Stowage
{

/**
 * The root file system of a container image: its layers one over the other, what an upper one removes or replaces left out,
 * and `sbin/init` added where there is none, which starts what the image would run. The layers are read twice: to learn
 * which names stay, and for their content.
 * Source: OCI image specification 1.1, layer.md (changesets, whiteouts).
 */
class LayerSource final : public EntrySource
{
public:
    /** @p path as for readContainerImage(). */
    explicit LayerSource(QString path) : m_path(std::move(path)) { }

    [[nodiscard]] QString path() const override { return m_path; }
    /** Progress is in bytes of the layers, each counted twice. */
    Result<void> feed(EntrySink& sink, Progress& progress, const std::stop_token& stop) const override;

private:
    QString m_path;
};

/**
 * The program that makes a system of the container @p image: a script for its own shell, which mounts what every system
 * has, and runs the image's command until it ends.
 */
[[nodiscard]] QByteArray containerInit(const ContainerImage& image);

} // namespace Stowage
