// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/support/sparsetarget.h"

#include <QString>

#include <functional>

namespace Stowage
{

/** The file that a handler makes: removed again with this object unless keep() was called. */
class NewOutput
{
public:
    /** Makes the file @p path, which must not exist, with @p size bytes that take no space. Mode 0644. */
    [[nodiscard]] static Result<NewOutput> create(const QString& path, qint64 size);

    NewOutput(const NewOutput&) = delete;
    NewOutput& operator=(const NewOutput&) = delete;
    NewOutput(NewOutput&& other) noexcept : m_path(std::exchange(other.m_path, {})) { }
    NewOutput& operator=(NewOutput&&) = delete;
    ~NewOutput();

    /** The file is complete and stays. */
    void keep() { m_path.clear(); }

private:
    explicit NewOutput(QString path) : m_path(std::move(path)) { }

    QString m_path;
};

/** Makes the file @p path, which must not exist, with what @p make writes to it. On error no file is left. Blocks on the disk. */
[[nodiscard]] Result<void> makeImageFile(const QString& path,
                                         const std::function<Result<void>(SparseTarget& target)>& make);

} // namespace Stowage
