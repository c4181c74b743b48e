// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "faultcases.h"
#include "faultrun.h"
#include "fixtures.h"

#include <cerrno>

using namespace Stowage::Test;
using namespace Qt::StringLiterals;

/** Sources that cannot be read: the error names the file, the old target stays, and nothing else does. */
class TestReadErrors : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { m_input = std::make_unique<FaultInput>(); }
    void everyRead_data() { addFaultRows(); }
    void everyRead();

private:
    [[nodiscard]] QString sourceOf(const FaultCase& one) const;

    std::unique_ptr<FaultInput> m_input;
};

/** The host or the source of an import, where there is one; else all that the guests are made of. */
QString TestReadErrors::sourceOf(const FaultCase& one) const
{
    return m_input->path(u"b/"_s + (*one.input == '\0' ? u"guest"_s : QString::fromLatin1(one.input)));
}

/** Every read fails once, and every one with all that follow it. */
void TestReadErrors::everyRead()
{
    QFETCH(const int, row);
    const FaultCase& one = faultCases().at(row);
    const QByteArray complete = m_input->expected(one, u"b"_s);
    const QByteArray old = m_input->expected(one, u"a"_s);
    const QString source = sourceOf(one);
    for (const bool lasts : {false, true}) {
        FaultOptions options;
        options.fault = {.below = source, .kind = "read", .lasts = lasts};
        options.asNobody = one.asNobody;
        const long calls = runWithFault(m_input->arguments(one, u"b"_s), options).calls;
        (void)runWithFault(m_input->arguments(one, u"a"_s), {.asNobody = one.asNobody});
        QVERIFY(calls > 2);
        int failed = 0;
        const QList<long> sample = sampleOf(calls, effort(5, 1000), 1);
        for (const long at : sample) {
            options.fault.at = at;
            options.fault.error = EIO;
            const FaultRun run = runWithFault(m_input->arguments(one, u"b"_s), options);
            const QByteArray said = "read " + QByteArray::number(at) + ": status " + QByteArray::number(run.status)
                + ", " + run.error();
            QVERIFY2(run.status == 0 || run.status == 1 || run.status == 3, said.constData());
            QVERIFY2(m_input->state(one) == (run.status == 0 ? complete : old), said.constData());
            QCOMPARE(m_input->leftovers(one), QStringList());
            if (run.status == 0) { // a second attempt had it, or it was of no weight
                (void)runWithFault(m_input->arguments(one, u"a"_s), {.asNobody = one.asNobody});
                continue;
            }
            ++failed;
            QVERIFY2(run.error().contains(source.toUtf8()), said.constData());
            QVERIFY2(run.error().contains("Input/output error"), said.constData());
            QVERIFY2(run.error().contains("Check the "), said.constData());
        }
        QVERIFY(failed > 0 || !lasts);
        qInfo("%s: %lld of %ld reads, %d stopped it", lasts ? "lasting" : "once", static_cast<long long>(sample.size()),
              calls, failed);
    }
}

QTEST_GUILESS_MAIN(TestReadErrors)
#include "tst_readerrors.moc"
