// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/output/builder.h"
#include "gui/buildforecast.h"

#include <QDialog>
#include <QThreadPool>
#include <QTimer>

#include <memory>
#include <optional>
#include <stop_token>

namespace Stowage
{

class BuildController;
class DiskPictureView;
class JobModel;
class OutputList;
class PlanController;
class ProjectController;
class ProjectDocument;

namespace Ui
{
class BuildDialog;
}

/** Asks what to write where, shows how the build goes, and what came of it. Closing it does not end the build. */
class BuildDialog : public QDialog
{
    Q_OBJECT

public:
    /** What the dialog works on; none is owned, all outlive it. */
    struct Context {
        ProjectDocument& document;
        PlanController& plans;
        BuildController& builds;
        JobModel& jobs;
        ProjectController& projects;
    };

    BuildDialog(const Context& context, QWidget* parent);
    ~BuildDialog() override;

Q_SIGNALS:
    /** The user wants to see the problems. */
    void problemsRequested();
    /** The user wants to see the image or tree @p path, which was written, come up. */
    void bootRequested(const QString& path);

private:
    void showPage(QWidget* page);
    void updateForecast();
    void showForecast(const BuildForecast& forecast);
    void showSpace(const QList<BuildForecast::Line>& lines);
    void showPicture();
    /** The project as it is asked about: with the host and the outputs of the dialog. */
    [[nodiscard]] Project askedProject() const;
    void updateStart();
    void start();
    void updateProgress();
    void showResult();
    [[nodiscard]] QString resultText(const BuildOutcome& outcome) const;
    /** The output that a machine can start from; empty: none. */
    [[nodiscard]] QString bootableOutput() const;
    [[nodiscard]] QString commandLine() const;
    [[nodiscard]] QList<OutputSpec> absoluteOutputs() const;

    std::unique_ptr<Ui::BuildDialog> m_ui;
    Context m_context;
    OutputList* m_outputs;
    DiskPictureView* m_picture;
    QList<BuildForecast::Image> m_images; ///< Of the outputs that are ticked.
    std::optional<Plan> m_plan; ///< BuildForecast::plan of the last forecast.
    QThreadPool m_pool;
    QTimer m_delay;
    std::stop_source m_stop; ///< Of the forecast that is being made.
    int m_request = 0;
    bool m_forecastFits = false;
};

/** The arguments as one line for a shell. */
[[nodiscard]] QString shellLine(const QStringList& arguments);

} // namespace Stowage
