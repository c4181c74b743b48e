// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/support/result.h"

#include <QString>

#include <span>

namespace Stowage
{

/**
 * Takes the bytes of a sparse file in any order: of a file on this system, or of one inside an image that is being made.
 * All of it reads as zeros at first, and what is never written takes no space.
 */
class SparseTarget
{
public:
    SparseTarget() = default;
    Q_DISABLE_COPY_MOVE(SparseTarget)
    virtual ~SparseTarget() = default;

    /**
     * Whether the order of the calls shows in what is made: they must then come one after the other, in the same order each
     * time. If not, several threads may write at once.
     */
    [[nodiscard]] virtual bool isOrdered() const = 0;
    /** Writes @p bytes from the byte @p position on. Blocks on the disk. */
    [[nodiscard]] virtual Result<void> write(qint64 position, std::span<const char> bytes) = 0;
    /** Makes @p size bytes from @p position on read as zeros again. */
    [[nodiscard]] virtual Result<void> erase(qint64 position, qint64 size) = 0;
    /** Makes it at least @p size bytes long. */
    [[nodiscard]] virtual Result<void> extend(qint64 size) = 0;
    /** Forgets all that was written. */
    [[nodiscard]] virtual Result<void> clear() = 0;
    /** A hint: what lies before @p position will hardly be written again, so the disk may begin to take it. */
    virtual void settle(qint64 position) { Q_UNUSED(position) }
    /** Tells whether the bytes that follow are a file system's own, or those of the files in it; they are at first. */
    virtual void setMetadata(bool metadata) { Q_UNUSED(metadata) }
};

/** A part of an open file as a target. */
class SparseFile final : public SparseTarget
{
public:
    /** @p fd is borrowed and open for writing; @p path names it in errors. The target begins at its byte @p base. */
    SparseFile(int fd, QString path, qint64 base = 0);

    [[nodiscard]] bool isOrdered() const override { return false; }
    Result<void> write(qint64 position, std::span<const char> bytes) override;
    Result<void> erase(qint64 position, qint64 size) override;
    Result<void> extend(qint64 size) override;
    /** Cuts the file at its base. */
    Result<void> clear() override;
    void settle(qint64 position) override;

private:
    [[nodiscard]] std::unexpected<Error> failed(int number) const;

    int m_fd;
    QString m_path;
    qint64 m_base;
    qint64 m_settled; ///< Bytes of the file before it are on their way to the disk.
};

} // namespace Stowage
