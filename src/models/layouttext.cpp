// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "models/layouttext.h"

#include <QCoreApplication>

#include <algorithm>

namespace Stowage
{

QString shownName(const QByteArray& bytes)
{
    constexpr char16_t ControlPictures = 0x2400;
    QString text = QString::fromUtf8(bytes);
    for (QChar& c : text) {
        if (c.unicode() < u' ') {
            c = QChar(static_cast<char16_t>(ControlPictures + c.unicode()));
        }
    }
    return text;
}

QString modeText(const LayoutNode& node)
{
    constexpr quint32 SetUid = 04000;
    constexpr quint32 SetGid = 02000;
    constexpr quint32 Sticky = 01000;
    static constexpr QLatin1StringView Letters("rwxrwxrwx");
    static constexpr QLatin1StringView Kinds("d-l?");
    QString text(Kinds[static_cast<qsizetype>(node.kind)]);
    for (int bit = 0; bit < Letters.size(); ++bit) {
        text += (node.mode & (0400U >> bit)) != 0 ? Letters[bit] : QLatin1Char('-');
    }
    const auto mark = [&](quint32 flag, qsizetype position, QLatin1Char letter) {
        if ((node.mode & flag) != 0) {
            text[position] = text[position] == u'x' ? QChar(letter) : QChar(letter).toUpper();
        }
    };
    mark(SetUid, 3, QLatin1Char('s'));
    mark(SetGid, 6, QLatin1Char('s'));
    mark(Sticky, 9, QLatin1Char('t'));
    return text;
}

QString ownerText(quint32 uid, quint32 gid)
{
    const auto name = [](quint32 id) { return id == 0 ? QStringLiteral("root") : QString::number(id); };
    return name(uid) + u':' + name(gid);
}

QString importText(const ImportRequest& request)
{
    const QStringList changes = request.firstBoot ? firstBootSummary(*request.firstBoot) : QStringList();
    return changes.isEmpty() ? request.source
                             : QCoreApplication::translate("LayoutText", "%1, with %2 for its first boot")
                                   .arg(request.source, changes.join(QStringLiteral(", ")));
}

QString shownContent(const LayoutNode& node)
{
    constexpr qsizetype Most = 4000; // as much as a tool tip may hold
    const auto* text = std::get_if<FromText>(&node.origin);
    return text == nullptr ? QString() : QString::fromUtf8(text->shown.first(std::min(Most, text->shown.size())));
}

} // namespace Stowage
