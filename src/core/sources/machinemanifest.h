// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/support/fileslice.h"
#include "core/support/result.h"

#include <QByteArray>
#include <QCryptographicHash>
#include <QList>
#include <QStringList>

#include <stop_token>

namespace Stowage
{

/**
 * The hashes of a virtual machine's files. Source: DMTF DSP0243 2.1.0, 5.1 (manifest files): lines such as
 * "SHA256(disk.vmdk)= 0123...".
 */
class MachineManifest
{
public:
    MachineManifest() = default;
    /** Reads @p text; lines that are none of those are left out. */
    explicit MachineManifest(const QByteArray& text);

    [[nodiscard]] bool isEmpty() const { return m_hashes.isEmpty(); }
    /** Whether it has a hash of @p file that can be checked. */
    [[nodiscard]] bool covers(const QString& file) const;
    /** Algorithms that it names and that are not known, so that their hashes are not checked. */
    [[nodiscard]] QStringList unknownAlgorithms() const { return m_unknown; }

    /** An error that names @p file unless @p content, of that file, is what it was, as far as there is a hash of it. */
    [[nodiscard]] Result<void> check(const QString& file, const QByteArray& content, const QString& package) const;
    /** The same of the file in @p slice, which is read. Blocks on the disk. */
    [[nodiscard]] Result<void> check(const QString& file, const FileSlice& slice, const QString& package,
                                     const std::stop_token& stop) const;

private:
    struct Hash {
        QString file;
        QCryptographicHash::Algorithm algorithm;
        QByteArray value;
    };

    QList<Hash> m_hashes;
    QStringList m_unknown;
};

} // namespace Stowage
