// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/output/imagepacking.h"

namespace Stowage
{

/**
 * The block map of a raw image for bmaptool(1), in the format 2.0: which blocks of 4096 bytes have to be written to a disk
 * that may hold anything, with their checksums. Those are all blocks that are not zeros, all that an ext4 file system says
 * are in use, everything in partitions of other kinds, and what lies around partition tables; so the map does not depend on where the image's file has holes.
 * Source of the format: the bmap project's own description of it.
 */
class Bmap
{
public:
    /** Path of the map that belongs to the image @p image. */
    [[nodiscard]] static QString pathFor(const QString& image) { return image + QStringLiteral(".bmap"); }

    /** The map of @p image. Progress advances by its size. Blocks on the disk. */
    [[nodiscard]] static Result<QByteArray> make(const RawImage& image, JobContext& context);

    /** Whether the file @p path is a map; false for everything else and for what cannot be read. Blocks on the disk. */
    [[nodiscard]] static bool isOne(const QString& path);
};

} // namespace Stowage
