// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "../import/importcase.h"
#include "core/layout/layout.h"
#include "core/output/outputwriter.h"
#include "core/process/processrunner.h"
#include "core/support/removetree.h"
#include "fixtures.h"

#include <QDir>
#include <QTemporaryDir>

#include <fcntl.h>

using namespace Stowage;
using namespace Stowage::Test;
using namespace Qt::StringLiterals;

/** Hosts whose names lead elsewhere: what is written stays inside the output, or nothing is written. */
class TestHostileTree : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();
    void staysInside_data();
    void staysInside();

private:
    [[nodiscard]] QString path(const QString& name) const { return m_directory->filePath(name); }
    [[nodiscard]] Result<OutputReport> write(const LayoutNode& host, const QString& kind) const;

    std::unique_ptr<QTemporaryDir> m_directory;
};

void TestHostileTree::init()
{
    m_directory = std::make_unique<QTemporaryDir>();
    QVERIFY(QDir(m_directory->path()).mkpath(u"outside"_s));
    writeFile(path(u"outside/secret"_s), "secret\n");
}

void TestHostileTree::cleanup()
{
    QVERIFY(removeEntry(AT_FDCWD, QFile::encodeName(m_directory->path())));
}

Result<OutputReport> TestHostileTree::write(const LayoutNode& host, const QString& kind) const
{
    ResolvedProject project;
    project.hostPath = path(u"host"_s);
    ResolvedGuest guest;
    guest.entry = u"web"_s;
    guest.config = "name = \"web\"\n";
    project.guests = {guest};
    Progress progress;
    JobReport report;
    JobContext context{{}, progress, report};
    ProcessRunner runner;
    const OutputSpec output{.kind = kind, .path = path(kind == "tar"_L1 ? u"out.tar"_s : u"out"_s)};
    return findWriter(kind)->write(planLayout(project, host), {}, output, context, runner);
}

void TestHostileTree::staysInside_data()
{
    QTest::addColumn<QString>("script");
    QTest::addColumn<QString>("message"); // none: it is a tree, and is written
    QTest::addColumn<QString>("kind");
    const auto add = [](const QString& name, const QString& script, const QString& message) {
        for (const QString& kind : {u"tree"_s, u"tar"_s, u"ext4"_s}) {
            QTest::addRow("%s to %s", qPrintable(name), qPrintable(kind)) << script << message << kind;
        }
    };
    const QString link = u"ln -s $PWD/outside etc; tar cf host etc; rm etc; mkdir etc; echo > etc/evil; "_s;
    add(u"below a link"_s, link + u"tar rf host etc/evil"_s, u"/etc/evil lies below etc"_s);
    add(u"link over a directory"_s,
        u"mkdir etc; echo > etc/evil; tar cf host etc; rm -r etc; ln -s $PWD/outside etc; tar rf host etc"_s,
        u"/etc comes twice"_s);
    add(u"link made a directory"_s, link + u"tar rf host etc"_s, {});
    add(u"below a file"_s, u"echo > etc; tar cf host etc; rm etc; mkdir etc; echo > etc/evil; tar rf host etc/evil"_s,
        u"/etc/evil lies below etc"_s);
    // The first name of the hard link is renamed to one that lies outside, or below a link, or nowhere.
    const QString hardLink = u"mkdir a; echo > a/first; ln a/first second; ln -s $PWD/outside b; "_s;
    add(u"hard link through a link"_s,
        hardLink + u"tar cf host b; tar rf host --transform 's,^a/first,b/secret,RSh' a second"_s,
        u"/second is a hard link to /b/secret"_s);
    add(u"hard link outward"_s, hardLink + u"tar -Pcf host --transform 's,^a/first,../outside/secret,RSh' a second"_s,
        u"../outside/secret"_s);
    add(u"link made a directory in an image"_s,
        u"mkdir -p in/ebc; echo > in/ebc/evil; ln -s $PWD/outside in/etc; truncate -s 4M host; "
        "mkfs.ext4 -q -O ^metadata_csum,^dir_index -d in host; sed -i s/ebc/etc/ host"_s,
        {});
    add(u"deep"_s, u"mkdir -p $(printf 'd/%.0s' {1..1500}); tar cf host d"_s, u"has 1001 parts"_s);
}

void TestHostileTree::staysInside()
{
    QFETCH(QString, script);
    QFETCH(QString, message);
    QFETCH(QString, kind);
    tool(u"bash"_s, {u"-ec"_s, u"PATH=$PATH:/usr/sbin:/sbin; cd \"$1\"; "_s + script, u"bash"_s, m_directory->path()});
    const auto written = readHostTree(path(u"host"_s), {}).and_then([&](const LayoutNode& host) {
        return write(host, kind);
    });
    QCOMPARE(QDir(path(u"outside"_s)).entryList(QDir::NoDotAndDotDot | QDir::AllEntries), {u"secret"_s});
    QCOMPARE(readFile(path(u"outside/secret"_s)), "secret\n");
    const QStringList made = QDir(m_directory->path())
                                 .entryList({u"out"_s, u"out.*"_s, u".*"_s},
                                            QDir::AllEntries | QDir::Hidden | QDir::NoDotAndDotDot);
    if (message.isEmpty()) {
        if (!written && kind == "ext4"_L1) { // of an image, e2fsck has the last word
            QVERIFY2(written.error().message.contains("Duplicate"_L1), qPrintable(written.error().message));
            return;
        }
        QVERIFY_RESULT(written);
        QVERIFY(!made.isEmpty());
        return;
    }
    QVERIFY(!written);
    QVERIFY2(written.error().message.contains(message), qPrintable(written.error().message));
    QVERIFY(!written.error().remedy.isEmpty());
    QCOMPARE(made, QStringList());
}

QTEST_GUILESS_MAIN(TestHostileTree)
#include "tst_hostiletree.moc"
