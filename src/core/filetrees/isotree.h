// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/disks/diskreader.h"
#include "core/filetrees/nodetree.h"

#include <QHash>

namespace Stowage
{

/** The volume of a CD. Source: ECMA-119, 8.4 (Primary Volume Descriptor). */
struct IsoVolume {
    QString label;
    QString uuid; ///< When it was made, as blkid(8) writes it: "2025-03-01-12-00-00-00".
    qint64 size = 0; ///< Bytes.
};

/** The volume in the first 34 KiB @p head of a CD; none where it is none. */
[[nodiscard]] std::optional<IsoVolume> findIsoVolume(const QByteArray& head);

/** The ISO 9660 file system of a CD, with the names of Rock Ridge or Joliet, read by libarchive. */
class IsoTree final : public NodeTree
{
public:
    /** Opens what fills @p disk, which is borrowed, and reads all names, at most 200,000; @p name is what errors call it. */
    [[nodiscard]] static Result<std::unique_ptr<IsoTree>> open(DiskReader& disk, const QString& name);

    ~IsoTree() override;
    Q_DISABLE_COPY_MOVE(IsoTree)

protected:
    [[nodiscard]] std::optional<Node> root() const override;
    [[nodiscard]] std::optional<Node> child(const Node& directory, const QByteArray& name) const override;
    [[nodiscard]] QByteArrayList children(const Node& directory) const override;
    [[nodiscard]] QByteArray target(const Node& link) const override;
    [[nodiscard]] Result<QByteArray> content(const Node& file, qint64 offset, qint64 length) const override;

private:
    class Reader;
    /** A file or directory, by its number: its place in m_entries. */
    struct Entry {
        QByteArray path; ///< As libarchive tells it.
        Found found = {};
        QByteArray target = {}; ///< Of a link.
        QHash<QByteArray, quint32> children = {};
    };

    IsoTree(DiskReader& disk, const QString& name);
    void add(const QByteArray& path, Entry entry);
    /** The number of the directory @p path, made where it is not there yet. */
    [[nodiscard]] quint32 directory(const QByteArray& path);

    DiskReader& m_disk;
    std::vector<Entry> m_entries; ///< The first is the top.
    mutable std::unique_ptr<Reader> m_reader; ///< Stands in the file that was read last.
};

} // namespace Stowage
