// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/ext4/filetree.h"

#include <stop_token>

namespace Stowage
{

/**
 * Gives every file in the ext4 image @p image, made by mkfs.ext4 from @p tree, the owner and the times that its entry
 * has, lost+found those of root, and compares type, permissions, size, device and links meanwhile: the image has to hold
 * the tree and nothing else, else it is an error. Change and access times become the modification time, as the
 * directory's own tell when it was copied and read. Blocks on the disk.
 */
[[nodiscard]] Result<void> settleTree(const QString& image, const FileTree& tree, const std::stop_token& stop);

} // namespace Stowage
