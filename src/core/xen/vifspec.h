// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/support/result.h"

#include <QByteArray>
#include <QList>

#include <utility>

namespace Stowage
{

/** One network interface of a guest: the key=value pairs of xl-network-configuration(5), in order. A plain value. */
struct VifSpec {
    QList<std::pair<QByteArray, QByteArray>> pairs;

    bool operator==(const VifSpec&) const = default;

    /** The last value of @p key; empty when absent. */
    [[nodiscard]] QByteArray value(const QByteArray& key) const;
    /** The bridge it asks for: `bridge`, or xl's default xenbr0 when neither that nor a gatewaydev is given. */
    [[nodiscard]] QByteArray bridge() const;
};

/** Parses and checks @p text (known keys, MAC address, rate, numbers). */
[[nodiscard]] Result<VifSpec> parseVifSpec(const QByteArray& text);

} // namespace Stowage
