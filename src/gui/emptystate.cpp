// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "gui/emptystate.h"

#include "gui/icons.h"
#include "gui/theme.h"
#include "ui_emptystate.h"

#include <QAction>

using namespace Qt::StringLiterals;

namespace Stowage
{

EmptyState::EmptyState(QWidget* parent) : QFrame(parent), m_ui(std::make_unique<Ui::EmptyState>())
{
    m_ui->setupUi(this);
    setAccessibleName(tr("Empty project"));
    setFocusPolicy(Qt::ClickFocus);
    setFocusProxy(m_ui->addImagesButton);
    m_ui->pictureLabel->setPixmap(applicationIcon().pixmap(QSize(64, 64), devicePixelRatioF()));
    m_ui->headlineLabel->setFont(Theme::scaledFont(1.55, QFont::DemiBold));
    m_ui->addImagesButton->setIcon(icon(u"add-image"_s, IconTint::OnAccent));
    m_ui->addDirectoryButton->setIcon(icon(u"folder-rootfs"_s));
    m_ui->openProjectButton->setIcon(icon(u"open"_s));
    m_ui->importTextButton->setIcon(icon(u"import-text"_s));
    m_ui->openExampleButton->setIcon(icon(u"example"_s));
}

EmptyState::~EmptyState() = default;

void EmptyState::setActions(const Actions& actions)
{
    const auto link = [this](QAbstractButton* button, QAction* action) {
        connect(button, &QAbstractButton::clicked, action, &QAction::trigger);
    };
    link(m_ui->addImagesButton, actions.addImages);
    link(m_ui->addDirectoryButton, actions.addDirectory);
    link(m_ui->openProjectButton, actions.openProject);
    link(m_ui->importTextButton, actions.importText);
    link(m_ui->openExampleButton, actions.openExample);
    m_ui->openExampleButton->setVisible(actions.openExample->isVisible());
}

} // namespace Stowage
