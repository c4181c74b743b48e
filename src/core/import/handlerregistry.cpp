// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

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
#include "importhandler.h"

#include <algorithm>

namespace Stowage
{

using namespace Qt::StringLiterals;

QList<const ImportHandler*> allHandlers()
{
    static const RootfsDirHandler rootfsDir;
    static const RootfsArchiveHandler rootfsArchive;
    static const SquashfsHandler squashfs;
    static const ContainerHandler container;
    static const Qcow2Handler qcow2;
    static const DiskHandler vmdk(u"vmdk"_s);
    static const DiskHandler vdi(u"vdi"_s);
    static const DiskHandler vhd(u"vhd"_s);
    static const DiskHandler vhdx(u"vhdx"_s);
    static const DiskHandler qed(u"qed"_s);
    static const DiskHandler androidSparse(u"android_sparse"_s);
    static const OvaHandler ova;
    static const IsoHandler iso;
    static const Ext4Handler ext4;
    static const RawHandler raw;
    static const EmptyHandler empty;
    return {&rootfsDir, &rootfsArchive, &squashfs,      &container, &qcow2, &vmdk, &vdi, &vhd,
            &vhdx,      &qed,           &androidSparse, &ova,       &iso,   &ext4, &raw, &empty};
}

const ImportHandler* findHandler(const QString& type)
{
    const QList<const ImportHandler*> handlers = allHandlers();
    const auto found = std::ranges::find(handlers, type, &ImportHandler::type);
    return found == handlers.end() ? nullptr : *found;
}

const ImportHandler* findStepHandler(const QString& type)
{
    static const BootFileHandler kernel(BootFileHandler::What::Kernel);
    static const BootFileHandler ramdisk(BootFileHandler::What::Ramdisk);
    for (const ImportHandler* handler : {&kernel, &ramdisk}) {
        if (handler->type() == type) {
            return handler;
        }
    }
    return findHandler(type);
}

} // namespace Stowage
