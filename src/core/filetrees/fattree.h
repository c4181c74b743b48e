// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/disks/diskreader.h"
#include "core/filetrees/nodetree.h"

#include <functional>

namespace Stowage
{

/** The superblock of a FAT file system. Source: Microsoft's "FAT: General Overview of On-Disk Format" (fatgen103). */
struct FatSuperblock {
    int bits = 0; ///< Of a number in the table: 12, 16 or 32.
    qint64 clusterSize = 0; ///< Bytes.
    quint32 clusters = 0;
    qint64 table = 0; ///< Byte where the first table begins.
    qint64 top = 0; ///< Byte where the top directory begins, but for 32 bits.
    qint64 topSize = 0; ///< Bytes.
    quint32 topCluster = 0; ///< With 32 bits.
    qint64 data = 0; ///< Byte where cluster 2 begins.
    qint64 size = 0; ///< Bytes in all.
    QString label;
    QString uuid; ///< "1234-ABCD"
};

/** The superblock in the first sector @p head of a file system; none where it is none or its numbers make no sense. */
[[nodiscard]] std::optional<FatSuperblock> findFatSuperblock(const QByteArray& head);

/**
 * A FAT file system of 12, 16 or 32 bits, such as an EFI system partition, with long names. Names are found in upper and lower
 * case alike; short names are in the code page 437.
 */
class FatTree final : public NodeTree
{
public:
    /** Opens what fills @p disk, which is borrowed; @p name is what errors call it. */
    [[nodiscard]] static Result<std::unique_ptr<FatTree>> open(DiskReader& disk, const QString& name);

    [[nodiscard]] const FatSuperblock& superblock() const { return m_super; }
    /** The label that the top directory has, else the superblock; empty where there is none. */
    [[nodiscard]] QString label() const;

protected:
    [[nodiscard]] std::optional<Node> root() const override;
    [[nodiscard]] std::optional<Node> child(const Node& directory, const QByteArray& name) const override;
    [[nodiscard]] QByteArrayList children(const Node& directory) const override;
    [[nodiscard]] QByteArray target(const Node& link) const override;
    [[nodiscard]] Result<QByteArray> content(const Node& file, qint64 offset, qint64 length) const override;

private:
    /** A name in a directory. */
    struct Entry {
        QString name;
        QString shortName;
        Node node;
        bool isLabel = false;
    };

    FatTree(DiskReader& disk, FatSuperblock super, const QString& name);

    [[nodiscard]] QByteArray bytesAt(qint64 position, qint64 length) const;
    /** The cluster behind @p cluster; 0 at the end of its chain, also where that is damaged. */
    [[nodiscard]] quint32 next(quint32 cluster) const;
    [[nodiscard]] bool isCluster(quint64 number) const;
    [[nodiscard]] QByteArray directoryBytes(const Node& directory) const;
    void forEachEntry(const Node& directory, const std::function<bool(const Entry& entry)>& take) const;

    DiskReader& m_disk;
    FatSuperblock m_super;
    mutable QByteArray m_window; ///< Bytes of the table.
    mutable qint64 m_windowStart = -1;
};

} // namespace Stowage
