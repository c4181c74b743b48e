// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "layersource.h"

#include "core/containers/layercatalog.h"
#include "core/entries/archivesource.h"

#include <QCoreApplication>
#include <QFile>
#include <QRegularExpression>

#include <sys/stat.h>

#include <algorithm>

namespace Stowage
{

namespace
{

struct Layers {
    Q_DECLARE_TR_FUNCTIONS(LayerSource)
};

bool isWhiteout(const QByteArray& path)
{
    return path.sliced(path.lastIndexOf('/') + 1).startsWith(".wh.");
}

/** Gives each entry of a layer its number. */
class LayerSink : public EntrySink
{
public:
    LayerSink(LayerCatalog& catalog, int layer) : m_catalog(catalog), m_entry{layer, 0} { }

protected:
    LayerCatalog::Entry next()
    {
        ++m_entry.number;
        return m_entry;
    }
    LayerCatalog& m_catalog;

private:
    LayerCatalog::Entry m_entry;
};

/** The first reading: notes the names. */
class NamesSink final : public LayerSink
{
public:
    using LayerSink::LayerSink;

    [[nodiscard]] bool wantsData() const override { return false; }
    Result<void> add(const FileEntry& entry) override
    {
        const LayerCatalog::Entry number = next();
        if (isWhiteout(entry.path)) {
            m_catalog.addWhiteout(number.layer, entry.path);
        } else {
            m_catalog.add(number, entry.path, S_ISDIR(entry.facts.mode), entry.linkTarget);
        }
        return {};
    }
    Result<void> addLink(const QByteArray& path, const QByteArray& existing) override
    {
        const LayerCatalog::Entry number = next();
        if (isWhiteout(path)) {
            m_catalog.addWhiteout(number.layer, path);
        } else if (!m_catalog.addLink(number, path, existing)) {
            return fail(Error::Code::InvalidInput,
                        Layers::tr("A layer of the container image has a link, %1, to a file that is not there: %2.")
                            .arg(QFile::decodeName(path), QFile::decodeName(existing)),
                        Layers::tr("Fetch or save the image again."));
        }
        return {};
    }
    Result<void> beginFile(const FileEntry& entry) override { return add(entry); }
    Result<void> write(std::span<const char> /*bytes*/) override { return {}; }
    Result<void> skip(qint64 /*bytes*/) override { return {}; }
    Result<void> reserve(qint64 /*bytes*/) override { return {}; }
    Result<void> endFile() override { return {}; }
};

/** The second reading: hands on what stays. */
class StayingSink final : public LayerSink
{
public:
    StayingSink(LayerCatalog& catalog, int layer, EntrySink& sink) : LayerSink(catalog, layer), m_sink(sink) { }

    [[nodiscard]] bool wantsData() const override { return m_sink.wantsData(); }
    Result<void> add(const FileEntry& entry) override
    {
        const auto place = m_catalog.placeOf(next(), entry.path);
        return place ? m_sink.add(moved(entry, *place)) : Result<void>();
    }
    Result<void> addLink(const QByteArray& path, const QByteArray& /*existing*/) override
    {
        const LayerCatalog::Entry number = next();
        const auto place = m_catalog.placeOf(number, path);
        const QByteArray existing = place ? m_catalog.sharedWith(number, *place) : QByteArray();
        return place && existing != *place ? m_sink.addLink(*place, existing) : Result<void>();
    }
    Result<void> beginFile(const FileEntry& entry) override
    {
        const auto place = m_catalog.placeOf(next(), entry.path);
        m_stays = place.has_value();
        return place ? m_sink.beginFile(moved(entry, *place)) : Result<void>();
    }
    Result<void> write(std::span<const char> bytes) override { return m_stays ? m_sink.write(bytes) : Result<void>(); }
    Result<void> skip(qint64 bytes) override { return m_stays ? m_sink.skip(bytes) : Result<void>(); }
    Result<void> reserve(qint64 bytes) override { return m_stays ? m_sink.reserve(bytes) : Result<void>(); }
    Result<void> endFile() override { return m_stays ? m_sink.endFile() : Result<void>(); }

private:
    static FileEntry moved(FileEntry entry, const QByteArray& place)
    {
        entry.path = place;
        return entry;
    }

    EntrySink& m_sink;
    bool m_stays = true; ///< The file that is being read.
};

/** A word for a shell, whatever is in it. */
QByteArray quoted(const QString& text)
{
    return '\'' + text.toUtf8().replace('\'', "'\\''") + '\'';
}

Result<void> addInit(const LayerCatalog& catalog, const ContainerImage& image, EntrySink& sink)
{
    // Where the kernel looks (Linux init/main.c), before it falls back to a shell.
    const auto has = [&catalog](const char* path) {
        const LayerCatalog::Known* known = catalog.find(path);
        return known != nullptr && !known->isDirectory;
    };
    if (std::ranges::any_of(std::to_array({"sbin/init", "etc/init", "bin/init"}), has) || !has("bin/sh")) {
        return {};
    }
    const QByteArray script = containerInit(image);
    FileEntry entry{.path = catalog.resolved("sbin/init"), .facts = {.mode = S_IFREG | 0755}, .size = script.size()};
    return sink.beginFile(entry)
        .and_then([&] {
            return sink.wantsData() ? sink.write({script.constData(), static_cast<size_t>(script.size())})
                                    : sink.reserve(script.size());
        })
        .and_then([&] { return sink.endFile(); });
}

} // namespace

Result<void> LayerSource::feed(EntrySink& sink, Progress& progress, const std::stop_token& stop) const
{
    const auto image = readContainerImage(m_path);
    if (!image) {
        return std::unexpected(image.error());
    }
    LayerCatalog catalog;
    for (int i = 0; i < image->layers.size(); ++i) {
        NamesSink names(catalog, i);
        if (auto read = ArchiveSource(image->layers.at(i)).feed(names, progress, stop); !read) {
            return read;
        }
    }
    catalog.settle();
    for (int i = 0; i < image->layers.size(); ++i) {
        StayingSink staying(catalog, i, sink);
        if (auto read = ArchiveSource(image->layers.at(i)).feed(staying, progress, stop); !read) {
            return read;
        }
    }
    return addInit(catalog, *image, sink);
}

QByteArray containerInit(const ContainerImage& image)
{
    QByteArray script =
        "#!/bin/sh\n"
        "# Makes a system of a container image: runs what the image says until that ends.\n"
        "export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=linux\n"
        "mkdir -p /proc /sys /dev /run /tmp\n"
        "mount -t proc proc /proc\n"
        "mount -t sysfs sysfs /sys\n"
        "mount -t devtmpfs devtmpfs /dev 2>/dev/null\n"
        "mkdir -p /dev/pts /dev/shm\n"
        "mount -t devpts devpts /dev/pts\n"
        "mount -t tmpfs tmpfs /dev/shm\n"
        "mount -t tmpfs tmpfs /run\n"
        "exec </dev/console >/dev/console 2>&1\n";
    for (const QString& variable : image.environment) {
        const qsizetype equals = variable.indexOf(u'=');
        static const QRegularExpression name(QStringLiteral("^[A-Za-z_][A-Za-z0-9_]*$"));
        if (equals > 0 && name.match(variable.first(equals)).hasMatch()) {
            script += "export " + variable.first(equals).toLatin1() + '=' + quoted(variable.sliced(equals + 1)) + '\n';
        }
    }
    if (!image.workingDirectory.isEmpty()) {
        script += "cd " + quoted(image.workingDirectory) + '\n';
    }
    QByteArrayList words;
    for (const QString& word : image.command) {
        words.append(quoted(word));
    }
    script += (words.isEmpty() ? QByteArray("/bin/sh") : words.join(' ')) + '\n';
    script += "echo \"The container's command ended with status $?.\"\n"
              "sync\n"
              "poweroff -f || echo o >/proc/sysrq-trigger\n"
              "while :; do sleep 60; done\n";
    return script;
}

} // namespace Stowage
