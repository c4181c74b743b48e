// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/project/problem.h"
#include "core/project/project.h"
#include "core/support/result.h"

#include <QJsonValue>
#include <QObject>

#include <functional>

namespace Stowage
{

/** One change of a project, as an undo command needs it. A plain value. */
struct ProjectEdit {
    QString text; ///< For the user: "Set memory of db".
    Project before;
    Project after;
    QString mergeKey; ///< Two edits in a row with the same key that is not empty may become one; empty: never.
};

/**
 * The project that is being edited, and the only way to change it. Lives on the GUI thread.
 *
 * Every edit is made into a ProjectEdit and handed to the edit sink. The window's sink pushes a command on its undo
 * stack, whose redo and undo call setProject() with ProjectEdit::after and ProjectEdit::before. Without a sink, edits are
 * applied at once. So undoing is exact whatever the edit was, and the signals come from comparing the values.
 *
 * Rows are indexes in Project::guests. While a signal is being delivered the document must not be changed.
 */
class ProjectDocument : public QObject
{
    Q_OBJECT

public:
    using EditSink = std::function<void(const ProjectEdit&)>;

    explicit ProjectDocument(QObject* parent = nullptr);

    [[nodiscard]] const Project& project() const { return m_project; }

    /** Takes every edit from now on; it should call setProject(edit.after). An empty function: edits apply at once. */
    void setEditSink(EditSink sink);

    /**
     * Replaces the value and tells what changed: guests are recognised by their entry, so that rows that were moved,
     * removed or inserted are told as such, and a renamed guest as changed. An equal value emits nothing.
     */
    void setProject(const Project& project);

    /** Makes @p after the project through the sink; does nothing when it equals the present one. */
    void submit(const QString& text, const Project& after, const QString& mergeKey = {});
    /** Submits a copy of the project that @p change has worked on. For settings that are not a guest's. */
    void edit(const QString& text, const std::function<void(Project&)>& change, const QString& mergeKey = {});

    /**
     * Inserts @p guests before @p row (0 to the number of guests; anything else: at the end). Entries that are taken or
     * empty get a free name first.
     */
    void insertGuests(int row, const QList<Guest>& guests);
    /** Removes the guests at @p rows, in any order; rows that do not exist are ignored. */
    void removeGuests(const QList<int>& rows);
    /** Moves the guests at @p rows, keeping their order, to before the guest that is at @p to now (count: to the end). */
    void moveGuests(const QList<int>& rows, int to);
    /** Replaces the guest at @p row. */
    void setGuest(int row, const Guest& guest, const QString& text, const QString& mergeKey = {});
    /**
     * Sets the key @p field of the guests' objects in the project file to @p value (Null: removes it), all in one edit.
     * An error of the project file's reader, such as a value of the wrong kind, changes nothing.
     */
    [[nodiscard]] Result<void> setGuestField(const QList<int>& rows, const QString& field, const QJsonValue& value,
                                             const QString& text, const QString& mergeKey = {});
    /** Carries out the fix of @p problem; an error when it has none or its guest is gone. */
    [[nodiscard]] Result<void> applyFix(const Problem& problem);

    /** A valid entry that no guest has, made from @p name ("my disk.qcow2" gives "my-disk.qcow2"; "db" taken: "db-2"). */
    [[nodiscard]] QString uniqueEntry(const QString& name) const;
    /** Why @p entry cannot be the entry of the guest at @p row (-1: a new one): invalid, or taken; else success. */
    [[nodiscard]] Result<void> checkEntry(const QString& entry, int row = -1) const;

Q_SIGNALS:
    // The project has the guests of before while one of the "about to be" signals is delivered, those of after else.
    void guestsAboutToBeInserted(int first, int last);
    void guestsInserted(int first, int last);
    void guestsAboutToBeRemoved(int first, int last);
    void guestsRemoved(int first, int last);
    /** One guest; @p to is its row afterwards. */
    void guestsAboutToBeMoved(int from, int to);
    void guestsMoved(int from, int to);
    void guestChanged(int row);
    /** The bundle, machine, host, defaults, outputs, directory or unknown keys changed. Precedes the guests' signals. */
    void settingsChanged();
    /** Anything changed; the last signal of a setProject(). */
    void changed();

private:
    void applyGuests(const QList<Guest>& after);
    void removeUnmatched(QList<int>& targets);
    void moveToTargets(QList<int>& targets);
    void insertMissing(const QList<Guest>& after, const QList<int>& targets);

    Project m_project;
    EditSink m_sink;
};

} // namespace Stowage
