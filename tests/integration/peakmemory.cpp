// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "peakmemory.h"

#include "core/support/units.h"
#include "fixtures.h"

#include <QProcess>

namespace Stowage::Test
{

using namespace Qt::StringLiterals;

qint64 peakMemory(const QStringList& arguments)
{
    // A process counts in what its parent had when it was forked: a small one has to start it.
    const QString script = u"import resource, subprocess, sys\n"
                           "status = subprocess.call(sys.argv[1:], stdout=sys.stderr)\n"
                           "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)\n"
                           "sys.exit(status)\n"_s;
    QProcess process;
    process.start(u"python3"_s, QStringList{u"-c"_s, script, commandLineProgram()} + arguments);
    process.waitForFinished(-1);
    if (process.exitStatus() != QProcess::NormalExit || process.exitCode() != 0) {
        QTest::qFail(process.readAllStandardError().constData(), __FILE__, __LINE__);
        return 0;
    }
    return process.readAllStandardOutput().trimmed().toLongLong() * KiB;
}

} // namespace Stowage::Test
