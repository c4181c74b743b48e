// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "outputwriter.h"

#include "core/output/diskoutput.h"
#include "core/output/ext4output.h"
#include "core/output/imagefile.h"
#include "core/output/tarwriter.h"
#include "core/output/treewriter.h"
#include "core/process/tools.h"
#include "core/support/stagedpath.h"

namespace Stowage
{

Result<void> OutputWriter::check(const OutputSpec& output) const
{
    return makesImage() ? ImageFile::check(output)
                        : StagedPath::check(output.path, StagedPath::Kind::File).transform([](const QString&) { });
}

QList<Error> OutputWriter::missing(const Layout& /*layout*/) const
{
    return missingTools(requirements());
}

QList<const OutputWriter*> allWriters()
{
    static const TreeWriter Tree;
    static const TarWriter Tar;
    static const Ext4Output Ext4;
    static const DiskOutput Disk;
    return {&Tree, &Tar, &Ext4, &Disk};
}

const OutputWriter* findWriter(const QString& kind)
{
    for (const OutputWriter* writer : allWriters()) {
        if (writer->kind() == kind) {
            return writer;
        }
    }
    return nullptr;
}

} // namespace Stowage
