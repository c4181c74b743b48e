// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/import/importhandler.h"
#include "core/process/processrunner.h"
#include "fixtures.h"

#include <QProcess>
#include <QTemporaryDir>

namespace Stowage::Test
{

/** One run of a handler with the real tools, in this thread. */
class ImportCase
{
public:
    explicit ImportCase(const QString& type) : m_handler(findHandler(type)) { Q_ASSERT(m_handler); }

    [[nodiscard]] const ImportHandler& handler() const { return *m_handler; }
    Result<void> run(const ImportRequest& request, CommandRunner& runner)
    {
        JobContext context{.stop = stop.get_token(), .progress = progress, .report = report};
        return m_handler->run(request, context, runner);
    }
    Result<void> run(const ImportRequest& request)
    {
        ProcessRunner runner;
        return run(request, runner);
    }
    Result<qint64> check(const ImportRequest& request) { return m_handler->check(request, stop.get_token()); }

    std::stop_source stop;
    Progress progress;
    JobReport report;

private:
    const ImportHandler* m_handler;
};

/** Runs a reference tool; the test fails when that does. Its output. */
inline QByteArray tool(const QString& program, const QStringList& arguments)
{
    QProcess process;
    process.start(program, arguments);
    if (!process.waitForFinished(-1) || process.exitStatus() != QProcess::NormalExit || process.exitCode() != 0) {
        const QByteArray output = process.readAllStandardError() + process.readAllStandardOutput();
        QTest::qFail(qPrintable(program + QLatin1Char(' ') + arguments.join(QLatin1Char(' ')) + QLatin1String(": ")
                                + QString::fromLocal8Bit(output)),
                     __FILE__, __LINE__);
    }
    return process.readAllStandardOutput();
}

/** Whether two files hold the same bytes. */
inline bool sameBytes(const QString& one, const QString& other)
{
    return QProcess::execute(QStringLiteral("cmp"), {QStringLiteral("-s"), one, other}) == 0;
}

} // namespace Stowage::Test
