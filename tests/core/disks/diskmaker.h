// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/disks/diskreader.h"

#include <QByteArray>
#include <QString>
#include <QStringList>

namespace Stowage::Test
{

/** A form of a disk format, with how the tool of its own makes it. */
struct DiskForm {
    const char* name;
    QString type; ///< OpenedDisk::type.
    QString variant; ///< OpenedDisk::variant.
    QStringList command; ///< RAW and FILE stand for the disk to convert, and the file to make.
};

/** All forms that are read and that a tool makes. */
[[nodiscard]] QList<DiskForm> diskForms();

/** The one of them with that name; fails the running test when there is none. */
[[nodiscard]] DiskForm formNamed(const QString& name);

/** A disk with data, a pattern, zeros and holes, whose bytes are no whole sectors; as a file of its own in @p directory. */
[[nodiscard]] QByteArray mixedDisk();
[[nodiscard]] QString makeMixedDisk(const QString& directory);

/** The disk @p raw as a disk of @p form, in a directory of its own below @p directory. Its path. */
[[nodiscard]] QString makeDisk(const DiskForm& form, const QString& raw, const QString& directory);

/** mixedDisk() as a disk of @p form has it: made up to whole sectors or blocks. */
[[nodiscard]] QByteArray expectedDisk(const DiskForm& form);

/** What the data that @p disk tells of hold, of @p most bytes at most; zeros where it tells of none. */
[[nodiscard]] Result<QByteArray> contentOf(DiskReader& disk, qint64 most);

/** Opens, measures and reads a disk, as far as that goes; what there is of it up to @p most bytes. */
[[nodiscard]] Result<QByteArray> tryDisk(const QString& file, qint64 most);

/** Overwrites bytes of the file @p path. */
void patch(const QString& path, qint64 offset, const QByteArray& bytes);

/** Adds a row for each form, which currentForm() then gives. */
void addFormRows();
[[nodiscard]] DiskForm currentForm();

} // namespace Stowage::Test
