// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "faultcases.h"
#include "faultrun.h"
#include "fixtures.h"

#include <QDir>

#include <array>

using namespace Stowage::Test;
using namespace Qt::StringLiterals;

namespace
{

/** What has the target's name before. */
struct Existing {
    const char* name = "";
    const char* script = ""; ///< Makes it in the current directory, at $target.
    bool forTree = false; ///< Whether a tree takes its place.
    bool forFile = false; ///< Whether a file does.
    const char* place = ""; ///< What is replaced, where that is not the target itself: behind a link.
};

constexpr auto Existings = std::to_array<Existing>({
    {"a file", "echo mine > $target", false, true},
    {"a file that is read-only", "echo mine > $target; chmod 400 $target", false, true},
    {"an empty directory", "mkdir $target", true, false},
    {"a directory with files", "mkdir $target; echo mine > $target/file", false, false},
    {"a FIFO", "mkfifo $target", false, false},
    {"a socket", "python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' $target", false,
     false},
    {"a link to a file", "echo mine > real; ln -s real $target", false, true, "real"},
    {"a link to an empty directory", "mkdir real; ln -s real $target", true, false, "real"},
    {"a link to a directory with files", "mkdir real; echo mine > real/file; ln -s real $target", false, false},
    {"a link to nowhere", "ln -s nowhere $target", false, false},
    {"a link to itself", "ln -s $target $target", false, false},
    {"a link to a device", "ln -s /dev/null $target", false, false},
});

/** What keeps an ordinary user from reading or writing; undone by what follows in each case. */
struct Forbidden {
    const char* name = "";
    const char* script = ""; ///< In the directory with a, b and out; $source is the host or the source of an import.
    const char* named = ""; ///< What the error has to name: a path in there.
};

constexpr auto Forbiddens = std::to_array<Forbidden>({
    {"target directory", "chmod 555 out", "out"},
    {"target directory that may not be entered", "chmod 700 .; chmod 600 out; chmod 755 .", "out"},
    {"source", "chmod 0 b/$source", "b/$source"},
    {"directory of the source", "chmod 0 b", "b"},
});

} // namespace

/** Names that are taken, and places that may not be used: what is there stays or is replaced whole, as the rules say. */
class TestNames : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { m_input = std::make_unique<FaultInput>(); }
    void init();
    void taken_data();
    void taken();
    void forbidden_data();
    void forbidden();
    void unreadableInside_data() { addFaultRows(); }
    void unreadableInside();

private:
    /** All that is below "out", links not followed. */
    [[nodiscard]] QByteArray listing() const;

    std::unique_ptr<FaultInput> m_input;
};

void TestNames::init()
{
    m_input->shell(u"chmod 755 a b; chmod 1777 out"_s);
    m_input->clear();
}

QByteArray TestNames::listing() const
{
    m_input->shell(u"cd out; find . -printf '%p %y %m %i %l\\n' | sort > ../listing; "
                   "find . -type f -exec cat {} + >> ../listing"_s);
    return readFile(m_input->path(u"listing"_s));
}

void TestNames::taken_data()
{
    QTest::addColumn<int>("row");
    QTest::addColumn<int>("existing");
    for (int row = 0; const FaultCase& one : faultCases()) {
        for (int existing = 0; existing < static_cast<int>(std::size(Existings)); ++existing) {
            QTest::addRow("%s, %s", one.name, Existings.at(existing).name) << row << existing;
        }
        ++row;
    }
}

void TestNames::taken()
{
    QFETCH(const int, row);
    QFETCH(const int, existing);
    const FaultCase& one = faultCases().at(row);
    const Existing& there = Existings.at(existing);
    const bool isTree = QByteArray(one.output).startsWith("tree:");
    const bool replaces = isTree ? there.forTree : there.forFile;
    const QString target = m_input->target(one);
    const QString user = one.asNobody ? u"[ $(id -u) != 0 ] || chown -hR 65534 out; "_s : QString();
    m_input->shell(u"(cd out; target="_s + QFileInfo(target).fileName() + u"; "_s + QString::fromLatin1(there.script)
                   + u"); "_s + user);
    const QByteArray before = listing();
    const FaultRun run = runWithFault(m_input->arguments(one, u"a"_s), {.asNobody = one.asNobody});
    if (!replaces) {
        QVERIFY2(run.status != 0, run.error().constData());
        QVERIFY2(run.error().contains(target.toUtf8()) || run.error().contains("/out/real")
                     || run.error().contains("/dev/null"),
                 run.error().constData());
        QVERIFY2(run.error().count('\n') >= 2, run.error().constData());
        QCOMPARE(listing(), before);
        return;
    }
    QVERIFY2(run.status == 0, run.error().constData());
    QVERIFY2(!listing().contains("mine"), listing().constData());
    QVERIFY2(!listing().contains(".stowage-0"), listing().constData());
    QCOMPARE(QFileInfo(target).isSymLink(), *there.place != '\0');
    const QFileInfo written(m_input->path(
        u"out/"_s + (*there.place != '\0' ? QString::fromLatin1(there.place) : QFileInfo(target).fileName())));
    QVERIFY(isTree ? written.isDir() && !QDir(written.filePath()).isEmpty() : written.isFile() && written.size() > 0);
}

void TestNames::forbidden_data()
{
    QTest::addColumn<int>("row");
    QTest::addColumn<int>("what");
    for (int row = 0; const FaultCase& one : faultCases()) {
        for (int what = 0; what < static_cast<int>(std::size(Forbiddens)); ++what) {
            QTest::addRow("%s, %s", one.name, Forbiddens.at(what).name) << row << what;
        }
        ++row;
    }
}

void TestNames::forbidden()
{
    QFETCH(const int, row);
    QFETCH(const int, what);
    const FaultCase& one = faultCases().at(row);
    const QString source = *one.input == '\0' ? u"guest"_s : QString::fromLatin1(one.input);
    const auto withSource = [&source](const char* text) {
        return QString::fromLatin1(text).replace("$source"_L1, source);
    };
    // The old one is there, and belongs to who is to be refused.
    QCOMPARE(runWithFault(m_input->arguments(one, u"a"_s), {.asNobody = true}).status, 0);
    const QByteArray old = m_input->state(one);
    m_input->shell(u"mode=$(stat -c %a b/%1); echo $mode > mode; "_s.arg(source)
                   + withSource(Forbiddens.at(what).script));
    const FaultRun run = runWithFault(m_input->arguments(one, u"b"_s), {.asNobody = true});
    m_input->shell(u"chmod 755 . b; chmod $(cat mode) b/%1; chmod 1777 out"_s.arg(source));
    QVERIFY2(run.status == 1 || run.status == 3, run.error().constData());
    QVERIFY2(run.error().contains(m_input->path(withSource(Forbiddens.at(what).named)).toUtf8()),
             run.error().constData());
    QVERIFY2(run.error().contains("Permission denied"), run.error().constData());
    QVERIFY2(run.error().count('\n') >= 2, run.error().constData());
    QVERIFY2(m_input->state(one) == old, run.error().constData());
    QCOMPARE(m_input->leftovers(one), QStringList());
}

/** One file of a directory that may not be read is named, and how to go on. */
void TestNames::unreadableInside()
{
    QFETCH(const int, row);
    const FaultCase& one = faultCases().at(row);
    const QString file = QByteArray(one.input) == "host" ? u"b/host/bin/tool"_s : u"b/guest/lib/deep/file3"_s;
    const QByteArray input = one.input;
    if (!input.isEmpty() && input != "host" && input != "guest" && *one.type != '\0') {
        return; // an import of a file has no files inside
    }
    QCOMPARE(runWithFault(m_input->arguments(one, u"a"_s), {.asNobody = true}).status, 0);
    const QByteArray old = m_input->state(one);
    m_input->shell(u"chmod 0 "_s + file);
    const FaultRun run = runWithFault(m_input->arguments(one, u"b"_s), {.asNobody = true});
    m_input->shell(u"chmod 644 "_s + file);
    QCOMPARE(run.status, *one.type == '\0' ? 3 : 1); // a build finds it while it plans
    QVERIFY2(run.error().contains("Cannot read " + m_input->path(file).toUtf8() + ": Permission denied"),
             run.error().constData());
    QVERIFY2(run.error().contains("readable"), run.error().constData());
    QVERIFY2(m_input->state(one) == old, run.error().constData());
    QCOMPARE(m_input->leftovers(one), QStringList());
}

QTEST_GUILESS_MAIN(TestNames)
#include "tst_names.moc"
