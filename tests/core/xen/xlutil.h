// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include <QByteArray>
#include <QByteArrayList>
#include <QList>
#include <QMap>

#include <optional>

namespace Stowage::Test
{

/** A value as xl has read it. */
struct XlValue {
    bool isList = false;
    QByteArray text;
    QList<XlValue> items;

    bool operator==(const XlValue& other) const;
};

/** The values of @p keys after xl's own parser (xlu_cfg_readdata) has read @p text; nothing when it refuses the text. */
[[nodiscard]] std::optional<QMap<QByteArray, XlValue>> readByXl(const QByteArray& text, const QByteArrayList& keys);

/** The number that xl reads for @p key (xlu_cfg_get_long). */
[[nodiscard]] std::optional<long> numberByXl(const QByteArray& text, const QByteArray& key);

/** A disk as xl has read it (libxl_device_disk). */
struct XlDisk {
    QByteArray target;
    QByteArray vdev;
    QByteArray format;
    QByteArray backendType;
    QByteArray backend;
    QByteArray script;
    QByteArray specification;
    bool cdrom = false;
    bool readOnly = false;
    bool directIoSafe = false;
    QByteArray discard;
    QByteArray trusted;
    QByteArray grantUsage;

    bool operator==(const XlDisk&) const = default;
};

/** @p text as xl's own parser (xlu_disk_parse) reads it; nothing when it refuses it. @p text holds no NUL. */
[[nodiscard]] std::optional<XlDisk> diskByXl(const QByteArray& text);

/** Whether xl's own parser (xlu_vif_parse_rate) takes @p rate. */
[[nodiscard]] bool rateByXl(const QByteArray& rate);

} // namespace Stowage::Test
