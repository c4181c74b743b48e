// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/support/artifactstore.h"
#include "core/support/units.h"
#include "fixtures.h"

#include <QDir>
#include <QTemporaryDir>

#include <sys/stat.h>
#include <sys/time.h>

#include <atomic>
#include <thread>
#include <vector>

using namespace Stowage;
using namespace Stowage::Test;
using namespace Qt::StringLiterals;

/** What took long to make is there the next time, and goes when there is too much of it. */
class TestArtifactStore : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void madeOnce();
    void failures();
    void atOnce();
    void cancelled();
    void eviction();
    void killed();
    void unwritable();

private:
    [[nodiscard]] QString path(const QString& name) const { return m_directory->filePath(name); }
    [[nodiscard]] ArtifactStore store(qint64 most = GiB) const { return {path(u"deep/store"_s), most}; }
    /** The names in the store, hidden ones too. */
    [[nodiscard]] QStringList kept() const
    {
        return QDir(path(u"deep/store"_s)).entryList(QDir::AllEntries | QDir::Hidden | QDir::NoDotAndDotDot);
    }
    /** Makes a file of @p size bytes, and counts that it did. */
    [[nodiscard]] ArtifactStore::Make make(qint64 size = 5)
    {
        return [this, size](const QString& to) -> Result<void> {
            ++m_made;
            writeFile(to, QByteArray(size, 'x'));
            return {};
        };
    }

    std::unique_ptr<QTemporaryDir> m_directory;
    std::atomic<int> m_made = 0;
};

void TestArtifactStore::init()
{
    m_directory = std::make_unique<QTemporaryDir>();
    m_made = 0;
    writeFile(path(u"source"_s), "source");
}

void TestArtifactStore::madeOnce()
{
    const QString source = path(u"source"_s);
    QVERIFY(!store().find(source, u"way 1"_s));
    for (int i = 0; i < 2; ++i) {
        const auto artifact = store().get(source, u"way 1"_s, make(), {});
        QVERIFY_RESULT(artifact);
        QCOMPARE(readFile(artifact->path()), "xxxxx");
        QCOMPARE(m_made, 1);
    }
    QVERIFY(store().find(source, u"way 1"_s));
    QVERIFY(!store().find(source, u"way 2"_s));
    QCOMPARE(kept().size(), 1);
    struct stat status = {};
    QCOMPARE(::stat(QFile::encodeName(path(u"deep/store"_s)).constData(), &status), 0);
    QCOMPARE(status.st_mode & 0777U, 0700U);

    QVERIFY_RESULT(store().get(source, u"way 2"_s, make(), {}));
    QCOMPARE(m_made, 2);
    writeFile(source, "another");
    QVERIFY(!store().find(source, u"way 1"_s));
    QVERIFY_RESULT(store().get(source, u"way 1"_s, make(), {}));
    QCOMPARE(m_made, 3);
    QVERIFY(!store().get(path(u"nothing"_s), u"way 1"_s, make(), {}));
    QCOMPARE(m_made, 3);
}

/** What fails leaves nothing, and is tried again. */
void TestArtifactStore::failures()
{
    const auto failing = [](const QString& to) -> Result<void> {
        writeFile(to, "half");
        return fail(Error::Code::Io, u"no luck"_s, {});
    };
    const auto failed = store().get(path(u"source"_s), u"way"_s, failing, {});
    QVERIFY(!failed);
    QCOMPARE(failed.error().message, u"no luck"_s);
    QCOMPARE(kept(), QStringList());
    QVERIFY_RESULT(store().get(path(u"source"_s), u"way"_s, make(), {}));
}

/** Who wants the same waits for who makes it. */
void TestArtifactStore::atOnce()
{
    const auto slow = [this](const QString& to) {
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
        return make()(to);
    };
    std::atomic<int> good = 0;
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 4; ++i) {
            threads.emplace_back(
                [&] { good += store().get(path(u"source"_s), u"way"_s, slow, {}).has_value() ? 1 : 0; });
        }
    }
    QCOMPARE(good, 4);
    QCOMPARE(m_made, 1);
    QCOMPARE(kept().size(), 1);
}

/** Who waits can be told to stop. */
void TestArtifactStore::cancelled()
{
    std::stop_source stop;
    std::atomic<bool> begun = false;
    const auto slow = [&](const QString& to) {
        begun = true;
        while (!stop.stop_requested()) {
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(300));
        return make()(to);
    };
    std::jthread maker([&] { QVERIFY_RESULT(store().get(path(u"source"_s), u"way"_s, slow, {})); });
    QTRY_VERIFY(begun);
    const std::jthread later([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        stop.request_stop();
    });
    const auto waited = store().get(path(u"source"_s), u"way"_s, make(), stop.get_token());
    QVERIFY(!waited);
    QCOMPARE(waited.error().code, Error::Code::Cancelled);
    QCOMPARE(m_made, 0);
    maker.join();
    QCOMPARE(m_made, 1);
}

/** Those that were not read for longest go first, never one that is in use. */
void TestArtifactStore::eviction()
{
    std::vector<Artifact> used;
    for (int i = 0; i < 4; ++i) {
        const auto artifact = store().get(path(u"source"_s), u"way %1"_s.arg(i), make(MiB), {});
        QVERIFY_RESULT(artifact);
        // Read i hours ago, but for the first, which is in use.
        const timeval then{.tv_sec = ::time(nullptr) - (i == 0 ? 100000 : i * 3600), .tv_usec = 0};
        const std::array times{then, then};
        QCOMPARE(::utimes(QFile::encodeName(artifact->path()).constData(), times.data()), 0);
    }
    used.push_back(*store().find(path(u"source"_s), u"way 0"_s));
    QVERIFY_RESULT(store(3 * MiB + MiB / 2).get(path(u"source"_s), u"way 4"_s, make(MiB), {}));
    QStringList left;
    for (int i = 0; i < 5; ++i) {
        left += store().find(path(u"source"_s), u"way %1"_s.arg(i)) ? QString::number(i) : QString();
    }
    QCOMPARE(left.join(QString()), u"014"_s);
    QVERIFY(QFile::exists(used.front().path()));
    // One that is larger than all that may be there is good for once.
    const auto large = store(MiB).get(path(u"source"_s), u"large"_s, make(2 * MiB), {});
    QVERIFY_RESULT(large);
    QCOMPARE(readFile(large->path()).size(), 2 * MiB);
}

/** What a process left that was killed goes. */
void TestArtifactStore::killed()
{
    QVERIFY(QDir().mkpath(path(u"deep/store/.0a.stowage-0123456789ab"_s)));
    writeFile(path(u"deep/store/.0a.stowage-0123456789ab/0a"_s), "half");
    QVERIFY_RESULT(store().get(path(u"source"_s), u"way"_s, make(), {}));
    QCOMPARE(kept().size(), 1);
}

void TestArtifactStore::unwritable()
{
    writeFile(path(u"deep"_s), "a file");
    const auto refused = store().get(path(u"source"_s), u"way"_s, make(), {});
    QVERIFY(!refused);
    QVERIFY(refused.error().message.contains(path(u"deep/store"_s)));
    QVERIFY(refused.error().remedy.contains(u"XDG_CACHE_HOME"_s));
    QCOMPARE(m_made, 0);
    QVERIFY(store().room() > 0);
}

QTEST_GUILESS_MAIN(TestArtifactStore)
#include "tst_artifactstore.moc"
