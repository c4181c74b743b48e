// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/boot/bootcheck.h"

#include <QWidget>

class QLabel;
class QLineEdit;
class QPlainTextEdit;
class QToolButton;
class QTreeView;

namespace Stowage
{

class BootController;

/** Starts a boot check, and shows the host, its guests and what their consoles say. */
class BootView : public QWidget
{
    Q_OBJECT

public:
    explicit BootView(QWidget* parent = nullptr);

    /** @p controller is not owned and outlives the view. */
    void setController(BootController* controller);
    /** Boots the image @p path, unless one is being booted. */
    void boot(const QString& path);
    /** Puts the focus where an image is named. */
    void askForImage();

private:
    void setUpForm();
    void setUpPanes();
    void askForOptions();
    void startOrStop();
    void update();
    void updateVerdict();
    void showConsole();
    void appendConsole(const QString& text);

    QLineEdit* m_image;
    QToolButton* m_choose;
    QLineEdit* m_user;
    QLineEdit* m_password;
    QToolButton* m_options;
    QToolButton* m_start;
    QTreeView* m_systems;
    QPlainTextEdit* m_console;
    QLabel* m_verdict;
    BootRequest m_request; ///< With the options that the user has set.
    BootController* m_controller = nullptr;
};

} // namespace Stowage
