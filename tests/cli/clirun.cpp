// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "clirun.h"

#include <QBuffer>
#include <QCoroTask>

namespace Stowage::Test
{

Run run(const QStringList& arguments, std::stop_token stop)
{
    QBuffer out;
    QBuffer err;
    out.open(QIODevice::WriteOnly);
    err.open(QIODevice::WriteOnly);
    Console console(out, err, Console::Progress::Lines);
    CommandLine commandLine(console);
    const ExitStatus status = QCoro::waitFor(commandLine.run(arguments, std::move(stop)));
    return {status, QString::fromUtf8(out.data()), QString::fromUtf8(err.data())};
}

} // namespace Stowage::Test
