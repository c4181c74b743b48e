// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "firstbootseed.h"

#include "core/import/fatimage.h"

#include <QCryptographicHash>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

/**
 * @p value as YAML: JSON is that, too, and its quotes let nothing out. cloud-init wants the mark "#cloud-config" before it, for
 * which a comment's place is good enough.
 */
QByteArray yaml(const QJsonObject& value)
{
    return QJsonDocument(value).toJson(QJsonDocument::Indented);
}

QJsonObject userData(const FirstBoot& firstBoot)
{
    const bool isRoot = firstBoot.user.isEmpty() || firstBoot.user == "root"_L1;
    QJsonObject user{{u"name"_s, isRoot ? u"root"_s : firstBoot.user}};
    if (!firstBoot.sshKeys.isEmpty()) {
        user.insert(u"ssh_authorized_keys"_s, QJsonArray::fromStringList(firstBoot.sshKeys));
    }
    if (!firstBoot.passwordHash.isEmpty()) {
        user.insert(u"hashed_passwd"_s, firstBoot.passwordHash);
        user.insert(u"lock_passwd"_s, false);
    }
    if (!isRoot) {
        user.insert(u"shell"_s, u"/bin/sh"_s);
        user.insert(u"sudo"_s, u"ALL=(ALL) NOPASSWD:ALL"_s);
    }
    QJsonObject data;
    if (user.size() > 1) {
        data.insert(u"users"_s, QJsonArray{user});
    }
    if (isRoot && !firstBoot.sshKeys.isEmpty()) {
        data.insert(u"disable_root"_s, false);
    }
    if (!firstBoot.hostname.isEmpty()) {
        data.insert(u"hostname"_s, firstBoot.hostname.section(u'.', 0, 0));
        data.insert(u"manage_etc_hosts"_s, u"localhost"_s);
        if (firstBoot.hostname.contains(u'.')) {
            data.insert(u"fqdn"_s, firstBoot.hostname);
        }
    }
    return data;
}

QJsonObject networkConfig(const FirstBoot& firstBoot)
{
    // The first one, as it was and as it is called by newer systems: eth0, enX0.
    QJsonObject interface{{u"match"_s, QJsonObject{{u"name"_s, u"e*0"_s}}}};
    if (firstBoot.network == FirstBoot::Network::Dhcp) {
        interface.insert(u"dhcp4"_s, true);
    } else {
        interface.insert(u"addresses"_s, QJsonArray{firstBoot.address});
        if (!firstBoot.gateway.isEmpty()) {
            const bool isNew = firstBoot.gateway.contains(u':');
            interface.insert(u"routes"_s,
                             QJsonArray{QJsonObject{{u"to"_s, isNew ? u"::/0"_s : u"0.0.0.0/0"_s},
                                                    {u"via"_s, firstBoot.gateway}}});
        }
    }
    if (!firstBoot.dns.isEmpty()) {
        interface.insert(u"nameservers"_s, QJsonObject{{u"addresses"_s, QJsonArray::fromStringList(firstBoot.dns)}});
    }
    return {{u"version"_s, 2}, {u"ethernets"_s, QJsonObject{{u"eth0"_s, interface}}}};
}

} // namespace

SeedTexts seedTexts(const FirstBoot& firstBoot)
{
    SeedTexts texts;
    texts.userData = "#cloud-config\n" + yaml(userData(firstBoot));
    if (firstBoot.network != FirstBoot::Network::Unchanged) {
        texts.networkConfig = yaml(networkConfig(firstBoot));
    }
    QCryptographicHash sum(QCryptographicHash::Sha256);
    sum.addData(texts.userData);
    sum.addData(texts.networkConfig);
    constexpr qsizetype Digits = 16;
    QJsonObject metaData{{u"instance-id"_s, QString::fromLatin1("stowage-" + sum.result().toHex().first(Digits))}};
    if (!firstBoot.hostname.isEmpty()) {
        metaData.insert(u"local-hostname"_s, firstBoot.hostname);
    }
    texts.metaData = yaml(metaData);
    return texts;
}

QByteArray SeedTexts::shown() const
{
    QByteArray text = "# meta-data\n" + metaData + "\n# user-data\n" + userData;
    return networkConfig.isEmpty() ? text : text + "\n# network-config\n" + networkConfig;
}

Result<QByteArray> seedImage(const SeedTexts& texts)
{
    QList<FatFile> files{{"meta-data", "META-D~1   ", texts.metaData}, {"user-data", "USER-D~1   ", texts.userData}};
    if (!texts.networkConfig.isEmpty()) {
        files.append({"network-config", "NETWOR~1   ", texts.networkConfig});
    }
    return makeFatImage("CIDATA", files);
}

} // namespace Stowage
