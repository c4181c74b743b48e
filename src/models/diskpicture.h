// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/layout/layout.h"

namespace Stowage
{

/** A piece of the picture of an image: a partition, or a share of what fills the root file system. */
struct PicturePiece {
    enum class Kind {
        Loader,
        Firmware,
        Root,
        HostPartition,
        HostFiles, ///< A share, like those that follow.
        GuestFiles,
        OtherGuests, ///< Those of the smaller shares, where there are many guests.
        Free, ///< With what the file system needs for itself.
    };

    Kind kind = Kind::Root;
    QString title; ///< Short: "root", a guest's entry, "Free".
    QString fileSystem = {}; ///< As people call it: "ext4", "FAT"; empty: none, or not known.
    qint64 bytes = 0;
    bool isEstimate = false; ///< The bytes will be what the content turns out to need.
    QString description = {}; ///< All of it in words.
    QList<PicturePiece> shares = {}; ///< Of the root: the host's, the guests' from the largest on, what is free.

    /** "64 MiB", "about 1.2 GiB" */
    [[nodiscard]] QString sizeText() const;
};

/** A disk or a file system as it will be written, for people. A plain value. */
struct DiskPicture {
    QString title; ///< What it is, how large, and how it starts.
    QList<PicturePiece> partitions; ///< In the order on the disk; of a file system that is alone in its image: itself.

    /** Everything in words, a line a piece, for those who do not see the picture. */
    [[nodiscard]] QString text() const;
};

/** What will be in the image that @p output makes of @p layout. Pure. */
[[nodiscard]] DiskPicture pictureOf(const Layout& layout, const OutputSpec& output);

/**
 * Shares @p length out by @p amounts, so that each has at least what @p least says for it (as many, and as far as they fit
 * together) and all have @p length together.
 */
[[nodiscard]] QList<int> shareOut(const QList<qint64>& amounts, int length, const QList<int>& least);

} // namespace Stowage
