// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "faultrun.h"

#include "fixtures.h"

#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QRandomGenerator>
#include <QTemporaryDir>
#include <QTemporaryFile>

#include <fcntl.h>
#include <sched.h>
#include <spawn.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <numeric>
#include <thread>
#include <vector>

namespace Stowage::Test
{

using namespace Qt::StringLiterals;

namespace
{

/** The environment of a run, as NAME=VALUE. */
QByteArrayList environmentOf(const FaultOptions& options, const QString& countFile, const QString& temporary)
{
    QByteArrayList environment;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        environment.append(*entry);
    }
    const auto set = [&environment](const QByteArray& name, const QString& value) {
        environment.removeIf([&name](const QByteArray& entry) { return entry.startsWith(name + '='); });
        environment.append(name + '=' + QFile::encodeName(value));
    };
    set("TMPDIR", temporary);
    const Fault& fault = options.fault;
    if (fault.below.isEmpty() && !options.isRich) {
        return environment;
    }
    set("LD_PRELOAD", QStringLiteral(FAULT_INJECTOR));
    set("ASAN_OPTIONS", qEnvironmentVariable("ASAN_OPTIONS") + u":verify_asan_link_order=0"_s);
    set("FAULT_BELOW", fault.below);
    set("FAULT_PROGRAM", QString::fromLatin1(fault.program));
    set("FAULT_KIND", QString::fromLatin1(fault.kind));
    set("FAULT_AT", QString::number(fault.at));
    set("FAULT_ERRNO", QString::number(fault.error));
    set("FAULT_LASTS", fault.lasts ? u"1"_s : QString());
    set("FAULT_KILL", fault.kills ? u"1"_s : QString());
    set("FAULT_RUN", fault.command);
    set("FAULT_COUNT", countFile);
    set("FAULT_SPACE", options.isRich ? u"1"_s : QString());
    return environment;
}

/** Starts @p command in a process group of its own, with all that it says going to @p output. */
pid_t start(QByteArrayList command, QByteArrayList environment, int output)
{
    const auto pointers = [](QByteArrayList& list) {
        std::vector<char*> result;
        std::ranges::transform(list, std::back_inserter(result), [](QByteArray& text) { return text.data(); });
        result.push_back(nullptr);
        return result;
    };
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_t files;
    ::posix_spawnattr_init(&attributes);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    ::posix_spawn_file_actions_init(&files);
    ::posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&files, output, STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&files, output, STDERR_FILENO);
    pid_t child = -1;
    if (::posix_spawnp(&child, command.first().constData(), &files, &attributes, pointers(command).data(),
                       pointers(environment).data())
        != 0) {
        child = -1;
    }
    ::posix_spawn_file_actions_destroy(&files);
    ::posix_spawnattr_destroy(&attributes);
    return child;
}

/** Waits for @p child, and for all that it left behind: those become children of this process. */
int waitForAll(pid_t child)
{
    constexpr qint64 Longest = 60'000; // ms
    QElapsedTimer timer;
    timer.start();
    int status = -1;
    for (;;) {
        int how = 0;
        const pid_t ended = ::waitpid(-1, &how, WNOHANG);
        if (ended < 0) {
            return status;
        }
        if (ended == child) {
            status = WIFEXITED(how) ? WEXITSTATUS(how) : 128 + WTERMSIG(how);
        }
        if (ended == 0) {
            if (timer.elapsed() > Longest) {
                ::kill(-child, SIGKILL);
                QTest::qFail("A run, or a program that it started, does not end.", __FILE__, __LINE__);
                return -1;
            }
            std::this_thread::sleep_for(std::chrono::microseconds(500));
        }
    }
}

} // namespace

QByteArray FaultRun::error() const
{
    const qsizetype at = std::max(text.lastIndexOf("error: "), text.lastIndexOf(": error["));
    // What a tool said follows in further lines.
    return at < 0 ? QByteArray() : text.sliced(text.lastIndexOf('\n', at) + 1).split('\n').first(2).join('\n') + '\n';
}

FaultRun runWithFault(const QStringList& arguments, const FaultOptions& options)
{
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
    const QTemporaryDir temporary;
    QTemporaryFile output;
    QTemporaryFile count;
    if (!output.open() || !count.open() || count.write(QByteArray(sizeof(long), '\0')) < 0 || !count.flush()) {
        QTest::qFail("No temporary files.", __FILE__, __LINE__);
        return {};
    }
    QByteArrayList command;
    if (options.asNobody && ::geteuid() == 0) {
        QFile::setPermissions(temporary.path(), QFile::Permissions(0x7777));
        count.setPermissions(QFile::Permissions(0x6666));
        command = {"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"};
    }
    command.append(QFile::encodeName(commandLineProgram()));
    std::ranges::transform(arguments, std::back_inserter(command), &QFile::encodeName);
    const pid_t child = start(command, environmentOf(options, count.fileName(), temporary.path()), output.handle());
    if (child < 0) {
        QTest::qFail("Cannot start stowage-cli.", __FILE__, __LINE__);
        return {};
    }
    if (options.killAfter) {
        std::this_thread::sleep_for(*options.killAfter);
        ::kill(-child, SIGKILL);
    }
    FaultRun run;
    run.status = waitForAll(child);
    run.text = readFile(output.fileName());
    const QByteArray counted = readFile(count.fileName());
    std::copy_n(counted.constData(), sizeof(run.calls), reinterpret_cast<char*>(&run.calls));
    if (!run.wasKilled() && !QDir(temporary.path()).isEmpty()) {
        QTest::qFail("Something was left in TMPDIR.", __FILE__, __LINE__);
    }
    return run;
}

bool takeOwnMounts()
{
    const auto write = [](const char* path, const QByteArray& text) {
        QFile file(QString::fromLatin1(path));
        return file.open(QIODevice::WriteOnly) && file.write(text) == text.size() && file.flush();
    };
    const uid_t user = ::geteuid();
    const gid_t group = ::getegid();
    bool done = ::unshare(user == 0 ? CLONE_NEWNS : CLONE_NEWNS | CLONE_NEWUSER) == 0;
    if (done && user != 0) {
        done = write("/proc/self/setgroups", "deny")
            && write("/proc/self/uid_map", "0 " + QByteArray::number(user) + " 1")
            && write("/proc/self/gid_map", "0 " + QByteArray::number(group) + " 1");
    }
    done = done && ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
    if (!done) {
        qWarning("No mounts of its own: %s.", std::strerror(errno));
    }
    return done;
}

QList<long> sampleOf(long calls, qsizetype most, qsizetype end)
{
    QList<long> all(calls);
    std::ranges::iota(all, 1L);
    if (all.size() <= most) {
        return all;
    }
    std::shuffle(all.begin(), all.end() - end, *QRandomGenerator::global());
    all.remove(most - end, all.size() - most);
    std::ranges::sort(all);
    return all;
}

int effort(int quick, int thorough)
{
    return qEnvironmentVariableIsSet("STOWAGE_FAULTS") ? thorough : quick;
}

} // namespace Stowage::Test
