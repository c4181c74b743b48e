// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/disks/diskreader.h"
#include "core/support/uniquefd.h"

#include <QString>

namespace Stowage
{

/** The bytes of a regular file as they stand in it. */
class FileDisk final : public DiskReader
{
public:
    /** Opens the file @p path. Blocks on the disk. */
    [[nodiscard]] static Result<std::unique_ptr<FileDisk>> open(const QString& path);

    [[nodiscard]] qint64 size() const override { return m_size; }
    Result<void> read(qint64 position, std::span<char> into) override;
    Result<DiskExtent> nextData(qint64 position) override;

private:
    FileDisk(UniqueFd file, qint64 size, QString path) : m_file(std::move(file)), m_size(size), m_path(std::move(path))
    { }

    UniqueFd m_file;
    qint64 m_size;
    QString m_path;
};

} // namespace Stowage
