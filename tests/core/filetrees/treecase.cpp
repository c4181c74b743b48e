// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "treecase.h"

#include "core/filetrees/directorytree.h"
#include "core/support/units.h"

#include <QtTest>

#include <cstring>

namespace Stowage::Test
{

using namespace Qt::StringLiterals;

namespace
{

QByteArray below(const QByteArray& directory, const QByteArray& name)
{
    return directory.isEmpty() ? name : directory + '/' + name;
}

/** Compares two trees. */
class Comparison
{
public:
    Comparison(const FileTree& tree, const FileTree& expected, Lacks lacks)
        : m_tree(tree),
          m_expected(expected),
          m_lacks(lacks)
    { }

    QString run()
    {
        directory({});
        return m_found.mid(0, 20).join(u'\n');
    }

private:
    // NOLINTNEXTLINE(misc-no-recursion): as deep as the tree that the test made
    void directory(const QByteArray& path)
    {
        QByteArrayList names = m_tree.names(path);
        if (path.isEmpty()) {
            names.removeAll("lost+found");
        }
        const QByteArrayList expected = m_expected.names(path);
        if (names != expected) {
            m_found += u"names in /%1: %2"_s.arg(QString::fromUtf8(path), QString::fromUtf8(names.join(' ')));
            return;
        }
        for (const QByteArray& name : names) {
            entry(below(path, name));
        }
    }

    // NOLINTNEXTLINE(misc-no-recursion): as deep as the tree that the test made
    void entry(const QByteArray& path)
    {
        const QString shown = QString::fromUtf8(path);
        const auto link = m_expected.linkTarget(path);
        if (!m_lacks.links && m_tree.linkTarget(path) != link) {
            m_found += u"link "_s + shown;
        }
        const auto found = m_tree.find(path);
        const auto expected = m_expected.find(path);
        if (found.has_value() != expected.has_value()) {
            m_found += u"missing or not "_s + shown;
        }
        if (!found || !expected) {
            return;
        }
        if (found->type != expected->type || found->size != expected->size
            || (!m_lacks.modes && found->mode != expected->mode)) {
            m_found += u"%1: type %2, size %3, mode %4"_s.arg(shown)
                           .arg(int(found->type))
                           .arg(found->size)
                           .arg(found->mode, 0, 8);
        }
        if (expected->type == FileTree::Type::File) {
            content(path, expected->size);
        } else if (expected->type == FileTree::Type::Directory && !link) {
            directory(path);
        }
    }

    void content(const QByteArray& path, qint64 size)
    {
        for (const qint64 offset : {qint64{0}, size / 3, size - 1, size, size + 5}) {
            for (const qint64 length : {qint64{7}, 3 * MiB}) {
                const auto bytes = m_tree.read(path, std::max<qint64>(offset, 0), length);
                if (!bytes || bytes != m_expected.read(path, std::max<qint64>(offset, 0), length)) {
                    m_found += u"content of %1 from %2, %3: %4"_s.arg(QString::fromUtf8(path))
                                   .arg(offset)
                                   .arg(length)
                                   .arg(bytes ? QString::number(bytes->size()) : bytes.error().message);
                }
            }
        }
    }

    const FileTree& m_tree;
    const FileTree& m_expected;
    Lacks m_lacks;
    QStringList m_found;
};

} // namespace

TestDisk::TestDisk(const QString& path) : m_file(path)
{
    if (!m_file.open(QIODevice::ReadOnly | QIODevice::Unbuffered)) {
        QTest::qFail(qPrintable(path + u": "_s + m_file.errorString()), __FILE__, __LINE__);
    }
}

Result<void> TestDisk::read(qint64 position, std::span<char> into)
{
    const auto bytes = static_cast<qint64>(into.size());
    Q_ASSERT(position >= 0 && bytes <= size() - position);
    if (brokenFrom >= 0 && position + bytes > brokenFrom) {
        return fail(Error::Code::Io, u"The disk is broken."_s);
    }
    bytesRead += bytes;
    if (!m_file.seek(position) || m_file.read(into.data(), bytes) != bytes) {
        return fail(Error::Code::Io, m_file.errorString());
    }
    return {};
}

Result<DiskExtent> TestDisk::nextData(qint64 position)
{
    return DiskExtent{position, size() - position};
}

Result<void> MemoryDisk::read(qint64 position, std::span<char> into)
{
    Q_ASSERT(position >= 0 && static_cast<qint64>(into.size()) <= size() - position);
    std::memcpy(into.data(), m_bytes.constData() + position, into.size());
    return {};
}

Result<DiskExtent> MemoryDisk::nextData(qint64 position)
{
    return DiskExtent{position, size() - position};
}

QString differences(const FileTree& tree, const QString& directory, Lacks lacks)
{
    const auto expected = DirectoryTree::open(directory);
    return expected ? Comparison(tree, **expected, lacks).run() : expected.error().message;
}

void wander(const FileTree& tree)
{
    QByteArrayList waiting{QByteArray()};
    for (int left = 1'000'000; !waiting.isEmpty() && left > 0; --left) {
        const QByteArray path = waiting.takeLast();
        QVERIFY(path.count('/') <= 4096);
        const auto found = tree.find(path);
        tree.linkTarget(path);
        if (found && found->type == FileTree::Type::File) {
            const auto read = tree.read(path, 0, 64 * KiB);
            QVERIFY(!read || read->size() <= 64 * KiB);
            (void)tree.read(path, found->size / 2, 4 * KiB);
        }
        // Of directories in themselves a few levels tell enough.
        if (found && found->type == FileTree::Type::Directory && path.count('/') < 6 && !tree.linkTarget(path)) {
            for (const QByteArray& name : tree.names(path).mid(0, 100)) {
                QVERIFY(!name.isEmpty() && !name.contains('/') && !name.contains('\0') && name != "." && name != "..");
                waiting.append(below(path, name));
            }
        }
    }
}

} // namespace Stowage::Test
