// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/layout/layout.h"
#include "fixtures.h"

#include <QTemporaryDir>
#include <QTextStream>

#include <sys/stat.h>
#include <unistd.h>

using namespace Stowage;
using namespace Qt::StringLiterals;

namespace
{

ResolvedFile file(const QString& path, qint64 size)
{
    return {path, path, path.section(QLatin1Char('/'), -1), size, size};
}

ResolvedGuest guest(const QString& entry, const QString& image, const QString& kernel)
{
    ResolvedGuest result;
    result.index = 0;
    result.entry = entry;
    ResolvedDisk disk;
    disk.file = file(image, 4096);
    disk.found = true;
    result.disks = {disk};
    if (!kernel.isEmpty()) {
        result.kernel = file(kernel, 100);
    }
    result.config = "name = \"" + entry.toUtf8() + "\"\n";
    return result;
}

LayoutNode hostNode(const QByteArray& name, LayoutNode::Kind kind, const QByteArray& linkTarget = {})
{
    LayoutNode node;
    node.name = name;
    node.kind = kind;
    node.state = LayoutNode::State::Kept;
    node.mode = kind == LayoutNode::Kind::Directory ? 0755 : kind == LayoutNode::Kind::Symlink ? 0777 : 0644;
    node.linkTarget = linkTarget;
    return node;
}

void dumpNode(QTextStream& out, const LayoutNode& node, int depth)
{
    out << QString(depth * 2, QLatin1Char(' ')) << (node.name.isEmpty() ? u"/"_s : QString::fromUtf8(node.name));
    switch (node.kind) {
    case LayoutNode::Kind::Directory:
        out << (node.name.isEmpty() ? "" : "/");
        break;
    case LayoutNode::Kind::Symlink:
        out << " -> " << QString::fromUtf8(node.linkTarget);
        break;
    case LayoutNode::Kind::File:
        out << "  " << (node.sizeIsEstimate ? "~" : "") << node.size;
        break;
    case LayoutNode::Kind::Other:
        out << "  (special)";
        break;
    }
    out << "  " << QString::number(node.mode, 8).rightJustified(4, QLatin1Char('0')) << ' ' << node.uid << ':'
        << node.gid << ' ' << stateName(node.state);
    if (!node.guest.isEmpty()) {
        out << "  [" << node.guest << ']';
    }
    out << '\n';
    for (const LayoutNode& child : node.children) {
        dumpNode(out, child, depth + 1);
    }
}

/** @p layout as text, a line a node, indented by depth. */
QString dumpLayout(const Layout& layout)
{
    QString text;
    QTextStream out(&text);
    dumpNode(out, layout.root, 0);
    return text;
}

} // namespace

class TestLayout : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void guestsAlone();
    void importsAreEstimates();
    void oneKernelForMany();
    void differentFilesOfOneNameConflict();
    void hostIsKeptAndReplaced();
    void hostDirectoryInAFilesPlaceConflicts();
    void linksOfTheHostAreFollowedInside_data();
    void linksOfTheHostAreFollowedInside();
    void readsAHost();
    void plainHostBelongsToRoot();
    void findsNodes();
};

void TestLayout::guestsAlone()
{
    ResolvedProject project;
    project.guests = {guest(u"web"_s, u"/d/web-qemuarm64.ext4"_s, u"/d/Image"_s), guest(u"db"_s, u"/d/db.ext4"_s, {})};
    project.guests.first().autostart = true;
    const Layout layout = planLayout(project, {});
    QCOMPARE(dumpLayout(layout),
             u"/  0755 0:0 new\n"
             "  etc/  0755 0:0 new\n"
             "    xen/  0755 0:0 new\n"
             "      auto/  0755 0:0 new\n"
             "        web.cfg -> /etc/xen/web.cfg  0777 0:0 new  [web]\n"
             "      db.cfg  12  0644 0:0 new  [db]\n"
             "      web.cfg  13  0644 0:0 new  [web]\n"
             "  var/  0755 0:0 new\n"
             "    lib/  0755 0:0 new\n"
             "      xen/  0755 0:0 new\n"
             "        images/  0755 0:0 new\n"
             "          Image  100  0644 0:0 new  [web]\n"
             "          db.ext4  4096  0644 0:0 new  [db]\n"
             "          web-qemuarm64.ext4  4096  0644 0:0 new  [web]\n"_s);
    QCOMPARE(layout.newBytes(), 12 + 13 + 100 + 4096 + 4096);
    QCOMPARE(planLayout(project, {}), layout);
}

void TestLayout::importsAreEstimates()
{
    ResolvedProject project;
    ResolvedGuest imported = guest(u"alpine"_s, u"/src/rootfs"_s, {});
    imported.disks.first().handler = u"rootfs_dir"_s;
    imported.disks.first().file.targetName = u"alpine.img"_s;
    imported.disks.first().imageSizeMiB = 128;
    project.guests = {imported};
    const Layout layout = planLayout(project, {});
    const LayoutNode* image = layout.find("/var/lib/xen/images/alpine.img");
    QVERIFY(image != nullptr);
    QVERIFY(image->sizeIsEstimate);
    QCOMPARE(std::get<FromImport>(image->origin).artifact, u"alpine.img"_s);
    QCOMPARE(layout.imports.size(), 1);
    QCOMPARE(layout.imports.first().request.source, u"/src/rootfs"_s);
    QCOMPARE(layout.imports.first().request.sizeMiB, 128);
}

void TestLayout::oneKernelForMany()
{
    ResolvedProject project;
    project.guests = {guest(u"a"_s, u"/d/a.ext4"_s, u"/d/Image"_s), guest(u"b"_s, u"/d/b.ext4"_s, u"/d/Image"_s)};
    const Layout layout = planLayout(project, {});
    const LayoutNode* images = layout.find("/var/lib/xen/images");
    QCOMPARE(images->children.size(), 3);
    QCOMPARE(images->child("Image")->state, LayoutNode::State::New);
}

void TestLayout::differentFilesOfOneNameConflict()
{
    ResolvedProject project;
    project.guests = {guest(u"a"_s, u"/d/a.ext4"_s, u"/one/Image"_s), guest(u"b"_s, u"/d/b.ext4"_s, u"/two/Image"_s)};
    const Layout layout = planLayout(project, {});
    QCOMPARE(layout.find("/var/lib/xen/images/Image")->state, LayoutNode::State::Conflict);
    QCOMPARE(layout.find("/var/lib/xen/images/a.ext4")->state, LayoutNode::State::New);
}

void TestLayout::hostIsKeptAndReplaced()
{
    LayoutNode host = hostNode({}, LayoutNode::Kind::Directory);
    LayoutNode etc = hostNode("etc", LayoutNode::Kind::Directory);
    LayoutNode xen = hostNode("xen", LayoutNode::Kind::Directory);
    xen.mode = 0750;
    xen.children = {hostNode("web.cfg", LayoutNode::Kind::File), hostNode("xl.conf", LayoutNode::Kind::File)};
    etc.children = {xen};
    host.children = {etc};
    ResolvedProject project;
    project.guests = {guest(u"web"_s, u"/d/web.ext4"_s, {})};
    const Layout layout = planLayout(project, host);
    QCOMPARE(layout.find("/etc/xen")->state, LayoutNode::State::Kept);
    QCOMPARE(layout.find("/etc/xen")->mode, 0750U);
    QCOMPARE(layout.find("/etc/xen/xl.conf")->state, LayoutNode::State::Kept);
    QCOMPARE(layout.find("/etc/xen/web.cfg")->state, LayoutNode::State::Replaced);
    QCOMPARE(layout.find("/var/lib/xen/images")->state, LayoutNode::State::New);
}

void TestLayout::hostDirectoryInAFilesPlaceConflicts()
{
    LayoutNode host = hostNode({}, LayoutNode::Kind::Directory);
    LayoutNode etc = hostNode("etc", LayoutNode::Kind::Directory);
    LayoutNode xen = hostNode("xen", LayoutNode::Kind::Directory);
    xen.children = {hostNode("web.cfg", LayoutNode::Kind::Directory)};
    etc.children = {xen};
    host.children = {etc};
    ResolvedProject project;
    project.guests = {guest(u"web"_s, u"/d/web.ext4"_s, {})};
    QCOMPARE(planLayout(project, host).find("/etc/xen/web.cfg")->state, LayoutNode::State::Conflict);
}

void TestLayout::linksOfTheHostAreFollowedInside_data()
{
    QTest::addColumn<QByteArray>("target");
    QTest::addColumn<QByteArray>("expected");
    QTest::newRow("relative") << QByteArray("usr/etc") << QByteArray("/usr/etc/xen/web.cfg");
    QTest::newRow("absolute") << QByteArray("/usr/etc") << QByteArray("/usr/etc/xen/web.cfg");
    QTest::newRow("up and out") << QByteArray("../../usr/etc") << QByteArray("/usr/etc/xen/web.cfg");
    QTest::newRow("to the top") << QByteArray("/") << QByteArray("/xen/web.cfg");
    QTest::newRow("dangling") << QByteArray("no/where") << QByteArray("/no/where/xen/web.cfg");
    QTest::newRow("loop") << QByteArray("etc") << QByteArray("/etc/xen/web.cfg");
}

void TestLayout::linksOfTheHostAreFollowedInside()
{
    QFETCH(QByteArray, target);
    QFETCH(QByteArray, expected);
    LayoutNode host = hostNode({}, LayoutNode::Kind::Directory);
    LayoutNode usr = hostNode("usr", LayoutNode::Kind::Directory);
    usr.children = {hostNode("etc", LayoutNode::Kind::Directory)};
    host.children = {hostNode("etc", LayoutNode::Kind::Symlink, target), usr};
    ResolvedProject project;
    project.guests = {guest(u"web"_s, u"/d/web.ext4"_s, {})};
    const Layout layout = planLayout(project, host);
    QVERIFY2(layout.find(expected) != nullptr, qPrintable(dumpLayout(layout)));
}

void TestLayout::readsAHost()
{
    QTemporaryDir directory;
    Test::writeFile(directory.filePath(u"etc/xen/xl.conf"_s), "autoballoon=0\n");
    Test::writeFile(directory.filePath(u"etc/xen/odd\nname é"_s), "");
    QCOMPARE(symlink("/nowhere", qPrintable(directory.filePath(u"etc/link"_s))), 0);
    QCOMPARE(mkfifo(qPrintable(directory.filePath(u"etc/fifo"_s)), 0600), 0);
    QCOMPARE(chmod(qPrintable(directory.filePath(u"etc/xen/xl.conf"_s)), 04755), 0);
    const auto tree = readHostTree(directory.path(), {});
    QVERIFY_RESULT(tree);
    const LayoutNode* etc = tree->child("etc");
    QCOMPARE(etc->children.size(), 3);
    QCOMPARE(etc->child("link")->linkTarget, QByteArray("/nowhere"));
    QCOMPARE(etc->child("fifo")->kind, LayoutNode::Kind::Other);
    QCOMPARE(etc->child("xen")->child("xl.conf")->mode, 04755U);
    QCOMPARE(etc->child("xen")->child("xl.conf")->size, 14);
    QVERIFY(etc->child("xen")->child("odd\nname é") != nullptr);

    QVERIFY(!readHostTree(directory.filePath(u"absent"_s), {}));
    std::stop_source stop;
    stop.request_stop();
    const auto stopped = readHostTree(directory.path(), stop.get_token());
    QVERIFY(!stopped);
    QCOMPARE(stopped.error().code, Error::Code::Cancelled);
}

void TestLayout::plainHostBelongsToRoot()
{
    if (geteuid() != 0) {
        QTemporaryDir mine;
        Test::writeFile(mine.filePath(u"file"_s), "x");
        QCOMPARE(readHostTree(mine.path(), {})->child("file")->uid, 0U);
        return;
    }
    QTemporaryDir directory;
    for (const auto name : {"users"_L1, "others"_L1}) {
        Test::writeFile(directory.filePath(name), "x");
    }
    QCOMPARE(chown(qPrintable(directory.path()), 1000, 1000), 0);
    QCOMPARE(chown(qPrintable(directory.filePath(u"users"_s)), 1000, 1000), 0);
    QCOMPARE(chown(qPrintable(directory.filePath(u"others"_s)), 33, 34), 0);
    const auto tree = readHostTree(directory.path(), {});
    QVERIFY_RESULT(tree);
    QCOMPARE(tree->uid, 0U);
    QCOMPARE(tree->child("users")->uid, 0U);
    QCOMPARE(tree->child("others")->uid, 33U);
    QCOMPARE(tree->child("others")->gid, 34U);
}

void TestLayout::findsNodes()
{
    ResolvedProject project;
    project.guests = {guest(u"web"_s, u"/d/web.ext4"_s, {})};
    const Layout layout = planLayout(project, {});
    QVERIFY(layout.find("/") == &layout.root);
    QVERIFY(layout.find("/etc/xen/") != nullptr);
    QVERIFY(layout.find("/etc/absent/web.cfg") == nullptr);
}

QTEST_GUILESS_MAIN(TestLayout)
#include "tst_layout.moc"
