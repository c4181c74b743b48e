// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/import/importhandler.h"
#include "core/process/processrunner.h"
#include "core/support/units.h"
#include "fixtures.h"

#include <QProcess>
#include <QTemporaryDir>

namespace Stowage::Test
{

/** A disk of 3 MiB and a bit with data, zeros and holes in it. */
inline QByteArray diskContent()
{
    QByteArray content(3 * MiB + 512, '\0');
    for (qsizetype i = 0; i < MiB; ++i) {
        content[i] = static_cast<char>(i * 7 + i / 1000);
    }
    for (qsizetype i = 2 * MiB; i < 2 * MiB + 100000; ++i) {
        content[i] = static_cast<char>(i % 26 + 'a');
    }
    content.back() = 'e';
    return content;
}

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

/** A qcow2 image of diskContent(), made in @p directory by qemu-img with @p options. */
inline QString makeQcow2(const QString& directory, const QStringList& options = {})
{
    writeFile(directory + QStringLiteral("/disk.raw"), diskContent());
    const QString image = directory + QStringLiteral("/disk.qcow2");
    tool(QStringLiteral("qemu-img"),
         QStringList{QStringLiteral("convert"), QStringLiteral("-f"), QStringLiteral("raw"), QStringLiteral("-O"),
                     QStringLiteral("qcow2")}
             + options + QStringList{directory + QStringLiteral("/disk.raw"), image});
    return image;
}

/** Whether two files hold the same bytes. */
inline bool sameBytes(const QString& one, const QString& other)
{
    return QProcess::execute(QStringLiteral("cmp"), {QStringLiteral("-s"), one, other}) == 0;
}

} // namespace Stowage::Test
