// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include <QByteArray>
#include <QJsonArray>
#include <QJsonObject>
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

/** The one named @p name among @p guests of a boot's result; empty: there is none. */
[[nodiscard]] QJsonObject named(const QJsonArray& guests, const QString& name);
/** The configuration of the domain @p name in what `xl list -l` printed. */
[[nodiscard]] QJsonObject configOf(const QJsonArray& listed, const QString& name);

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
