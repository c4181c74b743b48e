// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "diskscanner.h"
#include "diskspec.h"

#include <optional>

namespace Stowage
{

/** Reads one disk specification, part by part. Used by parseDiskSpec(). */
class DiskParser
{
public:
    explicit DiskParser(const QByteArray& text) : m_text(text) { }

    [[nodiscard]] Result<DiskSpec> parse();

private:
    [[nodiscard]] Result<void> take(const DiskPart& part);
    void takeFlag(const DiskPart& part);
    [[nodiscard]] Result<void> takeSetting(const DiskPart& part);
    [[nodiscard]] Result<void> takeOption(const QByteArray& key, const QByteArray& value);
    void setOption(const QByteArray& key, const QByteArray& value);
    [[nodiscard]] Result<void> takePrefix(const DiskPart& part);
    [[nodiscard]] Result<void> takePositional(qsizetype begin, qsizetype end);
    [[nodiscard]] Result<bool> takeDeviceAndType(const QByteArray& text);

    [[nodiscard]] Result<void> setFormat(const QByteArray& value, qsizetype begin, qsizetype end);
    [[nodiscard]] Result<void> setAccess(const QByteArray& value);
    [[nodiscard]] Result<void> setString(std::optional<QByteArray>& member, const QString& what,
                                         const QByteArray& value);
    [[nodiscard]] Result<DiskSpec> finish();
    [[nodiscard]] std::unexpected<Error> error(const QString& why, const QString& remedy) const;

    const QByteArray& m_text;
    qsizetype m_at = 0;
    DiskSpec m_spec;
    std::optional<QByteArray> m_target;
    std::optional<QByteArray> m_vdev;
    std::optional<QByteArray> m_format;
    bool m_hadPrefix = false;
    bool m_hadAccess = false;
};

} // namespace Stowage
