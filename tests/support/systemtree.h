// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include <QString>

namespace Stowage::Test
{

/** The version of the kernel in the fixture kernel-amd64: "6.12.41+deb13-cloud-amd64". */
[[nodiscard]] QString fixtureKernelVersion();

/**
 * Runs @p script with bash in @p directory and fails the running test when it fails. $F are the fixtures, $V is
 * fixtureKernelVersion().
 */
void runScript(const QString& directory, const QString& script);

/**
 * Fills the directory @p top, which is made, with a small Debian put together from real files: two kernels, one of them with
 * ramdisk and configuration, GRUB's configuration as grub-mkconfig writes it, and systemd with a login on hvc0.
 */
void makeDebianTree(const QString& top);

} // namespace Stowage::Test
