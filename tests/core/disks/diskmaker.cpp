// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "diskmaker.h"

#include "../import/importcase.h"
#include "core/disks/convertdisk.h"
#include "core/disks/opendisk.h"

#include <QDir>

namespace Stowage::Test
{

using namespace Qt::StringLiterals;

namespace
{

DiskForm qemuForm(const char* name, const QString& type, const QString& variant, const QString& format,
                  const QStringList& options = {})
{
    return {name, type, variant,
            QStringList{u"qemu-img"_s, u"convert"_s, u"-f"_s, u"raw"_s, u"-O"_s, format} + options
                + QStringList{u"RAW"_s, u"FILE"_s}};
}

} // namespace

QList<DiskForm> diskForms()
{
    QList<DiskForm> forms{
        {"raw", u"raw"_s, {}, {u"cp"_s, u"--sparse=always"_s, u"RAW"_s, u"FILE"_s}},
        {"android sparse", u"android_sparse"_s, {}, {u"img2simg"_s, u"RAW"_s, u"FILE"_s}},
        {"android sparse, large blocks", u"android_sparse"_s, {}, {u"img2simg"_s, u"RAW"_s, u"FILE"_s, u"65536"_s}},
        qemuForm("vdi", u"vdi"_s, u"dynamic"_s, u"vdi"_s),
        qemuForm("vdi, static", u"vdi"_s, u"fixed"_s, u"vdi"_s, {u"-o"_s, u"static=on"_s}),
        qemuForm("vhd", u"vhd"_s, u"dynamic"_s, u"vpc"_s, {u"-o"_s, u"force_size=on"_s}),
        qemuForm("vhd, fixed", u"vhd"_s, u"fixed"_s, u"vpc"_s, {u"-o"_s, u"force_size=on,subformat=fixed"_s}),
        qemuForm("vhdx", u"vhdx"_s, u"dynamic"_s, u"vhdx"_s),
        qemuForm("vhdx, small blocks", u"vhdx"_s, u"dynamic"_s, u"vhdx"_s, {u"-o"_s, u"block_size=1M"_s}),
        qemuForm("vhdx, fixed", u"vhdx"_s, u"fixed"_s, u"vhdx"_s, {u"-o"_s, u"subformat=fixed"_s}),
        qemuForm("qed", u"qed"_s, {}, u"qed"_s),
        qemuForm("qed, small clusters", u"qed"_s, {}, u"qed"_s, {u"-o"_s, u"cluster_size=4096,table_size=2"_s}),
        qemuForm("qcow2", u"qcow2"_s, {}, u"qcow2"_s),
        qemuForm("qcow2, zlib", u"qcow2"_s, {}, u"qcow2"_s, {u"-c"_s}),
        qemuForm("qcow2, zstd", u"qcow2"_s, {}, u"qcow2"_s, {u"-c"_s, u"-o"_s, u"compression_type=zstd"_s}),
        qemuForm("qcow2, small clusters", u"qcow2"_s, {}, u"qcow2"_s, {u"-o"_s, u"cluster_size=512"_s}),
        qemuForm("qcow2, subclusters", u"qcow2"_s, {}, u"qcow2"_s, {u"-o"_s, u"extended_l2=on,cluster_size=128k"_s}),
    };
    for (const char* const variant :
         {"monolithicSparse", "streamOptimized", "monolithicFlat", "twoGbMaxExtentSparse", "twoGbMaxExtentFlat"}) {
        const QString name = QString::fromLatin1(variant);
        forms.append(qemuForm(variant, u"vmdk"_s, name, u"vmdk"_s, {u"-o"_s, u"subformat="_s + name}));
    }
    forms.append(qemuForm("zero grains", u"vmdk"_s, u"monolithicSparse"_s, u"vmdk"_s, {u"-o"_s, u"zeroed_grain=on"_s}));
    return forms;
}

QByteArray mixedDisk()
{
    QByteArray content = diskContent();
    for (qsizetype i = 0; i < 300 * KiB; i += 4) {
        content.replace(MiB + 512 * KiB + i, 4, "\x01\x02\x03\x04");
    }
    QRandomGenerator random(4);
    for (qsizetype i = 0; i < 200 * KiB; ++i) {
        content[700 * KiB + i] = static_cast<char>(random.bounded(256));
    }
    return content + QByteArray(100, 'o');
}

QString makeMixedDisk(const QString& directory)
{
    const QString path = directory + u"/mixed.raw"_s;
    writeFile(path, mixedDisk());
    tool(u"fallocate"_s, {u"--dig-holes"_s, path});
    patch(path, MiB, QByteArray(200 * KiB, '\0')); // zeros that are no hole
    return path;
}

QString makeDisk(const DiskForm& form, const QString& raw, const QString& directory)
{
    const QString place = directory + u'/' + QString::fromLatin1(form.name);
    const QString file = place + u"/disk."_s + form.type;
    QDir().mkpath(place);
    QStringList command = form.command;
    for (QString& word : command) {
        word = word == "RAW"_L1 ? raw : word == "FILE"_L1 ? file : word;
    }
    tool(command.first(), command.sliced(1));
    return file;
}

QByteArray expectedDisk(const DiskForm& form)
{
    QByteArray content = mixedDisk();
    if (form.type != "raw"_L1) {
        const qsizetype block = form.type != "android_sparse"_L1 ? 512 : form.command.size() > 3 ? 65536 : 4096;
        content.resize((content.size() + block - 1) / block * block, '\0');
    }
    return content;
}

Result<QByteArray> contentOf(DiskReader& disk, qint64 most)
{
    QByteArray content(std::min(most, disk.size()), '\0');
    for (qint64 position = 0; position < content.size();) {
        const auto data = disk.nextData(position);
        if (!data) {
            return std::unexpected(data.error());
        }
        const qint64 start = std::min<qint64>(data->start, content.size());
        const qint64 size = std::min<qint64>(data->size, content.size() - start);
        auto read = disk.read(start, {content.data() + start, static_cast<size_t>(size)});
        if (!read) {
            return std::unexpected(read.error());
        }
        position = start + size;
    }
    return content;
}

DiskForm formNamed(const QString& name)
{
    for (const DiskForm& form : diskForms()) {
        if (name == QLatin1StringView(form.name)) {
            return form;
        }
    }
    QTest::qFail("no such form", __FILE__, __LINE__);
    return {};
}

Result<QByteArray> tryDisk(const QString& file, qint64 most)
{
    return openDisk(file).and_then([most](const OpenedDisk& disk) {
        return measureDisk(*disk.reader, {}).and_then([&](qint64) { return contentOf(*disk.reader, most); });
    });
}

void patch(const QString& path, qint64 offset, const QByteArray& bytes)
{
    QFile file(path);
    QVERIFY(file.open(QIODevice::ReadWrite));
    QVERIFY(file.seek(offset));
    QCOMPARE(file.write(bytes), bytes.size());
}

void addFormRows()
{
    QTest::addColumn<int>("form");
    const QList<DiskForm> forms = diskForms();
    for (qsizetype i = 0; i < forms.size(); ++i) {
        QTest::newRow(forms.at(i).name) << static_cast<int>(i);
    }
}

DiskForm currentForm()
{
    return diskForms().at(*static_cast<int*>(QTest::qData("form", QMetaType::Int)));
}

} // namespace Stowage::Test
