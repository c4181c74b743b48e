// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "ovfdocument.h"

#include <QCoreApplication>
#include <QXmlStreamReader>

#include <algorithm>
#include <optional>
#include <utility>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

struct OvfText {
    Q_DECLARE_TR_FUNCTIONS(Ovf)
};

constexpr qsizetype MostElements = 4096; ///< Files, disks, or items of hardware.
constexpr int DeepestElement = 200;

/** The part of a qualified name behind its prefix. */
QStringView localName(QStringView qualified)
{
    return qualified.sliced(qualified.lastIndexOf(u':') + 1);
}

/** Reads one description. */
class OvfReader
{
public:
    OvfReader(const QByteArray& text, QString path) : m_xml(text), m_path(std::move(path))
    {
        m_xml.setNamespaceProcessing(false); // prefixes that were not declared do no harm
    }

    Result<OvfDocument> read()
    {
        if (nextElement()) {
            if (isAt("Envelope"_L1)) {
                inside([this] { readSection(); });
            } else {
                setError(OvfText::tr("it has no envelope"));
            }
        }
        while (!m_error && step()) { // what stands behind the envelope
        }
        return m_error ? std::unexpected(*m_error) : Result<OvfDocument>(std::move(m_found));
    }

private:
    void setError(const QString& why)
    {
        if (!m_error) {
            m_error = brokenOvf(m_path, why).error();
        }
    }

    /** Reads on to the next token; false at the end and after every error. */
    bool step()
    {
        if (m_error || m_xml.atEnd()) {
            return false;
        }
        const auto token = m_xml.readNext();
        if (token == QXmlStreamReader::DTD || token == QXmlStreamReader::EntityReference) {
            setError(OvfText::tr("it declares a document type or entities, which no such description needs"));
        } else if (m_xml.hasError()) {
            QString why = m_xml.errorString();
            why.chop(why.endsWith(u'.') ? 1 : 0);
            setError(OvfText::tr("line %1, column %2: %3")
                         .arg(QString::number(m_xml.lineNumber()), QString::number(m_xml.columnNumber()), why));
        } else if (token == QXmlStreamReader::StartElement && ++m_depth > DeepestElement) {
            setError(OvfText::tr("its elements lie more than %1 deep in each other").arg(DeepestElement));
        } else if (token == QXmlStreamReader::EndElement) {
            --m_depth;
        }
        return !m_error;
    }

    bool nextElement()
    {
        while (step()) {
            if (m_xml.isStartElement()) {
                return true;
            }
        }
        return false;
    }

    [[nodiscard]] bool isAt(QLatin1StringView name) const { return localName(m_xml.qualifiedName()) == name; }

    [[nodiscard]] QString attribute(QLatin1StringView name) const
    {
        const QXmlStreamAttributes attributes = m_xml.attributes();
        const auto found = std::ranges::find_if(attributes, [name](const QXmlStreamAttribute& one) {
            return localName(one.qualifiedName()) == name;
        });
        return found == attributes.end() ? QString() : found->value().toString();
    }

    /** Calls @p take for each child of the element that was begun, and ends behind it. Each call ends behind that child. */
    template<typename Take>
    void inside(const Take& take)
    {
        while (step()) {
            if (m_xml.isEndElement()) {
                return;
            }
            if (m_xml.isStartElement()) {
                take();
            }
        }
    }

    /** Ends behind the element that was begun, and notes what VirtualBox says of the firmware in it. */
    void skip()
    {
        for (qint64 depth = 1; depth > 0 && step();) {
            if (m_xml.isStartElement()) {
                ++depth;
                m_found.isUefi = m_found.isUefi || (isAt("Firmware"_L1) && attribute("type"_L1).startsWith("EFI"_L1));
            } else if (m_xml.isEndElement()) {
                --depth;
            }
        }
    }

    /** The text in the element that was begun; ends behind it. */
    QString text()
    {
        QString all;
        for (qint64 depth = 1; depth > 0 && step();) {
            if (m_xml.isStartElement()) {
                ++depth;
            } else if (m_xml.isEndElement()) {
                --depth;
            } else if (m_xml.isCharacters() && depth == 1) {
                all += m_xml.text();
            }
        }
        return all.trimmed();
    }

    template<typename Element>
    void add(QList<Element>& list, const Element& element)
    {
        if (list.size() == MostElements) {
            setError(OvfText::tr("it has more than %1 parts of one sort").arg(MostElements));
            return;
        }
        list.append(element);
    }

    void readSection()
    {
        if (isAt("References"_L1)) {
            inside([this] { readFile(); });
        } else if (isAt("DiskSection"_L1)) {
            inside([this] { readDisk(); });
        } else if (isAt("DeploymentOptionSection"_L1)) {
            inside([this] { readConfiguration(); });
        } else if (isAt("VirtualSystem"_L1)) {
            readSystem();
        } else if (isAt("VirtualSystemCollection"_L1)) {
            inside([this] { readCollected(); });
        } else {
            skip();
        }
    }

    /** Of collections in collections all machines count, however deep: the one that is taken stands alone. */
    void readCollected()
    {
        if (isAt("VirtualSystem"_L1)) {
            readSystem();
        } else if (isAt("VirtualSystemCollection"_L1)) {
            ++m_found.machines;
            skip();
        } else {
            skip();
        }
    }

    void readFile()
    {
        const QString id = attribute("id"_L1);
        if (isAt("File"_L1) && !m_found.files.contains(id)) {
            if (m_found.files.size() == MostElements) {
                setError(OvfText::tr("it refers to more than %1 files").arg(MostElements));
                return;
            }
            m_found.files.insert(
                id, {attribute("href"_L1), attribute("compression"_L1), !attribute("chunkSize"_L1).isEmpty()});
        }
        skip();
    }

    void readDisk()
    {
        if (isAt("Disk"_L1)) {
            add(m_found.disks,
                OvfDisk{attribute("diskId"_L1), attribute("fileRef"_L1), attribute("capacity"_L1),
                        attribute("capacityAllocationUnits"_L1), attribute("format"_L1),
                        !attribute("parentRef"_L1).isEmpty()});
        }
        skip();
    }

    void readConfiguration()
    {
        if (isAt("Configuration"_L1) && (m_found.configuration.isEmpty() || attribute("default"_L1) == "true"_L1)) {
            m_found.configuration = attribute("id"_L1);
        }
        skip();
    }

    void readSystem()
    {
        if (++m_found.machines > 1) {
            skip();
            return;
        }
        m_found.name = shownOvf(attribute("id"_L1));
        bool hasHardware = false;
        inside([this, &hasHardware] {
            if (isAt("Name"_L1)) {
                const QString title = shownOvf(text());
                m_found.name = title.isEmpty() ? m_found.name : title;
            } else if (isAt("OperatingSystemSection"_L1)) {
                m_found.system = shownOvf(attribute("osType"_L1));
                inside([this] { readOperatingSystem(); });
            } else if (isAt("VirtualHardwareSection"_L1) && !std::exchange(hasHardware, true)) {
                inside([this] { readHardware(); });
            } else {
                skip();
            }
        });
    }

    void readOperatingSystem()
    {
        if (!isAt("Description"_L1)) {
            skip();
            return;
        }
        const QString words = shownOvf(text());
        m_found.system = words.isEmpty() ? m_found.system : words;
    }

    void readHardware()
    {
        if (isAt("Item"_L1) || isAt("StorageItem"_L1) || isAt("EthernetPortItem"_L1)) {
            readItem();
            return;
        }
        if ((isAt("Config"_L1) || isAt("ExtraConfig"_L1)) && attribute("key"_L1) == "firmware"_L1) {
            m_found.isUefi = attribute("value"_L1).compare("efi"_L1, Qt::CaseInsensitive) == 0;
        }
        skip();
    }

    void readItem()
    {
        OvfItem item{attribute("configuration"_L1).simplified().split(u' ', Qt::SkipEmptyParts),
                     attribute("bound"_L1),
                     {}};
        inside([this, &item] {
            const QString key = localName(m_xml.qualifiedName()).toString();
            const QString value = text();
            if (!item.values.contains(key)) {
                item.values.insert(key, value);
            }
        });
        add(m_found.items, item);
    }

    QXmlStreamReader m_xml;
    QString m_path;
    std::optional<Error> m_error;
    int m_depth = 0; ///< Elements that were begun.
    OvfDocument m_found;
};

} // namespace

Result<OvfDocument> readOvfDocument(const QByteArray& text, const QString& path)
{
    return OvfReader(text, path).read();
}

std::unexpected<Error> brokenOvf(const QString& path, const QString& why)
{
    return fail(Error::Code::InvalidInput,
                OvfText::tr("%1 is a broken description of a virtual machine: %2.").arg(path, why),
                OvfText::tr("Export the virtual machine again."), Place::inFile(path));
}

QString shownOvf(const QString& text)
{
    constexpr qsizetype Longest = 255;
    QString line = text.left(4 * Longest).simplified().left(Longest);
    line.removeIf([](QChar c) { return !c.isPrint(); });
    return line;
}

} // namespace Stowage
