// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/layout/hostnetwork.h"

#include "fuzzinput.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QTemporaryDir>

using namespace Stowage;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    const QTemporaryDir directory;
    for (const auto& [name, content] : Fuzz::namedFiles(Fuzz::borrowed(data, size))) {
        if (!name.contains("..") && !name.contains('\0') && name.size() < 200) {
            const QString path = directory.filePath(QFile::decodeName(name));
            QDir().mkpath(QFileInfo(path).path());
            QFile file(path);
            if (file.open(QFile::WriteOnly)) {
                file.write(content);
            }
        }
    }
    Fuzz::use(hostBridges(directory.path()));
    return 0;
}
