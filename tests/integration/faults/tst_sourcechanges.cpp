// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "faultcases.h"
#include "faultrun.h"
#include "fixtures.h"

#include <array>

using namespace Stowage::Test;
using namespace Qt::StringLiterals;

namespace
{

/** What happens to a source; $source is its path, all in the directory of a version. Times stay as they were. */
struct Change {
    const char* name = "";
    const char* script = "";
};

constexpr auto Changes = std::to_array<Change>({
    {"grows", "for f in $(files); do fill $f; fill $f; done"},
    {"shrinks", "for f in $(files); do truncate -s 100 $f; done"},
    {"rewritten",
     "for f in $(files); do head -c $(stat -c %s $f) /dev/zero | tr '\\0' z | dd of=$f conv=notrunc status=none; done"},
    {"replaced", "for f in $(files); do head -c 3000 /dev/zero | tr '\\0' z > $f.new; mv $f.new $f; done"},
    {"removed", "rm -r $source"},
    {"a link elsewhere", "mv $source $source.old; ln -s ../outside $source"},
    {"links elsewhere",
     "if [ -d $source ]; then for d in $source/*; do mv $d $source.old; rm -rf $source.old; "
     "ln -s $PWD/../outside $d; done; else ln -sf $PWD/../outside/secret $source; fi"},
});

constexpr const char* Prologue = "cd \"$0\"; files() { find -P $source -type f; }; "
                                 "fill() { tr '\\0' z < /dev/zero | head -c 70000 >> $1; }; ";
constexpr const char* Epilogue = "; find -P $source -exec touch -h -d @1700000000 {} + 2>/dev/null || true";

} // namespace

/** Sources that change while they are read: an error that says so, or the one or the other state; never a mix. */
class TestSourceChanges : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void everyRead_data();
    void everyRead();

private:
    void renew() const
    {
        m_input->shell(
            u"rm -rf c; cp -a --sparse=always b c; sed -i 's,/b/,/c/,' c/local.conf; touch -d @1700000000 c/local.conf"_s);
    }

    std::unique_ptr<FaultInput> m_input;
};

void TestSourceChanges::initTestCase()
{
    m_input = std::make_unique<FaultInput>();
    m_input->shell(u"mkdir outside; echo TOPSECRET > outside/secret"_s);
}

void TestSourceChanges::everyRead_data()
{
    QTest::addColumn<int>("row");
    QTest::addColumn<int>("change");
    for (int row = 0; const FaultCase& one : faultCases()) {
        // An ordinary user's run could not change what the test has made.
        for (int change = 0; !one.asNobody && change < static_cast<int>(std::size(Changes)); ++change) {
            QTest::addRow("%s, %s", one.name, Changes.at(change).name) << row << change;
        }
        ++row;
    }
}

void TestSourceChanges::everyRead()
{
    QFETCH(const int, row);
    QFETCH(const int, change);
    const FaultCase& one = faultCases().at(row);
    const QString source = *one.input == '\0' ? u"guest"_s : QString::fromLatin1(one.input);
    const QString command = u"set -- "_s + m_input->path(u"c"_s) + u"; source="_s + source + u"; "_s
        + QString::fromLatin1(Prologue).replace("$0"_L1, "$1"_L1) + QString::fromLatin1(Changes.at(change).script)
        + QString::fromLatin1(Epilogue);
    const FaultOptions plain{.asNobody = one.asNobody};
    renew();
    const QByteArray before = m_input->expected(one, u"c"_s);
    m_input->shell(command);
    m_input->clear();
    const QByteArray after = runWithFault(m_input->arguments(one, u"c"_s), plain).status == 0 ? m_input->state(one)
                                                                                              : QByteArray();
    const QByteArray old = m_input->expected(one, u"a"_s);

    renew();
    FaultOptions options = plain;
    options.fault = {.below = m_input->path(u"c/"_s + source), .kind = "read"};
    const long calls = runWithFault(m_input->arguments(one, u"c"_s), options).calls;
    (void)runWithFault(m_input->arguments(one, u"a"_s), plain);
    options.fault.command = command;
    int failed = 0;
    const QList<long> sample = sampleOf(calls, effort(1, 25), 1);
    for (const long at : sample) {
        renew();
        options.fault.at = at;
        const FaultRun run = runWithFault(m_input->arguments(one, u"c"_s), options);
        const QByteArray said = "read " + QByteArray::number(at) + " of " + QByteArray::number(calls) + ": status "
            + QByteArray::number(run.status) + ", " + run.error();
        const QByteArray state = m_input->state(one);
        QVERIFY2(run.status == 0 || run.status == 1 || run.status == 3, said.constData());
        QVERIFY2(run.status == 0 ? state == before || (state == after && !after.isEmpty()) : state == old,
                 said.constData());
        QCOMPARE(m_input->leftovers(one), QStringList());
        if (run.status == 0) {
            (void)runWithFault(m_input->arguments(one, u"a"_s), plain);
            continue;
        }
        ++failed;
        QVERIFY2(run.error().contains(m_input->path(u"c/"_s).toUtf8()), said.constData());
        QVERIFY2(run.error().count('\n') >= 2, said.constData());
    }
    qInfo("%lld of %ld reads, %d stopped it", static_cast<long long>(sample.size()), calls, failed);
}

QTEST_GUILESS_MAIN(TestSourceChanges)
#include "tst_sourcechanges.moc"
