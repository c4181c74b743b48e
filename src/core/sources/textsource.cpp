// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "textsource.h"

#include "core/xen/xlconfig.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <QRegularExpression>
#include <QStringDecoder>

#include <algorithm>
#include <array>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

constexpr qsizetype LinesLookedAt = 5000;
constexpr qsizetype LineLengthLookedAt = 1000;

bool isText(const QByteArray& head, bool complete)
{
    if (std::ranges::any_of(head, [](char c) {
            return static_cast<unsigned char>(c) < 0x20 && !QByteArrayView("\t\n\r\f\033").contains(c);
        })) {
        return false;
    }
    // Latin-1 comments are still text: only a text that is mostly no UTF-8 is not.
    QStringDecoder decoder(QStringConverter::Utf8);
    const QString text = decoder(complete ? head : head.first(std::max<qsizetype>(head.size() - 4, 0)));
    return text.count(QChar::ReplacementCharacter) * 10 <= text.size();
}

bool isProject(const QByteArray& text, bool complete)
{
    const QByteArray start = text.trimmed();
    if (!start.startsWith('{') && !start.startsWith("\xef\xbb\xbf{")) {
        return false;
    }
    const QJsonDocument document = complete ? QJsonDocument::fromJson(text) : QJsonDocument();
    if (document.isObject()) {
        const QJsonObject object = document.object();
        // Of a project without guests the file names only what it has.
        static constexpr auto Parts = std::to_array<QLatin1StringView>(
            {"guests"_L1, "machine"_L1, "bundle"_L1, "defaults"_L1, "host"_L1, "outputs"_L1});
        const bool known = std::ranges::any_of(Parts, [&object](auto part) { return object.contains(part); });
        return object.value("version"_L1).isDouble() && known;
    }
    return text.contains("\"guests\"") && text.contains("\"version\"");
}

/** Keys that say that a text is about a Xen guest (xl.cfg(5)). */
bool isGuestKey(QByteArrayView key)
{
    static constexpr auto Keys = std::to_array<QByteArrayView>(
        {"name",     "memory",    "maxmem",      "vcpus", "maxvcpus", "disk",    "vif",        "kernel",
         "ramdisk",  "extra",     "cmdline",     "root",  "type",     "builder", "bootloader", "firmware",
         "on_crash", "on_reboot", "on_poweroff", "uuid",  "boot",     "vfb",     "pci",        "cpus"});
    return std::ranges::find(Keys, key) != Keys.end();
}

bool isXlConfig(const QByteArray& text, const QStringList& lines)
{
    if (const auto config = XlConfig::parse(text)) {
        return std::ranges::any_of(config->statements(),
                                   [](const XlConfig::Statement& s) { return isGuestKey(s.key); });
    }
    static const QRegularExpression assignment(uR"(^\s*([a-z][._0-9a-z]*)\s*\+?=)"_s);
    qsizetype guestKeys = 0;
    for (const QString& line : lines) {
        const auto match = assignment.match(line);
        guestKeys += match.hasMatch() && isGuestKey(match.captured(1).toLatin1()) ? 1 : 0;
    }
    return guestKeys >= 2;
}

/** Counts what BitBake would make of lines, without evaluating them. */
class BitBakeLines
{
public:
    void read(const QStringList& lines)
    {
        for (const QString& line : lines) {
            readLine(line);
        }
    }

    [[nodiscard]] bool isBitBake() const { return m_strong > 0 || (m_assignments > 0 && m_foreign == 0); }

private:
    void readLine(const QString& line)
    {
        static const QRegularExpression assignment(
            uR"(^(export\s+)?[A-Za-z0-9_.${}/:+~-]+(\[[^\]]+\])?\s*(\?\?=|\?=|:=|\+=|=\+|\.=|=\.|=)\s*["'])"_s);
        static const QRegularExpression strongAssignment(
            uR"(^[A-Za-z0-9_.${}/+~-]+(:(append|prepend|remove)[a-z0-9:_-]*\s*=|\[[A-Za-z0-9_.@-]+\]\s*[?:+.]?\??=|\s*(\?\?=|\?=|:=|=\+|\.=|=\.))\s*["'])"_s);
        static const QRegularExpression directive(
            uR"(^(inherit|inherit_defer|require|include|include_all|addtask|deltask|addhandler|addpylib|EXPORT_FUNCTIONS)\s+\S)"_s);
        static const QRegularExpression function(
            uR"(^((python|fakeroot)\s+)*[A-Za-z0-9_.${}:+-]*\s*\(\s*\)\s*\{\s*$)"_s);

        if (m_inFunction) {
            m_inFunction = !line.startsWith(u'}');
            return;
        }
        const bool continues = line.endsWith(u'\\');
        if (m_continued || line.trimmed().isEmpty() || line.startsWith(u'#')) {
            m_continued = continues && !line.startsWith(u'#');
            return;
        }
        m_continued = continues;
        if (function.match(line).hasMatch()) {
            m_inFunction = true;
        } else if (directive.match(line).hasMatch() || strongAssignment.match(line).hasMatch()) {
            ++m_strong;
        } else if (assignment.match(line).hasMatch()) {
            ++m_assignments;
        } else {
            ++m_foreign;
        }
    }

    bool m_inFunction = false;
    bool m_continued = false;
    int m_strong = 0; ///< Lines that nothing else writes.
    int m_assignments = 0;
    int m_foreign = 0;
};

} // namespace

TextKind classifyText(const QByteArray& head, bool complete)
{
    if (!isText(head, complete)) {
        return TextKind::NoText;
    }
    if (isProject(head, complete)) {
        return TextKind::Project;
    }
    const QString text = QString::fromUtf8(head);
    if (text.left(2000).contains("<Envelope"_L1) || text.left(2000).contains("<ovf:Envelope"_L1)) {
        return TextKind::Ovf;
    }
    QStringList lines = text.split(u'\n');
    lines = lines.first(std::min(lines.size(), LinesLookedAt));
    for (QString& line : lines) {
        if (line.endsWith(u'\r')) {
            line.chop(1);
        }
        line.truncate(LineLengthLookedAt);
    }
    if (isXlConfig(head, lines)) {
        return TextKind::XlConfig;
    }
    BitBakeLines bitBake;
    bitBake.read(lines);
    return bitBake.isBitBake() ? TextKind::BitBake : TextKind::Other;
}

} // namespace Stowage
