// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "bitbakeparser.h"

#include <optional>

namespace Stowage
{

/** Why a line is no statement. */
struct AssignmentFault {
    qsizetype offset = 0; ///< In the line.
    QString text;
    QString remedy;
};

/**
 * Reads @p line from @p begin as an assignment, `[export] VARIABLE[flag] OPERATOR "value"`, into @p statement.
 * @return what is wrong when it is none.
 */
[[nodiscard]] std::optional<AssignmentFault> scanAssignment(QStringView line, qsizetype begin,
                                                            BitBakeStatement& statement);

} // namespace Stowage
