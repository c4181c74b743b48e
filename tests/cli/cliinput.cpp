// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "cliinput.h"

#include "fixtures.h"

#include <QDir>
#include <QFile>

namespace Stowage::Test
{

using namespace Qt::StringLiterals;

CliInput::CliInput()
{
    writeFile(path(u"deploy/Image--6.10-r0-qemuarm64-20240101000000.bin"_s), "kernel");
    QFile::link(u"Image--6.10-r0-qemuarm64-20240101000000.bin"_s, path(u"deploy/Image"_s));
    writeFile(path(u"deploy/alpha-qemuarm64.ext4"_s), "root of alpha");
    QDir().mkpath(path(u"unpack"_s));
    QDir().mkpath(path(u"out"_s));
}

QString CliInput::conf(const QByteArray& text) const
{
    const QString file = path(u"local.conf"_s);
    writeFile(file, text);
    return file;
}

QStringList CliInput::arguments(const QString& verb, const QByteArray& text) const
{
    return {verb,
            conf(text),
            u"--machine"_s,
            u"qemuarm64"_s,
            u"--deploy-dir"_s,
            path(u"deploy"_s),
            u"--unpack-dir"_s,
            path(u"unpack"_s)};
}

QStringList CliInput::entries(const QString& name) const
{
    return QDir(path(name))
        .entryList(QDir::AllEntries | QDir::Hidden | QDir::System | QDir::NoDotAndDotDot, QDir::Name);
}

} // namespace Stowage::Test
