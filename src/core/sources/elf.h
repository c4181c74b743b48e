// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/support/architecture.h"

#include <QByteArrayView>

namespace Stowage
{

/** Bytes of a file that elfArchitecture() needs. */
inline constexpr qsizetype ElfHeaderSize = 20;

/** Whether @p head begins like an ELF file of any kind. */
[[nodiscard]] bool isElf(QByteArrayView head);

/**
 * The architecture that the ELF file beginning with @p head is for; Unknown when it is no ELF file or for a processor
 * that Xen does not run on. Source: ELF gABI, "ELF Header" (e_ident, e_machine).
 */
[[nodiscard]] Architecture elfArchitecture(QByteArrayView head);

} // namespace Stowage
