// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "hostnetwork.h"

#include <QDirIterator>
#include <QFile>
#include <QRegularExpression>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

constexpr qint64 MostBytes = 256 * 1024; ///< Of one configuration file.

QStringList filesIn(const QString& directory, const QStringList& patterns)
{
    QStringList files;
    QDirIterator it(directory, patterns, QDir::Files);
    while (it.hasNext()) {
        files.append(it.next());
    }
    files.sort();
    return files;
}

QString readText(const QString& path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? QString::fromUtf8(file.read(MostBytes)) : QString();
}

/** Value of @p key in the section @p section of an ini-like text, as systemd and NetworkManager write them. */
QString iniValue(const QString& text, QLatin1StringView section, QLatin1StringView key)
{
    QString current;
    for (const QString& line : text.split(QLatin1Char('\n'))) {
        const QString trimmed = line.trimmed();
        if (trimmed.startsWith(QLatin1Char('['))) {
            current = trimmed.mid(1, trimmed.indexOf(QLatin1Char(']')) - 1);
        } else if (current.compare(section, Qt::CaseInsensitive) == 0
                   && trimmed.section(QLatin1Char('='), 0, 0).trimmed() == key) {
            return trimmed.section(QLatin1Char('='), 1).trimmed();
        }
    }
    return {};
}

QStringList ifupdownBridges(const QString& text)
{
    static const QRegularExpression Interface(u"^\\s*iface\\s+(\\S+)"_s);
    static const QRegularExpression BridgeLine(u"^\\s*(bridge_|bridge-)ports\\b"_s);
    QStringList bridges;
    QString interface;
    for (const QString& line : text.split(QLatin1Char('\n'))) {
        if (const auto match = Interface.match(line); match.hasMatch()) {
            interface = match.captured(1);
        } else if (!interface.isEmpty() && BridgeLine.match(line).hasMatch()) {
            bridges.append(interface);
        }
    }
    return bridges;
}

} // namespace

QStringList hostBridges(const QString& hostPath)
{
    QStringList bridges = ifupdownBridges(readText(hostPath + "/etc/network/interfaces"_L1));
    for (const QString& file : filesIn(hostPath + "/etc/network/interfaces.d"_L1, {u"*"_s})) {
        bridges += ifupdownBridges(readText(file));
    }
    for (const auto directory : {"/etc/systemd/network"_L1, "/usr/lib/systemd/network"_L1, "/lib/systemd/network"_L1}) {
        for (const QString& file : filesIn(hostPath + directory, {u"*.netdev"_s})) {
            const QString text = readText(file);
            if (iniValue(text, "NetDev"_L1, "Kind"_L1).compare("bridge"_L1, Qt::CaseInsensitive) == 0) {
                bridges.append(iniValue(text, "NetDev"_L1, "Name"_L1));
            }
        }
    }
    for (const QString& file : filesIn(hostPath + "/etc/NetworkManager/system-connections"_L1, {u"*"_s})) {
        const QString text = readText(file);
        if (iniValue(text, "connection"_L1, "type"_L1) == "bridge"_L1) {
            bridges.append(iniValue(text, "connection"_L1, "interface-name"_L1));
        }
    }
    bridges.removeDuplicates();
    bridges.removeAll(QString());
    return bridges;
}

} // namespace Stowage
