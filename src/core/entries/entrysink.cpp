// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "entrysink.h"

#include "core/support/units.h"

#include <QCoreApplication>
#include <QFile>
#include <QtNumeric>

#include <algorithm>

namespace Stowage
{

Result<void> addBytes(qint64& total, qint64 bytes)
{
    if (qAddOverflow(total, bytes, &total)) {
        return fail(Error::Code::InvalidInput,
                    QCoreApplication::translate("EntrySink", "The files have more bytes than any disk can hold."),
                    QCoreApplication::translate("EntrySink", "Look for files with impossible sizes in the source."));
    }
    return {};
}

Result<SparseTarget*> EntrySink::beginDisk(const FileEntry& entry)
{
    return fail(
        Error::Code::Unsupported,
        QCoreApplication::translate("EntrySink", "%1 cannot be made in its place.").arg(QFile::decodeName(entry.path)),
        QCoreApplication::translate("EntrySink", "Make it beforehand."));
}

std::span<char> EntrySink::room(qint64 bytes)
{
    m_room.resize(static_cast<size_t>(std::clamp<qint64>(bytes, 1, MiB)));
    return m_room;
}

} // namespace Stowage
