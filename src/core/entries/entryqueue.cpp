// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "entryqueue.h"

#include "core/entries/entrycalls.h"
#include "core/support/units.h"

#include <algorithm>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

namespace Stowage
{

namespace
{

constexpr qint64 BatchBytes = MiB;
constexpr size_t BatchCalls = 1024;
constexpr int Batches = 4;
constexpr qint64 LeastRoom = 64 * KiB; // for which a batch is worth going on with

/** What two threads share: batches that are full, and empty ones to fill again. */
class Exchange
{
public:
    Exchange()
    {
        for (int i = 0; i < Batches; ++i) {
            m_empty.push_back(std::make_unique<EntryCalls>(BatchBytes));
        }
    }

    /** An empty batch; null once nobody reads any more. */
    std::unique_ptr<EntryCalls> takeEmpty()
    {
        std::unique_lock lock(m_mutex);
        m_changed.wait(lock, [this] { return !m_empty.empty() || m_closed; });
        if (m_closed) {
            return nullptr;
        }
        auto batch = std::move(m_empty.back());
        m_empty.pop_back();
        return batch;
    }

    void giveFull(std::unique_ptr<EntryCalls> batch)
    {
        const std::lock_guard lock(m_mutex);
        m_full.push_back(std::move(batch));
        m_changed.notify_all();
    }

    void end(Result<void> result)
    {
        const std::lock_guard lock(m_mutex);
        m_result = std::move(result);
        m_changed.notify_all();
    }

    /** The next full batch; null at the end. */
    std::unique_ptr<EntryCalls> takeFull()
    {
        std::unique_lock lock(m_mutex);
        m_changed.wait(lock, [this] { return !m_full.empty() || m_result; });
        if (m_full.empty()) {
            return nullptr;
        }
        auto batch = std::move(m_full.front());
        m_full.erase(m_full.begin());
        return batch;
    }

    void giveEmpty(std::unique_ptr<EntryCalls> batch)
    {
        batch->clear();
        const std::lock_guard lock(m_mutex);
        m_empty.push_back(std::move(batch));
        m_changed.notify_all();
    }

    /** Nobody reads any more. */
    void close()
    {
        const std::lock_guard lock(m_mutex);
        m_closed = true;
        m_changed.notify_all();
    }

    /** How the source ended; only after takeFull() has returned null. */
    Result<void> result() { return std::move(*m_result); }

private:
    std::mutex m_mutex;
    std::condition_variable m_changed;
    std::vector<std::unique_ptr<EntryCalls>> m_empty;
    std::vector<std::unique_ptr<EntryCalls>> m_full;
    std::optional<Result<void>> m_result;
    bool m_closed = false;
};

/** The source's end of the exchange. */
class BatchSink : public EntrySink
{
public:
    explicit BatchSink(Exchange& exchange) : m_exchange(exchange), m_batch(exchange.takeEmpty()) { }
    Q_DISABLE_COPY_MOVE(BatchSink)
    ~BatchSink() override = default;

    Result<void> add(const FileEntry& entry) override
    {
        return ready().and_then([&] { return m_batch->add(entry); });
    }
    Result<void> addLink(const QByteArray& path, const QByteArray& existing) override
    {
        return ready().and_then([&] { return m_batch->addLink(path, existing); });
    }
    Result<void> beginFile(const FileEntry& entry) override
    {
        return ready().and_then([&] { return m_batch->beginFile(entry); });
    }
    Result<void> skip(qint64 bytes) override
    {
        return ready().and_then([&] { return m_batch->skip(bytes); });
    }
    Result<void> reserve(qint64 bytes) override
    {
        return ready().and_then([&] { return m_batch->reserve(bytes); });
    }
    Result<void> endFile() override
    {
        return ready().and_then([&] { return m_batch->endFile(); });
    }

    Result<void> write(std::span<const char> bytes) override
    {
        while (!bytes.empty()) {
            if (m_batch && m_batch->roomLeft() == 0) {
                pass();
            }
            if (auto there = ready(); !there) {
                return there;
            }
            const auto part = bytes.first(std::min(bytes.size(), static_cast<size_t>(m_batch->roomLeft())));
            if (auto written = m_batch->write(part); !written) {
                return written;
            }
            bytes = bytes.subspan(part.size());
        }
        return {};
    }

    std::span<char> room(qint64 bytes) override
    {
        // The bytes stay in this batch: it may not be passed on for its number of calls when they are written.
        if (m_batch && (m_batch->roomLeft() < std::min(bytes, LeastRoom) || m_batch->size() >= BatchCalls)) {
            pass();
        }
        return m_batch ? m_batch->room(bytes) : EntrySink::room(bytes);
    }

    /** Hands over what there is. */
    void flush()
    {
        if (m_batch && m_batch->size() > 0) {
            m_exchange.giveFull(std::move(m_batch));
        }
    }

private:
    void pass()
    {
        flush();
        m_batch = m_exchange.takeEmpty();
    }

    Result<void> ready()
    {
        if (m_batch && m_batch->size() >= BatchCalls) {
            pass();
        }
        return m_batch ? Result<void>() : cancelled(); // the other side has its own error, and is not interested
    }

    Exchange& m_exchange;
    std::unique_ptr<EntryCalls> m_batch;
};

} // namespace

Result<void> feedInParallel(const EntrySource& source, EntrySink& sink, Progress& progress, const std::stop_token& stop)
{
    if (!sink.wantsData()) {
        return source.feed(sink, progress, stop); // cheap
    }
    Exchange exchange;
    const std::jthread reader([&] {
        BatchSink batches(exchange);
        auto fed = source.feed(batches, progress, stop);
        batches.flush();
        exchange.end(std::move(fed));
    });
    while (auto batch = exchange.takeFull()) {
        if (auto done = batch->replay(sink, stop); !done) {
            exchange.close();
            return done;
        }
        exchange.giveEmpty(std::move(batch));
    }
    return exchange.result();
}

} // namespace Stowage
