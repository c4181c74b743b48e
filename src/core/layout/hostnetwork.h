// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include <QString>
#include <QStringList>

#include <stop_token>

namespace Stowage
{

/**
 * The bridges that the network configuration of the root file system at @p hostPath makes: interfaces(5),
 * systemd.netdev(5) and NetworkManager keyfiles (nm-settings-keyfile(5)). Links are followed
 * as the host would, never out of it; what is no regular file counts as not there. Blocks on the disk. Incomplete once
 * @p stop is requested.
 */
[[nodiscard]] QStringList hostBridges(const QString& hostPath, const std::stop_token& stop = {});

} // namespace Stowage
