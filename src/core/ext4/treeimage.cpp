// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "treeimage.h"

#include "core/support/uniquefd.h"
#include "core/support/units.h"

#include <QCoreApplication>
#include <QFile>

#include <ext2fs/ext2fs.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <vector>

namespace Stowage
{

namespace
{

struct TreeImage {
    Q_DECLARE_TR_FUNCTIONS(TreeImage)
};

constexpr qint64 BytesPerInode = 16384; // as mke2fs by default
constexpr qint64 LargestMiB = 16 * 1024 * 1024 - 1; // a file on an ext4 disk is smaller than 16 TiB
constexpr qint64 LeastForJournal = 4096; // blocks; the least journal takes 1024
constexpr int ReservedPercent = 5; // as mke2fs by default
constexpr qint64 BufferBytes = MiB;

qint64 divideUp(qint64 value, qint64 by)
{
    return (value + by - 1) / by;
}

InodeFacts factsOf(const TreeEntry& entry)
{
    return {.mode = static_cast<quint16>(entry.mode),
            .uid = entry.uid,
            .gid = entry.gid,
            .major = major(entry.device),
            .minor = minor(entry.device),
            .seconds = entry.seconds,
            .nanoseconds = static_cast<quint32>(entry.nanoseconds)};
}

/** Hands the entries of a tree to a writer, in their order; derived classes know what the files hold. */
class TreeFeeder
{
public:
    TreeFeeder(const FileTree& tree, int top, Ext4Writer& writer, const std::stop_token& stop)
        : m_tree(tree),
          m_writer(writer),
          m_top(top),
          m_stop(stop),
          m_below("/proc/self/fd/" + QByteArray::number(top) + '/')
    { }
    Q_DISABLE_COPY_MOVE(TreeFeeder)
    virtual ~TreeFeeder() = default;

    Result<void> feed()
    {
        for (const TreeEntry& entry : m_tree.entries) {
            if (m_stop.stop_requested()) {
                return cancelled();
            }
            if (auto added = add(entry); !added) {
                return added;
            }
        }
        return {};
    }

protected:
    [[nodiscard]] virtual Result<void> writeData(const TreeEntry& entry) = 0;

    const FileTree& m_tree;
    Ext4Writer& m_writer;
    int m_top; ///< The directory, borrowed.
    std::stop_token m_stop;

private:
    [[nodiscard]] QList<ExtendedAttribute> attributes(const TreeEntry& entry) const
    {
        return entry.hasAttributes
            ? readExtendedAttributes(m_below + (entry.path.isEmpty() ? QByteArray(".") : entry.path))
            : QList<ExtendedAttribute>();
    }

    Result<void> add(const TreeEntry& entry)
    {
        if (entry.firstLink >= 0) {
            return m_writer.addLink(entry.path, m_tree.entries.at(entry.firstLink).path);
        }
        if (!entry.isFile()) {
            return m_writer.add(entry.path, factsOf(entry), attributes(entry), entry.linkTarget);
        }
        return m_writer.beginFile(entry.path, factsOf(entry), attributes(entry))
            .and_then([&] { return writeData(entry); })
            .and_then([&] { return m_writer.endFile(); });
    }

    QByteArray m_below;
};

/** Tells a writer that writes nothing how much there is. */
class Measurer final : public TreeFeeder
{
public:
    using TreeFeeder::TreeFeeder;

protected:
    Result<void> writeData(const TreeEntry& entry) override
    {
        // Each range of data may begin and end inside a block.
        const qint64 ranges = std::max<qint64>(entry.dataRanges, 1);
        const qint64 data = std::min(entry.dataBytes, entry.size);
        const qint64 hole = (entry.size - data) / ranges;
        for (qint64 range = 0; range < ranges; ++range) {
            const qint64 bytes = range + 1 < ranges ? data / ranges : data - data / ranges * (ranges - 1);
            auto told = m_writer.reserve(bytes).and_then([&] { return m_writer.skip(hole); });
            if (!told) {
                return told;
            }
        }
        return {};
    }
};

/** Reads the files. */
class FileFeeder final : public TreeFeeder
{
public:
    FileFeeder(const FileTree& tree, int top, Ext4Writer& writer, Progress& progress, const std::stop_token& stop)
        : TreeFeeder(tree, top, writer, stop),
          m_progress(progress),
          m_buffer(BufferBytes)
    { }

protected:
    Result<void> writeData(const TreeEntry& entry) override
    {
        const UniqueFd file(
            ::openat(m_top, entry.path.constData(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
        struct stat status = {};
        if (!file.isValid() || ::fstat(file.get(), &status) != 0) {
            return systemError(errno, TreeImage::tr("read"), nameOf(entry));
        }
        if (!S_ISREG(status.st_mode) || status.st_size != entry.size) {
            return changed(entry);
        }
        qint64 position = 0;
        while (position < entry.size) {
            const qint64 data = entry.dataBytes < entry.size ? dataFrom(file.get(), position, entry.size) : position;
            auto copied = m_writer.skip(data - position);
            const qint64 end = entry.dataBytes < entry.size ? holeFrom(file.get(), data, entry.size) : entry.size;
            copied = copied ? copy(file.get(), data, end, entry) : copied;
            if (!copied) {
                return copied;
            }
            position = end;
        }
        // What was written to while it was read may be half the old and half the new content.
        struct stat after = {};
        const bool same = ::fstat(file.get(), &after) == 0 && after.st_size == status.st_size
            && after.st_mtim.tv_sec == status.st_mtim.tv_sec && after.st_mtim.tv_nsec == status.st_mtim.tv_nsec;
        return same ? Result<void>() : changed(entry);
    }

private:
    static qint64 dataFrom(int file, qint64 position, qint64 size)
    {
        const off_t data = ::lseek(file, position, SEEK_DATA);
        return data >= 0 ? std::min<qint64>(data, size) : errno == ENXIO ? size : position;
    }

    static qint64 holeFrom(int file, qint64 position, qint64 size)
    {
        const off_t hole = position < size ? ::lseek(file, position, SEEK_HOLE) : -1;
        return hole > position ? std::min<qint64>(hole, size) : size;
    }

    Result<void> copy(int file, qint64 from, qint64 end, const TreeEntry& entry)
    {
        while (from < end) {
            if (m_stop.stop_requested()) {
                return cancelled();
            }
            const ssize_t got = ::pread(file, m_buffer.data(), static_cast<size_t>(std::min(end - from, BufferBytes)),
                                        from);
            if (got < 0 && errno == EINTR) {
                continue;
            }
            if (got < 0) {
                return systemError(errno, TreeImage::tr("read"), nameOf(entry));
            }
            if (got == 0) {
                return changed(entry);
            }
            if (auto written = m_writer.write({m_buffer.data(), static_cast<size_t>(got)}); !written) {
                return written;
            }
            m_progress.advance(got);
            from += got;
        }
        return {};
    }

    [[nodiscard]] QString nameOf(const TreeEntry& entry) const
    {
        return m_tree.path + u'/' + QFile::decodeName(entry.path);
    }

    [[nodiscard]] std::unexpected<Error> changed(const TreeEntry& entry) const
    {
        return fail(Error::Code::Io, TreeImage::tr("%1 changed while the image was made.").arg(nameOf(entry)),
                    TreeImage::tr("Try again when nothing writes to the directory."), Place::inFile(m_tree.path));
    }

    Progress& m_progress;
    std::vector<char> m_buffer;
};

qint64 journalBlocks(qint64 blocks)
{
    if (blocks < LeastForJournal) {
        return 0;
    }
    // mke2fs's own size is 6 % of an image of 256 MiB; a guest's root disk needs no more than 1.6 %.
    constexpr qint64 Least = 1024;
    return std::max(Least, std::min<qint64>(ext2fs_default_journal_size(static_cast<quint64>(blocks)), blocks / 64));
}

Result<UniqueFd> openTop(const FileTree& tree)
{
    UniqueFd top(::open(QFile::encodeName(tree.path).constData(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!top.isValid()) {
        return systemError(errno, TreeImage::tr("read"), tree.path);
    }
    return top;
}

/** The options with @p blockSize when the tree fits with them; none when not. */
Result<std::optional<Ext4Options>> tryOptions(const FileTree& tree, qint64 sizeMiB, qint64 blockSize,
                                              const std::stop_token& stop)
{
    Ext4Options options;
    options.sizeBytes = sizeMiB * MiB;
    options.blockSize = blockSize;
    options.inodes = std::max(options.sizeBytes / BytesPerInode, tree.files + tree.files / 16 + 16);
    options.journalBlocks = journalBlocks(options.sizeBytes / blockSize);
    options.reservedPercent = ReservedPercent;
    options.timeStamp = tree.newestSeconds;
    const auto top = openTop(tree);
    if (!top) {
        return std::unexpected(top.error());
    }
    Ext4Writer writer(-1, tree.path, options);
    auto fits = Measurer(tree, top->get(), writer, stop).feed();
    if (fits) {
        fits = writer.finish(stop).transform([](qint64) { });
    }
    if (fits) {
        return options;
    }
    // What small blocks cannot hold (a long link, many attributes) may fit into the larger ones of a larger image.
    const bool larger = fits.error().code == Error::Code::Unsupported && blockSize < 4 * KiB;
    if (larger || fits.error().code == Error::Code::NoSpace) {
        return std::nullopt;
    }
    return std::unexpected(fits.error());
}

Result<std::optional<Ext4Options>> tryOptions(const FileTree& tree, qint64 sizeMiB, const std::stop_token& stop)
{
    if (sizeMiB * MiB / (4 * KiB) >= LeastForJournal) {
        if (auto large = tryOptions(tree, sizeMiB, 4 * KiB, stop); !large || large->has_value()) {
            return large;
        }
    }
    return tryOptions(tree, sizeMiB, KiB, stop);
}

/** The least size that fits, above @p tooSmall. */
Result<qint64> leastMiB(const FileTree& tree, qint64 tooSmall, const std::stop_token& stop)
{
    qint64 high = std::max(tooSmall, divideUp(tree.dataBytes, MiB)) + 1;
    for (;;) {
        const auto fits = tryOptions(tree, high, stop);
        if (!fits) {
            return std::unexpected(fits.error());
        }
        if (*fits) {
            break;
        }
        tooSmall = high;
        high += high / 4 + 1;
        if (high > LargestMiB) {
            return fail(Error::Code::InvalidInput,
                        TreeImage::tr("No ext4 image can hold the content of %1 (%2 in %3 files).")
                            .arg(tree.path, formatBytes(tree.dataBytes))
                            .arg(tree.files),
                        TreeImage::tr("Take something out of the directory."), Place::inFile(tree.path));
        }
    }
    while (high - tooSmall > 1) {
        const qint64 middle = tooSmall + (high - tooSmall) / 2;
        const auto fits = tryOptions(tree, middle, stop);
        if (!fits) {
            return std::unexpected(fits.error());
        }
        (*fits ? high : tooSmall) = middle;
    }
    return high;
}

} // namespace

Result<Ext4Options> optionsFor(const FileTree& tree, qint64 sizeMiB, const std::stop_token& stop)
{
    if (sizeMiB <= 0 || sizeMiB > LargestMiB) {
        return fail(Error::Code::InvalidInput, TreeImage::tr("An image of %1 MiB is not possible.").arg(sizeMiB),
                    TreeImage::tr("Set a size between 1 and %1 MiB.").arg(LargestMiB));
    }
    const auto options = tryOptions(tree, sizeMiB, stop);
    if (!options) {
        return std::unexpected(options.error());
    }
    if (*options) {
        return **options;
    }
    const auto least = leastMiB(tree, sizeMiB, stop);
    if (!least) {
        return std::unexpected(least.error());
    }
    return std::unexpected(Error{
        Error::Code::NoSpace,
        TreeImage::tr("The content of %1 (%2 in %3 files) does not fit into an image of %4 MiB: it needs %5 MiB.")
            .arg(tree.path, formatBytes(tree.dataBytes))
            .arg(tree.files)
            .arg(sizeMiB)
            .arg(*least),
        TreeImage::tr("Set the image size to %1 MiB or more.").arg(*least), Place::inFile(tree.path), *least * MiB});
}

Result<void> writeTreeImage(const FileTree& tree, int fd, const QString& image, const Ext4Options& options,
                            Progress& progress, const std::stop_token& stop)
{
    const auto top = openTop(tree);
    if (!top) {
        return std::unexpected(top.error());
    }
    Ext4Writer writer(fd, image, options);
    if (auto fed = FileFeeder(tree, top->get(), writer, progress, stop).feed(); !fed) {
        return fed;
    }
    return writer.finish(stop).transform([](qint64) { });
}

} // namespace Stowage
