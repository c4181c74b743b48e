// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "cli/commandline.h"
#include "cli/signalwatcher.h"

#include <QCoreApplication>
#include <QFile>
#include <QLocale>
#include <QTimer>

#include <fcntl.h>
#include <langinfo.h>
#include <unistd.h>

#include <clocale>
#include <cstring>

using namespace Stowage;
using namespace Qt::StringLiterals;

namespace
{

/** File names are UTF-8 whatever the locale says; set before Qt looks, which would complain. */
void ensureUtf8()
{
    std::setlocale(LC_ALL, "");
    if (std::strcmp(nl_langinfo(CODESET), "UTF-8") != 0) {
        qputenv("LC_ALL", "C.UTF-8");
    }
}

/** Keeps files opened later from being taken for a standard stream that the caller closed; writing to it fails as before. */
void occupyStandardStreams()
{
    for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        if (::fcntl(stream, F_GETFD) < 0) { // open(2) takes the lowest free number, which is this one
            [[maybe_unused]] const int opened = ::open("/dev/null", O_RDONLY);
        }
    }
}

Console::Progress progressStyle()
{
    const bool bar = ::isatty(STDERR_FILENO) == 1 && qgetenv("TERM") != "dumb";
    return bar ? Console::Progress::Bar : Console::Progress::Lines;
}

} // namespace

int main(int argc, char** argv)
{
    occupyStandardStreams();
    ensureUtf8();
    const QCoreApplication application(argc, argv);
    QCoreApplication::setApplicationName(u"stowage-cli"_s);
    QCoreApplication::setApplicationVersion(QStringLiteral(STOWAGE_VERSION));
    QLocale::setDefault(QLocale::c());

    std::stop_source stop;
    const SignalWatcher signalWatcher([&stop] { stop.request_stop(); });

    QFile results;
    QFile messages;
    if (!results.open(STDOUT_FILENO, QIODevice::WriteOnly | QIODevice::Unbuffered)
        || !messages.open(STDERR_FILENO, QIODevice::WriteOnly | QIODevice::Unbuffered)) {
        return static_cast<int>(ExitStatus::Failed);
    }
    Console console(results, messages, progressStyle());
    CommandLine commandLine(console);
    QTimer::singleShot(0, &application, [&] {
        QCoro::connect(commandLine.run(QCoreApplication::arguments().sliced(1), stop.get_token()), &application,
                       [](ExitStatus status) { QCoreApplication::exit(static_cast<int>(status)); });
    });
    return QCoreApplication::exec();
}
