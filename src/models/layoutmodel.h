// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/layout/layout.h"

#include <QAbstractItemModel>

#include <memory>

namespace Stowage
{

/**
 * The target layout as a tree; the top rows are what stands in `/`. Read only.
 *
 * setLayout() compares by path and tells only what differs, so that a view keeps its expansion and selection. Parts that
 * both layouts share (copies of one host tree) are not looked at again.
 */
class LayoutModel : public QAbstractItemModel
{
    Q_OBJECT

public:
    enum Column { Name, Size, Owner, Mode, From, ColumnCount };
    Q_ENUM(Column)

    enum Role {
        StateRole = Qt::UserRole + 1, ///< LayoutNode::State as int.
        PathRole, ///< QString: "/etc/xen/db.cfg".
        KindRole, ///< LayoutNode::Kind as int.
        EstimatedRole, ///< bool: the size, or one that it includes, is yet to be known.
        OriginTextRole, ///< QString: "generated for guest db", "imported from /srv/db.qcow2", "host".
        GuestRole, ///< QString: entry of the guest that brings it; empty: the host, or several.
        SizeRole, ///< qint64: bytes; of a directory: of all files below it.
        LinkTargetRole, ///< QString
        SortRole, ///< A value that sorts as the column means it.
    };
    Q_ENUM(Role)

    explicit LayoutModel(QObject* parent = nullptr);
    ~LayoutModel() override;

    void setLayout(const Layout& layout);
    [[nodiscard]] const Layout& layout() const { return m_layout; }

    /** The index of @p path ("/etc/xen") in the column Name; invalid when it is not there. */
    [[nodiscard]] QModelIndex indexOf(const QByteArray& path) const;
    /** The node behind @p index, without its children; the root for an invalid one. Valid until the next setLayout(). */
    [[nodiscard]] const LayoutNode& node(const QModelIndex& index) const;

    [[nodiscard]] QModelIndex index(int row, int column, const QModelIndex& parent = {}) const override;
    [[nodiscard]] QModelIndex parent(const QModelIndex& child) const override;
    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation,
                                      int role = Qt::DisplayRole) const override;
    [[nodiscard]] Qt::ItemFlags flags(const QModelIndex& index) const override;
    [[nodiscard]] QHash<int, QByteArray> roleNames() const override;

private:
    struct Item;
    using Import = QHash<QString, QString>; ///< Artifact to source path.

    [[nodiscard]] Item* itemAt(const QModelIndex& index) const;
    [[nodiscard]] QModelIndex indexFor(const Item& item, int column = 0) const;
    void update(Item& item, const LayoutNode& before, const LayoutNode& after);
    void removeGone(Item& item, const LayoutNode& after);
    void insertNew(Item& item, const LayoutNode& after);
    [[nodiscard]] QString text(const Item& item, int column) const;
    [[nodiscard]] QString originText(const Item& item) const;
    [[nodiscard]] QString toolTip(const Item& item) const;
    [[nodiscard]] QVariant sortValue(const Item& item, int column) const;

    Layout m_layout;
    Import m_imports;
    bool m_importsChanged = false; ///< During setLayout(): shared parts with imports must be looked at.
    std::unique_ptr<Item> m_root;
};

} // namespace Stowage
