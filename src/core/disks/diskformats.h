// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/disks/diskfile.h"
#include "core/disks/opendisk.h"

namespace Stowage
{

// One for each format that openDisk() knows: checks what the file says of its disk, and gives the reader, the variant and the
// other files. All numbers in these files are hostile. Their sources are named beside the structures.

[[nodiscard]] Result<OpenedDisk> openRawDisk(DiskFile file, const std::stop_token& stop);
[[nodiscard]] Result<OpenedDisk> openQcow2Disk(DiskFile file, const std::stop_token& stop);
[[nodiscard]] Result<OpenedDisk> openVmdkDisk(DiskFile file, const std::stop_token& stop);
[[nodiscard]] Result<OpenedDisk> openVdiDisk(DiskFile file, const std::stop_token& stop);
[[nodiscard]] Result<OpenedDisk> openVhdDisk(DiskFile file, const std::stop_token& stop);
[[nodiscard]] Result<OpenedDisk> openVhdxDisk(DiskFile file, const std::stop_token& stop);
[[nodiscard]] Result<OpenedDisk> openQedDisk(DiskFile file, const std::stop_token& stop);
[[nodiscard]] Result<OpenedDisk> openAndroidSparseDisk(DiskFile file, const std::stop_token& stop);

} // namespace Stowage
