// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "bootrun.h"

#include <QDir>

#include <sys/prctl.h>

#include <csignal>
#include <filesystem>

using namespace Qt::StringLiterals;

namespace Stowage::Test
{

void endWithParent(QProcess& process)
{
    process.setChildProcessModifier([] { ::prctl(PR_SET_PDEATHSIG, SIGTERM); });
}

Outcome run(const QString& program, const QStringList& arguments)
{
    constexpr int TwentyMinutes = 20 * 60 * 1000;
    QProcess process;
    endWithParent(process);
    process.start(program, arguments);
    process.waitForFinished(TwentyMinutes);
    return {process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -1, process.readAllStandardOutput(),
            process.readAllStandardError()};
}

QJsonObject named(const QJsonArray& guests, const QString& name)
{
    for (const auto& value : guests) {
        if (value["name"_L1] == name) {
            return value.toObject();
        }
    }
    return {};
}

QJsonObject configOf(const QJsonArray& listed, const QString& name)
{
    for (const auto& domain : listed) {
        if (domain["config"_L1]["c_info"_L1]["name"_L1] == name) {
            return domain["config"_L1].toObject();
        }
    }
    return {};
}

WorkPlace::WorkPlace()
{
    qputenv("TMPDIR", m_directory.path().toLocal8Bit());
}

WorkPlace::~WorkPlace()
{
    qunsetenv("TMPDIR");
}

int WorkPlace::processes() const
{
    int count = 0;
    for (const auto& process : std::filesystem::directory_iterator("/proc")) {
        std::error_code none; // of what is no process, or is gone
        const auto target = std::filesystem::read_symlink(process.path() / "cwd", none);
        count += target.native().starts_with(m_directory.path().toStdString()) ? 1 : 0;
    }
    return count;
}

qsizetype WorkPlace::files() const
{
    return QDir(m_directory.path()).entryList(QDir::AllEntries | QDir::Hidden | QDir::NoDotAndDotDot).size();
}

} // namespace Stowage::Test
