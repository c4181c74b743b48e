// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/entries/entrysink.h"

struct stat;

namespace Stowage
{

/** A part of a file that is one run in what it is read from. */
struct DataRun {
    qint64 start = 0; ///< Byte in the file.
    qint64 size = 0; ///< Bytes.
    qint64 source = 0; ///< Byte in what is read.
};

/** Hands the content of files to a sink, holes as holes. Plain; borrows everything. */
class FileData
{
public:
    FileData(EntrySink& sink, Progress& progress, const std::stop_token& stop)
        : m_sink(sink),
          m_progress(progress),
          m_stop(stop)
    { }

    /**
     * The content of the regular file @p fd, whose facts are @p status and which errors call @p name, between beginFile()
     * and endFile(). A file that has changed since @p status, or changes now, is an error.
     */
    [[nodiscard]] Result<void> feed(int fd, const struct stat& status, const QString& name);

    /** The data ranges of the regular file @p fd as FileEntry has them; none where it has no holes. Not all after @p stop. */
    [[nodiscard]] static QList<DataRange> rangesOf(int fd, const struct stat& status, const std::stop_token& stop);

    /** A file of @p size bytes that lies in @p runs, sorted and apart from each other, of @p fd; all else is a hole. */
    [[nodiscard]] Result<void> feed(int fd, std::span<const DataRun> runs, qint64 size, const QString& name);

private:
    [[nodiscard]] Result<void> copy(int fd, qint64 from, qint64 bytes, const QString& name);

    EntrySink& m_sink;
    Progress& m_progress;
    const std::stop_token& m_stop;
};

} // namespace Stowage
