// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "bootcheck.h"

#include "core/boot/bootdialog.h"
#include "core/boot/bootimage.h"
#include "core/boot/bootmachine.h"
#include "core/boot/bootpreparation.h"
#include "core/boot/bootsource.h"
#include "core/process/tools.h"
#include "core/support/stagedpath.h"
#include "core/support/uniquefd.h"
#include "core/support/units.h"

#include <QCoreApplication>
#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QRandomGenerator>

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <thread>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

struct Boot {
    Q_DECLARE_TR_FUNCTIONS(BootCheck)
};

constexpr qint64 KvmPatience = 20'000; // ms until somebody must have said something, where it runs at full speed
constexpr qint64 KvmLoaderPatience = 90'000; // ... behind a boot loader, which may wait for a person first
constexpr qint64 LastWords = 60'000; // ms for the commands, when the time is up
constexpr int PollTime = 100; // ms
constexpr auto UsualPattern = "login: ";

QByteArray randomMark()
{
    return QByteArray::number(QRandomGenerator::system()->generate64(), 36);
}

/** One of a pair of pipes that QEMU takes for a console. Opened for both directions, so that neither end waits. */
Result<UniqueFd> makePipe(const QString& path)
{
    const QByteArray name = QFile::encodeName(path);
    ::unlink(name.constData());
    if (::mkfifo(name.constData(), 0600) != 0) {
        return systemError(errno, Boot::tr("make"), path);
    }
    UniqueFd pipe(::open(name.constData(), O_RDWR | O_NONBLOCK | O_CLOEXEC));
    return pipe.isValid() ? Result<UniqueFd>(std::move(pipe)) : systemError(errno, Boot::tr("open"), path);
}

/** One machine from its start to its end. */
class BootRun
{
public:
    BootRun(const BootRequest& request, const BootQuestions& questions, const BootObserver& observer,
            JobContext& context, CommandRunner& runner)
        : m_request(request),
          m_observer(observer),
          m_context(context),
          m_runner(runner),
          m_dialog(questions, randomMark())
    { }

    /** What became of it; an error with nothing known of guests. @p spent: ms of the time that are over already. */
    Result<BootReport> run(const BootMachine& machine, BootMachine::Accelerator accelerator, qint64 spent = 0)
    {
        m_deadline = std::chrono::milliseconds(m_request.timeout).count() - spent;
        const QString pipes = machine.directory + u'/' + BootMachine::ConsolePipes;
        const auto typed = makePipe(pipes + ".in"_L1);
        const auto said = makePipe(pipes + ".out"_L1);
        if (!typed || !said) {
            return std::unexpected(typed ? said.error() : typed.error());
        }
        const CommandSpec spec = machineCommand(machine, accelerator);
        m_context.report.add(JobReport::Kind::Command, spec.toString());
        m_hasKvm = accelerator == BootMachine::Accelerator::Kvm;
        m_clock.start();
        std::stop_source stop;
        CommandOutcome outcome;
        Result<void> talked;
        {
            const std::jthread qemu([&] {
                outcome = m_runner.run(spec, stop.get_token(), [this](const QByteArray& piece) { hear(piece); });
                m_ended = true;
            });
            talked = talk(typed->get(), said->get());
            stop.request_stop();
        }
        if (!talked && m_ended && !m_context.stop.stop_requested()
            && outcome.state != CommandOutcome::State::Cancelled) {
            auto result = outcome.toResult(spec);
            return std::unexpected(result ? talked.error() : result.error());
        }
        if (!talked) {
            return std::unexpected(talked.error());
        }
        return BootReport{m_hasKvm ? u"kvm"_s : u"tcg"_s, m_verdictTime, m_timedOut, m_dialog.guests(),
                          m_dialog.answers()};
    }

    /** Whether it failed so early that the fault may be KVM's; firmware that finds nothing to start has run well. */
    [[nodiscard]] bool mayBlameKvm() const
    {
        const BootStage stage = m_dialog.lastStage();
        const bool isSilent = stage == BootStage::Firmware && !m_dialog.isOver();
        return m_hasKvm && (m_kvmFailed || isSilent || stage == BootStage::Hypervisor);
    }
    /** Whether there was no more time for it. */
    [[nodiscard]] bool isTooLate() const { return m_clock.elapsed() > m_deadline; }
    [[nodiscard]] qint64 spent() const { return m_clock.elapsed(); }

private:
    /** What QEMU itself says, on its own thread. */
    void hear(const QByteArray& piece)
    {
        if (piece.contains("KVM internal error") || piece.contains("KVM: entry failed")) {
            m_kvmFailed = true;
        }
    }

    Result<void> talk(int typed, int said)
    {
        QByteArray buffer(64 * KiB, '\0');
        QByteArray toSend;
        while (!m_dialog.isOver()) {
            pollfd waiting{said, POLLIN, 0};
            ::poll(&waiting, 1, PollTime);
            const qint64 now = m_clock.elapsed();
            const ssize_t got = ::read(said, buffer.data(), static_cast<size_t>(buffer.size()));
            if (got > 0) {
                m_dialog.receive(buffer.first(got), now);
            }
            toSend += m_dialog.take(now);
            const ssize_t sent = ::write(typed, toSend.constData(), static_cast<size_t>(toSend.size()));
            toSend.remove(0, std::max<ssize_t>(sent, 0));
            tell();
            if (auto goesOn = look(now, got > 0); !goesOn) {
                return goesOn;
            }
            if (now > m_deadline) {
                return {}; // it has said its last words
            }
        }
        return m_dialog.stage() == BootStage::Failed ? std::unexpected(m_dialog.error()) : Result<void>();
    }

    [[nodiscard]] qint64 kvmPatience() const
    {
        return m_request.firmware == BootFirmware::None ? KvmPatience : KvmLoaderPatience;
    }

    /** Whether there is something to wait for. */
    Result<void> look(qint64 now, bool hasSpoken)
    {
        if (m_context.stop.stop_requested()) {
            return cancelled();
        }
        if (m_ended && !hasSpoken) {
            return fail(Error::Code::ToolFailed, Boot::tr("The machine was switched off before its guests were seen."),
                        Boot::tr("Look at its console for the reason."));
        }
        if (m_hasKvm && (m_kvmFailed || (m_dialog.stage() == BootStage::Firmware && now > kvmPatience()))) {
            return fail(Error::Code::ToolFailed, Boot::tr("KVM does not run Xen here."), {});
        }
        if (now > m_deadline && !m_timedOut) {
            if (m_dialog.stage() != BootStage::Guests) {
                return tooLate();
            }
            m_timedOut = true;
            m_dialog.finish(now);
            m_deadline = now + LastWords;
        }
        return {};
    }

    std::unexpected<Error> tooLate()
    {
        const bool isSilent = m_dialog.stage() == BootStage::Firmware && m_request.firmware != BootFirmware::None;
        return fail(Error::Code::ToolFailed,
                    Boot::tr("The host did not come up within %1 s. It got as far as this: %2")
                        .arg(m_request.timeout.count())
                        .arg(stageTitle(m_dialog.stage())),
                    isSilent ? Boot::tr("See that the disk has a boot loader for this firmware, and that it sends the "
                                        "consoles of Xen and the kernel to the first serial port.")
                             : Boot::tr("Look at its console; if it was busy all the time, give it more "
                                        "(--timeout SECONDS)."));
    }

    void tell()
    {
        if (const QString shown = m_dialog.takeShown(); !shown.isEmpty() && m_observer.console) {
            m_observer.console(shown);
        }
        if (m_dialog.stage() == m_stage && m_dialog.guests() == m_guests) {
            return;
        }
        m_stage = m_dialog.stage();
        m_guests = m_dialog.guests();
        m_verdictTime = m_clock.elapsed();
        m_context.progress.setStep(stageTitle(m_stage));
        if (m_observer.changed) {
            m_observer.changed(m_stage, m_guests);
        }
    }

    const BootRequest& m_request;
    const BootObserver& m_observer;
    JobContext& m_context;
    CommandRunner& m_runner;
    BootDialog m_dialog;
    QElapsedTimer m_clock;
    bool m_hasKvm = false;
    bool m_timedOut = false;
    qint64 m_deadline = 0; ///< ms
    std::atomic<bool> m_ended = false;
    std::atomic<bool> m_kvmFailed = false;
    BootStage m_stage = BootStage::Firmware; ///< What was told last.
    QList<GuestVerdict> m_guests;
    qint64 m_verdictTime = 0; ///< ms
};

Result<BootQuestions> questionsFor(const BootRequest& request, const BootImage& image)
{
    BootQuestions questions;
    questions.user = request.user;
    questions.password = request.password;
    questions.commands = request.commands;
    for (const AutostartGuest& guest : image.guests) {
        const QString usual = request.pattern.isEmpty() ? QString::fromLatin1(UsualPattern) : request.pattern;
        const QString text = request.patterns.value(guest.name, usual);
        const QRegularExpression pattern(text, QRegularExpression::MultilineOption);
        if (!pattern.isValid()) {
            return fail(Error::Code::InvalidInput,
                        Boot::tr("\"%1\" is no regular expression: %2.").arg(text, pattern.errorString()),
                        Boot::tr("Write a \\ before characters that stand for themselves."));
        }
        questions.guests.append({guest.name, pattern});
    }
    for (auto it = request.patterns.cbegin(); it != request.patterns.cend(); ++it) {
        if (std::ranges::find(image.guests, it.key(), &AutostartGuest::name) == image.guests.cend()) {
            return fail(Error::Code::InvalidInput,
                        Boot::tr("No guest named %1 starts by itself in %2.").arg(it.key(), request.image),
                        Boot::tr("Look at the names in the files below /etc/xen/auto."));
        }
    }
    return questions;
}

/** Where large work files go that nobody keeps. */
QString workPlace()
{
    return qEnvironmentVariableIsEmpty("TMPDIR") ? u"/var/tmp"_s : QDir::tempPath();
}

} // namespace

bool BootReport::isGood() const
{
    return std::ranges::all_of(guests,
                               [](const GuestVerdict& guest) { return guest.state == GuestVerdict::State::Running; });
}

QString stageTitle(BootStage stage)
{
    switch (stage) {
    case BootStage::Firmware:
        return Boot::tr("Starting the machine");
    case BootStage::Hypervisor:
        return Boot::tr("Xen is starting");
    case BootStage::Kernel:
        return Boot::tr("The host is starting");
    case BootStage::LoggingIn:
        return Boot::tr("Logging in");
    case BootStage::Guests:
        return Boot::tr("Waiting for the guests");
    case BootStage::Done:
        return Boot::tr("Done");
    case BootStage::Failed:
        return Boot::tr("Failed");
    }
    return {};
}

Result<BootReport> checkBoot(const BootRequest& request, const BootObserver& observer, JobContext& context,
                             CommandRunner& runner)
{
    // It goes when this returns, and what a killed run has left there goes now.
    const auto work = StagedPath::create(workPlace() + "/stowage-boot"_L1, StagedPath::Kind::Scratch);
    if (!work) {
        Error error = work.error();
        error.remedy = Boot::tr("Set TMPDIR to a directory with room that you may write.");
        return std::unexpected(error);
    }
    const QString directory = work->path();
    const auto image = bootableImage(request.image, request.host, directory, context, runner)
                           .and_then([&](const QString& path) { return lookForBoot(path, context.stop); });
    if (!image) {
        return std::unexpected(image.error());
    }
    const QString program = machineProgram(image->architecture);
    if (program.isEmpty()) {
        return fail(Error::Code::Unsupported,
                    Boot::tr("%1 is no system for x86-64 or arm64, which are what can be booted.").arg(request.image),
                    Boot::tr("Name the image of a host."), Place::inFile(request.image));
    }
    if (auto there = requireTool(findTool(program)); !there) {
        return std::unexpected(there.error());
    }
    const auto questions = questionsFor(request, *image);
    if (!questions) {
        return std::unexpected(questions.error());
    }
    const auto machine = prepareMachine(request, *image, directory, context.stop);
    if (!machine) {
        return std::unexpected(machine.error());
    }
    qint64 spent = 0;
    if (mayHaveKvm(image->architecture)) {
        BootRun run(request, *questions, observer, context, runner);
        auto report = run.run(*machine, BootMachine::Accelerator::Kvm);
        if (report || context.stop.stop_requested() || !run.mayBlameKvm() || run.isTooLate()) {
            return report;
        }
        spent = run.spent();
        context.report.add(JobReport::Kind::Message, Boot::tr("KVM does not run Xen here; the machine is emulated."));
    }
    return BootRun(request, *questions, observer, context, runner)
        .run(*machine, BootMachine::Accelerator::Emulation, spent);
}

} // namespace Stowage
