// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "hostnetwork.h"

#include "core/sources/rootfs.h"
#include "core/support/directoryentries.h"

#include <QFile>
#include <QRegularExpression>

#include <fcntl.h>

#include <algorithm>
#include <utility>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

constexpr qint64 MostBytes = 256 * 1024; ///< Of one configuration file.

/** The files of a host, links among them resolved as the host would. */
class HostFiles
{
public:
    HostFiles(const QString& path, std::stop_token stop)
        : m_root(::open(QFile::encodeName(path).constData(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)),
          m_stop(std::move(stop))
    { }

    [[nodiscard]] QString text(const QString& name) const
    {
        return QString::fromUtf8(readInRoot(m_root, name, MostBytes));
    }

    /** What the files in @p directory hold whose names end in @p suffix, in the order of the names. */
    [[nodiscard]] QStringList texts(QLatin1StringView directory, QLatin1StringView suffix = {}) const
    {
        const UniqueFd opened = openInRoot(m_root, directory, O_RDONLY | O_DIRECTORY | O_NONBLOCK);
        QByteArrayList names = directoryEntries(opened.get()).value_or(QByteArrayList());
        names.removeIf([suffix](const QByteArray& name) {
            return name.startsWith('.') || !QLatin1StringView(name).endsWith(suffix);
        });
        std::ranges::sort(names);
        QStringList contents;
        for (const QByteArray& name : std::as_const(names)) {
            if (m_stop.stop_requested()) {
                break;
            }
            contents.append(text(directory + u'/' + QFile::decodeName(name)));
        }
        return contents;
    }

private:
    UniqueFd m_root;
    std::stop_token m_stop;
};

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

QStringList hostBridges(const QString& hostPath, const std::stop_token& stop)
{
    const HostFiles files(hostPath, stop);
    QStringList bridges = ifupdownBridges(files.text(u"etc/network/interfaces"_s));
    for (const QString& text : files.texts("etc/network/interfaces.d"_L1)) {
        bridges += ifupdownBridges(text);
    }
    for (const auto directory : {"etc/systemd/network"_L1, "usr/lib/systemd/network"_L1, "lib/systemd/network"_L1}) {
        for (const QString& text : files.texts(directory, ".netdev"_L1)) {
            if (iniValue(text, "NetDev"_L1, "Kind"_L1).compare("bridge"_L1, Qt::CaseInsensitive) == 0) {
                bridges.append(iniValue(text, "NetDev"_L1, "Name"_L1));
            }
        }
    }
    for (const QString& text : files.texts("etc/NetworkManager/system-connections"_L1)) {
        if (iniValue(text, "connection"_L1, "type"_L1) == "bridge"_L1) {
            bridges.append(iniValue(text, "connection"_L1, "interface-name"_L1));
        }
    }
    bridges.removeDuplicates();
    bridges.removeAll(QString());
    return bridges;
}

} // namespace Stowage
