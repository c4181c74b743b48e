// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "processrunner.h"

#include "core/process/sandbox.h"
#include "core/process/tools.h"
#include "core/support/units.h"

#include <QCoreApplication>
#include <QDeadlineTimer>
#include <QProcess>

#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

struct Runner {
    Q_DECLARE_TR_FUNCTIONS(Runner)
};

constexpr qsizetype KeptOutput = MiB;
constexpr qint64 DefaultAddressSpace = 8 * GiB;
constexpr std::chrono::seconds DefaultCpuTime{3600};
/** How long a stop request may go unseen, in ms. */
constexpr int PollInterval = 50;
constexpr std::chrono::milliseconds Grace{500};

/** The last part of a stream. */
class Tail
{
public:
    void append(const QByteArray& piece)
    {
        m_bytes.append(piece);
        if (m_bytes.size() > 2 * KeptOutput) {
            m_bytes = m_bytes.last(KeptOutput);
        }
    }
    [[nodiscard]] QByteArray bytes() const { return m_bytes.size() > KeptOutput ? m_bytes.last(KeptOutput) : m_bytes; }

private:
    QByteArray m_bytes;
};

/** Lowers a limit of the calling process; one that is lower already stays. Only makes system calls. */
void limit(__rlimit_resource_t resource, rlim_t soft, rlim_t hard)
{
    rlimit now = {};
    if (::getrlimit(resource, &now) == 0) {
        const rlimit wanted = {std::min(soft, now.rlim_cur), std::min(hard, now.rlim_max)};
        ::setrlimit(resource, &wanted);
    }
}

/** One child from its start to its end. */
class RunningChild
{
public:
    RunningChild(const CommandSpec& spec, const OutputSink& onOutput) : m_spec(spec), m_onOutput(onOutput) { }

    CommandOutcome run(const QString& program, const Sandbox& sandbox, const std::stop_token& stop);

private:
    void setUp(const Sandbox& sandbox);
    void follow(const std::stop_token& stop);
    void end();
    void collect();
    [[nodiscard]] CommandOutcome outcome() const;
    [[nodiscard]] bool isRunning() const { return m_process.state() != QProcess::NotRunning; }

    const CommandSpec& m_spec;
    const OutputSink& m_onOutput;
    QProcess m_process;
    Tail m_output;
    Tail m_errors;
    bool m_stopped = false;
};

void RunningChild::setUp(const Sandbox& sandbox)
{
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(u"LC_ALL"_s, u"C.UTF-8"_s);
    environment.insert(m_spec.extraEnvironment);
    m_process.setProcessEnvironment(environment);
    m_process.setWorkingDirectory(m_spec.workingDirectory);
    m_process.setStandardInputFile(QProcess::nullDevice());
    // Not a plain fork: QProcess's child would wait for a word from its parent first, for ever if that is killed then.
    m_process.setUnixProcessParameters(QProcess::UnixProcessFlag::ResetSignalHandlers
                                       | QProcess::UnixProcessFlag::UseVFork);

    const auto space = static_cast<rlim_t>(m_spec.addressSpaceLimit > 0 ? m_spec.addressSpaceLimit
                                                                        : DefaultAddressSpace);
    const auto cpu = static_cast<rlim_t>((m_spec.cpuLimit.count() > 0 ? m_spec.cpuLimit : DefaultCpuTime).count());
    // Runs in the child between vfork and exec: system calls only, nothing that takes a lock or memory or changes what
    // the parent has.
    m_process.setChildProcessModifier([this, &sandbox, parent = ::getpid(), space, cpu] {
        ::setsid();
        // The signal comes when the thread that started the child ends: that thread stays in run() until the child has.
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (::getppid() != parent) {
            ::_exit(1);
        }
        // Not QProcess's CloseFileDescriptors: that closes the pipe by which a failing exec is told, too.
        ::close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);
        limit(RLIMIT_AS, space, space);
        limit(RLIMIT_CPU, cpu, cpu + 5);
        limit(RLIMIT_CORE, 0, 0);
        if (const int error = sandbox.enter(); error != 0) {
            m_process.failChildProcessModifier("sandbox", error);
        }
    });
}

CommandOutcome RunningChild::run(const QString& program, const Sandbox& sandbox, const std::stop_token& stop)
{
    setUp(sandbox);
    m_process.start(program, m_spec.arguments, QIODevice::ReadOnly);
    if (!m_process.waitForStarted(-1)) {
        CommandOutcome failed;
        failed.errorText = m_process.errorString();
        return failed;
    }
    const auto group = static_cast<pid_t>(m_process.processId());
    follow(stop);
    // What the child has started and left behind ends with it.
    ::kill(-group, SIGKILL);
    collect();
    return outcome();
}

void RunningChild::follow(const std::stop_token& stop)
{
    while (isRunning()) {
        if (stop.stop_requested()) {
            m_stopped = true;
            end();
            return;
        }
        m_process.waitForReadyRead(PollInterval);
        collect();
    }
}

void RunningChild::end()
{
    const auto group = static_cast<pid_t>(m_process.processId());
    ::kill(-group, SIGTERM);
    for (QDeadlineTimer deadline(Grace); isRunning() && !deadline.hasExpired();) {
        m_process.waitForReadyRead(static_cast<int>(std::min<qint64>(deadline.remainingTime(), PollInterval)));
        collect();
    }
    if (isRunning()) {
        ::kill(-group, SIGKILL);
    }
    while (isRunning()) {
        m_process.waitForFinished(PollInterval);
        collect();
    }
}

void RunningChild::collect()
{
    const QByteArray output = m_process.readAllStandardOutput();
    const QByteArray errors = m_process.readAllStandardError();
    m_output.append(output);
    m_errors.append(errors);
    for (const QByteArray& piece : {output, errors}) {
        if (m_onOutput && !piece.isEmpty()) {
            m_onOutput(piece);
        }
    }
}

CommandOutcome RunningChild::outcome() const
{
    CommandOutcome outcome;
    outcome.standardOutput = m_output.bytes();
    outcome.standardError = m_errors.bytes();
    if (m_stopped) {
        outcome.state = CommandOutcome::State::Cancelled;
    } else if (m_process.exitStatus() == QProcess::CrashExit) {
        outcome.state = CommandOutcome::State::Crashed;
        const int signal = m_process.exitCode(); // What QProcess gives for a child that a signal ended.
        outcome.errorText = signal == SIGXCPU ? Runner::tr("it took more processor time than it may")
                                              : QString::fromLatin1(::sigdescr_np(signal));
    } else {
        outcome.exitCode = m_process.exitCode();
        outcome.state = outcome.exitCode == 0 ? CommandOutcome::State::Succeeded
                                              : CommandOutcome::State::ExitedWithError;
    }
    return outcome;
}

} // namespace

CommandOutcome ProcessRunner::run(const CommandSpec& spec, const std::stop_token& stop, const OutputSink& onOutput)
{
    CommandOutcome outcome;
    if (stop.stop_requested()) {
        outcome.state = CommandOutcome::State::Cancelled;
        return outcome;
    }
    const Tool tool = findTool(spec.program);
    if (tool.path.isEmpty()) {
        outcome.errorText = Runner::tr("it was not found");
        return outcome;
    }
    const auto sandbox = Sandbox::prepare(spec.writablePaths);
    if (!sandbox) {
        outcome.errorText = sandbox.error().message;
        return outcome;
    }
    return RunningChild(spec, onOutput).run(tool.path, *sandbox, stop);
}

} // namespace Stowage
