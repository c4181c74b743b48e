// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "inputoptions.h"

#include <QCoreApplication>
#include <QCoroFuture>
#include <QDir>
#include <QtConcurrentRun>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

struct Options {
    Q_DECLARE_TR_FUNCTIONS(Options)
};

} // namespace

QList<QCommandLineOption> inputOptions()
{
    return {
        {u"deploy-dir"_s, Options::tr("Directory of finished images and kernels (DEPLOY_DIR_IMAGE)."), u"DIR"_s},
        {u"unpack-dir"_s, Options::tr("Directory of fetched sources (UNPACKDIR)."), u"DIR"_s},
        {u"machine"_s, Options::tr("Name of the machine (MACHINE)."), u"NAME"_s},
        {u"kernel-type"_s, Options::tr("File name of the host's kernel (KERNEL_IMAGETYPE)."), u"NAME"_s},
        {u"host"_s,
         Options::tr("Host root file system to start from: a directory, a tar archive, an ext4 image or a disk."),
         u"PATH"_s},
    };
}

InputRequest inputRequest(const Invocation& invocation)
{
    const QCommandLineParser& parser = invocation.parser;
    InputRequest request;
    request.files = parser.positionalArguments();
    request.settings.deployDirectory = absolute(parser.value(u"deploy-dir"_s));
    request.settings.unpackDirectory = absolute(parser.value(u"unpack-dir"_s));
    request.settings.machine = parser.value(u"machine"_s);
    request.settings.kernelImageType = parser.value(u"kernel-type"_s);
    request.settings.directory = QDir::currentPath();
    request.host = absolute(parser.value(u"host"_s));
    return request;
}

ProjectInput readInput(const InputRequest& request, const std::stop_token& stop)
{
    ProjectInput input = readInputs(request.files, request.settings, stop);
    if (!request.host.isEmpty()) {
        input.project.host.path = request.host;
    }
    DiskSettings& disk = input.project.disk;
    disk.table = request.table.value_or(disk.table);
    disk.boot = request.boot.value_or(disk.boot);
    if (!request.outputs.isEmpty()) {
        input.project.outputs = request.outputs;
    }
    return input;
}

QCoro::Task<Plan> planInput(InputRequest request, std::stop_token stop)
{
    const QFuture<Plan> plan = QtConcurrent::run([=] { return makePlan(readInput(request, stop), stop); });
    co_return co_await plan;
}

} // namespace Stowage
