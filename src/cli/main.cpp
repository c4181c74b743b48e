// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "cli/commandline.h"
#include "cli/signalwatcher.h"

#include <QCoreApplication>
#include <QFile>
#include <QLocale>
#include <QTimer>

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

Console::Progress progressStyle()
{
    const bool bar = ::isatty(STDERR_FILENO) == 1 && qgetenv("TERM") != "dumb";
    return bar ? Console::Progress::Bar : Console::Progress::Lines;
}

} // namespace

int main(int argc, char** argv)
{
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
