// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include <QFrame>

#include <memory>

class QAction;

namespace Stowage
{

namespace Ui
{
class EmptyState;
}

/** What the window shows while the project has no guests: what to do, and the buttons to do it. */
class EmptyState : public QFrame
{
    Q_OBJECT

public:
    explicit EmptyState(QWidget* parent = nullptr);
    ~EmptyState() override;

    /** What the buttons do. The example's button is hidden while its action is not visible. */
    struct Actions {
        QAction* addImages;
        QAction* addDirectory;
        QAction* openProject;
        QAction* importText;
        QAction* openExample;
    };
    void setActions(const Actions& actions);

private:
    std::unique_ptr<Ui::EmptyState> m_ui;
};

} // namespace Stowage
