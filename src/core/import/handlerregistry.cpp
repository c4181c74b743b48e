// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "handlerregistry.h"

#include "core/import/bootfilehandler.h"
#include "core/import/containerhandler.h"
#include "core/import/diskhandler.h"
#include "core/import/emptyhandler.h"
#include "core/import/ext4handler.h"
#include "core/import/isohandler.h"
#include "core/import/ovahandler.h"
#include "core/import/qcow2handler.h"
#include "core/import/rawhandler.h"
#include "core/import/rootfsarchivehandler.h"
#include "core/import/rootfsdirhandler.h"
#include "core/import/squashfshandler.h"
#include "core/import/unpackinghandler.h"

#include <QCoreApplication>
#include <QMap>

#include <algorithm>
#include <memory>
#include <mutex>
#include <vector>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

struct Registry {
    Q_DECLARE_TR_FUNCTIONS(HandlerRegistry)
};

QList<const ImportHandler*> builtInHandlers()
{
    static const RootfsDirHandler rootfsDir;
    static const RootfsArchiveHandler rootfsArchive;
    // These read here and there in their sources.
    using enum UnpackedSource::Archive;
    static const UnpackingHandler squashfs(std::make_unique<SquashfsHandler>(), File);
    static const UnpackingHandler container(std::make_unique<ContainerHandler>(), Whole);
    static const UnpackingHandler qcow2(std::make_unique<Qcow2Handler>(), File);
    static const UnpackingHandler vmdk(std::make_unique<DiskHandler>(u"vmdk"_s), File);
    static const UnpackingHandler vdi(std::make_unique<DiskHandler>(u"vdi"_s), File);
    static const UnpackingHandler vhd(std::make_unique<DiskHandler>(u"vhd"_s), File);
    static const UnpackingHandler vhdx(std::make_unique<DiskHandler>(u"vhdx"_s), File);
    static const UnpackingHandler qed(std::make_unique<DiskHandler>(u"qed"_s), File);
    static const UnpackingHandler androidSparse(std::make_unique<DiskHandler>(u"android_sparse"_s), File);
    static const OvaHandler ova;
    static const IsoHandler iso;
    static const Ext4Handler ext4;
    static const RawHandler raw;
    static const EmptyHandler empty;
    return {&rootfsDir, &rootfsArchive, &squashfs,      &container, &qcow2, &vmdk, &vdi, &vhd,
            &vhdx,      &qed,           &androidSparse, &ova,       &iso,   &ext4, &raw, &empty};
}

/** What takes files that a guest boots from out of images: a step of a build, but no import type. Null for other @p type. */
const ImportHandler* bootFileHandler(const QString& type)
{
    static const BootFileHandler kernel(BootFileHandler::What::Kernel);
    static const BootFileHandler ramdisk(BootFileHandler::What::Ramdisk);
    for (const ImportHandler* handler : {&kernel, &ramdisk}) {
        if (handler->type() == type) {
            return handler;
        }
    }
    return nullptr;
}

/** What was read last, and every handler that ever was: work that was planned with one may still run. */
class Known
{
public:
    [[nodiscard]] static Known& instance()
    {
        static Known known;
        return known;
    }

    [[nodiscard]] CustomHandlers current() const
    {
        const std::scoped_lock lock(m_mutex);
        return m_current;
    }

    CustomHandlers set(const QMap<QString, std::pair<CustomType, bool>>& types, const QList<Error>& problems)
    {
        const std::scoped_lock lock(m_mutex);
        m_current = {.handlers = {}, .problems = problems};
        for (const auto& [type, allowed] : types) {
            m_current.handlers.append(handler(type, allowed));
        }
        return m_current;
    }

private:
    [[nodiscard]] const CustomHandler* handler(const CustomType& type, bool allowed)
    {
        const auto same = [&](const auto& other) {
            return other->isAllowed() == allowed && other->definition() == type;
        };
        if (const auto found = std::ranges::find_if(m_all, same); found != m_all.end()) {
            return found->get();
        }
        m_all.push_back(std::make_unique<const CustomHandler>(type, allowed));
        return m_all.back().get();
    }

    mutable std::mutex m_mutex;
    CustomHandlers m_current;
    std::vector<std::unique_ptr<const CustomHandler>> m_all;
};

/** Reads files with handlers one after the other; the first to define a type has it. */
class Loader
{
public:
    explicit Loader(QByteArrayList allowed) : m_allowed(std::move(allowed)) { }

    void read(const QString& path, bool isTrusted, const std::stop_token& stop)
    {
        const QStringList files = handlerFilesAt(path);
        const bool isDirectory = files != QStringList{path};
        if (isDirectory && files.isEmpty()) {
            m_problems.append({Error::Code::NotFound, Registry::tr("No file with import handlers is in %1.").arg(path),
                               Registry::tr("Their names end in .sh, .bbclass, .bb, .inc or .bbappend."),
                               Place::inFile(path)});
        }
        for (const QString& name : files) {
            if (m_seen.contains(name) || stop.stop_requested()) {
                continue;
            }
            m_seen.append(name);
            const auto file = readHandlerFile(name, stop);
            if (!file) {
                // In a directory there may be other texts, too.
                if (!isDirectory || file.error().code != Error::Code::InvalidInput) {
                    m_problems.append(file.error());
                }
                continue;
            }
            m_problems += file->problems;
            for (const CustomType& type : file->types) {
                add(type, isTrusted || m_allowed.contains(type.sha256));
            }
        }
    }

    CustomHandlers take() const { return Known::instance().set(m_types, m_problems); }

private:
    void add(const CustomType& type, bool allowed)
    {
        const auto isBuiltIn = [&](const ImportHandler* handler) { return handler->type() == type.type; };
        const auto refuse = [&](const QString& message) {
            m_problems.append({Error::Code::InvalidInput, message,
                               Registry::tr("Give the function another name: xen_guest_import_TYPE."),
                               Place::inFile(type.file)});
        };
        if (std::ranges::any_of(builtInHandlers(), isBuiltIn) || bootFileHandler(type.type) != nullptr) {
            refuse(Registry::tr("The import type \"%1\" in %2 is built in, and cannot be replaced.")
                       .arg(type.type, type.file));
        } else if (const auto known = m_types.constFind(type.type); known != m_types.cend()) {
            refuse(Registry::tr("The import type \"%1\" in %2 is also in %3, which counts.")
                       .arg(type.type, type.file, known->first.file));
        } else {
            m_types.insert(type.type, {type, allowed});
        }
    }

    QByteArrayList m_allowed;
    QStringList m_seen;
    QMap<QString, std::pair<CustomType, bool>> m_types;
    QList<Error> m_problems;
};

/** Stands for a handler that was there when the work was planned. */
class GoneHandler final : public ImportHandler
{
public:
    [[nodiscard]] QString type() const override { return {}; }
    [[nodiscard]] QString title() const override { return {}; }
    [[nodiscard]] Result<qint64> check(const ImportRequest& request, const std::stop_token& /*stop*/) const override
    {
        return fail(Error::Code::NotFound,
                    Registry::tr("The import handler for %1 is not there any more.").arg(request.source),
                    Registry::tr("Add its file to the import handlers again."), Place::inFile(request.source));
    }
    [[nodiscard]] Result<void> run(const ImportRequest& request, JobContext& context,
                                   CommandRunner& /*runner*/) const override
    {
        return check(request, context.stop).transform([](qint64) { });
    }
};

} // namespace

CustomHandlers loadCustomHandlers(const HandlerSettings& settings, const QStringList& trusted,
                                  const std::stop_token& stop)
{
    Loader loader(settings.allowed());
    for (const QString& path : trusted) {
        loader.read(path, true, stop);
    }
    const QStringList paths = settings.paths();
    for (const QString& path : paths) {
        loader.read(path, false, stop);
    }
    return loader.take();
}

CustomHandlers customHandlers()
{
    return Known::instance().current();
}

bool isCustomType(const QString& type)
{
    return std::ranges::contains(customHandlers().handlers, type, &CustomHandler::type);
}

QList<ListedHandler> listHandlers()
{
    const QList<const CustomHandler*> own = customHandlers().handlers;
    QList<ListedHandler> list;
    for (const ImportHandler* handler : allHandlers()) {
        ListedHandler listed{.handler = handler, .own = nullptr, .tools = {}};
        std::ranges::transform(handler->requirements(), std::back_inserter(listed.tools), &findTool);
        const auto found = std::ranges::find(own, handler);
        listed.own = found == own.end() ? nullptr : *found;
        list.append(listed);
    }
    return list;
}

QList<const ImportHandler*> allHandlers()
{
    QList<const ImportHandler*> handlers = builtInHandlers();
    const CustomHandlers own = customHandlers();
    std::ranges::copy(own.handlers, std::back_inserter(handlers));
    return handlers;
}

const ImportHandler* findHandler(const QString& type)
{
    const QList<const ImportHandler*> handlers = allHandlers();
    const auto found = std::ranges::find(handlers, type, &ImportHandler::type);
    return found == handlers.end() ? nullptr : *found;
}

const ImportHandler* findStepHandler(const QString& type)
{
    const ImportHandler* bootFile = bootFileHandler(type);
    return bootFile == nullptr ? findHandler(type) : bootFile;
}

const ImportHandler& plannedHandler(const QString& type)
{
    static const GoneHandler gone;
    const ImportHandler* handler = findStepHandler(type);
    return handler == nullptr ? gone : *handler;
}

} // namespace Stowage
