// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/import/handlerregistry.h"
#include "core/layout/resolve.h"
#include "core/process/sandbox.h"
#include "core/process/tools.h"
#include "importcase.h"

#include <QDir>

#include <chrono>
#include <thread>

using namespace Stowage;
using namespace Stowage::Test;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace
{

/** A class as somebody keeps it in a layer: with assignments, an append, a helper, and BitBake's logging. */
constexpr auto Class = R"(
# Import types of our product.
ROOTFS_FEATURES ?= "-O ^metadata_csum"
XEN_GUEST_IMPORT_DEPENDS_overlay = "e2fsprogs-native:do_populate_sysroot coreutils-native"
XEN_GUEST_IMPORT_DEPENDS_overlay:append = " some-tool-native"

PRODUCT = "demo"
export PRODUCT

python do_something() {
    bb.note("not run")
}

fits() {
    [ "$1" -ge 8 ]
}

xen_guest_import_overlay() {
    local source="$1"
    local output="$2"
    local size="$3"

    if [ ! -d "${source}" ]; then
        bbfatal "${source} is no directory"
    fi
    bbnote "Copying ${source} for ${PRODUCT}"
    cp -R "$source" ${WORKDIR}/root
    echo added > ${WORKDIR}/root/etc/product
    fits $size || bbwarn "$size MiB may be too small"
    bbdebug 1 "calling mkfs"
    truncate -s ${size}M "$output"
    mkfs.ext4 -q -F ${ROOTFS_FEATURES} -L ${PRODUCT} -d ${WORKDIR}/root "$output"
}

xen_guest_import_overlay:append() {
    bbplain "appended"
}
)";

constexpr auto Script = R"sh(#!/bin/sh
# From a shell that knows nothing of BitBake's assignments.
XEN_GUEST_IMPORT_DEPENDS_converted="qemu-img"
FORMAT=raw

xen_guest_import_converted ()
{
    bbnote "to $FORMAT"
    qemu-img convert -p -O "$FORMAT" "$1" "$2"
}
)sh";

QByteArray function(const QByteArray& type, const QByteArray& body)
{
    return "xen_guest_import_" + type + "() {\n" + body + "\n}\n";
}

/** Whether there is a process that was started as @p command, with its words ended by NUL. */
bool runs(const QByteArray& command)
{
    const QStringList processes = QDir(u"/proc"_s).entryList(QDir::Dirs);
    return std::ranges::any_of(processes, [&command](const QString& process) {
        QFile line(u"/proc/%1/cmdline"_s.arg(process));
        return line.open(QIODevice::ReadOnly) && line.readAll().startsWith(command);
    });
}

QStringList texts(const JobReport& report, JobReport::Kind kind)
{
    QStringList found;
    for (const JobReport::Line& line : report.lines()) {
        if (line.kind == kind) {
            found.append(line.text);
        }
    }
    return found;
}

} // namespace

class TestCustomHandlers : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup() { m_directory.reset(); }

    void readsFiles_data();
    void readsFiles();
    void refusesFiles_data();
    void refusesFiles();
    void manyTypes();
    void directory();
    void builtInTypesStay();
    void runsAClass();
    void runsAScript();
    void oddNames();
    void otherDisks_data();
    void otherDisks();
    void hostile_data();
    void hostile();
    void writesNowhereElse();
    void hasNoNetwork();
    void leavesNothingRunning();
    void environmentRunsNothing();
    void cancel();
    void muchOutput();
    void mustBeAllowed();
    void changedTextMustBeAllowedAnew();
    void goneWhenItIsToRun();
    void planTellsWhatIsMissing();
    void settings();

private:
    [[nodiscard]] QString path(const QString& name) const { return m_directory->filePath(name); }
    [[nodiscard]] HandlerSettings handlerSettings() const { return HandlerSettings(path(u"settings/handlers.ini"_s)); }
    /** Makes the types in @p text known, and allowed. */
    void trust(const QByteArray& text, const QString& name = u"own.bbclass"_s) const
    {
        QFile::remove(path(name));
        writeFile(path(name), text);
        const CustomHandlers known = loadCustomHandlers(handlerSettings(), {path(name)});
        QVERIFY2(known.problems.isEmpty(), qPrintable(known.problems.value(0).message));
    }
    [[nodiscard]] ImportRequest request(const QString& source) const
    {
        return {.source = source, .output = path(u"out/disk.img"_s), .sizeMiB = 16, .owners = OwnerRule::Automatic};
    }
    /** What is left beside an output. */
    [[nodiscard]] QStringList outputs() const
    {
        return QDir(path(u"out"_s)).entryList(QDir::AllEntries | QDir::Hidden | QDir::System | QDir::NoDotAndDotDot);
    }

    std::unique_ptr<QTemporaryDir> m_directory;
};

void TestCustomHandlers::init()
{
    m_directory = std::make_unique<QTemporaryDir>();
    QVERIFY(QDir().mkpath(path(u"out"_s)));
    writeFile(path(u"tree/etc/hostname"_s), "guest\n");
    QVERIFY(loadCustomHandlers(handlerSettings()).handlers.isEmpty());
}

void TestCustomHandlers::readsFiles_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QStringList>("types");
    QTest::addColumn<QStringList>("programs");
    QTest::addColumn<QString>("note");
    const QStringList one{u"t"_s};
    const auto row = [&](const char* title, const QString& name, const QByteArray& text, const QStringList& programs,
                         const QString& note = {}) {
        QTest::newRow(title) << name << text + function("t", ":") << one << programs << note;
    };
    QTest::newRow("class") << u"a.bbclass"_s << QByteArray(Class) << QStringList{u"overlay"_s}
                           << QStringList{u"mkfs.ext4"_s} << u"some-tool-native"_s;
    QTest::newRow("script") << u"a.sh"_s << QByteArray(Script) << QStringList{u"converted"_s}
                            << QStringList{u"qemu-img"_s} << QString();
    QTest::newRow("several") << u"a.inc"_s << function("b", ":") + function("a_1", ":") << QStringList{u"a_1"_s, u"b"_s}
                             << QStringList() << QString();
    row("no DEPENDS", u"a.bb"_s, {}, {});
    row("recipes", u"a.bb"_s,
        "XEN_GUEST_IMPORT_DEPENDS_t = \"qemu-system-native squashfs-tools-native:do_populate_sysroot\"\n",
        {u"qemu-img"_s, u"unsquashfs"_s});
    row("programs", u"a.bb"_s, "XEN_GUEST_IMPORT_DEPENDS_t = \"mkfs.xfs genext2fs\"\n",
        {u"mkfs.xfs"_s, u"genext2fs"_s});
    row("a variable", u"a.bb"_s, "N = \"native\"\nXEN_GUEST_IMPORT_DEPENDS_t = \"mtools-${N}\"\n", {u"mcopy"_s});
    row("python", u"a.bb"_s, "XEN_GUEST_IMPORT_DEPENDS_t = \"${@f(d)} jq-native\"\n", {u"jq"_s}, u"${@f(d)}"_s);
    row("not a program", u"a.bb"_s, "XEN_GUEST_IMPORT_DEPENDS_t = \"../x $(id)\"\n", {}, u"$(id)"_s);
    row("includes", u"a.bb"_s, "require other.inc\n", {}, u"other.inc"_s);
    QTest::newRow("fakeroot") << u"a.bb"_s << "fakeroot " + function("t", ":") << one << QStringList() << u"fakeroot"_s;
    QTest::newRow("unknown variables") << u"a.bb"_s << function("t", "X=1; echo ${DEPLOY_DIR_IMAGE} ${X} ${WORKDIR}")
                                       << one << QStringList() << u"empty: DEPLOY_DIR_IMAGE."_s;
    const QString hidden = u"do not show"_s;
    row("turned direction", u"a.sh"_s, QByteArray("# \u202e txet\n"), {}, hidden);
    row("line on the screen only", u"a.sh"_s, QByteArray("# x\rrm file\n"), {}, hidden);
    row("no break", u"a.sh"_s, QByteArray("# x\u2028rm file\n"), {}, hidden);
    row("other line ends", u"a.bb"_s, QByteArray("# x\r\n\t\r\n"), {});
    QTest::newRow("BitBake in a script") << u"a.sh"_s
                                         << "XEN_GUEST_IMPORT_DEPENDS_t = \"zstd-native\"\n" + function("t", ":") << one
                                         << QStringList{u"zstd"_s} << QString();
    QTest::newRow("bash's other ways") << u"a.sh"_s
                                       << QByteArray(
                                              "XEN_GUEST_IMPORT_DEPENDS_t='xz lz4'\n"
                                              "function xen_guest_import_t\n{\n:\n}\n# xen_guest_import_no() {\n")
                                       << one << QStringList{u"xz"_s, u"lz4"_s} << QString();
}

void TestCustomHandlers::readsFiles()
{
    QFETCH(QString, name);
    QFETCH(QByteArray, text);
    QFETCH(QStringList, types);
    QFETCH(QStringList, programs);
    QFETCH(QString, note);
    writeFile(path(name), text);
    const auto file = readHandlerFile(path(name));
    QVERIFY_RESULT(file);
    QStringList found;
    for (const CustomType& type : file->types) {
        found.append(type.type);
        QCOMPARE(type.text, text);
        QCOMPARE(type.file, path(name));
    }
    QVERIFY2(std::ranges::includes(found, types), qPrintable(found.join(u' ')));
    QCOMPARE(file->types.constFirst().programs, programs);
    const QString notes = file->types.constFirst().notes.join(u'\n');
    QVERIFY2(note.isEmpty() ? notes.isEmpty() : notes.contains(note), qPrintable(notes));
}

void TestCustomHandlers::refusesFiles_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("word");
    QTest::newRow("empty") << QByteArray() << u"no import type"_s;
    QTest::newRow("no type") << QByteArray("do_compile() {\n:\n}\n") << u"no import type"_s;
    QTest::newRow("python function") << QByteArray("python xen_guest_import_t() {\n    pass\n}\n") << u"python"_s;
    QTest::newRow("python inside") << function("t", "echo ${@d.getVar('X')}") << u"d.getVar"_s;
    QTest::newRow("too large") << QByteArray(MaximumHandlerSize + 1, '#') << u"larger"_s;
    QTest::newRow("NUL") << function("t", ":") + QByteArray(1, '\0') << u"NUL"_s;
}

void TestCustomHandlers::refusesFiles()
{
    QFETCH(QByteArray, text);
    QFETCH(QString, word);
    writeFile(path(u"a.bbclass"_s), text);
    const auto file = readHandlerFile(path(u"a.bbclass"_s));
    QVERIFY(!file || file->types.isEmpty());
    const Error error = file ? file->problems.value(0) : file.error();
    QVERIFY2(error.message.contains(word), qPrintable(error.message));
    QVERIFY(!error.remedy.isEmpty());
    QVERIFY(!readHandlerFile(path(u"none.sh"_s)));
    QVERIFY(!readHandlerFile(u"/dev/zero"_s));
}

void TestCustomHandlers::manyTypes()
{
    QByteArray types;
    QByteArray variables;
    for (int i = 0; i < 20000; ++i) {
        types += "xen_guest_import_t" + QByteArray::number(i) + "() {\n:\n}\n";
        variables += "echo ${V" + QByteArray::number(i) + "}\n";
    }
    QElapsedTimer clock;
    clock.start();
    for (const QString& name : {u"a.sh"_s, u"b.bb"_s}) {
        writeFile(path(name), types);
        const auto file = readHandlerFile(path(name));
        QVERIFY_RESULT(file);
        QCOMPARE_LE(file->types.size(), 200);
    }
    writeFile(path(u"c.bb"_s), function("t", variables));
    const auto file = readHandlerFile(path(u"c.bb"_s));
    QVERIFY_RESULT(file);
    QCOMPARE_LT(file->types.first().notes.join(u' ').size(), 1000);
    QCOMPARE_LT(clock.elapsed(), 20000);

    // What a search would begin anew at each line or word, and go through to the end.
    clock.restart();
    writeFile(path(u"lines.sh"_s), QByteArray(MaximumHandlerSize, '\n'));
    QVERIFY(!readHandlerFile(path(u"lines.sh"_s)));
    writeFile(path(u"words.bb"_s),
              function("t", "echo ${C} ${D} ${E} ${F}\n" + QByteArray("read ").repeated(MaximumHandlerSize / 5 - 20)));
    const auto words = readHandlerFile(path(u"words.bb"_s));
    QVERIFY_RESULT(words);
    QVERIFY(words->types.first().notes.join(u' ').contains("C, D, E, F"_L1));
    QCOMPARE_LT(clock.elapsed(), 10000);
}

void TestCustomHandlers::directory()
{
    writeFile(path(u"own/b.sh"_s), Script);
    writeFile(path(u"own/a.bbclass"_s), Class);
    writeFile(path(u"own/readme.txt"_s), function("not_looked_at", ":"));
    writeFile(path(u"own/recipe.bb"_s), "SUMMARY = \"something else\"\n");
    QVERIFY_RESULT(handlerSettings().addPath(path(u"own"_s)));
    const CustomHandlers known = loadCustomHandlers(handlerSettings());
    QVERIFY2(known.problems.isEmpty(), qPrintable(known.problems.value(0).message));
    QCOMPARE(known.handlers.size(), 2);
    QCOMPARE(known.handlers.at(0)->type(), u"converted"_s);
    QCOMPARE(known.handlers.at(1)->type(), u"overlay"_s);
    QCOMPARE(findHandler(u"overlay"_s), known.handlers.at(1));
    QCOMPARE(allHandlers().last(), known.handlers.at(1));
    QVERIFY(QDir(path(u"own"_s)).removeRecursively());
    QCOMPARE(loadCustomHandlers(handlerSettings()).problems.size(), 1);
    QCOMPARE(findHandler(u"overlay"_s), nullptr);
}

void TestCustomHandlers::builtInTypesStay()
{
    const ImportHandler* raw = findHandler(u"raw"_s);
    writeFile(path(u"own.bbclass"_s), function("raw", ":") + function("mine", ":"));
    writeFile(path(u"second.sh"_s), function("mine", "false"));
    const CustomHandlers known = loadCustomHandlers(handlerSettings(), {path(u"own.bbclass"_s), path(u"second.sh"_s)});
    QCOMPARE(findHandler(u"raw"_s), raw);
    QCOMPARE(known.handlers.size(), 1);
    QCOMPARE(known.handlers.constFirst()->definition().file, path(u"own.bbclass"_s));
    QCOMPARE(known.problems.size(), 2);
    QVERIFY2(known.problems.at(0).message.contains("built in"_L1), qPrintable(known.problems.at(0).message));
    QVERIFY2(known.problems.at(1).message.contains("own.bbclass"_L1), qPrintable(known.problems.at(1).message));
}

void TestCustomHandlers::runsAClass()
{
    trust(Class);
    ImportCase import(u"overlay"_s);
    QVERIFY(import.handler().usesImageSize());
    QCOMPARE(import.check(request(path(u"tree"_s))).value_or(-1), 16 * MiB);
    QVERIFY_RESULT(import.run(request(path(u"tree"_s))));
    const QString image = path(u"out/disk.img"_s);
    QCOMPARE(QFileInfo(image).size(), 16 * MiB);
    QCOMPARE(QFile::permissions(image) & 0x777, QFile::Permissions::fromInt(0x644));
    QCOMPARE(outputs(), QStringList{u"disk.img"_s});
    tool(u"/sbin/e2fsck"_s, {u"-fn"_s, image});
    QCOMPARE(tool(u"/sbin/debugfs"_s, {u"-R"_s, u"cat /etc/product"_s, image}), "added\n");
    const QByteArray superblock = tool(u"/sbin/dumpe2fs"_s, {u"-h"_s, image});
    QVERIFY(superblock.contains("demo"));
    QVERIFY(!superblock.contains("metadata_csum"));
    QCOMPARE(texts(import.report, JobReport::Kind::Message),
             QStringList{u"Copying %1 for demo"_s.arg(path(u"tree"_s))});
    QCOMPARE(texts(import.report, JobReport::Kind::Warning), QStringList());
    QVERIFY(texts(import.report, JobReport::Kind::Output).contains(u"appended"_s));

    ImportCase small(u"overlay"_s);
    ImportRequest second = request(path(u"tree"_s));
    second.output = path(u"out/small.img"_s);
    second.sizeMiB = 4;
    QVERIFY_RESULT(small.run(second));
    QCOMPARE(texts(small.report, JobReport::Kind::Warning), QStringList{u"4 MiB may be too small"_s});
}

void TestCustomHandlers::runsAScript()
{
    trust(Script, u"own.sh"_s);
    ImportCase import(u"converted"_s);
    const QString source = fixture(u"debian-minbase.qcow2"_s);
    const qint64 size = import.check(request(source)).value_or(-1);
    std::atomic<bool> moved = false;
    std::jthread watcher([&](const std::stop_token& done) {
        while (!done.stop_requested()) {
            const ProgressSnapshot now = import.progress.snapshot();
            moved = moved || (now.total == size && now.done > 0 && now.done < size);
            std::this_thread::sleep_for(1ms);
        }
    });
    QVERIFY_RESULT(import.run(request(source)));
    watcher.request_stop();
    watcher.join();
    QVERIFY(moved);
    QCOMPARE(import.progress.snapshot().done, size);
    QCOMPARE(QFileInfo(path(u"out/disk.img"_s)).size(), size);
    tool(u"qemu-img"_s, {u"compare"_s, source, path(u"out/disk.img"_s)});
    QCOMPARE(texts(import.report, JobReport::Kind::Message), QStringList{u"to raw"_s});
    QCOMPARE(texts(import.report, JobReport::Kind::Output), QStringList());
}

void TestCustomHandlers::oddNames()
{
    const QString odd = u"a 'quoted' \"name\" $(id) `x`; größe*"_s;
    writeFile(path(odd + u"/tree/etc/hostname"_s), "x");
    QVERIFY(QDir().mkpath(path(odd + u"/out"_s)));
    trust(function("odd", "test $# = 3\nmkfs.ext4 -q -F -d \"$1\" \"$2\" ${3}M"), odd + u".inc"_s);
    ImportRequest made = request(path(odd + u"/tree"_s));
    made.output = path(odd + u"/out/"_s + odd);
    QVERIFY_RESULT(ImportCase(u"odd"_s).run(made));
    QCOMPARE(QFileInfo(made.output).size(), 16 * MiB);
}

void TestCustomHandlers::otherDisks_data()
{
    QTest::addColumn<QByteArray>("body");
    QTest::newRow("partitions") << QByteArray("truncate -s 8M $2; echo ',,L' | sfdisk -q $2");
    QTest::newRow("FAT") << QByteArray("mkfs.vfat -C $2 8192");
    QTest::newRow("squashfs") << QByteArray("mksquashfs $1 $2 -quiet -no-progress");
    QTest::newRow("CD") << QByteArray("xorriso -as mkisofs -quiet -o $2 $1");
    QTest::newRow("in a subshell") << QByteArray("( cd $1; mkfs.ext4 -q -d . $2 8M ) > /dev/null");
    QTest::newRow("by way of TMPDIR") << QByteArray("f=$(mktemp); mkfs.ext4 -q -d $1 $f 8M; mv $f $2");
    QTest::newRow("in the work directory") << QByteArray("mkfs.ext4 -q -d $1 disk 8M; cp disk $2; chmod 0 $2 .");
}

void TestCustomHandlers::otherDisks()
{
    QFETCH(QByteArray, body);
    trust(function("other", body));
    QVERIFY_RESULT(ImportCase(u"other"_s).run(request(path(u"tree"_s))));
    QCOMPARE(outputs(), QStringList{u"disk.img"_s});
    QVERIFY(!QFileInfo(path(u"out/disk.img"_s)).isSymLink());
}

void TestCustomHandlers::hostile_data()
{
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QString>("word");
    QTest::newRow("no output") << QByteArray(":") << u"no file"_s;
    QTest::newRow("empty") << QByteArray("touch $2") << u"empty"_s;
    QTest::newRow("QCOW2") << QByteArray("qemu-img create -q -f qcow2 $2 8M") << u"QCOW2"_s;
    QTest::newRow("VMDK") << QByteArray("qemu-img create -q -f vmdk $2 8M") << u"VMDK"_s;
    QTest::newRow("link") << QByteArray("ln -s /etc/passwd $2") << u"link"_s;
    QTest::newRow("link to a disk") << QByteArray("mkfs.ext4 -q d 8M; ln -s $PWD/d $2") << u"link"_s;
    QTest::newRow("second name") << QByteArray("mkfs.ext4 -q d 8M; ln d $2") << u"second name"_s;
    QTest::newRow("directory") << QByteArray("mkdir -p $2/a; chmod 0 $2/a") << u"no regular file"_s;
    QTest::newRow("pipe") << QByteArray("mkfifo $2") << u"no regular file"_s;
    QTest::newRow("text") << QByteArray("echo hello > $2") << u"neither"_s;
    QTest::newRow("zeros") << QByteArray("truncate -s 1M $2") << u"neither"_s;
    QTest::newRow("tar") << QByteArray("tar -cf $2 -C $1 .") << u"tar"_s;
    QTest::newRow("huge") << QByteArray("truncate -s 17T $2 || truncate -s 15T $2") << u"disk"_s;
    QTest::newRow("cut off") << QByteArray("mkfs.ext4 -q $2 8M; truncate -s 4M $2") << u"cut off"_s;
    QTest::newRow("damaged") << QByteArray("mkfs.ext4 -q -d $1 $2 8M; dd if=/dev/zero of=$2 bs=1k seek=2 count=64 "
                                           "conv=notrunc status=none")
                             << u"damaged"_s;
    QTest::newRow("bbfatal") << QByteArray("bbnote fine; bbfatal \"no licence for $1\"; mkfs.ext4 -q $2 8M")
                             << u"no licence for"_s;
    QTest::newRow("bbfatal in a subshell") << QByteArray("x=$(bbfatal in there); mkfs.ext4 -q $2 8M") << u"in there"_s;
    QTest::newRow("status") << QByteArray("mkfs.ext4 -q $2 8M; exit 3") << u"exit status 3"_s;
    QTest::newRow("command that fails") << QByteArray("ls /no/such/thing; mkfs.ext4 -q $2 8M") << u"/no/such/thing"_s;
    QTest::newRow("command that is missing") << QByteArray("mkfs.nothing $2; mkfs.ext4 -q $2 8M") << u"mkfs.nothing"_s;
    QTest::newRow("syntax") << QByteArray("if then") << u"own.bbclass: line 2: `if then'"_s;
    QTest::newRow("kills itself") << QByteArray("kill -KILL $$") << u"Killed"_s;
    QTest::newRow("limits") << QByteArray("bbfatal $(ulimit -v) $(ulimit -t) $(ulimit -c)") << u"8388608 3600 0"_s;
    QTest::newRow("a final name of its own")
        << QByteArray("mkfs.ext4 -q $2 8M; touch ${2%/*/*}/precious") << u"touch"_s;
}

void TestCustomHandlers::hostile()
{
    QFETCH(QByteArray, body);
    QFETCH(QString, word);
    trust(function("bad", body));
    ImportCase import(u"bad"_s);
    const auto done = import.run(request(path(u"tree"_s)));
    QVERIFY(!done);
    QVERIFY2((done.error().message + done.error().remedy).contains(word), qPrintable(done.error().message));
    QVERIFY(!done.error().remedy.isEmpty());
    QCOMPARE(outputs(), QStringList());
}

void TestCustomHandlers::writesNowhereElse()
{
    if (Sandbox::landlockVersion() == 0) {
        QFAIL("the kernel has no Landlock");
    }
    writeFile(path(u"tree/file"_s), "content");
    writeFile(path(u"out/other.img"_s), "other guest");
    trust(
        function("bad",
                 "for f in \"$1\"/file \"$1\"/new \"${2%/*/*/*}\"/other.img \"${2%/*/*}\"/handler.bash /tmp/stowage-$$ "
                 "~/stowage-$$ /dev/shm/stowage-$$; do\n"
                 "    if echo x 2>/dev/null >> \"$f\"; then bberror \"wrote $f\"; fi\n"
                 "done\nrm -f \"$1\"/file 2>/dev/null || true\nmkfs.ext4 -q $2 8M"));
    ImportCase import(u"bad"_s);
    QVERIFY_RESULT(import.run(request(path(u"tree"_s))));
    QCOMPARE(texts(import.report, JobReport::Kind::Warning), QStringList());
    QCOMPARE(readFile(path(u"tree/file"_s)), "content");
    QCOMPARE(readFile(path(u"out/other.img"_s)), "other guest");
}

void TestCustomHandlers::hasNoNetwork()
{
    trust(function("bad", "exec 9<>/dev/udp/127.0.0.1/9 || bbfatal no network\nmkfs.ext4 -q $2 8M"));
    ImportCase import(u"bad"_s);
    const auto done = import.run(request(path(u"tree"_s)));
    QVERIFY(!done);
    QVERIFY2(done.error().message.contains("Permission denied"_L1) || done.error().message.contains("no network"_L1),
             qPrintable(done.error().message));
}

void TestCustomHandlers::leavesNothingRunning()
{
    trust(function("bad",
                   "mkfs.ext4 -q $2 8M\n"
                   "setsid sleep 98765 &\nsleep 98765 &\n(setsid sh -c 'sleep 98765; true' &)"));
    ImportCase import(u"bad"_s);
    QVERIFY_RESULT(import.run(request(path(u"tree"_s))));
    QTRY_VERIFY(!runs("sleep\00098765"_ba));
}

void TestCustomHandlers::environmentRunsNothing()
{
    writeFile(path(u"profile"_s), "mkfs.ext4() { false; }\n");
    qputenv("BASH_ENV", path(u"profile"_s).toUtf8());
    qputenv("BASH_FUNC_mkfs.ext4%%", "() { false; }");
    trust(function("plain", "mkfs.ext4 -q $2 8M"));
    const auto done = ImportCase(u"plain"_s).run(request(path(u"tree"_s)));
    qunsetenv("BASH_ENV");
    qunsetenv("BASH_FUNC_mkfs.ext4%%");
    QVERIFY_RESULT(done);
}

void TestCustomHandlers::cancel()
{
    trust(function("slow", "trap '' TERM\nbbnote started\nwhile :; do sleep 100 || true; done"));
    ImportCase before(u"slow"_s);
    before.stop.request_stop();
    QCOMPARE(before.run(request(path(u"tree"_s))).error_or(Error()).code, Error::Code::Cancelled);

    ImportCase during(u"slow"_s);
    std::jthread canceller([&during] {
        while (during.report.lines().size() < 2) { // the command, and that it has begun
            std::this_thread::sleep_for(1ms);
        }
        during.stop.request_stop();
    });
    QCOMPARE(during.run(request(path(u"tree"_s))).error_or(Error()).code, Error::Code::Cancelled);
    QCOMPARE(outputs(), QStringList());
}

void TestCustomHandlers::muchOutput()
{
    trust(function("loud",
                   "yes | head -n 100000\nbbnote after\nhead -c 3000000 /dev/zero | tr '\\0' x\n"
                   "mkfs.ext4 -q $2 8M\nbberror 'one thing'"));
    ImportCase import(u"loud"_s);
    QVERIFY_RESULT(import.run(request(path(u"tree"_s))));
    QCOMPARE_LT(import.report.lines().size(), 2100);
    QCOMPARE_LT(import.report.toText().size(), 1000000);
}

void TestCustomHandlers::mustBeAllowed()
{
    writeFile(path(u"own.bbclass"_s), function("mine", "mkfs.ext4 -q $2 8M"));
    QVERIFY_RESULT(handlerSettings().addPath(path(u"own.bbclass"_s)));
    const CustomHandlers known = loadCustomHandlers(handlerSettings());
    QCOMPARE(known.handlers.size(), 1);
    QVERIFY(!known.handlers.constFirst()->isAllowed());
    ImportCase import(u"mine"_s);
    const auto refused = import.handler().allowed();
    QVERIFY(!refused);
    QVERIFY2(refused.error().remedy.contains("--allow mine"_L1), qPrintable(refused.error().remedy));
    // Neither a check nor a run gets round it.
    QCOMPARE(import.check(request(path(u"tree"_s))).error_or(Error()).message, refused.error().message);
    QCOMPARE(import.run(request(path(u"tree"_s))).error_or(Error()).message, refused.error().message);
    QVERIFY(texts(import.report, JobReport::Kind::Command).isEmpty());
    QVERIFY_RESULT(handlerSettings().setAllowed(known.handlers.constFirst()->definition().sha256, true));
    const auto allowed = loadCustomHandlers(handlerSettings());
    QVERIFY(allowed.handlers.constFirst()->isAllowed());
    QVERIFY_RESULT(ImportCase(u"mine"_s).run(request(path(u"tree"_s))));
}

void TestCustomHandlers::changedTextMustBeAllowedAnew()
{
    const QString file = path(u"own.bbclass"_s);
    writeFile(file, function("mine", "mkfs.ext4 -q $2 8M"));
    QVERIFY_RESULT(handlerSettings().addPath(file));
    const auto load = [this] { return loadCustomHandlers(handlerSettings()).handlers.constFirst(); };
    const CustomHandler* first = load();
    QVERIFY_RESULT(handlerSettings().setAllowed(first->definition().sha256, true));
    QVERIFY(load()->isAllowed());
    // What runs is what was read, and not what the file has become since.
    QVERIFY(QFile::remove(file));
    writeFile(file, function("mine", "bbfatal replaced"));
    QVERIFY_RESULT(ImportCase(u"mine"_s).run(request(path(u"tree"_s))));
    const CustomHandler* changed = load();
    QVERIFY(!changed->isAllowed());
    QVERIFY(first->definition().sha256 != changed->definition().sha256);
    // Back to the old text, which is still allowed.
    QVERIFY(QFile::remove(file));
    writeFile(file, function("mine", "mkfs.ext4 -q $2 8M"));
    QVERIFY(load()->isAllowed());
    QVERIFY_RESULT(handlerSettings().setAllowed(load()->definition().sha256, false));
    QVERIFY(!load()->isAllowed());
}

void TestCustomHandlers::goneWhenItIsToRun()
{
    trust(function("mine", "mkfs.ext4 -q $2 8M"));
    const ImportHandler* planned = findHandler(u"mine"_s);
    const QString title = planned->title();
    loadCustomHandlers(handlerSettings());
    QCOMPARE(findHandler(u"mine"_s), nullptr);
    QCOMPARE(planned->title(), title); // who has it may go on
    JobReport report;
    Progress progress;
    JobContext context{.stop = {}, .progress = progress, .report = report};
    ProcessRunner runner;
    QVERIFY_RESULT(planned->run(request(path(u"tree"_s)), context, runner));
    QVERIFY(QFile::remove(path(u"out/disk.img"_s)));
    const auto gone = plannedHandler(u"mine"_s).run(request(path(u"tree"_s)), context, runner);
    QCOMPARE(gone.error_or(Error()).code, Error::Code::NotFound);
}

void TestCustomHandlers::planTellsWhatIsMissing()
{
    writeFile(path(u"own.bbclass"_s),
              "XEN_GUEST_IMPORT_DEPENDS_mine = \"erofs-utils-native no-such-program\"\n"
                  + function("mine", "mkfs.ext4 -q $2 8M"));
    QVERIFY_RESULT(handlerSettings().addPath(path(u"own.bbclass"_s)));
    const CustomHandlers known = loadCustomHandlers(handlerSettings());
    Project project;
    project.directory = m_directory->path();
    Guest guest;
    guest.entry = u"guest"_s;
    guest.sourceType = u"mine"_s;
    guest.sourceFile = path(u"tree"_s);
    guest.kernel = u"none"_s;
    project.guests = {guest};
    const auto problemsOf = [&](QLatin1StringView code) {
        QList<Problem> problems = resolve(project, {}, {}).problems;
        problems.removeIf([code](const Problem& problem) { return problem.code != code; });
        return problems;
    };
    const QList<Problem> refused = problemsOf(ProblemCode::SourceTypeNotAllowed);
    QCOMPARE(refused.size(), 1);
    QCOMPARE(refused.constFirst().severity, Problem::Severity::Error);
    QCOMPARE(refused.constFirst().where.field, u"sourceType"_s);
    QVERIFY(problemsOf(ProblemCode::ToolMissing).isEmpty());
    QVERIFY_RESULT(handlerSettings().setAllowed(known.handlers.constFirst()->definition().sha256, true));
    loadCustomHandlers(handlerSettings());
    QVERIFY(problemsOf(ProblemCode::SourceTypeNotAllowed).isEmpty());
    const QList<Problem> missing = problemsOf(ProblemCode::ToolMissing);
    const bool hasErofs = !findTool(u"mkfs.erofs"_s).path.isEmpty();
    QCOMPARE(missing.size(), hasErofs ? 1 : 2);
    QVERIFY(missing.last().text.contains("no-such-program"_L1));
    QVERIFY(hasErofs || missing.first().remedy.contains("erofs-utils"_L1));
    project.guests.first().sourceType = u"unheard_of"_s;
    const QList<Problem> unknown = problemsOf(ProblemCode::SourceTypeUnknown);
    QCOMPARE(unknown.size(), 1);
    QVERIFY2(unknown.constFirst().remedy.contains("xen_guest_import_unheard_of"_L1),
             qPrintable(unknown.constFirst().remedy));
    QVERIFY(unknown.constFirst().remedy.contains("mine"_L1));
}

void TestCustomHandlers::settings()
{
    const HandlerSettings settings = handlerSettings();
    const QString odd = path(u"a, b; größe=%41\"x\""_s);
    QVERIFY(settings.paths().isEmpty());
    QVERIFY_RESULT(settings.addPath(odd));
    QVERIFY_RESULT(settings.addPath(path(u"x/../y"_s)));
    QVERIFY_RESULT(settings.addPath(odd));
    QCOMPARE(HandlerSettings(settings.file()).paths(), (QStringList{odd, path(u"y"_s)}));
    QVERIFY_RESULT(settings.removePath(odd));
    QVERIFY(!settings.removePath(odd));
    QVERIFY_RESULT(settings.removePath(path(u"y"_s)));
    QVERIFY(settings.paths().isEmpty());
    QVERIFY_RESULT(settings.setAllowed("abc", true));
    QVERIFY_RESULT(settings.setAllowed("def", true));
    QVERIFY_RESULT(settings.setAllowed("abc", true));
    QCOMPARE(settings.allowed(), (QByteArrayList{"def", "abc"}));
    QVERIFY_RESULT(settings.setAllowed("abc", false));
    QCOMPARE(settings.allowed(), QByteArrayList{"def"});
    const auto unwritable = HandlerSettings(u"/proc/none/handlers.ini"_s).addPath(odd);
    QVERIFY(!unwritable);
    QVERIFY(unwritable.error().message.contains("/proc/none"_L1));
}

QTEST_GUILESS_MAIN(TestCustomHandlers)
#include "tst_customhandlers.moc"
