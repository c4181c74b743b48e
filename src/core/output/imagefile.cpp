// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "imagefile.h"

#include "core/output/bmap.h"
#include "core/output/rootimage.h"
#include "core/sources/sourcefile.h"
#include "core/support/sparsetarget.h"

#include <QCoreApplication>
#include <QFile>

#include <unistd.h>

#include <cerrno>
#include <cstdio>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

struct ImageText {
    Q_DECLARE_TR_FUNCTIONS(ImageFile)
};

/** A place for @p name in the work directory of @p staged, whose own file may have that name. */
QString workPath(const StagedPath& staged, const QString& name)
{
    const QString path = staged.workDirectory() + u'/' + name;
    return path == staged.path() ? path + u'_' : path;
}

Result<void> renameFile(const QString& from, const QString& to)
{
    return ::rename(QFile::encodeName(from).constData(), QFile::encodeName(to).constData()) == 0
        ? Result<void>()
        : systemError(errno, ImageText::tr("move"), from);
}

} // namespace

Result<void> ImageFile::check(const OutputSpec& output)
{
    const auto form = imageForm(output.path);
    const auto final = form ? StagedPath::check(output.path, StagedPath::Kind::File) : std::unexpected(form.error());
    if (!final) {
        return std::unexpected(final.error());
    }
    if (!output.bmap) {
        return {};
    }
    if (form->isQcow2) {
        return fail(Error::Code::Unsupported,
                    ImageText::tr("%1 can have no block map, as bmaptool takes no QCOW2 images.").arg(output.path),
                    ImageText::tr("Write a raw or a compressed image (.img, .img.zst), or leave the block map out."),
                    Place::inFile(output.path));
    }
    return StagedPath::check(Bmap::pathFor(*final), StagedPath::Kind::File).transform([](const QString&) { });
}

QStringList ImageFile::requirements(const OutputSpec& output)
{
    return imageForm(output.path).value_or(ImageForm()).isQcow2 ? QStringList{u"qemu-img"_s} : QStringList();
}

Result<ImageFile> ImageFile::create(const OutputSpec& output)
{
    if (auto checked = check(output); !checked) {
        return std::unexpected(checked.error());
    }
    auto staged = StagedPath::create(output.path, StagedPath::Kind::File);
    const auto form = imageForm(output.path);
    if (!staged || !form) {
        return std::unexpected(staged ? form.error() : staged.error());
    }
    const QString rawPath = form->isPlain() ? staged->path() : workPath(*staged, u"raw"_s);
    auto raw = createImage(rawPath);
    if (!raw) {
        return std::unexpected(raw.error());
    }
    ImageFile file(std::move(*staged), rawPath, std::move(*raw), *form);
    if (output.bmap) {
        auto bmap = StagedPath::create(Bmap::pathFor(file.finalPath()), StagedPath::Kind::File);
        if (!bmap) {
            return std::unexpected(bmap.error());
        }
        file.m_stagedBmap.emplace(std::move(*bmap));
    }
    return file;
}

Result<qint64> ImageFile::finish(JobContext& context, CommandRunner& runner)
{
    const auto size = sizeOf(m_raw, finalPath());
    if (!size) {
        return size;
    }
    const qint64 passes = (m_form.isPlain() ? 0 : 2) + (m_stagedBmap ? 1 : 0);
    context.progress.setTotal(context.progress.snapshot().total + passes * *size);
    return pack(*size, context, runner)
        .and_then([&] { return writeBmap(*size, context); })
        .and_then([&]() -> Result<void> {
            if (m_form.isPlain()) {
                return {};
            }
            m_raw.close(); // with its name the space is free
            return QFile::remove(m_rawPath) ? Result<void>() : systemError(errno, ImageText::tr("remove"), m_rawPath);
        })
        .and_then([this] { return commit(); })
        .transform([&size] { return *size; });
}

Result<void> ImageFile::pack(qint64 size, JobContext& context, CommandRunner& runner)
{
    if (m_form.isPlain()) {
        return {};
    }
    const RawImage image{m_rawPath, m_raw.get(), size};
    auto packed = createImage(m_staged.path());
    if (!packed) {
        return std::unexpected(packed.error());
    }
    return (m_form.isQcow2
                ? convertImage(image, m_staged.path(), finalPath(), context, runner)
                : compressImage(image, m_form.compression, packed->get(), m_staged.path(), finalPath(), context))
        .and_then(
            [&] { return packed->close() ? Result<void>() : systemError(errno, ImageText::tr("write"), finalPath()); });
}

Result<void> ImageFile::writeBmap(qint64 size, JobContext& context)
{
    if (!m_stagedBmap) {
        return {};
    }
    return Bmap::make({m_rawPath, m_raw.get(), size}, context).and_then([this](const QByteArray& map) -> Result<void> {
        const QString name = m_stagedBmap->finalPath();
        auto file = createImage(m_stagedBmap->path());
        if (!file) {
            return std::unexpected(file.error());
        }
        return SparseFile(file->get(), name).write(0, map).and_then([&] {
            return file->close() ? Result<void>() : systemError(errno, ImageText::tr("write"), name);
        });
    });
}

Result<void> ImageFile::commit()
{
    // At no time an image stands beside the map of another: with none, bmaptool asks or writes everything.
    const QString map = Bmap::pathFor(finalPath());
    const QString aside = workPath(m_staged, u"map"_s);
    const bool hadMap = Bmap::isOne(map);
    if (auto moved = hadMap ? renameFile(map, aside) : Result<void>(); !moved) {
        return moved;
    }
    const StagedPath::Judge addMap = [this](const QString&) { return m_stagedBmap->commit(StagedPath::Replace::Yes); };
    auto done = m_staged.commit(StagedPath::Replace::Yes, m_stagedBmap ? addMap : StagedPath::Judge());
    return done || !hadMap ? done : renameFile(aside, map).and_then([&done] { return done; });
}

} // namespace Stowage
