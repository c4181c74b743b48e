// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include <QByteArray>
#include <QProcess>
#include <QTemporaryDir>

namespace Stowage::Test
{

/** How a program ended, and what it said. */
struct Outcome {
    int exitCode = -1; ///< -1: it crashed.
    QByteArray output;
    QByteArray messages;
};

/** Lets @p process end with this program, however that ends. */
void endWithParent(QProcess& process);

/** Runs @p program to its end; twenty minutes at most. */
[[nodiscard]] Outcome run(const QString& program, const QStringList& arguments);

/** Where boots have their files, in place of /var/tmp. */
class WorkPlace
{
public:
    WorkPlace();
    Q_DISABLE_COPY_MOVE(WorkPlace)
    ~WorkPlace();

    /** How many processes have their working directory there. */
    [[nodiscard]] int processes() const;
    [[nodiscard]] qsizetype files() const;

private:
    QTemporaryDir m_directory;
};

} // namespace Stowage::Test
