// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include <QString>
#include <QtTest>

/** Checks that a Result holds a value and prints its error when it does not. */
#define QVERIFY_RESULT(result)                                                                                         \
    do {                                                                                                               \
        const auto& checkedResult = (result);                                                                          \
        QVERIFY2(checkedResult.has_value(),                                                                            \
                 checkedResult.has_value() ? "" : qPrintable(checkedResult.error().message));                          \
    } while (false)

namespace Stowage::Test
{

/**
 * Path of the real input @p name, fetched by `./dev` ("debian-minbase.tar", "kernel-amd64"). Fails the running test
 * when it is not there.
 */
[[nodiscard]] QString fixture(const QString& name);

/** Path of the file or directory @p name of the source tree ("resources/stowage.schema.json"). */
[[nodiscard]] QString sourceFile(const QString& name);

/** Path of the stowage-cli that was built with the tests. */
[[nodiscard]] QString commandLineProgram();

/** Writes @p content to the new file @p path, making its directories. */
void writeFile(const QString& path, const QByteArray& content);

/** The content of @p path; fails the running test when it cannot be read. */
[[nodiscard]] QByteArray readFile(const QString& path);

} // namespace Stowage::Test
