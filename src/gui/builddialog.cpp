// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "gui/builddialog.h"

#include "core/output/outputform.h"
#include "core/support/units.h"
#include "gui/buildcontroller.h"
#include "gui/filepicker.h"
#include "gui/icons.h"
#include "gui/jobview.h"
#include "gui/messages.h"
#include "gui/outputlist.h"
#include "gui/plancontroller.h"
#include "gui/projectcontroller.h"
#include "gui/theme.h"
#include "models/jobmodel.h"
#include "models/projectdocument.h"
#include "ui_builddialog.h"

#include <QClipboard>
#include <QDesktopServices>
#include <QDir>
#include <QFileInfo>
#include <QRegularExpression>
#include <QtConcurrentRun>
#include <QUrl>

#include <algorithm>
#include <chrono>
#include <iterator>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace Stowage
{

namespace
{

constexpr auto ForecastDelay = 200ms;
constexpr int ProgressSteps = 1000;

} // namespace

QString shellLine(const QStringList& arguments)
{
    static const QRegularExpression plain(u"^[A-Za-z0-9_@%+=:,./-]+$"_s);
    QStringList quoted;
    for (QString argument : arguments) {
        const bool isPlain = plain.match(argument).hasMatch();
        quoted.append(isPlain ? argument : u"'%1'"_s.arg(argument.replace(u'\'', u"'\\''"_s)));
    }
    return quoted.join(u' ');
}

BuildDialog::BuildDialog(const Context& context, QWidget* parent)
    : QDialog(parent),
      m_ui(std::make_unique<Ui::BuildDialog>()),
      m_context(context),
      m_outputs(new OutputList(this))
{
    m_ui->setupUi(this);
    m_ui->outputsLayout->addWidget(m_outputs);
    for (QLabel* title : {m_ui->setupTitle, m_ui->runningTitle, m_ui->resultTitle}) {
        title->setFont(Theme::scaledFont(1.3, QFont::DemiBold));
    }
    m_ui->spaceTitle->setFont(Theme::scaledFont(1.0, QFont::DemiBold));
    m_ui->commandTitle->setFont(Theme::scaledFont(1.0, QFont::DemiBold));
    m_ui->commandEdit->setFont(Theme::codeFont());
    setUpHostChooser(m_ui->hostEditBrowse, m_ui->hostEdit);
    m_ui->copyButton->setIcon(icon(u"copy"_s));
    m_ui->bootButton->setIcon(icon(u"boot"_s));
    m_ui->openFolderButton->setIcon(icon(u"open"_s));
    m_ui->startButton->setIcon(icon(u"build"_s, IconTint::OnAccent));
    m_ui->jobsView->setModel(&context.jobs);
    setUpJobColumns(m_ui->jobsView);

    const Project& project = context.document.project();
    const QString name = project.bundle.name.isEmpty() ? u"guests"_s : project.bundle.name;
    m_outputs->setOutputs(project.outputs, project.absolutePath(QString(name).replace(u'/', u'-')));
    m_ui->hostEditLabel->setMinimumWidth(m_outputs->titleWidth());
    m_ui->hostEdit->setText(project.host.path);
    m_delay.setSingleShot(true);
    m_delay.setInterval(ForecastDelay);
    connect(&m_delay, &QTimer::timeout, this, &BuildDialog::updateForecast);
    connect(m_outputs, &OutputList::changed, this, [this] {
        m_forecastFits = false;
        updateStart();
        m_delay.start();
    });
    connect(&context.plans, &PlanController::planChanged, this, &BuildDialog::updateForecast);
    connect(m_ui->problemsButton, &QPushButton::clicked, this, &BuildDialog::problemsRequested);
    connect(m_ui->startButton, &QPushButton::clicked, this, &BuildDialog::start);
    connect(m_ui->cancelButton, &QPushButton::clicked, &context.builds, &BuildController::cancel);
    connect(m_ui->closeButton, &QPushButton::clicked, this, &QDialog::reject);
    connect(m_ui->bootButton, &QToolButton::clicked, this, [this] {
        Q_EMIT bootRequested(bootableOutput());
        accept();
    });
    connect(m_ui->copyButton, &QToolButton::clicked, this,
            [this] { QGuiApplication::clipboard()->setText(m_ui->commandEdit->toPlainText()); });
    connect(m_ui->openFolderButton, &QPushButton::clicked, this, [this] {
        const QString path = m_context.builds.outcome()->outputs.first().path;
        QDesktopServices::openUrl(QUrl::fromLocalFile(QFileInfo(path).absolutePath()));
    });
    connect(&context.builds, &BuildController::started, this, [this] { showPage(m_ui->runningPage); });
    connect(&context.builds, &BuildController::finished, this, &BuildDialog::showResult);
    connect(&context.jobs, &QAbstractItemModel::dataChanged, this, &BuildDialog::updateProgress);
    connect(&context.jobs, &QAbstractItemModel::rowsInserted, this, &BuildDialog::updateProgress);
    showPage(context.builds.isRunning() ? m_ui->runningPage : m_ui->setupPage);
    updateForecast();
}

BuildDialog::~BuildDialog()
{
    m_pool.waitForDone();
}

void BuildDialog::showPage(QWidget* page)
{
    m_ui->pages->setCurrentWidget(page);
    const bool running = page == m_ui->runningPage;
    m_ui->cancelButton->setVisible(running);
    m_ui->problemsButton->hide();
    m_ui->startButton->setVisible(page == m_ui->setupPage);
    m_ui->openFolderButton->setVisible(page == m_ui->resultPage && m_context.builds.outcome()
                                       && !m_context.builds.outcome()->outputs.isEmpty());
    if (running) {
        updateProgress();
    }
}

QList<OutputSpec> BuildDialog::absoluteOutputs() const
{
    QList<OutputSpec> outputs = m_outputs->outputs();
    for (OutputSpec& output : outputs) {
        output.path = m_context.document.project().absolutePath(output.path);
    }
    return outputs;
}

void BuildDialog::updateForecast()
{
    m_delay.stop();
    const int request = ++m_request;
    const QList<OutputSpec> outputs = absoluteOutputs();
    const Layout layout = m_context.plans.plan() ? m_context.plans.plan()->layout : Layout();
    QStringList inputs = m_context.plans.plan() ? m_context.plans.plan()->inputs : QStringList();
    if (!m_context.projects.path().isEmpty()) {
        inputs.append(m_context.projects.path());
    }
    QtConcurrent::run(&m_pool, [outputs, layout, inputs] {
        Forecast forecast;
        QList<OutputSpec> writable = outputs;
        for (const Error& error : checkOutputs(layout, outputs, inputs)) {
            forecast.errors.append(errorText(error));
            writable.removeIf([&error](const OutputSpec& output) { return output.path == error.place.file; });
        }
        forecast.space = forecastSpace(layout, writable, {});
        for (const OutputSpec& output : std::as_const(writable)) {
            const QFileInfo there(output.path);
            if (there.isFile() || (there.isDir() && !QDir(output.path).isEmpty())) {
                forecast.replaced.append(output.path);
            }
        }
        return forecast;
    }).then(this, [this, request](const Forecast& forecast) {
        if (request == m_request) {
            showForecast(forecast);
        }
    });
}

void BuildDialog::showForecast(const Forecast& forecast)
{
    QStringList lines;
    QStringList errors = forecast.errors;
    for (const SpaceForecast& space : forecast.space) {
        QStringList names;
        std::ranges::transform(space.outputs, std::back_inserter(names),
                               [](const QString& path) { return QFileInfo(path).fileName(); });
        const QString needed = formatBytes(space.needed);
        lines.append(
            space.available
                ? tr("%1 needed, %2 free for %3").arg(needed, formatBytes(*space.available), names.join(", "_L1))
                : tr("%1 needed for %2").arg(needed, names.join(", "_L1)));
        if (!space.isEnough()) {
            errors.append(tr("There is not enough space for %1: %2 are missing.")
                              .arg(space.outputs.join(", "_L1), formatBytes(space.needed - *space.available)));
        }
    }
    for (const QString& path : forecast.replaced) {
        lines.append(tr("%1 is there already and will be replaced.").arg(QFileInfo(path).fileName()));
    }
    const bool blocked = m_context.plans.plan() && hasErrors(m_context.plans.plan()->problems);
    if (blocked) {
        errors.prepend(tr("Some problems must be mended before anything can be built."));
    }
    m_ui->spaceLabel->setText(lines.join(u'\n'));
    m_ui->spaceTitle->setVisible(!lines.isEmpty());
    m_ui->setupNotice->setText(errors.join(u'\n'));
    m_ui->setupNotice->setVisible(!errors.isEmpty());
    m_ui->setupNoticeIcon->setVisible(!errors.isEmpty());
    m_ui->problemsButton->setVisible(blocked && m_ui->pages->currentWidget() == m_ui->setupPage);
    m_ui->setupNoticeIcon->setPixmap(icon(u"error"_s, IconTint::Error).pixmap(QSize(18, 18), devicePixelRatioF()));
    m_forecastFits = errors.isEmpty() && !lines.isEmpty();
    updateStart();
}

void BuildDialog::updateStart()
{
    m_ui->startButton->setEnabled(m_forecastFits && !m_outputs->outputs().isEmpty());
}

void BuildDialog::start()
{
    const QString host = m_ui->hostEdit->text().trimmed();
    const QList<OutputSpec> outputs = m_outputs->outputs();
    m_isSaved = !m_context.projects.path().isEmpty() && !m_context.projects.isModified();
    m_context.document.edit(tr("Change What Is Built"), [&host, &outputs](Project& project) {
        project.host.path = host;
        project.outputs = outputs;
    });
    m_context.builds.start(absoluteOutputs());
}

void BuildDialog::updateProgress()
{
    qint64 done = 0;
    qint64 total = 0;
    QString step;
    const QList<Job*> jobs = m_context.builds.queue().jobs();
    for (const Job* job : jobs) {
        const ProgressSnapshot progress = job->progress();
        done += job->isFinished() ? progress.total : std::min(progress.done, progress.total);
        total += progress.total;
        if (job->state() == Job::State::Running) {
            step = progress.step.isEmpty() ? job->title() : u"%1: %2"_s.arg(job->title(), progress.step);
        }
    }
    m_ui->progressBar->setMaximum(total > 0 ? ProgressSteps : 0);
    m_ui->progressBar->setValue(total > 0 ? static_cast<int>(done * ProgressSteps / total) : 0);
    m_ui->stepLabel->setText(step.isEmpty() ? tr("Looking at the guests…") : step);
}

void BuildDialog::showResult()
{
    const BuildOutcome outcome = m_context.builds.outcome().value_or(BuildOutcome());
    const bool good = outcome.errors.isEmpty() && !outcome.cancelled;
    const QIcon picture = good ? icon(u"ok"_s, IconTint::Good)
                               : icon(outcome.cancelled ? u"cancelled"_s : u"error"_s,
                                      outcome.cancelled ? IconTint::Secondary : IconTint::Error);
    m_ui->resultIcon->setPixmap(picture.pixmap(QSize(28, 28), devicePixelRatioF()));
    m_ui->resultTitle->setText(good ? tr("Everything is written")
                                    : (outcome.cancelled ? tr("Cancelled: nothing was changed by what was not finished")
                                                         : tr("The build failed")));
    m_ui->resultText->setPlainText(resultText(outcome));
    m_ui->bootButton->setVisible(good && !bootableOutput().isEmpty());
    m_ui->commandEdit->setPlainText(commandLine());
    m_ui->commandHint->setVisible(!m_isSaved);
    showPage(m_ui->resultPage);
}

QString BuildDialog::resultText(const BuildOutcome& outcome) const
{
    QStringList lines;
    for (const Error& error : outcome.errors) {
        lines.append(errorText(error));
    }
    for (const OutputReport& report : outcome.outputs) {
        lines.append(
            tr("%1: files: %2, size: %3").arg(report.path, QString::number(report.files), formatBytes(report.bytes)));
        if (!report.ownersFile.isEmpty()) {
            lines.append(tr("The files belong to you, as only root may give them away. Their owners are listed in %1.")
                             .arg(report.ownersFile));
        }
        if (!report.bmapFile.isEmpty()) {
            lines.append(tr("The block map for bmaptool is %1.").arg(report.bmapFile));
        }
    }
    return lines.join(u'\n');
}

QString BuildDialog::bootableOutput() const
{
    if (m_context.document.project().host.path.isEmpty()) {
        return {}; // only guests, and nothing that starts them
    }
    // An archive is unpacked for it; an image is booted as it is.
    const QList<OutputReport> reports = m_context.builds.outcome().value_or(BuildOutcome()).outputs;
    const auto bootable = std::ranges::find_if(reports, [](const OutputReport& report) {
        const OutputWriter* writer = findWriter(report.kind);
        return writer != nullptr
            && (!writer->makesImage() || imageForm(report.path).value_or(ImageForm{.isQcow2 = true}).isPlain());
    });
    return bootable == reports.end() ? QString() : bootable->path;
}

QString BuildDialog::commandLine() const
{
    const QString file = m_context.projects.path();
    QStringList arguments{u"stowage-cli"_s, u"build"_s, file.isEmpty() ? u"PROJECT.stowage"_s : file};
    const QList<OutputSpec> outputs = absoluteOutputs();
    for (const OutputSpec& output : outputs) {
        arguments << u"--output"_s << u"%1:%2"_s.arg(output.kind, output.path);
    }
    const auto sized = std::ranges::find_if(outputs, [](const OutputSpec& output) { return output.sizeMiB > 0; });
    if (sized != outputs.end()) {
        arguments << u"--image-size"_s << QString::number(sized->sizeMiB);
    }
    if (std::ranges::any_of(outputs, &OutputSpec::bmap)) {
        arguments << u"--bmap"_s;
    }
    const Project& project = m_context.document.project();
    if (!project.host.path.isEmpty()) {
        arguments << u"--host"_s << project.absolutePath(project.host.path);
    }
    return shellLine(arguments);
}

} // namespace Stowage
