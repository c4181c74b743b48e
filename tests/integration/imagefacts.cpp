// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "treefacts.h"

#include <QFile>
#include <QtTest>

#include <ext2fs/ext2fs.h>
#include <sys/stat.h>

#include <vector>

namespace Stowage::Test
{

namespace
{

/** Reads a file system with libext2fs alone. */
class LibraryReader
{
public:
    TreeFacts run(const QString& path)
    {
        if (ext2fs_open(QFile::encodeName(path).constData(), EXT2_FLAG_64BITS, 0, 0, unix_io_manager, &m_fs) != 0) {
            QTest::qFail("the image cannot be opened", __FILE__, __LINE__);
            return {};
        }
        m_block.resize(m_fs->blocksize);
        readDirectory(EXT2_ROOT_INO, {});
        ext2fs_close_free(&m_fs);
        linkNames(m_facts);
        return std::move(m_facts);
    }

private:
    void check(errcode_t code, const QByteArray& path)
    {
        if (code != 0) {
            QTest::qFail((path.left(100) + ": " + error_message(code)).constData(), __FILE__, __LINE__);
        }
    }

    // NOLINTNEXTLINE(misc-no-recursion): as deep as the tree that the test made
    void readDirectory(ext2_ino_t number, const QByteArray& path)
    {
        using Names = QMap<QByteArray, ext2_ino_t>;
        Names names;
        check(ext2fs_dir_iterate2(
                  m_fs, number, 0, nullptr,
                  [](ext2_ino_t, int entry, ext2_dir_entry* dirent, int, int, char*, void* data) {
                      if (entry == DIRENT_OTHER_FILE) {
                          static_cast<Names*>(data)->insert(QByteArray(dirent->name, ext2fs_dirent_name_len(dirent)),
                                                            dirent->inode);
                      }
                      return 0;
                  },
                  &names),
              path);
        EntryFacts facts = common(number, path);
        facts.size = 0;
        facts.allocated = 0;
        m_facts.insert(path, facts);
        for (const auto& [name, child] : names.asKeyValueRange()) {
            const QByteArray below = path.isEmpty() ? name : path + '/' + name;
            EntryFacts entry = common(child, below);
            if (S_ISDIR(entry.mode)) {
                readDirectory(child, below);
                continue;
            }
            if (S_ISLNK(entry.mode)) {
                entry.target = linkTarget(child, entry.size);
            } else if (S_ISREG(entry.mode) && entry.size > 0) {
                readContent(child, below, entry);
            }
            m_facts.insert(below, entry);
        }
    }

    EntryFacts common(ext2_ino_t number, const QByteArray& path)
    {
        m_inode = {};
        check(ext2fs_read_inode_full(m_fs, number, reinterpret_cast<ext2_inode*>(&m_inode), sizeof(m_inode)), path);
        EntryFacts facts;
        facts.mode = m_inode.i_mode;
        facts.uid = inode_uid(m_inode);
        facts.gid = inode_gid(m_inode);
        if (S_ISCHR(m_inode.i_mode) || S_ISBLK(m_inode.i_mode)) {
            // The first word has the old 16 bits, else the second one the new 32.
            const quint32 old = m_inode.i_block[0];
            const quint32 wide = m_inode.i_block[1];
            facts.device = old != 0 ? (quint64{old >> 8} << 32) | (old & 0xff)
                                    : (quint64{(wide >> 8) & 0xfff} << 32) | (wide & 0xff) | ((wide >> 12) & 0xfff00);
        }
        facts.size = static_cast<qint64>(EXT2_I_SIZE(&m_inode));
        facts.links = m_inode.i_links_count;
        facts.seconds = static_cast<qint32>(m_inode.i_mtime) + (qint64{m_inode.i_mtime_extra & 3} << 32);
        facts.nanoseconds = m_inode.i_mtime_extra >> 2;
        facts.inode = number;
        if (S_ISREG(m_inode.i_mode)) {
            facts.allocated = static_cast<qint64>(
                                  ext2fs_get_stat_i_blocks(m_fs, reinterpret_cast<ext2_inode*>(&m_inode)))
                * 512;
            facts.mostAllocated = facts.allocated;
        }
        ext2_xattr_handle* handle = nullptr;
        check(ext2fs_xattrs_open(m_fs, number, &handle), path);
        check(ext2fs_xattrs_read(handle), path);
        QByteArrayList names;
        ext2fs_xattrs_iterate(
            handle,
            [](char* name, char*, size_t, void* data) { // NOLINT(readability-non-const-parameter)
                static_cast<QByteArrayList*>(data)->append(name);
                return 0;
            },
            &names);
        for (const QByteArray& name : std::as_const(names)) {
            void* value = nullptr;
            size_t length = 0;
            check(ext2fs_xattr_get(handle, name.constData(), &value, &length), path);
            facts.attributes.insert(name, QByteArray(static_cast<char*>(value), static_cast<qsizetype>(length)));
            ext2fs_free_mem(static_cast<void*>(&value));
        }
        ext2fs_xattrs_close(&handle);
        for (const char* acl : {"system.posix_acl_access", "system.posix_acl_default"}) {
            if (const auto found = facts.attributes.find(acl); found != facts.attributes.end()) {
                fillAcl(*found);
            }
        }
        return facts;
    }

    /** The library gives entries that are for nobody by name the number 0, where the kernel has 2^32 - 1. */
    static void fillAcl(QByteArray& acl)
    {
        for (qsizetype at = 4; at + 8 <= acl.size(); at += 8) {
            const char tag = acl.at(at);
            if (tag != 0x02 && tag != 0x08) {
                acl.replace(at + 4, 4, QByteArray(4, '\xff'));
            }
        }
    }

    QByteArray linkTarget(ext2_ino_t number, qint64 size)
    {
        if (ext2fs_is_fast_symlink(reinterpret_cast<ext2_inode*>(&m_inode)) != 0) {
            return {reinterpret_cast<const char*>(m_inode.i_block), size};
        }
        ext2_file_t file = nullptr;
        QByteArray bytes(size, '\0');
        unsigned int got = 0;
        if (ext2fs_file_open(m_fs, number, 0, &file) == 0) {
            ext2fs_file_read(file, bytes.data(), static_cast<unsigned int>(size), &got);
            ext2fs_file_close(file);
        }
        return bytes.first(got);
    }

    /** One file's blocks, as the library names them one after the other. */
    struct Content {
        LibraryReader* reader;
        qint64 size;
        ContentHash hash;
        QByteArray gathered; ///< Up to a whole block of the hash, as blocks of the file system may be smaller.
        qint64 start = 0;

        void add(qint64 offset, const char* bytes, qint64 length)
        {
            const qint64 place = offset / ContentHash::BlockBytes * ContentHash::BlockBytes;
            if (place != start) {
                flush();
                start = place;
            }
            gathered.append(offset - start - gathered.size(), '\0');
            gathered.append(bytes, std::min(length, size - offset));
        }
        void flush()
        {
            gathered.append(std::min(ContentHash::BlockBytes, size - start) - gathered.size(), '\0');
            hash.add(start, {gathered.constData(), static_cast<size_t>(gathered.size())});
            gathered.clear();
        }
    };

    void readContent(ext2_ino_t number, const QByteArray& path, EntryFacts& facts)
    {
        Content content{this, facts.size, {}, {}};
        check(ext2fs_block_iterate3(
                  m_fs, number, BLOCK_FLAG_DATA_ONLY | BLOCK_FLAG_READ_ONLY, nullptr,
                  [](ext2_filsys fs, blk64_t* block, e2_blkcnt_t logical, blk64_t, int, void* data) {
                      auto* into = static_cast<Content*>(data);
                      char* bytes = into->reader->m_block.data();
                      if (io_channel_read_blk64(fs->io, *block, 1, bytes) != 0) {
                          return BLOCK_ABORT;
                      }
                      into->add(logical * fs->blocksize, bytes, fs->blocksize);
                      return 0;
                  },
                  &content),
              path);
        content.flush();
        facts.data = content.hash.result();
    }

    ext2_filsys m_fs = nullptr;
    ext2_inode_large m_inode = {};
    std::vector<char> m_block;
    TreeFacts m_facts;
};

} // namespace

TreeFacts readImage(const QString& image)
{
    return LibraryReader().run(image);
}

} // namespace Stowage::Test
