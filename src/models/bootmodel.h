// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/boot/bootcheck.h"

#include <QAbstractTableModel>

namespace Stowage
{

/** A host that boots and its guests as a table: the host first. Told by its owner; starts nothing itself. */
class BootModel : public QAbstractTableModel
{
    Q_OBJECT

public:
    enum Column { Name, State, Details, ColumnCount };
    Q_ENUM(Column)

    /** How a row is to be taken. */
    enum class Look { Waiting, Busy, Good, Bad };
    Q_ENUM(Look)

    enum Role {
        LookRole = Qt::UserRole + 1, ///< Look as int.
        ConsoleRole, ///< QString: what its console said; of the host with that of the guests in between.
    };
    Q_ENUM(Role)

    using QAbstractTableModel::QAbstractTableModel;

    /** Begins with nothing known. */
    void clear();
    void setProgress(BootStage stage, const QList<GuestVerdict>& guests);
    /** Adds to the host's console, of which the last 4 Mi characters stay. */
    void appendText(const QString& text);

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation,
                                      int role = Qt::DisplayRole) const override;

Q_SIGNALS:
    /** The host's console said more. */
    void textAppended(const QString& text);

private:
    [[nodiscard]] QString hostText(int column) const;

    BootStage m_stage = BootStage::Firmware;
    QList<GuestVerdict> m_guests;
    QString m_text;
    bool m_isStarted = false;
};

} // namespace Stowage
