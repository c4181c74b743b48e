// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "diskpicture.h"

#include "core/output/diskplan.h"
#include "core/output/outputform.h"
#include "core/support/units.h"
#include "models/layouttext.h"

#include <QCoreApplication>
#include <QMap>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <numeric>
#include <span>
#include <utility>

using namespace Qt::StringLiterals;

namespace Stowage
{

namespace
{

using Kind = PicturePiece::Kind;
using Purpose = DiskPartition::Purpose;

struct Text {
    Q_DECLARE_TR_FUNCTIONS(DiskPicture)
};

constexpr int MostGuests = 6; ///< Shares of their own; more are not told apart by their colours.

/** Bytes of files by the guest that brings them; those of the host have an empty name. */
struct Usage {
    struct Part {
        qint64 bytes = 0;
        bool isEstimate = false;
    };

    QMap<QString, Part> parts;

    void add(const LayoutNode& node)
    {
        if (node.kind == LayoutNode::Kind::File) {
            Part& part = parts[node.guest];
            part.bytes += node.size;
            part.isEstimate = part.isEstimate || node.sizeIsEstimate;
        }
        for (const LayoutNode& child : node.children) {
            add(child);
        }
    }

    [[nodiscard]] qint64 total() const
    {
        return std::accumulate(parts.begin(), parts.end(), qint64{0},
                               [](qint64 sum, const Part& part) { return sum + part.bytes; });
    }
};

/** The shares of @p usage, the smaller guests' as one where there are many. */
QList<PicturePiece> sharesOf(Usage usage)
{
    QList<PicturePiece> shares;
    const Usage::Part host = usage.parts.take(QString());
    for (auto part = usage.parts.begin(); part != usage.parts.end(); ++part) {
        shares.append({.kind = Kind::GuestFiles,
                       .title = shownName(part.key().toUtf8()),
                       .bytes = part->bytes,
                       .isEstimate = part->isEstimate});
    }
    std::ranges::stable_sort(shares, std::ranges::greater(), &PicturePiece::bytes);
    if (shares.size() > MostGuests) {
        PicturePiece others{.kind = Kind::OtherGuests, .title = {}};
        const auto first = shares.begin() + MostGuests - 1;
        for (const PicturePiece& share : std::span(first, shares.end())) {
            others.bytes += share.bytes;
            others.isEstimate = others.isEstimate || share.isEstimate;
        }
        others.title = Text::tr("%n other guests", nullptr, static_cast<int>(shares.end() - first));
        shares.erase(first, shares.end());
        shares.append(others);
    }
    if (host.bytes > 0) {
        shares.prepend({.kind = Kind::HostFiles, .title = Text::tr("Host"), .bytes = host.bytes});
    }
    return shares;
}

QString describeShare(const PicturePiece& share)
{
    switch (share.kind) {
    case Kind::HostFiles:
        return Text::tr("Files of the host: %1").arg(share.sizeText());
    case Kind::GuestFiles:
        return Text::tr("Files of guest %1: %2").arg(share.title, share.sizeText());
    case Kind::Free:
        return Text::tr("Free, or for the file system itself: %1").arg(share.sizeText());
    default:
        return Text::tr("Files of %1: %2").arg(share.title, share.sizeText());
    }
}

/** Fills @p root with the files of @p layout. */
void fill(PicturePiece& root, const Layout& layout)
{
    Usage usage;
    usage.add(layout.root);
    root.shares = sharesOf(usage);
    const qint64 free = root.bytes - usage.total();
    if (free > 0) {
        root.shares.append({.kind = Kind::Free, .title = Text::tr("Free"), .bytes = free, .isEstimate = true});
    } else {
        root.description += u' ' + Text::tr("Its files are larger together: they fit only if they have holes.");
    }
    for (PicturePiece& share : root.shares) {
        share.description = describeShare(share);
    }
}

bool isEfiSystem(const DiskPartition& partition)
{
    constexpr quint8 MbrType = 0xef;
    return partition.mbrType == MbrType || guidText(partition.type) == "c12a7328-f81f-11d2-ba4b-00a0c93ec93b"_L1;
}

QString titleOf(const DiskPartition& partition)
{
    if (partition.purpose == Purpose::Host) {
        return isEfiSystem(partition) ? Text::tr("EFI system") : Text::tr("Partition %1").arg(partition.number);
    }
    return partition.purpose == Purpose::Root ? u"root"_s : partition.name;
}

QString purposeText(const DiskPartition& partition)
{
    switch (partition.purpose) {
    case Purpose::Loader:
        return Text::tr("the boot loader's own");
    case Purpose::Firmware:
        return Text::tr("read by the firmware");
    case Purpose::Root:
        return Text::tr("the root file system");
    case Purpose::Host:
        break;
    }
    return Text::tr("stays as the host has it");
}

PicturePiece pieceOf(const DiskPartition& partition)
{
    static const QMap<Purpose, Kind> kinds{{Purpose::Loader, Kind::Loader},
                                           {Purpose::Firmware, Kind::Firmware},
                                           {Purpose::Root, Kind::Root}};
    PicturePiece piece{.kind = kinds.value(partition.purpose, Kind::HostPartition),
                       .title = titleOf(partition),
                       .fileSystem = partition.fileSystem == "vfat"_L1 ? u"FAT"_s : partition.fileSystem,
                       .bytes = partition.size,
                       .isEstimate = partition.isEstimate};
    const QString what = piece.fileSystem.isEmpty() ? piece.sizeText()
                                                    : u"%1, %2"_s.arg(piece.fileSystem, piece.sizeText());
    piece.description =
        Text::tr("Partition %1, %2: %3; %4.").arg(partition.number).arg(piece.title, what, purposeText(partition));
    QStringList files;
    for (const BootPartitionFile& file : partition.files) {
        files.append(shownName(file.target));
    }
    if (!files.isEmpty()) {
        piece.description += u' ' + Text::tr("It holds %1.").arg(files.join(", "_L1));
    }
    return piece;
}

QString startText(const DiskPlan& plan)
{
    QStringList ways;
    for (const auto& [has, name] : {std::pair(plan.startsByBios, u"BIOS"_s), std::pair(plan.startsByUefi, u"UEFI"_s),
                                    std::pair(plan.startsByUBoot, u"U-Boot"_s)}) {
        ways += has ? QStringList(name) : QStringList();
    }
    if (plan.isHosts) {
        return Text::tr("it starts as the host’s does");
    }
    return ways.isEmpty() ? Text::tr("it does not start by itself")
                          : Text::tr("it starts by %1").arg(ways.join(Text::tr(" and ")));
}

QString aboutBytes(qint64 bytes, bool isEstimate)
{
    return isEstimate ? Text::tr("about %1").arg(formatBytes(bytes)) : formatBytes(bytes);
}

/** "as QCOW2", "packed": how the image is kept in its file; empty for a raw one. */
QString formText(const QString& path)
{
    const ImageForm form = imageForm(path).value_or(ImageForm());
    if (form.isPlain()) {
        return {};
    }
    return form.isQcow2 ? Text::tr(" in a QCOW2 file") : Text::tr(" in a compressed file");
}

DiskPicture pictureOfDisk(const Layout& layout, const OutputSpec& output)
{
    const DiskPlan plan = planDisk(layout, output.sizeMiB);
    const QString scheme = plan.scheme == PartitionTable::Scheme::Gpt ? u"GPT"_s : u"MBR"_s;
    DiskPicture picture;
    picture.title = Text::tr("Disk with %1%2, %3; %4")
                        .arg(scheme, formText(output.path), aboutBytes(plan.size, plan.isEstimate), startText(plan));
    for (const DiskPartition& partition : plan.partitions) {
        picture.partitions.append(pieceOf(partition));
        if (partition.purpose == Purpose::Root && plan.inTheWay != 0) {
            picture.partitions.last().description += u' '
                + Text::tr("It is too small, and cannot grow, as partition %1 lies behind it.").arg(plan.inTheWay);
        }
    }
    return picture;
}

DiskPicture pictureOfFileSystem(const Layout& layout, const OutputSpec& output)
{
    PicturePiece root{.kind = Kind::Root,
                      .title = u"root"_s,
                      .fileSystem = u"ext4"_s,
                      .bytes = plannedRootBytes(layout, output.sizeMiB),
                      .isEstimate = output.sizeMiB == 0};
    root.description = Text::tr("The root file system: ext4, %1.").arg(root.sizeText());
    DiskPicture picture;
    picture.title = Text::tr("File system%1, %2").arg(formText(output.path), root.sizeText());
    picture.partitions = {root};
    return picture;
}

} // namespace

QString PicturePiece::sizeText() const
{
    return aboutBytes(bytes, isEstimate);
}

QString DiskPicture::text() const
{
    QStringList lines{title};
    for (const PicturePiece& partition : partitions) {
        lines.append(partition.description);
        std::ranges::transform(partition.shares, std::back_inserter(lines), &PicturePiece::description);
    }
    return lines.join(u'\n');
}

DiskPicture pictureOf(const Layout& layout, const OutputSpec& output)
{
    DiskPicture picture = output.kind == "disk"_L1 ? pictureOfDisk(layout, output)
                                                   : pictureOfFileSystem(layout, output);
    for (PicturePiece& partition : picture.partitions) {
        if (partition.kind == Kind::Root) {
            fill(partition, layout);
        }
    }
    return picture;
}

QList<int> shareOut(const QList<qint64>& amounts, int length, const QList<int>& least)
{
    // Those that would get too little get their least; what is left is shared out among the others, again and again.
    QList<bool> isLeast(amounts.size(), false);
    double perAmount = 0;
    for (bool again = true; again;) {
        again = false;
        double room = length;
        double sum = 0;
        for (qsizetype i = 0; i < amounts.size(); ++i) {
            room -= isLeast.at(i) ? least.at(i) : 0;
            sum += isLeast.at(i) ? 0 : static_cast<double>(amounts.at(i));
        }
        perAmount = sum > 0 ? std::max(room, 0.0) / sum : 0;
        for (qsizetype i = 0; i < amounts.size(); ++i) {
            if (!isLeast.at(i) && static_cast<double>(amounts.at(i)) * perAmount < least.at(i)) {
                isLeast[i] = again = true;
            }
        }
    }
    QList<double> ends;
    double end = 0;
    for (qsizetype i = 0; i < amounts.size(); ++i) {
        end += isLeast.at(i) ? least.at(i) : static_cast<double>(amounts.at(i)) * perAmount;
        ends.append(end);
    }
    QList<int> widths;
    int before = 0;
    for (const double each : std::as_const(ends)) { // all of it is given away, also where the least do not fit
        const int next = end > 0 ? static_cast<int>(std::lround(each / end * length)) : 0;
        widths.append(next - before);
        before = next;
    }
    return widths;
}

} // namespace Stowage
