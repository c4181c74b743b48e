// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "gui/builddialog.h"

#include "core/support/units.h"
#include "gui/buildcontroller.h"
#include "gui/diskpictureview.h"
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
      m_outputs(new OutputList(this)),
      m_picture(new DiskPictureView(this))
{
    m_ui->setupUi(this);
    m_ui->outputsLayout->addWidget(m_outputs);
    m_ui->pictureLayout->addWidget(m_picture);
    for (QLabel* title : {m_ui->setupTitle, m_ui->runningTitle, m_ui->resultTitle}) {
        title->setFont(Theme::scaledFont(1.3, QFont::DemiBold));
    }
    for (QLabel* title : {m_ui->pictureTitle, m_ui->spaceTitle, m_ui->commandTitle}) {
        title->setFont(Theme::scaledFont(1.0, QFont::DemiBold));
    }
    m_ui->spaceTitle->setContentsMargins(0, 8, 0, 0); // as the picture's head has them
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
    const auto askAnew = [this] {
        ++m_request; // what is still being found out is no answer to this
        m_forecastFits = false;
        updateStart();
        m_delay.start();
    };
    connect(m_outputs, &OutputList::changed, this, askAnew);
    connect(m_ui->hostEdit, &QLineEdit::textChanged, this, askAnew);
    connect(m_ui->pictureCombo, &QComboBox::currentIndexChanged, this, &BuildDialog::showPicture);
    connect(&context.plans, &PlanController::planChanged, this, [this] {
        m_plan.reset(); // what it was made from may have changed too
        updateForecast();
    });
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
    showForecast({}); // nothing is known yet
    showPage(context.builds.isRunning() ? m_ui->runningPage : m_ui->setupPage);
    updateForecast();
}

BuildDialog::~BuildDialog()
{
    m_stop.request_stop();
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

Project BuildDialog::askedProject() const
{
    Project project = m_context.document.project();
    project.host.path = m_ui->hostEdit->text().trimmed();
    project.outputs = absoluteOutputs();
    return project;
}

void BuildDialog::updateForecast()
{
    m_delay.stop();
    m_stop.request_stop();
    m_stop = std::stop_source();
    const int request = ++m_request;
    const BuildQuestion question{.project = askedProject(),
                                 .inputProblems = m_context.plans.inputProblems(),
                                 .projectFile = m_context.projects.path(),
                                 .plan = m_context.plans.plan(),
                                 .lastPlan = m_plan};
    QtConcurrent::run(&m_pool, [question, stop = m_stop.get_token()] {
        return forecastBuild(question, stop);
    }).then(this, [this, request](const BuildForecast& forecast) {
        if (request == m_request) {
            showForecast(forecast);
        }
    });
}

void BuildDialog::showForecast(const BuildForecast& forecast)
{
    m_plan = forecast.plan;
    showSpace(forecast.space);
    QStringList errors = forecast.errors;
    if (forecast.hasProblems) {
        errors.prepend(tr("Some problems must be mended before anything can be built."));
    }
    m_ui->setupNotice->setText(errors.join(u'\n'));
    m_ui->setupNotice->setVisible(!errors.isEmpty());
    m_ui->setupNoticeIcon->setVisible(!errors.isEmpty());
    m_ui->setupNoticeIcon->setPixmap(icon(u"error"_s, IconTint::Error).pixmap(QSize(18, 18), devicePixelRatioF()));
    m_ui->problemsButton->setVisible(forecast.hasProblems && m_ui->pages->currentWidget() == m_ui->setupPage);
    m_images = forecast.images;
    const QString chosen = m_ui->pictureCombo->currentData().toString();
    {
        const QSignalBlocker blocker(m_ui->pictureCombo);
        m_ui->pictureCombo->clear();
        for (const BuildForecast::Image& image : std::as_const(m_images)) {
            m_ui->pictureCombo->addItem(findWriter(image.kind)->title(), image.kind);
        }
        const int last = static_cast<int>(m_images.size()) - 1; // of both the disk, which has more to show
        const int same = m_ui->pictureCombo->findData(chosen);
        m_ui->pictureCombo->setCurrentIndex(same < 0 ? last : same);
    }
    showPicture();
    m_forecastFits = forecast.isGood();
    updateStart();
}

void BuildDialog::showPicture()
{
    const int index = m_ui->pictureCombo->currentIndex();
    const bool isShown = index >= 0 && index < m_images.size();
    if (isShown) {
        m_picture->setPicture(m_images.at(index).picture);
    }
    m_picture->setVisible(isShown);
    m_ui->pictureTitle->setVisible(isShown);
    m_ui->pictureCombo->setVisible(m_images.size() > 1);
}

void BuildDialog::showSpace(const QList<BuildForecast::Line>& lines)
{
    qDeleteAll(m_ui->spaceBox->findChildren<QWidget*>(Qt::FindDirectChildrenOnly));
    int row = 0;
    for (const BuildForecast::Line& line : lines) {
        const bool isGood = line.state == BuildForecast::Line::State::Good;
        const bool isError = line.state == BuildForecast::Line::State::Error;
        const QIcon picture = isGood
            ? icon(u"ok"_s, IconTint::Good)
            : icon(isError ? u"error"_s : u"warning"_s, isError ? IconTint::Error : IconTint::Warning);
        auto* mark = new QLabel(m_ui->spaceBox);
        mark->setPixmap(picture.pixmap(QSize(16, 16), devicePixelRatioF()));
        auto* text = new QLabel(line.text, m_ui->spaceBox);
        text->setTextFormat(Qt::PlainText);
        text->setWordWrap(true);
        m_ui->spaceGrid->addWidget(mark, row, 0, Qt::AlignTop);
        m_ui->spaceGrid->addWidget(text, row++, 1);
    }
    m_ui->spaceTitle->setVisible(!lines.isEmpty());
}

void BuildDialog::updateStart()
{
    m_ui->startButton->setEnabled(m_forecastFits && !m_outputs->outputs().isEmpty());
}

void BuildDialog::start()
{
    const QString host = m_ui->hostEdit->text().trimmed();
    const QList<OutputSpec> outputs = m_outputs->outputs();
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
    m_ui->commandHint->setVisible(m_context.projects.path().isEmpty() || m_context.projects.isModified());
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
    const QList<OutputReport> reports = m_context.builds.outcome().value_or(BuildOutcome()).outputs;
    return reports.isEmpty() ? QString() : reports.first().path; // whatever form it has
}

QString BuildDialog::commandLine() const
{
    // The host and the outputs, each with its own size, are in the project since they were built.
    const QString file = m_context.projects.path();
    return shellLine({u"stowage-cli"_s, u"build"_s, file.isEmpty() ? u"PROJECT.stowage"_s : file});
}

} // namespace Stowage
