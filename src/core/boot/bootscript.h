// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include <QByteArray>

namespace Stowage
{

/**
 * What a host's shell is taught, line by line, so that "p" tells how its guests fare. It prints
 *
 *     @MARK list           then what `xl list` says;
 *     @MARK console 7      of each domain that is whole, then what its console has said since the last time: at most
 *                          50,000 bytes, and a newline that is not its own;
 *     @MARK end active     with the state of systemd's xendomains.service, where there is one.
 *
 * The consoles run into files of a directory; of one that says more than is read, the middle is lost. Domains that are
 * still being made are paused, and left out. The lines are short, and plain sh, as BusyBox has it. Pure.
 */
[[nodiscard]] QByteArray bootScript(const QByteArray& mark);

} // namespace Stowage
