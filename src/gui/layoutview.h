// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include <QTreeView>

namespace Stowage
{

class LayoutModel;

/** The target layout as a tree, with icons and colours for what is new, kept, replaced or in conflict. */
class LayoutView : public QTreeView
{
    Q_OBJECT

public:
    explicit LayoutView(QWidget* parent = nullptr);

    void setLayoutModel(LayoutModel* model);

Q_SIGNALS:
    /** The user wants to see the guest @p entry, which brings the file. */
    void guestActivated(const QString& entry);

private:
    void expandNew(const QModelIndex& parent, int first, int last);
};

} // namespace Stowage
