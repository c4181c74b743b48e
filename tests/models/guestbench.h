// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "models/guestlistmodel.h"
#include "models/projectdocument.h"
#include "modelwatch.h"

namespace Stowage::Test
{

using namespace Qt::StringLiterals;

inline Guest named(const QString& entry)
{
    Guest guest;
    guest.entry = entry;
    return guest;
}

/** A document with guests, its model, and a watch that was there first. */
struct GuestBench {
    explicit GuestBench(const QString& entries = {})
    {
        document.edit(u"Start"_s, [&](Project& project) {
            for (const QString& entry : entries.split(u' ', Qt::SkipEmptyParts)) {
                project.guests.append(named(entry));
            }
        });
    }

    [[nodiscard]] QModelIndex at(int row, int column) const { return model.index(row, column); }
    [[nodiscard]] QVariant get(int row, int column, int role = Qt::DisplayRole) const
    {
        return at(row, column).data(role);
    }
    [[nodiscard]] const Guest& guest(int row) const { return document.project().guests[row]; }
    [[nodiscard]] QString entries() const { return columnTexts(model, GuestListModel::Name).join(u' '); }

    ProjectDocument document;
    GuestListModel model{&document};
    ModelWatch watch{model};
};

} // namespace Stowage::Test
