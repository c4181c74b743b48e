// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "ext4image.h"

#include "core/disks/diskreader.h"
#include "core/ext4/ext4diskchannel.h"
#include "core/ext4/ext4runs.h"
#include "core/ext4/ext4superblock.h"
#include "core/sources/bytes.h"
#include "core/sources/elf.h"
#include "core/sources/rootfs.h"
#include "core/sources/sourcefile.h"
#include "core/support/filecopy.h"
#include "core/support/units.h"

#include <QCoreApplication>
#include <QFile>

#include <ext2fs/ext2fs.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <mutex>

extern "C" { // the header itself does not say so
#include <e2p/e2p.h>
}

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

struct Ext4 {
    Q_DECLARE_TR_FUNCTIONS(Ext4)
};

constexpr qint64 DescriptorSize = 64;
constexpr qint64 DescriptorLimit = 256 * MiB;
constexpr qsizetype OsReleaseLimit = 8192;

/** What libext2fs can write to, but does not keep in order when it makes or removes a file: quotas, clusters, sharing. */
constexpr quint32 NotKept = EXT4_FEATURE_RO_COMPAT_BIGALLOC | EXT4_FEATURE_RO_COMPAT_QUOTA
    | EXT4_FEATURE_RO_COMPAT_PROJECT | EXT4_FEATURE_RO_COMPAT_SHARED_BLOCKS;

/** The features in the superblock of @p head that are not supported for the @p access, by name where e2fsprogs has one. */
QStringList unsupportedFeatures(const QByteArray& head, Ext4Image::Access access)
{
    constexpr qsizetype Superblock = 1024;
    QStringList names;
    const auto add = [&names](int set, quint32 bits) {
        for (quint32 bit = 1; bit != 0; bit <<= 1) {
            if ((bits & bit) != 0) {
                names.append(QString::fromLatin1(e2p_feature2string(set, bit)));
            }
        }
    };
    add(E2P_FEATURE_INCOMPAT,
        littleEndianAt<quint32>(head, Superblock + 0x60) & ~quint32{EXT2_LIB_FEATURE_INCOMPAT_SUPP});
    if (access == Ext4Image::Access::Read) {
        return names;
    }
    add(E2P_FEATURE_RO_INCOMPAT,
        littleEndianAt<quint32>(head, Superblock + 0x64) & ~(quint32{EXT2_LIB_FEATURE_RO_COMPAT_SUPP} & ~NotKept));
    return names;
}

QString errorText(long code)
{
    return QString::fromLocal8Bit(error_message(code));
}

/** Called by libext2fs when it cannot read a block; notes why. */
errcode_t noteReadError(io_channel channel, unsigned long, int, void*, size_t, int, errcode_t code)
{
    auto* first = static_cast<long*>(static_cast<ext2_filsys>(channel->app_data)->priv_data);
    *first = *first == 0 ? code : *first;
    return code;
}

/** Called by libext2fs before it reads a directory; refuses one whose map has no end. */
errcode_t checkDirectory(ext2_filsys fs, ext2_ino_t number)
{
    struct ext2_inode inode = {};
    const bool hasMap = ext2fs_read_inode(fs, number, &inode) == 0 && LINUX_S_ISDIR(inode.i_mode)
        && (inode.i_flags & EXT4_INLINE_DATA_FL) == 0;
    return hasMap && !dataRuns(fs, number, 0) ? EXT2_ET_DIR_CORRUPTED : EXT2_ET_CALLBACK_NOTHANDLED;
}

constexpr qint64 HeadSize = 4096; ///< Bytes: enough for the superblock.

/** Whether the file system that begins with @p head, and may have @p size bytes, can be opened. */
Result<void> checkHead(const QByteArray& head, qint64 size, const QString& path, Ext4Image::Access access)
{
    const auto superblock = findExt4Superblock(head);
    if (!superblock) {
        return fail(Error::Code::InvalidInput, Ext4::tr("%1 is no ext2, ext3 or ext4 image.").arg(path),
                    Ext4::tr("Name the image of the file system itself."), Place::inFile(path));
    }
    if (auto fits = checkExt4Size(*superblock, size, path); !fits) {
        return fits;
    }
    if (const QStringList found = unsupportedFeatures(head, access); !found.isEmpty()) {
        return fail(Error::Code::Unsupported,
                    Ext4::tr("The ext4 file system in %1 has features that are not supported: %2.")
                        .arg(path, found.join(", "_L1)),
                    Ext4::tr("Make the file system without them (mkfs.ext4 -O ^%1).").arg(found.join(",^"_L1)),
                    Place::inFile(path));
    }
    if (superblock->blocks / superblock->blocksPerGroup > DescriptorLimit / DescriptorSize) {
        return fail(Error::Code::Unsupported,
                    Ext4::tr("%1 is an ext4 image with an unreasonable number of block groups.").arg(path),
                    Ext4::tr("Make the file system anew, with the usual number of blocks in a group."),
                    Place::inFile(path));
    }
    return {};
}

Result<void> checkBeforeOpening(const QString& path, qint64 offset, Ext4Image::Access access)
{
    const auto file = openRegularFile(path);
    if (!file) {
        return std::unexpected(file.error());
    }
    const auto size = sizeOf(*file, path);
    const auto head = size ? readAt(*file, offset, std::clamp<qint64>(*size - offset, 0, HeadSize), path)
                           : std::unexpected(size.error());
    return head ? checkHead(*head, *size - offset, path, access) : std::unexpected(head.error());
}

void initializeTexts()
{
    static std::once_flag texts;
    std::call_once(texts, initialize_ext2_error_table);
}

constexpr int OpenFlags = EXT2_FLAG_64BITS | EXT2_FLAG_THREADS;

} // namespace

void Ext4Image::Closer::operator()(struct_ext2_filsys* handle) const
{
    ext2fs_free(handle); // without writing anything
}

Ext4Image::Ext4Image(QString path) : m_path(std::move(path)), m_readError(std::make_unique<long>(0))
{ }

Ext4Image::Ext4Image(Ext4Image&& other) noexcept = default;

Ext4Image& Ext4Image::operator=(Ext4Image&& other) noexcept
{
    m_handle = std::move(other.m_handle); // first of all, as the rest has to outlive it
    m_path = std::move(other.m_path);
    m_disk = std::move(other.m_disk);
    m_readError = std::move(other.m_readError);
    return *this;
}

Ext4Image::~Ext4Image() = default;

Result<void> Ext4Image::take(struct_ext2_filsys* handle, long code)
{
    m_handle.reset(handle);
    if (code != 0) {
        return m_disk && m_disk->error ? std::unexpected(*m_disk->error) : error(code, Ext4::tr("open"));
    }
    handle->priv_data = m_readError.get();
    handle->io->read_error = noteReadError;
    handle->check_directory = checkDirectory;
    return {};
}

Result<Ext4Image> Ext4Image::open(const QString& path, Access access, qint64 offset)
{
    if (auto checked = checkBeforeOpening(path, offset, access); !checked) {
        return std::unexpected(checked.error());
    }
    initializeTexts();
    Ext4Image image(path);
    const int flags = OpenFlags | (access == Access::Write ? EXT2_FLAG_RW : EXT2_FLAG_SOFTSUPP_FEATURES);
    ext2_filsys handle = nullptr;
    const QByteArray place = "offset=" + QByteArray::number(offset);
    const errcode_t code = ext2fs_open2(QFile::encodeName(path).constData(), place.constData(), flags, 0, 0,
                                        unix_io_manager, &handle);
    return image.take(handle, code).transform([&image] { return std::move(image); });
}

Result<Ext4Image> Ext4Image::open(DiskReader& disk, const QString& name)
{
    QByteArray head(std::min(disk.size(), HeadSize), '\0');
    auto checked = disk.read(0, {head.data(), static_cast<size_t>(head.size())}).and_then([&] {
        return checkHead(head, disk.size(), name, Access::Read);
    });
    if (!checked) {
        return std::unexpected(checked.error());
    }
    initializeTexts();
    Ext4Image image(name);
    image.m_disk = std::make_unique<Ext4DiskChannel>(disk);
    ext2_filsys handle = nullptr;
    const long code = openExt4Disk(*image.m_disk, OpenFlags | EXT2_FLAG_SOFTSUPP_FEATURES, &handle);
    return image.take(handle, code).transform([&image] { return std::move(image); });
}

Result<void> Ext4Image::checkWritable(const QString& path, qint64 offset)
{
    return checkBeforeOpening(path, offset, Access::Write);
}

void Ext4Image::setTime(qint64 seconds)
{
    m_handle->now = seconds;
    m_handle->flags2 |= EXT2_FLAG2_USE_FAKE_TIME;
}

Result<void> Ext4Image::close()
{
    ext2_filsys handle = m_handle.release();
    if (const errcode_t code = ext2fs_close_free(&handle); code != 0) {
        m_handle.reset(handle);
        return error(code, Ext4::tr("write"));
    }
    return {};
}

std::optional<Ext4Image::File> Ext4Image::find(const QByteArray& name) const
{
    ext2_ino_t number = 0;
    struct ext2_inode inode = {};
    if (ext2fs_namei(m_handle.get(), EXT2_ROOT_INO, EXT2_ROOT_INO, name.constData(), &number) != 0
        || ext2fs_read_inode(m_handle.get(), number, &inode) != 0 || !LINUX_S_ISREG(inode.i_mode)) {
        return {};
    }
    return File{number, static_cast<qint64>(EXT2_I_SIZE(&inode))};
}

bool Ext4Image::has(const QByteArray& name) const
{
    ext2_ino_t inode = 0;
    return ext2fs_namei_follow(m_handle.get(), EXT2_ROOT_INO, EXT2_ROOT_INO, name.constData(), &inode) == 0;
}

QByteArray Ext4Image::read(const QByteArray& name, qsizetype length) const
{
    ext2_ino_t inode = 0;
    struct ext2_inode attributes = {};
    if (ext2fs_namei_follow(m_handle.get(), EXT2_ROOT_INO, EXT2_ROOT_INO, name.constData(), &inode) != 0
        || ext2fs_read_inode(m_handle.get(), inode, &attributes) != 0 || !LINUX_S_ISREG(attributes.i_mode)) {
        return {};
    }
    return content(inode, 0, length).value_or(QByteArray());
}

Result<QByteArray> Ext4Image::content(quint32 inode, qint64 offset, qint64 length) const
{
    struct ext2_inode attributes = {};
    ext2_file_t file = nullptr;
    errcode_t code = ext2fs_read_inode(m_handle.get(), inode, &attributes);
    if (code == 0) {
        code = ext2fs_file_open2(m_handle.get(), inode, &attributes, 0, &file);
    }
    if (code != 0) {
        return error(code, Ext4::tr("read"));
    }
    constexpr qint64 AtOnce = GiB; // the library counts in 32 bits
    const auto size = static_cast<qint64>(
        std::min<quint64>(EXT2_I_SIZE(&attributes), std::numeric_limits<qint64>::max()));
    QByteArray bytes(std::clamp<qint64>(std::min(length, size - offset), 0, AtOnce), '\0');
    unsigned int got = 0;
    code = ext2fs_file_llseek(file, static_cast<quint64>(offset), EXT2_SEEK_SET, nullptr);
    if (code == 0 && !bytes.isEmpty()) {
        code = ext2fs_file_read(file, bytes.data(), static_cast<unsigned int>(bytes.size()), &got);
    }
    ext2fs_file_close(file);
    if (code != 0) {
        return m_disk && m_disk->error ? std::unexpected(*m_disk->error) : error(code, Ext4::tr("read"));
    }
    bytes.truncate(got);
    return bytes;
}

QByteArrayList Ext4Image::names(const QByteArray& directory) const
{
    QByteArrayList names;
    const auto add = [](ext2_ino_t, int entry, ext2_dir_entry* found, int, int, char*, void* list) {
        if (entry == DIRENT_OTHER_FILE) {
            static_cast<QByteArrayList*>(list)->append(QByteArray(&found->name[0], ext2fs_dirent_name_len(found)));
        }
        return 0;
    };
    ext2_ino_t inode = 0;
    if (ext2fs_namei_follow(m_handle.get(), EXT2_ROOT_INO, EXT2_ROOT_INO, directory.constData(), &inode) == 0) {
        ext2fs_dir_iterate2(m_handle.get(), inode, 0, nullptr, add, &names);
    }
    return names;
}

std::optional<Error> Ext4Image::readError() const
{
    if (m_disk && m_disk->error) {
        return m_disk->error;
    }
    return *m_readError == 0 ? std::nullopt : std::optional(error(*m_readError, Ext4::tr("read")).error());
}

std::unexpected<Error> Ext4Image::error(long code, const QString& doing) const
{
    if (code == ENOSPC || code == EXT2_ET_BLOCK_ALLOC_FAIL || code == EXT2_ET_DIR_NO_SPACE) {
        return systemError(ENOSPC, doing, m_path);
    }
    return fail(Error::Code::Io, Ext4::tr("Cannot %1 the ext4 image %2: %3.").arg(doing, m_path, errorText(code)),
                Ext4::tr("Check the image with \"e2fsck -fn\", and the disk that it is on."), Place::inFile(m_path));
}

Ext4Look lookIntoExt4(const Ext4Image& image)
{
    Ext4Look look;
    look.system = systemName(image.read("etc/os-release", OsReleaseLimit));
    const QStringList witnesses = architectureWitnesses();
    for (const QString& name : witnesses) {
        look.architecture = elfArchitecture(image.read(QFile::encodeName(name), ElfHeaderSize));
        if (look.architecture != Architecture::Unknown) {
            break;
        }
    }
    return look;
}

} // namespace Stowage
