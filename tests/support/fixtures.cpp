// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "fixtures.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>

namespace Stowage::Test
{

QString fixture(const QString& name)
{
    const QString path = qEnvironmentVariable("STOWAGE_FIXTURES") + QLatin1Char('/') + name;
    if (!QFileInfo::exists(path)) {
        QTest::qFail(qPrintable(QStringLiteral("fixture %1 is missing: run the tests by ./dev test").arg(path)),
                     __FILE__, __LINE__);
    }
    return path;
}

void writeFile(const QString& path, const QByteArray& content)
{
    QDir().mkpath(QFileInfo(path).path());
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(content) != content.size()) {
        QTest::qFail(qPrintable(QStringLiteral("cannot write %1: %2").arg(path, file.errorString())), __FILE__,
                     __LINE__);
    }
}

QByteArray readFile(const QString& path)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly)) {
        QTest::qFail(qPrintable(QStringLiteral("cannot read %1: %2").arg(path, file.errorString())), __FILE__,
                     __LINE__);
        return {};
    }
    return file.readAll();
}

} // namespace Stowage::Test
