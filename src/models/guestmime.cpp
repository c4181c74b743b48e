// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "models/guestmime.h"

#include "core/project/projectfile.h"
#include "models/guestlistmodel.h"

#include <QJsonArray>
#include <QJsonDocument>

namespace Stowage
{

using namespace Qt::StringLiterals;

void writeGuests(const GuestTransfer& transfer, QMimeData& data)
{
    QJsonArray rows;
    for (const int row : transfer.rows) {
        rows.append(row);
    }
    QJsonArray guests;
    QStringList entries;
    const Project& project = transfer.project;
    for (const Guest& guest : project.guests) {
        guests.append(guestToJson(guest));
        entries.append(guest.entry);
    }
    const QJsonObject object{{u"document"_s, transfer.document},
                             {u"rows"_s, rows},
                             {u"guests"_s, guests},
                             {u"directory"_s, project.directory},
                             {u"deployDirectory"_s, project.machine.deployDirectory},
                             {u"unpackDirectory"_s, project.machine.unpackDirectory}};
    data.setData(GuestListModel::MimeType, QJsonDocument(object).toJson(QJsonDocument::Compact));
    data.setText(entries.join(u'\n'));
}

GuestTransfer readGuests(const QMimeData& data)
{
    const QJsonObject object = QJsonDocument::fromJson(data.data(GuestListModel::MimeType)).object();
    GuestTransfer transfer;
    transfer.document = object["document"_L1].toString();
    const QJsonArray rows = object["rows"_L1].toArray();
    for (const auto& row : rows) {
        transfer.rows.append(row.toInt(-1));
    }
    transfer.project.directory = object["directory"_L1].toString();
    transfer.project.machine.deployDirectory = object["deployDirectory"_L1].toString();
    transfer.project.machine.unpackDirectory = object["unpackDirectory"_L1].toString();
    const QJsonArray guests = object["guests"_L1].toArray();
    for (const auto& value : guests) {
        Result<Guest> guest = guestFromJson(value.toObject());
        if (!guest) {
            return {};
        }
        transfer.project.guests.append(*std::move(guest));
    }
    return transfer;
}

} // namespace Stowage
