// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "outputform.h"

#include <QCoreApplication>
#include <QFileInfo>

#include <algorithm>
#include <array>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

struct Form {
    Q_DECLARE_TR_FUNCTIONS(OutputForm)
};

struct Packing {
    QLatin1StringView suffix;
    Compression compression = Compression::None;
    bool forImages = true;
};

constexpr std::array Packings{
    Packing{".zst"_L1, Compression::Zstd},
    Packing{".xz"_L1, Compression::Xz},
    Packing{".gz"_L1, Compression::Gzip},
    Packing{".bz2"_L1, Compression::Bzip2, false},
};

constexpr QLatin1StringView Qcow2Suffix = ".qcow2"_L1;

/** What people would take a file for that ends so, while it held a raw image. */
constexpr std::array Misleading{".bz2"_L1, ".lz4"_L1, ".lzma"_L1, ".lzo"_L1,  ".zip"_L1, ".7z"_L1,  ".vmdk"_L1,
                                ".vdi"_L1, ".vhd"_L1, ".vhdx"_L1, ".qcow"_L1, ".qed"_L1, ".bmap"_L1};

bool endsWith(const QString& path, QLatin1StringView suffix)
{
    return path.endsWith(suffix, Qt::CaseInsensitive);
}

} // namespace

std::optional<Compression> archiveCompression(const QString& path)
{
    if (endsWith(path, ".tar"_L1)) {
        return Compression::None;
    }
    for (const Packing& packing : Packings) {
        const bool isLong = endsWith(path, packing.suffix) && endsWith(path.chopped(packing.suffix.size()), ".tar"_L1);
        if (isLong || path.endsWith(".t"_L1 + packing.suffix.sliced(1), Qt::CaseInsensitive)) {
            return packing.compression;
        }
    }
    return {};
}

Result<ImageForm> imageForm(const QString& path)
{
    const QString name = QFileInfo(path).fileName();
    const auto refuse = [&path](const QString& message, const QString& remedy) {
        return fail(Error::Code::InvalidInput, message.arg(path), remedy, Place::inFile(path));
    };
    const QString forms = Form::tr(
        "Use .img for a raw image, .img.zst, .img.xz or .img.gz for a compressed one, or .qcow2.");
    if (archiveCompression(name)) {
        return refuse(Form::tr("%1 would have the name of an archive, but an image is to be written."),
                      Form::tr("Write an archive with the output \"tar\", or rename it. %1").arg(forms));
    }
    ImageForm form;
    QString inner = name;
    for (const Packing& packing : Packings) {
        if (packing.forImages && endsWith(name, packing.suffix)) {
            form.compression = packing.compression;
            inner = name.chopped(packing.suffix.size());
        }
    }
    form.isQcow2 = endsWith(inner, Qcow2Suffix);
    if (form.isQcow2 && form.compression != Compression::None) {
        return refuse(Form::tr("%1 would be a compressed QCOW2 image, which nothing reads as it is."),
                      Form::tr("Use .qcow2 alone, or compress a raw image: .img.zst."));
    }
    if (std::ranges::any_of(Misleading, [&inner](QLatin1StringView suffix) { return endsWith(inner, suffix); })) {
        return refuse(Form::tr("%1 has the suffix of a format that is not written."), forms);
    }
    return form;
}

QStringList archiveSuffixes()
{
    QStringList suffixes;
    for (const Packing& packing : Packings) {
        suffixes.append(".tar"_L1 + packing.suffix);
    }
    return suffixes + QStringList{u".tar"_s, u".tgz"_s, u".txz"_s, u".tzst"_s};
}

QStringList imageSuffixes(const QStringList& raw)
{
    QStringList suffixes = raw;
    suffixes.append(Qcow2Suffix);
    for (const QString& inner : raw) {
        for (const Packing& packing : Packings) {
            if (packing.forImages) {
                suffixes.append(inner + packing.suffix);
            }
        }
    }
    return suffixes;
}

} // namespace Stowage
