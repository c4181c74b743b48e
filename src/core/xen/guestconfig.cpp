// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "guestconfig.h"

#include "diskspec.h"
#include "xlconfig.h"
#include "xllexer.h"

#include <QCoreApplication>

#include <algorithm>
#include <array>

namespace Stowage
{

namespace
{

struct GuestConfigText {
    Q_DECLARE_TR_FUNCTIONS(GuestConfig)
};

using Value = XlConfig::Value;

void appendString(QByteArray& text, const char* key, const QString& value)
{
    text += key;
    text += " = " + XlConfig::quoted(value.toUtf8()) + '\n';
}

void appendList(QByteArray& text, const char* key, const QStringList& values)
{
    if (values.isEmpty()) {
        return;
    }
    QByteArrayList quoted;
    for (const QString& value : values) {
        quoted.append(XlConfig::quoted(value.toUtf8(), '\''));
    }
    text += key;
    text += " = [" + quoted.join(", ") + "]\n";
}

QString typeName(GuestType type)
{
    switch (type) {
    case GuestType::Pv:
        return QStringLiteral("pv");
    case GuestType::Pvh:
        return QStringLiteral("pvh");
    case GuestType::Hvm:
        return QStringLiteral("hvm");
    case GuestType::Automatic:
        break;
    }
    return {};
}

/** Changes values of one custom config. */
class Rewriter
{
public:
    Rewriter(XlConfig config, QString fileName) : m_config(std::move(config)), m_fileName(std::move(fileName)) { }

    [[nodiscard]] Result<void> setDisk(const QByteArray& path);
    [[nodiscard]] Result<void> setPath(const QByteArray& key, const QByteArray& path);
    [[nodiscard]] RewrittenConfig take() { return {m_config.text(), std::move(m_warnings)}; }

private:
    void warn(const QString& message, const QString& remedy, qsizetype offset = -1);
    [[nodiscard]] QList<const Value*> disks() const;
    [[nodiscard]] Result<const Value*> chooseDisk(const QList<const Value*>& disks) const;

    XlConfig m_config;
    QString m_fileName;
    QList<Error> m_warnings;
};

void Rewriter::warn(const QString& message, const QString& remedy, qsizetype offset)
{
    Place place;
    place.file = m_fileName;
    m_warnings.append(
        {Error::Code::InvalidInput, message, remedy, offset < 0 ? place : m_config.place(offset, m_fileName)});
}

/** The disks as xl reads them: up to the first item that is no string. */
QList<const Value*> Rewriter::disks() const
{
    QList<const Value*> items = m_config.items("disk");
    const auto noString = std::ranges::find_if(items,
                                               [](const Value* item) { return item->kind != Value::Kind::String; });
    items.erase(noString, items.end());
    return items;
}

/** The first disk that is no CD drive; the first where all are. */
Result<const Value*> Rewriter::chooseDisk(const QList<const Value*>& disks) const
{
    for (const Value* disk : disks) {
        const Result<DiskSpec> spec = parseDiskSpec(disk->text);
        if (!spec) {
            Error error = spec.error();
            error.place = m_config.place(disk->begin, m_fileName);
            return std::unexpected(error);
        }
        if (!spec->cdrom) {
            return disk;
        }
    }
    return disks.first();
}

Result<void> Rewriter::setDisk(const QByteArray& path)
{
    const QList<const Value*> found = disks();
    if (found.isEmpty()) {
        DiskSpec added;
        added.target = path;
        added.vdev = "xvda";
        const XlConfig::Statement* statement = m_config.find("disk");
        const bool text = statement != nullptr && statement->value.kind != Value::Kind::List;
        warn(text ? GuestConfigText::tr("\"disk\" is not a list, so xl ignores it: "
                                        "the guest does not get its image.")
                  : GuestConfigText::tr("The configuration has no disk: the guest "
                                        "does not get its image."),
             GuestConfigText::tr("Add the line disk = ['%1'].").arg(QString::fromUtf8(formatDiskSpec(added))),
             statement != nullptr ? statement->begin : -1);
        return {};
    }
    const Result<const Value*> disk = chooseDisk(found);
    if (!disk) {
        return std::unexpected(disk.error());
    }
    const Value chosen = **disk;
    const Result<QList<TextEdit>> edits = diskTargetEdits(chosen.text, path);
    if (!edits) {
        Error error = edits.error();
        error.place = m_config.place(chosen.begin, m_fileName);
        return std::unexpected(error);
    }
    const DiskSpec before = parseDiskSpec(chosen.text).value_or(DiskSpec());
    const DiskSpec after = parseDiskSpec(applyEdits(chosen.text, *edits)).value_or(DiskSpec());
    if (before.formatBegin >= 0 && !before.target.isEmpty() && before.format != after.format) {
        warn(GuestConfigText::tr("The format of the disk was %1 and is now %2, which the image is.")
                 .arg(QString::fromLatin1(before.format), QString::fromLatin1(after.format)),
             GuestConfigText::tr("State %1 in the configuration.").arg(QString::fromLatin1(after.format)),
             chosen.begin);
    }
    // The edits are in the unescaped text; the literal keeps its own escapes outside of them.
    const QByteArray literal = m_config.text().sliced(chosen.begin, chosen.end - chosen.begin);
    const XlString origins = unquoteXlString(literal).value_or(XlString());
    QList<TextEdit> literalEdits;
    for (const TextEdit& edit : *edits) {
        const QByteArray quoted = XlConfig::quoted(edit.text, literal.front());
        literalEdits.append(
            {origins.origins[edit.begin], origins.origins[edit.end], quoted.sliced(1, quoted.size() - 2)});
    }
    return m_config.replace(chosen, applyEdits(literal, literalEdits));
}

Result<void> Rewriter::setPath(const QByteArray& key, const QByteArray& path)
{
    const QList<const XlConfig::Statement*> statements = m_config.effective(key);
    if (statements.isEmpty()) {
        const QString name = QString::fromLatin1(key);
        const bool otherBoot = m_config.find("bootloader") != nullptr || m_config.find("firmware") != nullptr;
        warn(otherBoot ? GuestConfigText::tr("The configuration boots by a boot loader or firmware "
                                             "and has no \"%1\": the file is put on "
                                             "the target, but the guest does not use it.")
                             .arg(name)
                       : GuestConfigText::tr("The configuration has no \"%1\": the file is put on "
                                             "the target, but the guest does not use it.")
                             .arg(name),
             GuestConfigText::tr("Add the line %1 = \"%2\", or set up the guest without it.")
                 .arg(name, QString::fromUtf8(path)));
        return {};
    }
    const Value& value = statements.first()->value;
    if (value.kind != Value::Kind::String) {
        warn(GuestConfigText::tr("\"%1\" is not a text, so its path was not changed.").arg(QString::fromLatin1(key)),
             GuestConfigText::tr("Write the path in quotes."), value.begin);
        return {};
    }
    return m_config.set(key, XlConfig::quoted(path, m_config.text().at(value.begin)));
}

} // namespace

QByteArray generateGuestConfig(const GuestConfig& config)
{
    QByteArray text;
    const bool kernel = !config.kernel.isEmpty();
    const bool hvmFirst = !kernel && (config.type == GuestType::Automatic || config.type == GuestType::Hvm);
    appendString(text, "name", config.name);
    if (hvmFirst) {
        appendString(text, "type", typeName(GuestType::Hvm));
    }
    text += "memory = " + QByteArray::number(config.memoryMiB) + '\n';
    text += "vcpus = " + QByteArray::number(config.vcpus) + '\n';
    if (!config.disks.isEmpty()) {
        appendList(text, "disk", config.disks);
    }
    appendList(text, "vif", config.vifs);
    if (kernel) {
        appendString(text, "kernel", config.kernel);
        if (!config.ramdisk.isEmpty()) {
            appendString(text, "ramdisk", config.ramdisk);
        }
        appendString(text, "extra", config.extra);
    }
    if (!hvmFirst && config.type != GuestType::Automatic) {
        appendString(text, "type", typeName(config.type));
    }
    for (const XlOption& option : config.options) {
        text += option.key.toUtf8() + " = " + option.value.toUtf8() + '\n';
    }
    return text;
}

Result<RewrittenConfig> rewriteGuestConfig(const QByteArray& text, const QString& fileName, const QString& imagePath,
                                           const QString& kernelPath, const QString& ramdiskPath)
{
    Result<XlConfig> config = XlConfig::parse(text, fileName);
    if (!config) {
        return std::unexpected(config.error());
    }
    Rewriter rewriter(std::move(*config), fileName);
    if (!imagePath.isEmpty()) {
        if (const Result<void> set = rewriter.setDisk(imagePath.toUtf8()); !set) {
            return std::unexpected(set.error());
        }
    }
    for (const auto& [key, path] : {std::pair("kernel", kernelPath), std::pair("ramdisk", ramdiskPath)}) {
        if (!path.isEmpty()) {
            if (const Result<void> set = rewriter.setPath(key, path.toUtf8()); !set) {
                return std::unexpected(set.error());
            }
        }
    }
    return rewriter.take();
}

Result<void> checkXlOption(const XlOption& option)
{
    constexpr std::array ownFields{"name", "memory", "vcpus", "disk", "vif", "kernel", "ramdisk", "extra", "type"};
    const QByteArray key = option.key.toUtf8();
    const QByteArray value = option.value.toUtf8();
    if (std::ranges::any_of(ownFields, [&key](const char* field) { return key == field; })) {
        return fail(Error::Code::InvalidInput,
                    GuestConfigText::tr("The option \"%1\" has a field of its own.").arg(option.key),
                    GuestConfigText::tr("Set it there and remove the option."));
    }
    const Result<XlConfig> keyOnly = XlConfig::parse(key + "=1\n");
    if (!keyOnly || keyOnly->statements().size() != 1 || keyOnly->statements().first().key != key) {
        return fail(Error::Code::InvalidInput,
                    GuestConfigText::tr("\"%1\" is not the key of an option.").arg(option.key),
                    GuestConfigText::tr("Keys begin with a small letter; small letters, "
                                        "digits, \"_\" and \".\" follow."));
    }
    const Result<XlConfig> both = XlConfig::parse(key + '=' + value + '\n');
    const bool oneValue = both && both->statements().size() == 1 && both->statements().first().key == key
        && both->statements().first().value.begin == key.size() + 1
        && both->statements().first().value.end == key.size() + 1 + value.size();
    if (!oneValue) {
        return fail(Error::Code::InvalidInput,
                    GuestConfigText::tr("The value of the option \"%1\" is not right: %2")
                        .arg(option.key, both ? GuestConfigText::tr("it is not one value.") : both.error().message),
                    GuestConfigText::tr("Write a number, a text in quotes, or a list in brackets."));
    }
    return {};
}

} // namespace Stowage
