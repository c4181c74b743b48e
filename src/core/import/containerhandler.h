// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/import/rootfshandler.h"

namespace Stowage
{

/**
 * Makes an ext4 image of a container image, as `docker save` makes it or as an image layout of the OCI, archive or directory:
 * its layers one over the other, with a program that starts what the image would run (LayerSource).
 */
class ContainerHandler final : public RootfsHandler
{
public:
    [[nodiscard]] QString type() const override;
    [[nodiscard]] QString title() const override;

protected:
    [[nodiscard]] std::unique_ptr<EntrySource> source(const QString& path) const override;
    [[nodiscard]] qint64 totalBytes(const QString& path) const override;
};

} // namespace Stowage
