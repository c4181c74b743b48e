// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/entries/entryqueue.h"
#include "importcase.h"

#include <algorithm>

using namespace Stowage;
using namespace Stowage::Test;

namespace
{

/** Many empty files, and behind them one with data, which are written where room() has them. */
class ManyEntries final : public EntrySource
{
public:
    explicit ManyEntries(int before) : m_before(before) { }

    [[nodiscard]] QString path() const override { return QStringLiteral("entries"); }
    Result<void> feed(EntrySink& sink, Progress&, const std::stop_token&) const override
    {
        for (int i = 0; i < m_before; ++i) {
            if (auto added = sink.add({.path = "file" + QByteArray::number(i)}); !added) {
                return added;
            }
        }
        constexpr qint64 Size = 65536;
        return sink.beginFile({.path = "last", .size = Size})
            .and_then([&] {
                const std::span<char> room = sink.room(Size).first(Size);
                std::ranges::fill(room, 'x');
                return sink.write(room);
            })
            .and_then([&] { return sink.endFile(); });
    }

private:
    int m_before;
};

/** Counts what comes; from some number of entries on it takes no more. */
class CountingSink final : public EntrySink
{
public:
    explicit CountingSink(int most) : m_most(most) { }

    int entries = 0;
    QByteArray data;

    Result<void> add(const FileEntry&) override { return ++entries > m_most ? cancelled() : Result<void>(); }
    Result<void> addLink(const QByteArray&, const QByteArray&) override { return {}; }
    Result<void> beginFile(const FileEntry&) override { return {}; }
    Result<void> write(std::span<const char> bytes) override
    {
        data.append(bytes.data(), static_cast<qsizetype>(bytes.size()));
        return {};
    }
    Result<void> skip(qint64) override { return {}; }
    Result<void> reserve(qint64) override { return {}; }
    Result<void> endFile() override { return {}; }

private:
    int m_most;
};

} // namespace

/** Entries handed from one thread to another. */
class TestEntryQueue : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void dataAtTheEndOfABatch();
    void endedEarly();
};

/** Wherever in a batch of entries the data come. */
void TestEntryQueue::dataAtTheEndOfABatch()
{
    for (int before = 1015; before < 1030; ++before) {
        CountingSink sink(before);
        Progress progress;
        QVERIFY_RESULT(feedInParallel(ManyEntries(before), sink, progress, {}));
        QCOMPARE(sink.entries, before);
        QVERIFY(sink.data == QByteArray(65536, 'x'));
    }
}

/** The end of one side while the other still writes harms nothing that this one uses. */
void TestEntryQueue::endedEarly()
{
    for (int before = 1015; before < 1030; ++before) {
        for (int i = 0; i < 20; ++i) {
            CountingSink sink(0);
            Progress progress;
            QVERIFY(!feedInParallel(ManyEntries(before), sink, progress, {}));
        }
    }
}

QTEST_GUILESS_MAIN(TestEntryQueue)
#include "tst_entryqueue.moc"
