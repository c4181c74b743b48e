// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

// Runs a fuzz target over the files of its corpus, and over cuts of them, where libFuzzer is not at hand.

#include "fuzzinput.h"

#include <QDir>
#include <QFile>

#include <algorithm>
#include <cstdio>
#include <vector>

namespace
{

/** In a buffer of its very size, so that a read behind its end shows. */
void runWhole(const QByteArray& input)
{
    const std::vector<uint8_t> bytes(input.begin(), input.end());
    LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
}

/** The whole of @p input, and what is left when it ends or begins too early, or has a byte changed. */
void run(const QByteArray& input)
{
    runWhole(input);
    for (const qsizetype part : {2, 3, 5}) {
        runWhole(input.first(input.size() / part));
        runWhole(input.sliced(input.size() / part));
    }
    runWhole(input.first(std::max<qsizetype>(input.size() - 1, 0)));
    constexpr qsizetype Changes = 16;
    for (qsizetype i = 0; i < Changes && !input.isEmpty(); ++i) {
        QByteArray changed = input;
        changed[input.size() * i / Changes] = static_cast<char>(~changed.at(input.size() * i / Changes));
        runWhole(changed);
    }
}

} // namespace

int main(int argc, char** argv)
{
    const QDir corpus(argc == 2 ? QFile::decodeName(argv[1]) : QString());
    const QStringList names = corpus.entryList(QDir::Files, QDir::Name);
    if (argc != 2 || names.isEmpty()) {
        std::fputs("usage: a directory with inputs\n", stderr);
        return 2;
    }
    runWhole({});
    for (const QString& name : names) {
        QFile file(corpus.filePath(name));
        if (!file.open(QFile::ReadOnly)) {
            std::fprintf(stderr, "cannot read %s\n", qPrintable(file.fileName()));
            return 1;
        }
        std::printf("%s\n", qPrintable(name));
        std::fflush(stdout); // so that it shows which one does not come back
        run(file.readAll());
    }
    return 0;
}
