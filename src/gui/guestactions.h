// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include <QObject>
#include <QThreadPool>

class QMimeData;

namespace Stowage
{

class GuestTable;
class ProjectDocument;
struct Project;

/** What the Edit and Guest menus do with the guests that are selected in the table. */
class GuestActions : public QObject
{
    Q_OBJECT

public:
    /** Neither is owned, and both outlive this. */
    GuestActions(ProjectDocument& document, GuestTable& table, QObject* parent = nullptr);
    /** Waits for guests that are on their way from another project. */
    ~GuestActions() override;

    void addEmpty();
    void removeSelected();
    void duplicateSelected();
    /** @p by is -1 (up) or 1 (down). */
    void moveSelected(int by);
    /** Copies to the clipboard; @p cut removes what was copied. */
    void copySelected(bool cut);
    /** Inserts the guests of the clipboard after the selected ones. */
    void paste();
    /** Inserts guests of any project before @p row; their paths lead to the same files from the present one. */
    void insertTransferred(const QMimeData& data, int row);
    /** Selects the guests that are called @p entries. */
    void select(const QStringList& entries);
    /** Whether the clipboard holds guests. */
    [[nodiscard]] static bool canPaste();

private:
    void insertAndSelect(const Project& transferred, int row);

    ProjectDocument& m_document;
    GuestTable& m_table;
    QThreadPool m_pool;
};

} // namespace Stowage
