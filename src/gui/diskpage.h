// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/output/builder.h"

#include <QObject>

namespace Stowage
{

namespace Ui
{
class ProjectDialog;
}

/** The page of the project dialog on how a new disk is laid out and starts. */
class DiskPage : public QObject
{
    Q_OBJECT

public:
    /** @p ui and @p dialog outlive this. @p plan tells what the host of the project is. */
    DiskPage(Ui::ProjectDialog& ui, const DiskSettings& settings, const std::optional<Plan>& plan, QWidget* dialog);

    /** The settings with what the user has entered. */
    [[nodiscard]] DiskSettings settings() const;
    /** Selects the file at @p row. */
    void selectFile(int row);

private:
    void load(const DiskSettings& settings);
    /** Offers what means something for the machine and the host that the dialog names. */
    void update();
    void showFiles();
    void fileEdited(int row, int column);
    void addFile(const QString& path);
    void removeFile();

    Ui::ProjectDialog& m_ui;
    QWidget* m_dialog;
    DiskSettings m_settings; ///< Its files are kept up to date; the rest is as it was at first.
    QString m_hostPath; ///< What is known of the host holds as long as the dialog names this one.
    bool m_hostIsDisk = false; ///< It keeps its partitions and its way to start.
    Architecture m_hostArchitecture = Architecture::Unknown;
};

} // namespace Stowage
