// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/output/builder.h"

#include <QDialog>
#include <QThreadPool>
#include <QTimer>

#include <memory>

namespace Stowage
{

class BuildController;
class JobModel;
class OutputList;
class PlanController;
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
        QString projectPath; ///< File of the project; empty when it was never saved.
        bool isModified = false; ///< The file does not have the project's present state.
    };

    BuildDialog(const Context& context, QWidget* parent);
    ~BuildDialog() override;

Q_SIGNALS:
    /** The user wants to see the problems. */
    void problemsRequested();

private:
    /** What is known about the chosen outputs before they are written. */
    struct Forecast {
        QList<SpaceForecast> space;
        QStringList errors;
    };

    void showPage(QWidget* page);
    void updateForecast();
    void showForecast(const Forecast& forecast);
    void updateStart();
    void start();
    void updateProgress();
    void showResult();
    [[nodiscard]] QString resultText(const BuildOutcome& outcome) const;
    [[nodiscard]] QString commandLine() const;
    [[nodiscard]] QList<OutputSpec> absoluteOutputs() const;

    std::unique_ptr<Ui::BuildDialog> m_ui;
    Context m_context;
    OutputList* m_outputs;
    QThreadPool m_pool;
    QTimer m_delay;
    int m_request = 0;
    bool m_forecastFits = false;
};

/** The arguments as one line for a shell. */
[[nodiscard]] QString shellLine(const QStringList& arguments);

} // namespace Stowage
