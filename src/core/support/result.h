// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/support/place.h"

#include <expected>
#include <utility>

namespace Stowage
{

/** Why an operation did not do its work: a cause, a remedy and a place, in words for the user. */
struct Error {
    enum class Code {
        Io, ///< Reading or writing failed.
        NotFound,
        PermissionDenied,
        InvalidInput, ///< The input is broken or not what it claims to be.
        Unsupported, ///< Well-formed, but outside what Stowage takes.
        ToolMissing,
        ToolFailed,
        NoSpace,
        Cancelled,
    };

    Code code = Code::Io;
    QString message; ///< The cause: one sentence that names the file.
    QString remedy; ///< What the user can do; may be empty.
    Place place;
    qint64 neededBytes = 0; ///< For NoSpace: a size that would be enough; 0 where that is not known.

    bool operator==(const Error&) const = default;
};

/** A value, or the reason why there is none. Errors cross threads as values; nothing throws. */
template<typename T>
using Result = std::expected<T, Error>;

/** Shorthand for returning an error from a function whose type is a Result. */
[[nodiscard]] inline std::unexpected<Error> fail(Error::Code code, QString message, QString remedy = {},
                                                 Place place = {})
{
    return std::unexpected(Error{code, std::move(message), std::move(remedy), std::move(place)});
}

/** The error that every cancelled operation returns. */
[[nodiscard]] std::unexpected<Error> cancelled();

/** An error made of @p errorNumber (errno), telling what was tried (@p doing, "write") and with which @p path. */
[[nodiscard]] std::unexpected<Error> systemError(int errorNumber, const QString& doing, const QString& path);

} // namespace Stowage
