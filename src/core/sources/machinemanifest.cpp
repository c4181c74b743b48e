// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "machinemanifest.h"

#include "core/sources/sourcefile.h"
#include "core/support/filecopy.h"
#include "core/support/units.h"

#include <QCoreApplication>
#include <QHash>

#include <algorithm>
#include <memory>
#include <vector>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

struct ManifestText {
    Q_DECLARE_TR_FUNCTIONS(MachineManifest)
};

constexpr qsizetype MostHashes = 4096;
constexpr qsizetype MostUnknown = 8; ///< That are told.
constexpr qsizetype LongestName = 20; ///< Of an algorithm.

const QHash<QByteArray, QCryptographicHash::Algorithm>& algorithms()
{
    static const QHash<QByteArray, QCryptographicHash::Algorithm> known{{"SHA1", QCryptographicHash::Sha1},
                                                                        {"SHA224", QCryptographicHash::Sha224},
                                                                        {"SHA256", QCryptographicHash::Sha256},
                                                                        {"SHA384", QCryptographicHash::Sha384},
                                                                        {"SHA512", QCryptographicHash::Sha512}};
    return known;
}

std::unexpected<Error> mismatch(const QString& file, const QString& package)
{
    return fail(Error::Code::InvalidInput,
                ManifestText::tr("The file \"%1\" of %2 is not what it was: its hash is not the one in the manifest.")
                    .arg(file, package),
                ManifestText::tr("Copy or download it again. If you changed it on purpose, correct or remove the "
                                 "manifest (.mf)."),
                Place::inFile(package));
}

} // namespace

MachineManifest::MachineManifest(const QByteArray& text)
{
    const QList<QByteArray> lines = text.split('\n');
    for (const QByteArray& line : lines) {
        // A name may hold parentheses itself.
        const qsizetype open = line.indexOf('(');
        const qsizetype close = line.lastIndexOf(')');
        const qsizetype equals = line.indexOf('=', std::max<qsizetype>(close, 0));
        if (open < 0 || close < open || equals < 0 || m_hashes.size() >= MostHashes) {
            continue;
        }
        QByteArray name = line.first(open).trimmed().toUpper();
        name.replace('-', "");
        const auto algorithm = algorithms().constFind(name);
        if (algorithm != algorithms().cend()) {
            m_hashes.append({QString::fromUtf8(line.sliced(open + 1, close - open - 1)), *algorithm,
                             QByteArray::fromHex(line.sliced(equals + 1).trimmed())});
            continue;
        }
        QString shown = QString::fromUtf8(name.first(std::min(name.size(), LongestName)));
        shown.removeIf([](QChar c) { return !c.isLetterOrNumber(); });
        if (!shown.isEmpty() && !m_unknown.contains(shown) && m_unknown.size() < MostUnknown) {
            m_unknown.append(shown);
        }
    }
}

bool MachineManifest::covers(const QString& file) const
{
    return std::ranges::any_of(m_hashes, [&file](const Hash& hash) { return hash.file == file; });
}

Result<void> MachineManifest::check(const QString& file, const QByteArray& content, const QString& package) const
{
    QHash<int, QByteArray> sums; // one for each algorithm, however many lines there are
    const bool isSame = std::ranges::all_of(m_hashes, [&](const Hash& hash) {
        if (hash.file != file) {
            return true;
        }
        QByteArray& sum = sums[hash.algorithm];
        if (sum.isEmpty()) {
            sum = QCryptographicHash::hash(content, hash.algorithm);
        }
        return sum == hash.value;
    });
    return isSame ? Result<void>() : mismatch(file, package);
}

Result<void> MachineManifest::check(const QString& file, const FileSlice& slice, const QString& package,
                                    const std::stop_token& stop) const
{
    if (!covers(file)) {
        return {};
    }
    // One for each algorithm, however many lines there are.
    std::vector<std::unique_ptr<QCryptographicHash>> sums;
    for (const Hash& hash : m_hashes) {
        const bool isNew = std::ranges::none_of(sums,
                                                [&](const auto& sum) { return sum->algorithm() == hash.algorithm; });
        if (hash.file == file && isNew) {
            sums.push_back(std::make_unique<QCryptographicHash>(hash.algorithm));
        }
    }
    const auto opened = openRegularFile(slice.path);
    if (!opened) {
        return std::unexpected(opened.error());
    }
    std::vector<char> buffer(static_cast<size_t>(MiB));
    for (qint64 done = 0; done < slice.size;) {
        if (stop.stop_requested()) {
            return cancelled();
        }
        const auto room = std::span(buffer).first(
            static_cast<size_t>(std::min(slice.size - done, static_cast<qint64>(buffer.size()))));
        const auto got = readInto(*opened, slice.offset + done, room, slice.path);
        if (!got) {
            return std::unexpected(got.error());
        }
        if (*got == 0) {
            break;
        }
        for (const auto& sum : sums) {
            sum->addData(QByteArrayView(buffer.data(), *got));
        }
        done += *got;
    }
    const bool isSame = std::ranges::all_of(m_hashes, [&](const Hash& hash) {
        return hash.file != file || std::ranges::any_of(sums, [&hash](const auto& sum) {
                   return sum->algorithm() == hash.algorithm && sum->result() == hash.value;
               });
    });
    return isSame ? Result<void>() : mismatch(file, package);
}

} // namespace Stowage
