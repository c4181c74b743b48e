// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "json.h"

#include <algorithm>

namespace Stowage
{

using namespace Qt::StringLiterals;

QJsonValue orNull(const QString& text)
{
    return text.isEmpty() ? QJsonValue() : QJsonValue(text);
}

namespace
{

QJsonValue numberOrNull(int number)
{
    return number > 0 ? QJsonValue(number) : QJsonValue();
}

QLatin1StringView codeName(Error::Code code)
{
    switch (code) {
    case Error::Code::Io:
        return "io"_L1;
    case Error::Code::NotFound:
        return "not-found"_L1;
    case Error::Code::PermissionDenied:
        return "permission-denied"_L1;
    case Error::Code::InvalidInput:
        return "invalid-input"_L1;
    case Error::Code::Unsupported:
        return "unsupported"_L1;
    case Error::Code::ToolMissing:
        return "tool-missing"_L1;
    case Error::Code::ToolFailed:
        return "tool-failed"_L1;
    case Error::Code::NoSpace:
        return "no-space"_L1;
    case Error::Code::Cancelled:
        break;
    }
    return "cancelled"_L1;
}

QLatin1StringView kindName(LayoutNode::Kind kind)
{
    switch (kind) {
    case LayoutNode::Kind::Directory:
        return "directory"_L1;
    case LayoutNode::Kind::File:
        return "file"_L1;
    case LayoutNode::Kind::Symlink:
        return "symlink"_L1;
    case LayoutNode::Kind::Other:
        break;
    }
    return "other"_L1;
}

QJsonValue originToJson(const LayoutNode& node, const QList<ImportStep>& imports)
{
    if (const auto* source = std::get_if<FromSource>(&node.origin)) {
        return QJsonObject{{"type"_L1, "file"_L1}, {"path"_L1, source->path}};
    }
    if (const auto* import = std::get_if<FromImport>(&node.origin)) {
        const auto step = std::ranges::find(imports, import->artifact, &ImportStep::artifact);
        if (step != imports.end()) {
            QJsonObject object{{"type"_L1, "import"_L1},
                               {"handler"_L1, step->handler},
                               {"path"_L1, step->request.source}};
            if (step->request.firstBoot) {
                object.insert("firstBoot"_L1, QJsonArray::fromStringList(firstBootSummary(*step->request.firstBoot)));
            }
            return object;
        }
    }
    if (const auto* text = std::get_if<FromText>(&node.origin)) {
        return QJsonObject{{"type"_L1, "text"_L1},
                           {"text"_L1, QString::fromUtf8(text->shown.isEmpty() ? text->text : text->shown)}};
    }
    return {};
}

QJsonObject nodeToJson(const LayoutNode& node, const QString& path, const QList<ImportStep>& imports)
{
    QJsonObject object{
        {"name"_L1, QString::fromUtf8(node.name)},
        {"path"_L1, path.isEmpty() ? u"/"_s : path},
        {"kind"_L1, kindName(node.kind)},
        {"mode"_L1, octalMode(node.mode)},
        {"uid"_L1, static_cast<qint64>(node.uid)},
        {"gid"_L1, static_cast<qint64>(node.gid)},
        {"size"_L1, node.size},
        {"estimated"_L1, node.sizeIsEstimate},
        {"state"_L1, stateName(node.state)},
        {"guest"_L1, orNull(node.guest)},
        {"linkTarget"_L1, orNull(QString::fromUtf8(node.linkTarget))},
        {"origin"_L1, originToJson(node, imports)},
    };
    if (node.kind == LayoutNode::Kind::Directory) {
        QJsonArray children;
        for (const LayoutNode& child : node.children) {
            children.append(nodeToJson(child, path + u'/' + QString::fromUtf8(child.name), imports));
        }
        object.insert("children"_L1, children);
    }
    return object;
}

} // namespace

QJsonObject toJson(const Error& error)
{
    return {
        {"code"_L1, codeName(error.code)},           {"message"_L1, error.message},
        {"remedy"_L1, orNull(error.remedy)},         {"file"_L1, orNull(error.place.file)},
        {"line"_L1, numberOrNull(error.place.line)}, {"column"_L1, numberOrNull(error.place.column)},
    };
}

QJsonArray toJson(const QList<Problem>& problems, const Project& project)
{
    QJsonArray array;
    for (const Problem& problem : problems) {
        const Place& where = problem.where;
        const bool known = where.guest >= 0 && where.guest < project.guests.size();
        array.append(QJsonObject{
            {"severity"_L1, severityName(problem.severity)},
            {"code"_L1, problem.code},
            {"file"_L1, orNull(where.file)},
            {"line"_L1, numberOrNull(where.line)},
            {"column"_L1, numberOrNull(where.column)},
            {"guest"_L1, known ? QJsonValue(project.guests.at(where.guest).entry) : QJsonValue()},
            {"field"_L1, orNull(where.field)},
            {"text"_L1, problem.text},
            {"remedy"_L1, orNull(problem.remedy)},
        });
    }
    return array;
}

QJsonObject toJson(const OutputReport& report)
{
    return {
        {"kind"_L1, report.kind},
        {"path"_L1, report.path},
        {"ownersFile"_L1, orNull(report.ownersFile)},
        {"bmapFile"_L1, orNull(report.bmapFile)},
        {"files"_L1, report.files},
        {"bytes"_L1, report.bytes},
    };
}

QJsonObject toJson(const Layout& layout)
{
    return nodeToJson(layout.root, {}, layout.imports);
}

QJsonObject toJson(const DiskPlan& disk)
{
    QJsonArray partitions;
    for (const DiskPartition& partition : disk.partitions) {
        QJsonArray files;
        for (const BootPartitionFile& file : partition.files) {
            files.append(QJsonObject{{"path"_L1, QString::fromUtf8(file.target)},
                                     {"from"_L1, orNull(QString::fromUtf8(file.source))}});
        }
        partitions.append(QJsonObject{{"number"_L1, partition.number},
                                      {"purpose"_L1, purposeName(partition.purpose)},
                                      {"name"_L1, orNull(partition.name)},
                                      {"type"_L1, partitionType(partition, disk.scheme)},
                                      {"fileSystem"_L1, orNull(partition.fileSystem)},
                                      {"bootable"_L1, partition.isBootable},
                                      {"start"_L1, partition.start},
                                      {"size"_L1, partition.size},
                                      {"estimated"_L1, partition.isEstimate},
                                      {"files"_L1, files}});
    }
    return {{"table"_L1, tableName(disk.scheme)},
            {"keepsHost"_L1, disk.isHosts},
            {"startsBy"_L1, QJsonArray::fromStringList(firmwareNames(disk))},
            {"size"_L1, disk.size},
            {"estimated"_L1, disk.isEstimate},
            {"partitions"_L1, partitions}};
}

QLatin1StringView tableName(PartitionTable::Scheme scheme)
{
    return scheme == PartitionTable::Scheme::Gpt ? "gpt"_L1 : "mbr"_L1;
}

QString partitionType(const DiskPartition& partition, PartitionTable::Scheme scheme)
{
    return scheme == PartitionTable::Scheme::Gpt
        ? guidText(partition.type)
        : "0x"_L1 + QString::number(partition.mbrType, 16).rightJustified(2, u'0');
}

QStringList firmwareNames(const DiskPlan& disk)
{
    QStringList names;
    for (const auto& [starts, name] :
         {std::pair{disk.startsByBios, u"bios"_s}, {disk.startsByUefi, u"uefi"_s}, {disk.startsByUBoot, u"u-boot"_s}}) {
        names += starts ? QStringList{name} : QStringList();
    }
    return names;
}

QString octalMode(quint32 mode)
{
    return QString::number(mode, 8).rightJustified(4, u'0');
}

} // namespace Stowage
