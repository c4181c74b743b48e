// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "unifiedkernel.h"

#include "core/sources/bytes.h"

#include <QHash>

#include <algorithm>

namespace Stowage
{

namespace
{

constexpr qint64 HeadSize = 16 * 1024; ///< Bytes in which the table of sections is.

/** Where the sections of the program that begins with @p head lie in its file of @p size bytes, by their names. */
QHash<QByteArray, TreeFile> sectionsOf(const QByteArray& head, qint64 size, const QByteArray& path)
{
    constexpr qsizetype FileHeader = 24; // with the signature
    constexpr qsizetype SectionHeader = 40;
    constexpr quint16 MostSections = 96; // as Windows has it
    QHash<QByteArray, TreeFile> sections;
    const auto header = static_cast<qsizetype>(littleEndianAt<quint32>(head, 0x3c));
    if (!hasMagic(head, 0, "MZ") || !hasMagic(head, header, QByteArrayView("PE\0\0", 4))) {
        return sections;
    }
    const auto count = std::min(littleEndianAt<quint16>(head, header + 6), MostSections);
    qsizetype at = header + FileHeader + littleEndianAt<quint16>(head, header + 20);
    for (quint16 i = 0; i < count && at + SectionHeader <= head.size(); ++i, at += SectionHeader) {
        const QByteArray name = head.sliced(at, 8);
        const qint64 used = littleEndianAt<quint32>(head, at + 8);
        const qint64 stored = littleEndianAt<quint32>(head, at + 16);
        const qint64 offset = littleEndianAt<quint32>(head, at + 20);
        const qint64 length = std::min(used, stored); // what is stored is made up to whole blocks
        if (offset <= size && length <= size - offset) {
            sections.insert(name.first(static_cast<qsizetype>(qstrnlen(name.constData(), 8))), {path, offset, length});
        }
    }
    return sections;
}

/** At most 64 KiB of a section as text without its end. */
QString textOf(const FileTree& tree, const TreeFile& section)
{
    constexpr qint64 Most = 64 * 1024;
    const QByteArray text =
        tree.read(section.path, section.offset, std::min(section.size, Most)).value_or(QByteArray());
    return QString::fromUtf8(
               text.first(static_cast<qsizetype>(qstrnlen(text.constData(), static_cast<size_t>(text.size())))))
        .trimmed();
}

} // namespace

std::optional<SystemKernel> readUnifiedKernel(const FileTree& tree, const QByteArray& path)
{
    constexpr qint64 KernelHead = 128 * 1024;
    const auto found = tree.find(path);
    if (!found || found->type != FileTree::Type::File) {
        return {};
    }
    const auto sections = sectionsOf(tree.read(path, 0, HeadSize).value_or(QByteArray()), found->size, path);
    const TreeFile file = sections.value(".linux");
    const auto image = file.size == 0
        ? std::nullopt
        : inspectKernel(tree.read(path, file.offset, std::min(file.size, KernelHead)).value_or(QByteArray()));
    if (!image) {
        return {};
    }
    SystemKernel kernel;
    kernel.file = file;
    kernel.image = *image;
    kernel.version = textOf(tree, sections.value(".uname"));
    if (kernel.version.isEmpty()) {
        kernel.version = image->version;
    }
    kernel.initrd = sections.value(".initrd");
    kernel.options = textOf(tree, sections.value(".cmdline"));
    return kernel;
}

} // namespace Stowage
