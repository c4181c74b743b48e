// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/support/result.h"

#include <QByteArray>
#include <QHashFunctions>

#include <array>

struct stat;

namespace Stowage
{

/**
 * Tells one content of a file from another, so that it shows whether it was written to or replaced while it was read: by
 * its device, inode, size and the times of its last change, of which the one of the inode (ctime) cannot be set back.
 */
class FileState
{
public:
    explicit FileState(const struct stat& status);

    /** Of what is at @p path, links followed. Error: it cannot be looked at. */
    [[nodiscard]] static Result<FileState> of(const QString& path);
    /** Of the open file @p fd, which errors call @p name. */
    [[nodiscard]] static Result<FileState> of(int fd, const QString& name);

    bool operator==(const FileState&) const = default;

    /** A number that is the same for the same states, for those who remember very many. */
    [[nodiscard]] size_t sum() const { return qHashBits(m_facts.data(), sizeof(m_facts)); }

    /** All that tells it from others, for keys that outlast the process. */
    [[nodiscard]] QByteArray bytes() const { return {reinterpret_cast<const char*>(m_facts.data()), sizeof(m_facts)}; }

    /** An error unless @p path still is what it was. */
    [[nodiscard]] Result<void> checkStillAt(const QString& path) const;
    /** The same of the open file @p fd, which errors call @p name. */
    [[nodiscard]] Result<void> checkStill(int fd, const QString& name) const;

    /** The error that tells that @p name was written to while it was read. */
    [[nodiscard]] static std::unexpected<Error> changed(const QString& name);

private:
    std::array<qint64, 7> m_facts;
};

} // namespace Stowage
