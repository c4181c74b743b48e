// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "importcase.h"

#include <QDir>
#include <QTemporaryDir>

#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>

using namespace Stowage;
using namespace Stowage::Test;
using namespace Qt::StringLiterals;

namespace
{

/** A call for extended attributes that fails. */
struct AttributeFault {
    QByteArray name; ///< What the path of the file ends in; empty: none fails.
    bool ofValue = false; ///< The call for a value, in place of that for the list.
    int error = 0;
};
AttributeFault attributeFault; ///< Set while nothing reads.

/** Where the path @p path leads by way of /proc/self/fd, which is how descriptors are told. */
QByteArray realPath(const QByteArray& path)
{
    const qsizetype slash = path.lastIndexOf('/');
    const bool below = path.first(slash) != "/proc/self/fd";
    const QString directory = QFile::symLinkTarget(QFile::decodeName(below ? path.first(slash) : path));
    return QFile::encodeName(directory) + (below ? path.sliced(slash) : QByteArray());
}

/** The call of the system with the number @p call for what is at @p path, unless it is to fail. */
template<typename... Arguments>
ssize_t attributeCall(bool ofValue, const QByteArray& path, long call, Arguments... arguments)
{
    if (!attributeFault.name.isEmpty() && ofValue == attributeFault.ofValue
        && realPath(path).endsWith(attributeFault.name)) {
        errno = attributeFault.error;
        return -1;
    }
    return ::syscall(call, arguments...);
}

QByteArray pathOf(int fd)
{
    return "/proc/self/fd/" + QByteArray::number(fd);
}

} // namespace

// In place of those of the C library.
extern "C" ssize_t flistxattr(int fd, char* list, size_t size) noexcept
{
    return attributeCall(false, pathOf(fd), SYS_flistxattr, fd, list, size);
}
extern "C" ssize_t llistxattr(const char* path, char* list, size_t size) noexcept
{
    return attributeCall(false, path, SYS_llistxattr, path, list, size);
}
extern "C" ssize_t fgetxattr(int fd, const char* name, void* value, size_t size) noexcept
{
    return attributeCall(true, pathOf(fd), SYS_fgetxattr, fd, name, value, size);
}
extern "C" ssize_t lgetxattr(const char* path, const char* name, void* value, size_t size) noexcept
{
    return attributeCall(true, path, SYS_lgetxattr, path, name, value, size);
}

/** Extended attributes that the system does not hand out. */
class TestAttributes : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void unreadable_data();
    void unreadable();

private:
    [[nodiscard]] QString path(const QString& name) const { return m_directory->filePath(name); }
    [[nodiscard]] ImportRequest request() const
    {
        return {.source = path(u"tree"_s), .output = path(u"out.img"_s), .sizeMiB = 8, .owners = OwnerRule::Keep};
    }

    std::unique_ptr<QTemporaryDir> m_directory;
};

void TestAttributes::init()
{
    m_directory = std::make_unique<QTemporaryDir>();
    QVERIFY(m_directory->isValid());
}

void TestAttributes::unreadable_data()
{
    QTest::addColumn<AttributeFault>("fault");
    QTest::addColumn<QString>("name");
    QTest::addColumn<bool>("refused");
    for (const char* name : {"tree/directory", "tree/file", "tree/fifo"}) {
        const auto row = [name](const char* what, bool ofValue, int error, bool refused) {
            QTest::addRow("%s of %s", what, name)
                << AttributeFault{name, ofValue, error} << QString::fromLatin1(name) << refused;
        };
        row("list", false, EIO, true);
        row("long list", false, E2BIG, true);
        row("no list", false, ENOTSUP, false);
        if (::geteuid() == 0 || !QByteArrayView(name).endsWith("fifo")) {
            row("value", true, EIO, true);
            row("long value", true, ERANGE, true);
            row("removed", true, ENODATA, false);
        }
    }
}

/** A capability that cannot be read is no reason to leave it out. */
void TestAttributes::unreadable()
{
    QFETCH(AttributeFault, fault);
    QFETCH(QString, name);
    QFETCH(bool, refused);
    writeFile(path(u"tree/file"_s), "x");
    QVERIFY(QDir().mkpath(path(u"tree/directory"_s)));
    QCOMPARE(::mkfifo(QFile::encodeName(path(u"tree/fifo"_s)).constData(), 0644), 0);
    for (const QString& one : {u"tree/file"_s, u"tree/directory"_s, u"tree/fifo"_s}) {
        // Only root has attributes for what is neither file nor directory.
        const char* attribute = one.endsWith("fifo"_L1) ? "security.note" : "user.note";
        QVERIFY(::lsetxattr(QFile::encodeName(path(one)).constData(), attribute, "kept", 4, 0) == 0
                || (::geteuid() != 0 && one.endsWith("fifo"_L1)));
    }
    attributeFault = fault;
    const auto result = ImportCase(u"rootfs_dir"_s).run(request());
    attributeFault = {};
    if (!refused) {
        QVERIFY_RESULT(result);
        return;
    }
    QVERIFY(!result);
    QVERIFY2(result.error().message.contains(path(name)), qPrintable(result.error().message));
    QVERIFY(!result.error().remedy.isEmpty());
    QVERIFY(!QFile::exists(path(u"out.img"_s)));
}

QTEST_GUILESS_MAIN(TestAttributes)
#include "tst_attributes.moc"
