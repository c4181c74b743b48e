// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/output/outputform.h"

#include <archive.h>

#include <memory>

namespace Stowage
{

struct FreeArchive {
    void operator()(archive* handle) const { archive_free(handle); }
};
using ArchiveHandle = std::unique_ptr<archive, FreeArchive>;

/**
 * Has @p writer, for which a format was chosen and which is not open yet, compress what it writes, on several cores where
 * libarchive can. The same content gives the same bytes on every machine.
 */
void setCompression(archive* writer, Compression compression);

/** What @p handle says of its last fault. */
[[nodiscard]] QString archiveFault(archive* handle);

} // namespace Stowage
