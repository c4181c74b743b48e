// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "placeddisks.h"

#include "core/output/layoutentries.h"

#include <QCoreApplication>

#include <libdeflate.h>

#include <algorithm>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

struct Placed {
    Q_DECLARE_TR_FUNCTIONS(PlacedDisks)
};

/** Notes what goes into a target, and tells the progress of it. */
class NotingTarget final : public SparseTarget
{
public:
    NotingTarget(SparseTarget& target, const QString& source, PlacedDisk& disk, Progress& progress)
        : m_target(target),
          m_source(source),
          m_disk(disk),
          m_progress(progress)
    { }

    [[nodiscard]] bool isOrdered() const override { return m_target.isOrdered(); }

    Result<void> write(qint64 position, std::span<const char> bytes) override
    {
        if (bytes.empty()) {
            return {};
        }
        const auto size = static_cast<qint64>(bytes.size());
        forget(position, size);
        m_disk.parts[position] = {size, libdeflate_crc32(0, bytes.data(), bytes.size())};
        advance(size);
        return m_target.write(position, bytes);
    }
    Result<void> erase(qint64 position, qint64 size) override
    {
        forget(position, size);
        return m_target.erase(position, size);
    }
    Result<void> extend(qint64 size) override
    {
        m_length = std::max(m_length, size);
        return size > m_disk.size ? changed() : m_target.extend(size);
    }
    Result<void> clear() override
    {
        m_disk.parts.clear();
        m_length = 0;
        return m_target.clear();
    }
    void settle(qint64 position) override { m_target.settle(position); }
    void setMetadata(bool metadata) override { m_target.setMetadata(metadata); }

    /** Tells that it is complete: the holes are done, too. */
    Result<void> end()
    {
        advance(m_disk.size - m_told);
        return m_length == m_disk.size ? Result<void>() : changed();
    }

private:
    [[nodiscard]] std::unexpected<Error> changed() const
    {
        return fail(Error::Code::InvalidInput, Placed::tr("%1 has changed since it was looked at.").arg(m_source),
                    Placed::tr("Let nothing change it, and build again."), Place::inFile(m_source));
    }

    /** Parts that change, even partly, say nothing any more. */
    void forget(qint64 position, qint64 size)
    {
        auto& parts = m_disk.parts;
        auto part = parts.lower_bound(position);
        if (part != parts.begin() && std::prev(part)->first + std::prev(part)->second.size > position) {
            --part;
        }
        while (part != parts.end() && part->first < position + size) {
            part = parts.erase(part);
        }
    }

    void advance(qint64 bytes)
    {
        bytes = std::min(bytes, m_disk.size - m_told);
        m_told += bytes;
        m_progress.advance(bytes);
    }

    SparseTarget& m_target;
    const QString& m_source;
    PlacedDisk& m_disk;
    Progress& m_progress;
    qint64 m_length = 0; ///< Bytes that it was said to have.
    qint64 m_told = 0;
};

} // namespace

Result<void> PlacedDisks::make(const LayoutContent& content, EntrySink& sink, const QString& workDirectory,
                               JobContext& context, CommandRunner& runner)
{
    return content.visit(context.stop, [&](const LayoutNode& node, const QByteArray& path) -> Result<void> {
        const ImportStep* step = content.placedImport(node);
        if (step == nullptr) {
            return {};
        }
        FileEntry entry = entryOf(content, node, path);
        entry.size = node.size;
        const auto target = sink.beginDisk(entry);
        if (!target) {
            return std::unexpected(target.error());
        }
        PlacedDisk disk{node.size, {}};
        ImportRequest request = step->request;
        NotingTarget noting(**target, request.source, disk, context.progress);
        request.output = workDirectory + u"/disk.work"_s;
        context.progress.setStep(Placed::tr("Importing %1").arg(step->guest));
        context.report.add(JobReport::Kind::Message, Placed::tr("Convert %1 into its place").arg(request.source));
        Progress own; // the disk's part of the whole is told as it is written
        JobContext part{context.stop, own, context.report};
        return plannedHandler(step->handler)
            .runInto(request, noting, part, runner)
            .and_then([&noting] { return noting.end(); })
            .and_then([&] {
                m_disks.insert(path, disk);
                return sink.endFile();
            });
    });
}

const PlacedDisk* PlacedDisks::find(const QByteArray& path) const
{
    const auto found = m_disks.constFind(path);
    return found == m_disks.cend() ? nullptr : &*found;
}

} // namespace Stowage
