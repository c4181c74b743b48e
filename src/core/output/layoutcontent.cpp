// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "layoutcontent.h"

#include "core/entries/entryrules.h"

#include <QCoreApplication>
#include <QFile>

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

namespace Stowage
{

namespace
{

qint64 modificationTime(const QString& path)
{
    struct stat facts{};
    return stat(QFile::encodeName(path).constData(), &facts) == 0 ? facts.st_mtim.tv_sec : 0;
}

} // namespace

LayoutContent::LayoutContent(const Layout& layout, const Artifacts& artifacts)
    : m_layout(layout),
      m_artifacts(artifacts)
{
    measure(layout.root);
    for (const ImportStep& step : layout.imports) {
        if (step.request.source.isEmpty()) {
            continue;
        }
        m_timeStamp = std::max(m_timeStamp, modificationTime(step.request.source));
        const QString image = artifacts.files.value(step.artifact);
        if (image.isEmpty() || image == step.request.source) {
            noteSource(step.request.source);
        }
    }
    m_timeStamp = sourceDateEpoch().value_or(m_timeStamp);
}

void LayoutContent::measure(const LayoutNode& node)
{
    if (node.kind == LayoutNode::Kind::File) {
        ++m_fileCount;
        qint64 size = node.size;
        if (const QByteArray image = sourcePath(node);
            !image.isEmpty() && std::holds_alternative<FromImport>(node.origin)) {
            size = QFile(QFile::decodeName(image)).size();
        } else if (const auto* source = std::get_if<FromSource>(&node.origin);
                   source && node.state != LayoutNode::State::Kept) {
            m_timeStamp = std::max(m_timeStamp, modificationTime(source->path));
            noteSource(source->path);
        }
        m_totalBytes += size;
    }
    for (const LayoutNode& child : node.children) {
        measure(child);
    }
}

Result<void> LayoutContent::visit(const std::stop_token& stop, const Visitor& visitor) const
{
    return visitNode(m_layout.root, {}, stop, visitor);
}

Result<void> LayoutContent::visitNode(const LayoutNode& node, const QByteArray& path, const std::stop_token& stop,
                                      const Visitor& visitor) const
{
    if (stop.stop_requested()) {
        return cancelled();
    }
    if (node.state == LayoutNode::State::Conflict) {
        return fail(Error::Code::InvalidInput,
                    QCoreApplication::translate("LayoutContent", "Two different things want to be %1 on the target.")
                        .arg(QFile::decodeName(path)),
                    QCoreApplication::translate("LayoutContent", "Rename one of them."));
    }
    if (auto done = visitor(node, path); !done) {
        return done;
    }
    for (const LayoutNode& child : node.children) {
        if (auto done = visitNode(child, path + '/' + child.name, stop, visitor); !done) {
            return done;
        }
    }
    return {};
}

void LayoutContent::noteSource(const QString& path)
{
    if (const auto state = FileState::of(path)) {
        m_sources.insert(path, *state);
    }
}

Result<void> LayoutContent::checkSources(Result<void> done) const
{
    if (!done && done.error().code == Error::Code::Cancelled) {
        return done;
    }
    Result<void> same = m_layout.hostState ? m_layout.hostState->checkStillAt(m_layout.hostPath) : Result<void>();
    for (auto source = m_sources.cbegin(); same && source != m_sources.cend(); ++source) {
        same = source->checkStillAt(source.key());
    }
    return same ? done : same;
}

QByteArray LayoutContent::sourcePath(const LayoutNode& node) const
{
    if (const auto* source = std::get_if<FromSource>(&node.origin)) {
        return QFile::encodeName(source->path);
    }
    if (const auto* artifact = std::get_if<FromImport>(&node.origin)) {
        return QFile::encodeName(m_artifacts.files.value(artifact->artifact));
    }
    return {};
}

const ImportStep* LayoutContent::placedImport(const LayoutNode& node) const
{
    const auto* image = std::get_if<FromImport>(&node.origin);
    if (image == nullptr || m_artifacts.files.contains(image->artifact)) {
        return nullptr;
    }
    const auto step = std::ranges::find(m_layout.imports, image->artifact, &ImportStep::artifact);
    return step == m_layout.imports.end() ? nullptr : &*step;
}

std::optional<qint64> LayoutContent::expectedData(const LayoutNode& node) const
{
    const auto* artifact = std::get_if<FromImport>(&node.origin);
    const bool isExpected = artifact != nullptr && m_artifacts.expected.contains(artifact->artifact);
    return isExpected ? std::optional(m_artifacts.expected.value(artifact->artifact)) : std::nullopt;
}

Result<UniqueFd> LayoutContent::open(const LayoutNode& node) const
{
    const QByteArray source = sourcePath(node);
    UniqueFd fd(::open(source.constData(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    struct stat facts{};
    if (!fd.isValid() || fstat(fd.get(), &facts) != 0) {
        return systemError(errno, QCoreApplication::translate("LayoutContent", "read"), QFile::decodeName(source));
    }
    if (!S_ISREG(facts.st_mode)) {
        return systemError(EISDIR, QCoreApplication::translate("LayoutContent", "read"), QFile::decodeName(source));
    }
    return fd;
}

} // namespace Stowage
