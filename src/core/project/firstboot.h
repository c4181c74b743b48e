// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/support/result.h"

#include <QJsonObject>
#include <QString>
#include <QStringList>

namespace Stowage
{

/**
 * What a guest is told before its first start, so that somebody can log in to it. A plain value; what is empty is left as
 * it is in the guest.
 */
struct FirstBoot {
    enum class Method {
        Seed, ///< A disk of its own that cloud-init reads (NoCloud).
        Files, ///< Written into the image, where that is made from files.
    };
    enum class Network { Unchanged, Dhcp, Static };

    Method method = Method::Seed;
    QString hostname; ///< By RFC 1123.
    QString user; ///< Who logs in; made where the guest has no such user. Empty: root alone.
    QStringList sshKeys; ///< Lines of authorized_keys: type, key, comment.
    QString passwordHash; ///< As in shadow(5), crypt(5): "$6$...".
    Network network = Network::Unchanged; ///< Of the first interface; for a seed.
    QString address; ///< For Network::Static, with its prefix: "192.168.1.5/24".
    QString gateway;
    QStringList dns; ///< Addresses of name servers.
    bool consoleLogin = false; ///< A login on hvc0, and an init where BusyBox alone is there; for files.
    bool fstab = false; ///< An fstab that names the disks that the guest has; for files.
    QJsonObject unknown = {}; ///< Keys of the project file that this version does not know.

    bool operator==(const FirstBoot&) const = default;

    [[nodiscard]] bool isSeed() const { return method == Method::Seed; }
};

/**
 * Everything in @p firstBoot that no guest could use, or that would end a line of a file that it is written to: errors with
 * cause and remedy. Empty: all is well.
 */
[[nodiscard]] QList<Error> checkFirstBoot(const FirstBoot& firstBoot);

/** What @p firstBoot, which is written into files, changes: a short text each, for people ("host name db"). */
[[nodiscard]] QStringList firstBootSummary(const FirstBoot& firstBoot);

} // namespace Stowage
