// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "firstboot.h"

#include <QCoreApplication>
#include <QRegularExpression>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

struct FirstBootText {
    Q_DECLARE_TR_FUNCTIONS(FirstBoot)
};

Error invalid(const QString& message, const QString& remedy)
{
    return {Error::Code::InvalidInput, message, remedy, {}};
}

bool matches(const QString& text, const QString& pattern)
{
    return QRegularExpression(QRegularExpression::anchoredPattern(pattern)).match(text).hasMatch();
}

/** By RFC 1123: labels of letters, digits and hyphens, of which none stands at an end; as Linux, at most 64 characters. */
bool isHostname(const QString& name)
{
    constexpr qsizetype Longest = 64;
    static const QString Label = u"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"_s;
    return name.size() <= Longest && matches(name, Label + u"(\\."_s + Label + u")*"_s);
}

/** As useradd(8) takes it. */
bool isUserName(const QString& name)
{
    return matches(name, u"[a-z_][a-z0-9_-]{0,31}"_s);
}

/** A line of authorized_keys (sshd(8)) without options: type, key in base64 that begins with its type, comment. */
bool isPublicKey(const QString& line)
{
    constexpr qsizetype Longest = 16 * 1024;
    static const QRegularExpression Form(QRegularExpression::anchoredPattern(
        u"((?:ssh|ecdsa|sk-ssh|sk-ecdsa)-[a-z0-9@.-]+) ([A-Za-z0-9+/]+={0,2})( [^\\p{C}\\p{Zl}\\p{Zp}]*)?"_s));
    const auto match = Form.match(line);
    if (line.size() > Longest || !match.hasMatch()) {
        return false;
    }
    const QByteArray type = match.captured(1).toLatin1();
    const auto key = QByteArray::fromBase64Encoding(match.captured(2).toLatin1(),
                                                    QByteArray::AbortOnBase64DecodingErrors);
    const QByteArray start("\0\0\0", 3);
    return key && (*key).startsWith(start + static_cast<char>(type.size()) + type);
}

/** As crypt(5) makes it; neither plain text nor what bars the login. */
bool isHash(const QString& hash)
{
    constexpr qsizetype Longest = 384; // CRYPT_OUTPUT_SIZE
    return hash.size() <= Longest && matches(hash, u"\\$[A-Za-z0-9]{1,16}\\$[A-Za-z0-9./$=,+-]{8,}"_s);
}

bool isAddress(const QString& text)
{
    std::array<unsigned char, sizeof(in6_addr)> bytes{};
    const QByteArray address = text.toUtf8();
    return ::inet_pton(AF_INET, address.constData(), bytes.data()) == 1
        || ::inet_pton(AF_INET6, address.constData(), bytes.data()) == 1;
}

bool isPrefixed(const QString& text)
{
    const qsizetype slash = text.indexOf(u'/');
    const QString prefix = text.sliced(slash + 1);
    const int most = text.contains(u':') ? 128 : 32;
    return slash > 0 && matches(prefix, u"[1-9][0-9]{0,2}"_s) && prefix.toInt() <= most && isAddress(text.left(slash));
}

void checkNetwork(const FirstBoot& firstBoot, QList<Error>& errors)
{
    const QString remedy = FirstBootText::tr("Write an IPv4 or IPv6 address, such as 192.168.1.1.");
    if (firstBoot.network == FirstBoot::Network::Static && !isPrefixed(firstBoot.address)) {
        errors.append(
            invalid(FirstBootText::tr("\"%1\" is no address with a prefix for the first boot.").arg(firstBoot.address),
                    FirstBootText::tr("Write the address and the bits of its network, such as 192.168.1.5/24.")));
    }
    if (!firstBoot.gateway.isEmpty() && !isAddress(firstBoot.gateway)) {
        errors.append(invalid(
            FirstBootText::tr("The gateway \"%1\" of the first boot is no address.").arg(firstBoot.gateway), remedy));
    }
    for (const QString& server : firstBoot.dns) {
        if (!isAddress(server)) {
            errors.append(invalid(
                FirstBootText::tr("The name server \"%1\" of the first boot is no address.").arg(server), remedy));
        }
    }
}

} // namespace

QList<Error> checkFirstBoot(const FirstBoot& firstBoot)
{
    constexpr qsizetype MostKeys = 64;
    constexpr qsizetype MostServers = 16;
    QList<Error> errors;
    if (!firstBoot.hostname.isEmpty() && !isHostname(firstBoot.hostname)) {
        errors.append(invalid(FirstBootText::tr("\"%1\" is no host name.").arg(firstBoot.hostname),
                              FirstBootText::tr("Use letters, digits and hyphens, with dots between the parts; no "
                                                "hyphen at an end of a part, and at most 64 characters.")));
    }
    if (!firstBoot.user.isEmpty() && !isUserName(firstBoot.user)) {
        errors.append(invalid(FirstBootText::tr("\"%1\" is no name of a user.").arg(firstBoot.user),
                              FirstBootText::tr("Use small letters, digits, hyphens and underscores, a letter first, "
                                                "and at most 32 characters.")));
    }
    for (const QString& key : firstBoot.sshKeys) {
        if (!isPublicKey(key)) {
            errors.append(
                invalid(FirstBootText::tr("\"%1\" is no public SSH key.").arg(key.left(40)),
                        FirstBootText::tr("Give the line of a .pub file, such as ~/.ssh/id_ed25519.pub, as it is.")));
        }
    }
    if (!firstBoot.passwordHash.isEmpty() && !isHash(firstBoot.passwordHash)) {
        errors.append(invalid(FirstBootText::tr("The password of the first boot is no hash of a password."),
                              FirstBootText::tr("Passwords are not kept as plain text: give what \"mkpasswd\" (of the "
                                                "package whois) or \"openssl passwd -6\" prints.")));
    }
    if (firstBoot.sshKeys.size() > MostKeys || firstBoot.dns.size() > MostServers) {
        errors.append(invalid(FirstBootText::tr("The first boot has more than %1 keys or %2 name servers.")
                                  .arg(MostKeys)
                                  .arg(MostServers),
                              FirstBootText::tr("Take some of them out.")));
    }
    checkNetwork(firstBoot, errors);
    return errors;
}

QStringList firstBootSummary(const FirstBoot& firstBoot)
{
    const QString who = firstBoot.user.isEmpty() || firstBoot.user == "root"_L1
        ? u"root"_s
        : FirstBootText::tr("root and %1").arg(firstBoot.user);
    QStringList parts;
    if (!firstBoot.hostname.isEmpty()) {
        parts.append(FirstBootText::tr("host name %1").arg(firstBoot.hostname));
    }
    if (!firstBoot.user.isEmpty()) {
        parts.append(FirstBootText::tr("user %1").arg(firstBoot.user));
    }
    if (!firstBoot.sshKeys.isEmpty()) {
        const auto count = static_cast<int>(firstBoot.sshKeys.size());
        parts.append(
            (count == 1 ? FirstBootText::tr("SSH key of %1") : FirstBootText::tr("%n SSH keys of %1", nullptr, count))
                .arg(who));
    }
    if (!firstBoot.passwordHash.isEmpty()) {
        parts.append(FirstBootText::tr("password of %1").arg(who));
    }
    if (firstBoot.consoleLogin) {
        parts.append(FirstBootText::tr("login on hvc0"));
    }
    if (firstBoot.fstab) {
        parts.append(FirstBootText::tr("fstab"));
    }
    return parts;
}

} // namespace Stowage
