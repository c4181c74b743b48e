// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/sources/filetree.h"
#include "core/support/uniquefd.h"

namespace Stowage
{

/** A directory of this system, seen as if it were "/". */
class DirectoryTree final : public FileTree
{
public:
    /** Opens the directory @p path; errors: it cannot be read, or is none. */
    [[nodiscard]] static Result<std::unique_ptr<DirectoryTree>> open(const QString& path);

    [[nodiscard]] std::optional<Found> find(const QByteArray& path) const override;
    [[nodiscard]] std::optional<QByteArray> linkTarget(const QByteArray& path) const override;
    [[nodiscard]] QByteArrayList names(const QByteArray& directory) const override;
    [[nodiscard]] Result<QByteArray> read(const QByteArray& path, qint64 offset, qint64 length) const override;

private:
    DirectoryTree(UniqueFd top, QString path) : m_top(std::move(top)), m_path(std::move(path)) { }

    UniqueFd m_top;
    QString m_path;
};

} // namespace Stowage
