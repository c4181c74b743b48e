// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "models/bootmodel.h"

#include "core/support/units.h"

namespace Stowage
{

namespace
{

constexpr qsizetype MostText = 4 * MiB;

QString stateText(const GuestVerdict& guest)
{
    switch (guest.state) {
    case GuestVerdict::State::Waiting:
        return BootModel::tr("Not started yet");
    case GuestVerdict::State::Started:
        return BootModel::tr("Started");
    case GuestVerdict::State::Running:
        return BootModel::tr("Running");
    case GuestVerdict::State::Crashed:
        break;
    }
    return BootModel::tr("Crashed");
}

QString guestText(const GuestVerdict& guest, int column)
{
    switch (column) {
    case BootModel::Name:
        return guest.name;
    case BootModel::State:
        return stateText(guest);
    default:
        break;
    }
    if (!guest.reason.isEmpty()) {
        return guest.reason;
    }
    return guest.domain < 0 ? QString() : BootModel::tr("Domain %1, %2 MiB").arg(guest.domain).arg(guest.memoryMiB);
}

BootModel::Look lookOf(const GuestVerdict& guest)
{
    switch (guest.state) {
    case GuestVerdict::State::Waiting:
        return BootModel::Look::Waiting;
    case GuestVerdict::State::Started:
        return BootModel::Look::Busy;
    case GuestVerdict::State::Running:
        return BootModel::Look::Good;
    case GuestVerdict::State::Crashed:
        break;
    }
    return BootModel::Look::Bad;
}

BootModel::Look lookOf(BootStage stage)
{
    switch (stage) {
    case BootStage::Guests:
    case BootStage::Done:
        return BootModel::Look::Good;
    case BootStage::Failed:
        return BootModel::Look::Bad;
    default:
        return BootModel::Look::Busy;
    }
}

} // namespace

void BootModel::clear()
{
    beginResetModel();
    m_isStarted = true;
    m_stage = BootStage::Firmware;
    m_guests.clear();
    m_text.clear();
    endResetModel();
}

void BootModel::setProgress(BootStage stage, const QList<GuestVerdict>& guests)
{
    if (guests.size() != m_guests.size()) {
        beginResetModel();
        m_stage = stage;
        m_guests = guests;
        endResetModel();
        return;
    }
    m_stage = stage;
    m_guests = guests;
    Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, ColumnCount - 1));
}

void BootModel::appendText(const QString& text)
{
    m_text += text;
    if (m_text.size() > 2 * MostText) {
        m_text = m_text.last(MostText);
    }
    Q_EMIT textAppended(text);
}

int BootModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() || !m_isStarted ? 0 : static_cast<int>(m_guests.size()) + 1;
}

int BootModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QString BootModel::hostText(int column) const
{
    switch (column) {
    case Name:
        return tr("Host");
    case State:
        return lookOf(m_stage) == Look::Good ? tr("Running")
            : m_stage == BootStage::Failed   ? tr("Failed")
                                             : tr("Starting");
    default:
        return m_stage == BootStage::Done ? QString() : stageTitle(m_stage);
    }
}

QVariant BootModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid)) {
        return {};
    }
    const bool isHost = index.row() == 0;
    const GuestVerdict guest = isHost ? GuestVerdict() : m_guests.at(index.row() - 1);
    switch (role) {
    case Qt::DisplayRole:
    case Qt::ToolTipRole:
        return isHost ? hostText(index.column()) : guestText(guest, index.column());
    case LookRole:
        return static_cast<int>(isHost ? lookOf(m_stage) : lookOf(guest));
    case ConsoleRole:
        return isHost ? m_text : guest.console;
    default:
        return {};
    }
}

QVariant BootModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole) {
        return {};
    }
    switch (section) {
    case Name:
        return tr("System");
    case State:
        return tr("State");
    case Details:
        return tr("Details");
    default:
        return {};
    }
}

} // namespace Stowage
