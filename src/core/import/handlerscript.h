// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/support/result.h"

#include <QByteArray>
#include <QList>
#include <QStringList>

#include <stop_token>

namespace Stowage
{

/** The shell of a file with import handlers. */
struct HandlerScript {
    struct Type {
        QString name;
        QString dependencies; ///< XEN_GUEST_IMPORT_DEPENDS_<name>, as far as it is known without python.
        QStringList notes; ///< What does not hold here.
    };

    QByteArray text; ///< For bash.
    QList<Type> types; ///< Sorted by name.
    QList<Error> problems; ///< Types that cannot be used.
};

/** The script that @p text is already. */
[[nodiscard]] HandlerScript shellScript(const QByteArray& text);

/** The shell functions of the BitBake text @p text of the file @p path. */
[[nodiscard]] HandlerScript bitBakeScript(const QByteArray& text, const QString& path, const std::stop_token& stop);

/** The variables of BitBake that handlers find set when they run; the others are empty. */
[[nodiscard]] QStringList variablesOfHandlers();

} // namespace Stowage
