// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "bootcommand.h"

#include "cli/json.h"
#include "core/boot/bootcheck.h"
#include "core/jobs/jobqueue.h"
#include "core/process/processrunner.h"

#include <QCoreApplication>
#include <QCoroSignal>
#include <QFileInfo>
#include <QTimer>

#include <chrono>
#include <expected>
#include <mutex>
#include <utility>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

struct Booting {
    Q_DECLARE_TR_FUNCTIONS(Booting)
};

/** What the worker has to say, until the main thread writes it. */
class Said
{
public:
    void add(const QString& text)
    {
        const std::scoped_lock lock(m_mutex);
        m_text += text;
    }
    [[nodiscard]] QString take()
    {
        const std::scoped_lock lock(m_mutex);
        return std::exchange(m_text, {});
    }

private:
    std::mutex m_mutex;
    QString m_text;
};

/** The number that @p option says, from @p least to @p most; @p usual without it. */
std::expected<qint64, QString> numberOf(const QCommandLineParser& parser, const QString& option, qint64 usual,
                                        qint64 least, qint64 most)
{
    if (!parser.isSet(option)) {
        return usual;
    }
    bool isNumber = false;
    const qint64 number = parser.value(option).toLongLong(&isNumber);
    if (!isNumber || number < least || number > most) {
        return std::unexpected(Booting::tr("--%1 takes a number from %2 to %3.").arg(option).arg(least).arg(most));
    }
    return number;
}

QString fileOf(const QCommandLineParser& parser, const QString& option)
{
    return parser.isSet(option) ? absolute(parser.value(option)) : QString();
}

std::expected<BootFirmware, QString> firmwareOf(const QCommandLineParser& parser)
{
    if (!parser.isSet(u"firmware"_s)) {
        return BootFirmware::None;
    }
    if (parser.isSet(u"xen"_s) || parser.isSet(u"kernel"_s) || parser.isSet(u"initrd"_s)) {
        return std::unexpected(Booting::tr("With --firmware the disk's own boot loader loads the system; leave out "
                                           "--xen, --kernel and --initrd."));
    }
    const auto firmware = firmwareFromName(parser.value(u"firmware"_s));
    return firmware ? std::expected<BootFirmware, QString>(*firmware)
                    : std::unexpected(Booting::tr("--firmware takes one of %1.").arg(firmwareNames().join(", "_L1)));
}

std::expected<BootRequest, QString> requestOf(const QCommandLineParser& parser)
{
    BootRequest request;
    request.image = absolute(parser.positionalArguments().at(0));
    request.host = fileOf(parser, u"host"_s);
    request.hypervisor = fileOf(parser, u"xen"_s);
    request.kernel = fileOf(parser, u"kernel"_s);
    request.ramdisk = fileOf(parser, u"initrd"_s);
    request.commands = parser.values(u"run"_s);
    if (parser.isSet(u"login"_s)) {
        const QString login = parser.value(u"login"_s);
        request.user = login.section(u':', 0, 0);
        request.password = login.section(u':', 1);
    }
    for (const QString& text : parser.values(u"expect"_s)) {
        const qsizetype equals = text.indexOf(u'=');
        if (equals > 0) {
            request.patterns.insert(text.first(equals), text.sliced(equals + 1));
        } else {
            request.pattern = text.sliced(equals + 1);
        }
    }
    const auto firmware = firmwareOf(parser);
    constexpr qint64 MostMemory = 1024 * 1024;
    constexpr qint64 MostSeconds = 24 * 3600;
    const auto memory = numberOf(parser, u"dom0-memory"_s, request.dom0MemoryMiB, 64, MostMemory);
    const auto timeout = numberOf(parser, u"timeout"_s, request.timeout.count(), 1, MostSeconds);
    if (!memory || !timeout || !firmware) {
        return std::unexpected(!memory ? memory.error() : !timeout ? timeout.error() : firmware.error());
    }
    request.firmware = *firmware;
    request.dom0MemoryMiB = *memory;
    request.timeout = std::chrono::seconds(*timeout);
    return request;
}

QString guestText(const GuestVerdict& guest)
{
    QString text = printable(guest.name) + u": "_s;
    switch (guest.state) {
    case GuestVerdict::State::Waiting:
        return text + Booting::tr("not started; it was never in \"xl list\"") + u'\n';
    case GuestVerdict::State::Started:
        text += Booting::tr("started, but its console has not said that it runs");
        break;
    case GuestVerdict::State::Running:
        text += Booting::tr("running");
        break;
    case GuestVerdict::State::Crashed:
        text += Booting::tr("crashed: %1").arg(printable(guest.reason));
        break;
    }
    return text + u"; "_s
        + Booting::tr("domain %1, %2 MiB, %n virtual processor(s)", nullptr, guest.vcpus)
              .arg(guest.domain)
              .arg(guest.memoryMiB)
        + u'\n';
}

QJsonObject toJson(const GuestVerdict& guest)
{
    return {{"name"_L1, guest.name},      {"state"_L1, stateName(guest.state)}, {"reason"_L1, guest.reason},
            {"domain"_L1, guest.domain},  {"memory"_L1, guest.memoryMiB},       {"vcpus"_L1, guest.vcpus},
            {"console"_L1, guest.console}};
}

void writeReport(Console& console, const BootRequest& request, const BootReport& report)
{
    if (console.isJson()) {
        QJsonArray guests;
        for (const GuestVerdict& guest : report.guests) {
            guests.append(toJson(guest));
        }
        console.writeDocument(QJsonObject{{"image"_L1, request.image},
                                          {"accelerator"_L1, report.accelerator},
                                          {"seconds"_L1, static_cast<double>(report.milliseconds) / 1000},
                                          {"good"_L1, report.isGood()},
                                          {"timedOut"_L1, report.timedOut},
                                          {"guests"_L1, guests},
                                          {"answers"_L1, QJsonArray::fromStringList(report.answers)}});
        return;
    }
    for (const GuestVerdict& guest : report.guests) {
        console.writeResult(guestText(guest));
    }
    if (report.guests.isEmpty()) {
        console.writeResult(Booting::tr("The host is up; no guest starts by itself.") + u'\n');
    }
    for (const QString& answer : report.answers) {
        console.writeResult(printableText(answer) + u'\n');
    }
}

} // namespace

QString BootCommand::name() const
{
    return u"boot"_s;
}

QString BootCommand::summary() const
{
    return Booting::tr("Boot a host's IMAGE under Xen in QEMU, and see whether its guests come up.");
}

QString BootCommand::arguments() const
{
    return u"IMAGE"_s;
}

QString BootCommand::description() const
{
    return Booting::tr(
        "IMAGE is an ext4 or disk image, which may be compressed (gzip, xz, zstd), a QCOW2 image, an "
        "archive or a directory with the host's system, and is not changed. Xen and the kernel are those in its /boot; with --firmware a disk starts by its own "
        "boot loader. What the host and its guests say goes to "
        "standard error.");
}

QList<QCommandLineOption> BootCommand::options() const
{
    return {
        {u"host"_s, Booting::tr("Host system over which IMAGE, a staging tree, is laid."), u"PATH"_s},
        {u"firmware"_s,
         Booting::tr("Start a disk by its own boot loader, which this firmware finds: %1.")
             .arg(firmwareNames().join(", "_L1)),
         u"NAME"_s},
        {u"xen"_s, Booting::tr("Hypervisor in place of the image's own."), u"FILE"_s},
        {u"kernel"_s, Booting::tr("Kernel of the host in place of the image's own."), u"FILE"_s},
        {u"initrd"_s, Booting::tr("RAM disk of the host in place of the image's own."), u"FILE"_s},
        {u"login"_s, Booting::tr("Who logs in to the host; without it root, with no password."), u"USER[:PASSWORD]"_s},
        {u"expect"_s,
         Booting::tr(
             "Regular expression for what the console of a guest, or of every guest, says when it runs; without "
             "it a login prompt. May be given more than once."),
         u"[GUEST=]PATTERN"_s},
        {u"run"_s,
         Booting::tr(
             "Command for the host's shell when its guests are up or down; its output is a result. May be given "
             "more than once."),
         u"COMMAND"_s},
        {u"dom0-memory"_s, Booting::tr("MiB of the host; without it 1024."), u"MIB"_s},
        {u"timeout"_s, Booting::tr("Most seconds to wait; without it 900."), u"SECONDS"_s},
    };
}

QCoro::Task<ExitStatus> BootCommand::run(Invocation& invocation) const
{
    Console& console = invocation.console;
    const auto request = requestOf(invocation.parser);
    if (!request) {
        co_return wrongUsage(invocation, request.error());
    }
    ProcessRunner runner;
    BootReport report;
    Said said;
    const auto show = [&] { console.live(said.take()); };
    QTimer often;
    often.callOnTimeout(show);
    often.start(std::chrono::milliseconds(100));
    const BootObserver observer{.console = [&said](const QString& text) { said.add(text); }, .changed = {}};
    JobQueue queue;
    Job* job = queue.add(Booting::tr("Boot %1").arg(QFileInfo(request->image).fileName()), [&](JobContext& context) {
        return checkBoot(*request, observer, context, runner).transform([&report](const BootReport& made) {
            report = made;
        });
    });
    const std::stop_callback onStop(invocation.stop, [job] { job->cancel(); });
    if (!job->isFinished()) {
        co_await qCoro(job, &Job::finished);
    }
    often.stop();
    show();
    if (job->state() == Job::State::Cancelled) {
        co_return ExitStatus::Interrupted;
    }
    if (job->state() == Job::State::Failed) {
        console.error(job->error());
        co_return exitStatusFor(job->error());
    }
    writeReport(console, *request, report);
    if (report.timedOut) {
        console.warning(Booting::tr("The time was up after %1 s.").arg(request->timeout.count()));
    }
    co_return report.isGood() ? ExitStatus::Done : ExitStatus::Failed;
}

} // namespace Stowage
