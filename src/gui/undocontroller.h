// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include <QPointer>
#include <QUndoStack>

class QAction;

namespace Stowage
{

class ProjectDocument;

/** Takes every edit of a document onto an undo stack; each command puts a whole project value in place. */
class UndoController : public QObject
{
    Q_OBJECT

public:
    /** @p document is not owned and outlives this. */
    explicit UndoController(ProjectDocument& document, QObject* parent = nullptr);
    ~UndoController() override;

    [[nodiscard]] QUndoStack& stack() { return m_stack; }

    /** Actions with the names of what they undo and redo, icons and shortcuts; owned by this. */
    [[nodiscard]] QAction* undoAction() const { return m_undo; }
    [[nodiscard]] QAction* redoAction() const { return m_redo; }

private:
    QPointer<ProjectDocument> m_document; ///< May go first: both are children of the window.
    QUndoStack m_stack;
    QAction* m_undo;
    QAction* m_redo;
};

} // namespace Stowage
