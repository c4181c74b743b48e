// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "gui/diskpage.h"

#include <QDialog>

#include <memory>

class QLineEdit;
class QToolButton;

namespace Stowage
{

namespace Ui
{
class ProjectDialog;
}

/** The settings of a project that are not a guest's: bundle, machine, host, disk and defaults. */
class ProjectDialog : public QDialog
{
    Q_OBJECT

public:
    ProjectDialog(Project project, const std::optional<Plan>& plan, QWidget* parent);
    ~ProjectDialog() override;

    /** The project with what the user has entered. */
    [[nodiscard]] Project project() const;
    /** Brings the widget of @p field ("machine.deployDirectory") to the front and gives it the focus. */
    void showField(const QString& field);

private:
    void load(const std::optional<Plan>& plan);
    void chooseDirectory(QLineEdit* edit, QToolButton* button, const QString& title);

    std::unique_ptr<Ui::ProjectDialog> m_ui;
    Project m_project;
    DiskPage* m_diskPage = nullptr;
};

} // namespace Stowage
