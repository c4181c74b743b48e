// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "archivefilter.h"

#include <QByteArray>

#include <algorithm>
#include <thread>

namespace Stowage
{

void setCompression(archive* writer, Compression compression)
{
    // With one thread xz and zstd cut their streams otherwise than with many; memory for each is up to 150 MiB.
    constexpr unsigned int LeastThreads = 2;
    constexpr unsigned int MostThreads = 8;
    const QByteArray threads = QByteArray::number(
        std::clamp(std::thread::hardware_concurrency(), LeastThreads, MostThreads));
    switch (compression) {
    case Compression::None:
        archive_write_add_filter_none(writer);
        break;
    case Compression::Gzip:
        archive_write_add_filter_gzip(writer);
        archive_write_set_filter_option(writer, "gzip", "timestamp", nullptr);
        break;
    case Compression::Xz:
        archive_write_add_filter_xz(writer);
        archive_write_set_filter_option(writer, "xz", "threads", threads.constData());
        break;
    case Compression::Zstd:
        archive_write_add_filter_zstd(writer);
        archive_write_set_filter_option(writer, "zstd", "threads", threads.constData());
        break;
    case Compression::Bzip2:
        archive_write_add_filter_bzip2(writer);
        break;
    }
    archive_write_set_bytes_in_last_block(writer, 1); // no zeros behind the end
}

QString archiveFault(archive* handle)
{
    return QString::fromUtf8(archive_error_string(handle));
}

} // namespace Stowage
