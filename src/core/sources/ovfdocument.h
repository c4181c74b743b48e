// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/support/result.h"

#include <QByteArray>
#include <QHash>
#include <QList>
#include <QString>
#include <QStringList>

namespace Stowage
{

/** A file that an OVF text refers to. */
struct OvfFile {
    QString href; ///< As it stands there: hostile.
    QString compression;
    bool isChunked = false;
};

/** A disk of its disk section. */
struct OvfDisk {
    QString id;
    QString fileRef; ///< Of an OvfFile; empty: it begins with zeros.
    QString capacity;
    QString units;
    QString format;
    bool hasParent = false;
};

/** A piece of virtual hardware: what CIM calls its resource allocation setting data. */
struct OvfItem {
    QStringList configurations; ///< To which it belongs; empty: to all.
    QString bound; ///< "min" and "max" say what its numbers may become.
    QHash<QString, QString> values; ///< By the local names of the elements in it, the first of each.

    [[nodiscard]] QString value(const char* key) const { return values.value(QLatin1StringView(key)); }
};

/** What stands in an OVF text, not looked at yet. */
struct OvfDocument {
    QString name;
    QString system;
    QHash<QString, OvfFile> files; ///< By their identifiers.
    QList<OvfDisk> disks;
    QList<OvfItem> items;
    QString configuration; ///< The default one; empty: there is but one.
    int machines = 0;
    bool isUefi = false;
};

/** Reads the XML of @p text, of the file @p path. Errors: what is no such XML, or declares document types or entities. */
[[nodiscard]] Result<OvfDocument> readOvfDocument(const QByteArray& text, const QString& path);

/** The error of a description @p path that makes no sense: @p why goes on after "... is a broken description: ". */
[[nodiscard]] std::unexpected<Error> brokenOvf(const QString& path, const QString& why);

/** @p text of a description in one short line, as it may be shown. */
[[nodiscard]] QString shownOvf(const QString& text);

} // namespace Stowage
