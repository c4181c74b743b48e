// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "containerimage.h"

#include "core/containers/blobstore.h"

#include <QCoreApplication>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QRegularExpression>

#include <numeric>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

struct Container {
    Q_DECLARE_TR_FUNCTIONS(ContainerImage)
};

constexpr qsizetype MostLayers = 1000;

/** Reads one image. */
class Reader
{
public:
    explicit Reader(const BlobStore& blobs) : m_blobs(blobs) { }

    Result<ContainerImage> run()
    {
        if (m_blobs.has(u"manifest.json"_s)) {
            return readDocker();
        }
        return json(u"index.json"_s).and_then([this](const QJsonDocument& index) {
            return readIndex(index.object(), 0);
        });
    }

private:
    [[nodiscard]] std::unexpected<Error> broken(const QString& cause) const
    {
        return fail(Error::Code::InvalidInput, Container::tr("The container image %1 %2.").arg(m_blobs.path(), cause),
                    Container::tr("Fetch or save the image again."), Place::inFile(m_blobs.path()));
    }

    Result<QJsonDocument> json(const QString& name)
    {
        return m_blobs.read(name).and_then([&](const QByteArray& text) -> Result<QJsonDocument> {
            const auto document = QJsonDocument::fromJson(text);
            return document.isNull() ? broken(Container::tr("has no valid JSON in \"%1\"").arg(name))
                                     : Result<QJsonDocument>(document);
        });
    }

    Result<ContainerImage> readDocker()
    {
        const auto manifest = json(u"manifest.json"_s);
        if (!manifest) {
            return std::unexpected(manifest.error());
        }
        const QJsonArray images = manifest->array();
        if (images.size() != 1) {
            return fail(Error::Code::Unsupported,
                        Container::tr("There are %1 container images in %2.").arg(images.size()).arg(m_blobs.path()),
                        Container::tr("Save the one that you want alone."), Place::inFile(m_blobs.path()));
        }
        const QJsonObject image = images.first().toObject();
        m_image.name = image["RepoTags"_L1][0].toString();
        QStringList layers;
        for (const QJsonValue& layer : image["Layers"_L1].toArray()) {
            layers.append(layer.toString());
        }
        return finish(image["Config"_L1].toString(), layers);
    }

    /** An index may lead to others. */
    Result<ContainerImage> readIndex(const QJsonObject& index, int depth)
    {
        constexpr int MostDeep = 4;
        for (const QJsonValue& value : index["manifests"_L1].toArray()) {
            const QJsonObject entry = value.toObject();
            const QString system = entry["platform"_L1]["os"_L1].toString(u"linux"_s);
            if (system != "linux"_L1) {
                continue; // what is no image, such as an attestation, is for the system "unknown"
            }
            const QString tag = entry["annotations"_L1]["org.opencontainers.image.ref.name"_L1].toString();
            m_image.name = m_image.name.isEmpty() ? tag : m_image.name;
            const auto blob = blobName(entry["digest"_L1].toString());
            const auto document = blob ? json(*blob) : std::unexpected(blob.error());
            if (!document) {
                return std::unexpected(document.error());
            }
            if (document->object().contains("manifests"_L1)) {
                return depth < MostDeep ? readIndex(document->object(), depth + 1)
                                        : broken(Container::tr("has an index that leads to others without end"));
            }
            return readManifest(document->object());
        }
        return broken(Container::tr("has no image for Linux in it"));
    }

    Result<ContainerImage> readManifest(const QJsonObject& manifest)
    {
        QStringList layers;
        for (const QJsonValue& layer : manifest["layers"_L1].toArray()) {
            const auto name = blobName(layer["digest"_L1].toString());
            const auto blob = name ? m_blobs.find(*name) : std::unexpected(name.error());
            if (!blob) {
                return std::unexpected(blob.error());
            }
            if (const qint64 size = layer["size"_L1].toInteger(blob->size); size != blob->size) {
                return broken(Container::tr("says that \"%1\" has %2 bytes, of which %3 are there")
                                  .arg(*name)
                                  .arg(size)
                                  .arg(blob->size));
            }
            layers.append(*name);
        }
        return blobName(manifest["config"_L1]["digest"_L1].toString()).and_then([&](const QString& config) {
            return finish(config, layers);
        });
    }

    /** Where the blob with @p digest lies. */
    [[nodiscard]] Result<QString> blobName(const QString& digest) const
    {
        static const QRegularExpression form(u"^sha(256|512):[0-9a-f]{64,128}$"_s);
        return form.match(digest).hasMatch()
            ? Result<QString>("blobs/"_L1 + QString(digest).replace(u':', u'/'))
            : broken(Container::tr("names something by \"%1\", which is no digest").arg(digest.left(100)));
    }

    Result<ContainerImage> finish(const QString& config, const QStringList& layers)
    {
        if (layers.isEmpty() || layers.size() > MostLayers) {
            return broken(Container::tr("has %1 layers").arg(layers.size()));
        }
        for (const QString& name : layers) {
            const auto layer = m_blobs.find(name);
            if (!layer) {
                return std::unexpected(layer.error());
            }
            m_image.layers.append(*layer);
        }
        const auto document = json(config);
        if (!document) {
            return std::unexpected(document.error());
        }
        readConfig(document->object());
        return m_image;
    }

    void readConfig(const QJsonObject& all)
    {
        const auto strings = [](const QJsonValue& values) {
            QStringList list;
            for (const QJsonValue& value : values.toArray()) {
                list.append(value.toString());
            }
            return list;
        };
        const QString architecture = all["architecture"_L1].toString(); // by Go's names
        m_image.architecture = architecture == "386"_L1 ? Architecture::X86_32 : architectureFromName(architecture);
        const QJsonObject config = all["config"_L1].toObject();
        m_image.command = strings(config["Entrypoint"_L1]) + strings(config["Cmd"_L1]);
        m_image.environment = strings(config["Env"_L1]);
        m_image.workingDirectory = config["WorkingDir"_L1].toString();
        m_image.user = config["User"_L1].toString();
    }

    const BlobStore& m_blobs;
    ContainerImage m_image;
};

} // namespace

qint64 ContainerImage::size() const
{
    return std::accumulate(layers.begin(), layers.end(), qint64{0},
                           [](qint64 sum, const FileSlice& layer) { return sum + layer.size; });
}

Result<ContainerImage> readContainerImage(const QString& path)
{
    return BlobStore::open(path).and_then([](const BlobStore& blobs) { return Reader(blobs).run(); });
}

} // namespace Stowage
