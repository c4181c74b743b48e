// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "vmdkdescriptor.h"

#include <QCoreApplication>

#include <algorithm>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

struct VmdkText {
    Q_DECLARE_TR_FUNCTIONS(VmdkDisk)
};

constexpr size_t MostParts = 256; // each is an open file
constexpr qsizetype MostTypeLetters = 40; // the known ones have less
constexpr quint64 MostSectors = quint64{1} << 47;

/** The next word of @p line, which it is taken from; in quotation marks it may hold spaces. */
QByteArray takeWord(QByteArrayView& line)
{
    line = line.trimmed();
    const bool quoted = line.startsWith('"');
    const QByteArrayView rest = quoted ? line.sliced(1) : line;
    const auto end = std::ranges::find_if(rest, [quoted](char c) { return quoted ? c == '"' : c == ' ' || c == '\t'; });
    const QByteArrayView word = rest.first(end - rest.begin());
    line = rest.sliced(std::min(rest.size(), word.size() + (quoted ? 1 : 0)));
    return word.toByteArray();
}

/** A name or a word of the descriptor as it may be shown. */
QString shown(const QByteArray& word)
{
    QString text = QString::fromUtf8(word.first(std::min<qsizetype>(word.size(), 255)));
    text.removeIf([](QChar c) { return !c.isPrint(); });
    return text;
}

/** Reads one descriptor. */
class Parser
{
public:
    explicit Parser(const DiskFile& file) : m_file(file) { }

    Result<VmdkDescriptor> parse(const QByteArray& text)
    {
        const qsizetype nul = text.indexOf('\0'); // fills up the sectors of one that is embedded
        const QList<QByteArray> lines = (nul < 0 ? text : text.first(nul)).split('\n');
        for (const QByteArray& line : lines) {
            if (auto taken = takeLine(line.trimmed()); !taken) {
                return std::unexpected(taken.error());
            }
        }
        if (m_hasParent) {
            return m_file.refused(
                VmdkText::tr("that only holds the differences to another disk, \"%1\"").arg(shown(m_parent)));
        }
        if (m_found.parts.empty()) {
            return m_file.broken(VmdkText::tr("its descriptor names no parts"));
        }
        return std::move(m_found);
    }

private:
    Result<void> takeLine(QByteArrayView line)
    {
        QByteArrayView rest = line;
        if (const QByteArray access = takeWord(rest); access == "RW" || access == "RDONLY" || access == "NOACCESS") {
            return takePart(access, rest);
        }
        const qsizetype equals = line.indexOf('=');
        if (line.startsWith('#') || equals < 0) {
            return {};
        }
        const QByteArrayView key = line.first(equals).trimmed();
        line = line.sliced(equals + 1);
        const QByteArray value = takeWord(line);
        if (key.compare("parentCID", Qt::CaseInsensitive) == 0) {
            m_hasParent = value.compare("ffffffff", Qt::CaseInsensitive) != 0;
        } else if (key.compare("parentFileNameHint", Qt::CaseInsensitive) == 0) {
            m_parent = value;
        } else if (key.compare("createType", Qt::CaseInsensitive) == 0) {
            m_found.createType = shown(value).left(MostTypeLetters);
        }
        return {};
    }

    /** As in: RW 4192256 SPARSE "disk-s001.vmdk", or: RW 4096 FLAT "disk-flat.vmdk" 0. */
    Result<void> takePart(const QByteArray& access, QByteArrayView line)
    {
        bool isNumber = false;
        const quint64 sectors = takeWord(line).toULongLong(&isNumber);
        const QByteArray type = takeWord(line);
        VmdkPart part;
        part.name = takeWord(line);
        const QByteArray offset = takeWord(line);
        bool isOffset = true;
        const quint64 offsetSectors = offset.isEmpty() ? 0 : offset.toULongLong(&isOffset);
        if (access == "NOACCESS") {
            return m_file.refused(VmdkText::tr("with a part that must not be read, \"%1\"").arg(shown(part.name)));
        }
        if (m_found.parts.size() == MostParts) {
            return m_file.refused(VmdkText::tr("with more than %1 parts").arg(MostParts));
        }
        if (type == "FLAT" || type == "VMFS") {
            part.kind = VmdkPart::Kind::Flat;
        } else if (type == "SPARSE") {
            part.kind = VmdkPart::Kind::Sparse;
        } else if (type != "ZERO") {
            return m_file.refused(
                VmdkText::tr("with a part of the type %1, which is not read").arg(shown(type)),
                VmdkText::tr("Export the virtual machine as OVF or OVA, or convert the disk with \"qemu-img convert -O "
                             "qcow2\", and use the result."));
        }
        if (!isNumber || sectors == 0 || sectors > MostSectors - m_sectors || !isOffset
            || offsetSectors > MostSectors) {
            return m_file.broken(VmdkText::tr("its descriptor has a part of %1 sectors that is not possible")
                                     .arg(shown(QByteArray::number(sectors))));
        }
        m_sectors += sectors;
        part.size = static_cast<qint64>(sectors) * DiskSector;
        part.offset = static_cast<qint64>(offsetSectors) * DiskSector;
        m_found.size += part.size;
        m_found.parts.push_back(part);
        return {};
    }

    const DiskFile& m_file;
    VmdkDescriptor m_found;
    quint64 m_sectors = 0;
    QByteArray m_parent;
    bool m_hasParent = false;
};

} // namespace

Result<VmdkDescriptor> parseVmdkDescriptor(const QByteArray& text, const DiskFile& file)
{
    return Parser(file).parse(text);
}

} // namespace Stowage
