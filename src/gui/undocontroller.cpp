// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "gui/undocontroller.h"

#include "gui/icons.h"
#include "models/projectdocument.h"

#include <QAction>
#include <QUndoCommand>

#include <memory>

using namespace Qt::StringLiterals;

namespace Stowage
{

namespace
{

class EditCommand : public QUndoCommand
{
public:
    EditCommand(ProjectDocument& document, const ProjectEdit& edit)
        : QUndoCommand(edit.text),
          m_document(document),
          m_edit(edit)
    { }

    void undo() override { m_document.setProject(m_edit.before); }
    void redo() override { m_document.setProject(m_edit.after); }

    [[nodiscard]] int id() const override { return m_edit.mergeKey.isEmpty() ? -1 : 1; }

    bool mergeWith(const QUndoCommand* other) override
    {
        const auto* next = dynamic_cast<const EditCommand*>(other);
        if (next == nullptr || next->m_edit.mergeKey != m_edit.mergeKey) {
            return false;
        }
        m_edit.after = next->m_edit.after;
        setObsolete(m_edit.after == m_edit.before);
        return true;
    }

private:
    ProjectDocument& m_document;
    ProjectEdit m_edit;
};

} // namespace

UndoController::UndoController(ProjectDocument& document, QObject* parent)
    : QObject(parent),
      m_document(&document),
      m_undo(m_stack.createUndoAction(this, tr("&Undo"))),
      m_redo(m_stack.createRedoAction(this, tr("&Redo")))
{
    m_undo->setObjectName(u"actionUndo"_s);
    m_undo->setIcon(icon(u"undo"_s));
    m_undo->setShortcut(QKeySequence::Undo);
    m_redo->setObjectName(u"actionRedo"_s);
    m_redo->setIcon(icon(u"redo"_s));
    m_redo->setShortcuts({QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_Z), QKeySequence(Qt::CTRL | Qt::Key_Y)});
    document.setEditSink(
        [this](const ProjectEdit& edit) { m_stack.push(std::make_unique<EditCommand>(*m_document, edit).release()); });
}

UndoController::~UndoController()
{
    if (m_document) {
        m_document->setEditSink({});
    }
}

} // namespace Stowage
