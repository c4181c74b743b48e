// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "diskspec.h"

#include <QByteArrayView>

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
    /** What stands at the current place. */
    struct Part {
        enum class Kind { Space, Setting, Prefix, UnknownPrefix, Positional, Stray };
        Kind kind = Kind::Stray;
        qsizetype weight = 0; ///< Bytes that decide which reading wins: the longest, and of equals the first tried.
        qsizetype length = 0; ///< Bytes that it takes, a comma after it included.
        qsizetype keyLength = 0; ///< Of a setting: up to and without the "=".
    };

    [[nodiscard]] Part nextPart() const;
    [[nodiscard]] Part settingPart() const;
    [[nodiscard]] Part prefixPart() const;
    [[nodiscard]] Part positionalPart() const;
    [[nodiscard]] qsizetype lineEnd(qsizetype from) const;

    [[nodiscard]] Result<void> take(const Part& part);
    [[nodiscard]] Result<void> takeSetting(const Part& part);
    [[nodiscard]] Result<void> takeOption(const QByteArray& key, const QByteArray& value);
    void setOption(const QByteArray& key, const QByteArray& value);
    [[nodiscard]] Result<void> takePrefix(const QByteArray& prefix);
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
    qsizetype m_lineEnd = -1; ///< Of the line that m_at is on, once looked up.
    DiskSpec m_spec;
    std::optional<QByteArray> m_target;
    std::optional<QByteArray> m_vdev;
    std::optional<QByteArray> m_format;
    bool m_hadPrefix = false;
    bool m_hadAccess = false;
};

} // namespace Stowage
