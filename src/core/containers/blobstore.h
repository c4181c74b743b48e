// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/containers/containerimage.h"

#include <QHash>

namespace Stowage
{

/** The files of a container image by their names: members of a tar archive, or files of a directory. */
class BlobStore
{
public:
    /** @p path is an uncompressed tar archive or a directory. Blocks on the disk. */
    [[nodiscard]] static Result<BlobStore> open(const QString& path);

    [[nodiscard]] QString path() const { return m_path; }
    [[nodiscard]] bool has(const QString& name) const;
    /** Where the regular file @p name lies. An error where there is none, or where it would be out of the directory. */
    [[nodiscard]] Result<FileSlice> find(const QString& name) const;
    /** The content of the file @p name, which is small. */
    [[nodiscard]] Result<QByteArray> read(const QString& name) const;

private:
    QString m_path;
    bool m_isDirectory = false;
    QHash<QString, FileSlice> m_members;
};

} // namespace Stowage
