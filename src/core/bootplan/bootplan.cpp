// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "bootplan.h"

#include "core/bootplan/bootplanner.h"
#include "core/project/projectfile.h"

#include <QJsonObject>

#include <algorithm>

namespace Stowage
{

const BootChoice* BootPlan::choice(QLatin1StringView field) const
{
    const auto found = std::ranges::find(choices, field, &BootChoice::field);
    return found == choices.end() ? nullptr : &*found;
}

BootPlan planBoot(const SourceInfo& source, const BootTarget& machine)
{
    return BootPlanner(source, machine).plan();
}

void applyBootPlan(const BootPlan& plan, Guest& guest)
{
    QJsonObject object = guestToJson(guest);
    for (const BootChoice& choice : plan.choices) {
        if (choice.proposal.value.isNull()) {
            object.remove(choice.field);
        } else {
            object.insert(choice.field, choice.proposal.value);
        }
    }
    if (auto changed = guestFromJson(object)) {
        guest = *std::move(changed);
    }
}

} // namespace Stowage
