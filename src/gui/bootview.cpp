// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "gui/bootview.h"

#include "gui/bootcontroller.h"
#include "gui/bootoptions.h"
#include "gui/delegates.h"
#include "gui/filepicker.h"
#include "gui/icons.h"
#include "gui/messages.h"
#include "gui/theme.h"

#include <QFontDatabase>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QScrollBar>
#include <QSplitter>
#include <QStyledItemDelegate>
#include <QToolButton>
#include <QTreeView>
#include <QVBoxLayout>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace Stowage
{

namespace
{

constexpr int MostLines = 50'000;
constexpr qsizetype LongestLine = 1000; // characters

/** @p text with the beginnings of its lines: what a console says must not take all memory and time. */
QString withShortLines(const QString& text)
{
    QString shortened;
    for (const QStringView line : QStringView(text).tokenize(u'\n')) {
        shortened += line.first(std::min(line.size(), LongestLine));
        shortened += line.size() > LongestLine ? u"…\n"_s : u"\n"_s;
    }
    shortened.chop(1); // the text has one end less than lines
    return shortened;
}

QIcon lookIcon(BootModel::Look look)
{
    switch (look) {
    case BootModel::Look::Waiting:
        return icon(u"waiting"_s, IconTint::Secondary);
    case BootModel::Look::Busy:
        return icon(u"running"_s, IconTint::Accent);
    case BootModel::Look::Good:
        return icon(u"ok"_s, IconTint::Good);
    case BootModel::Look::Bad:
        break;
    }
    return icon(u"error"_s, IconTint::Error);
}

/** An icon for how it goes; all but the name in the second colour. */
class BootDelegate : public QStyledItemDelegate
{
public:
    using QStyledItemDelegate::QStyledItemDelegate;

protected:
    void initStyleOption(QStyleOptionViewItem* option, const QModelIndex& index) const override
    {
        QStyledItemDelegate::initStyleOption(option, index);
        keepDirection(*option);
        option->decorationSize = QSize(16, 16);
        if (index.column() == BootModel::Name) {
            option->features |= QStyleOptionViewItem::HasDecoration;
            option->icon = lookIcon(static_cast<BootModel::Look>(index.data(BootModel::LookRole).toInt()));
        } else {
            option->palette.setColor(QPalette::Text, Theme::color(Theme::Role::SecondaryText));
        }
    }
};

} // namespace

BootView::BootView(QWidget* parent)
    : QWidget(parent),
      m_image(new QLineEdit(this)),
      m_choose(new QToolButton(this)),
      m_user(new QLineEdit(this)),
      m_password(new QLineEdit(this)),
      m_options(new QToolButton(this)),
      m_start(new QToolButton(this)),
      m_systems(new QTreeView(this)),
      m_console(new QPlainTextEdit(this)),
      m_verdict(new QLabel(this))
{
    setUpForm();
    setUpPanes();
}

void BootView::setUpForm()
{
    m_image->setObjectName(u"bootImageEdit"_s);
    m_image->setPlaceholderText(tr("Disk, ext4, QCOW2 or compressed image, archive or directory with a host"));
    m_image->setClearButtonEnabled(true);
    m_choose->setObjectName(u"bootImageButton"_s);
    m_choose->setText(tr("Choose…"));
    m_choose->setFocusPolicy(Qt::StrongFocus);
    m_user->setObjectName(u"bootUserEdit"_s);
    m_user->setText(u"root"_s);
    m_user->setMaximumWidth(fontMetrics().averageCharWidth() * 16);
    m_password->setObjectName(u"bootPasswordEdit"_s);
    m_password->setEchoMode(QLineEdit::Password);
    m_password->setPlaceholderText(tr("No password"));
    m_password->setAccessibleName(tr("Password on the host"));
    m_password->setMaximumWidth(fontMetrics().averageCharWidth() * 18);
    m_options->setObjectName(u"bootOptionsButton"_s);
    m_options->setToolTip(tr("How to start the host, and what to wait for"));
    m_options->setFocusPolicy(Qt::StrongFocus);
    m_start->setObjectName(u"bootStartButton"_s);
    m_start->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    m_start->setFocusPolicy(Qt::StrongFocus);
    auto* imageLabel = new QLabel(tr("I&mage"), this);
    imageLabel->setBuddy(m_image);
    auto* userLabel = new QLabel(tr("&Log in as"), this);
    userLabel->setBuddy(m_user);
    auto* form = new QHBoxLayout;
    form->setContentsMargins(10, 6, 10, 6);
    form->setSpacing(8);
    for (QWidget* part :
         {static_cast<QWidget*>(imageLabel), static_cast<QWidget*>(m_image), static_cast<QWidget*>(m_choose),
          static_cast<QWidget*>(userLabel), static_cast<QWidget*>(m_user), static_cast<QWidget*>(m_password),
          static_cast<QWidget*>(m_options), static_cast<QWidget*>(m_start)}) {
        form->addWidget(part, part == m_image ? 1 : 0);
    }
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addLayout(form);
    connect(m_choose, &QToolButton::clicked, this, [this] {
        askForPath(this, {.title = tr("Boot an Image"), .directory = {}, .filters = {}, .suffix = {}},
                   [this](const QStringList& paths) { m_image->setText(paths.value(0)); });
    });
    connect(m_image, &QLineEdit::textChanged, this, &BootView::update);
    connect(m_image, &QLineEdit::returnPressed, this, &BootView::startOrStop);
    connect(m_options, &QToolButton::clicked, this, &BootView::askForOptions);
    connect(m_start, &QToolButton::clicked, this, &BootView::startOrStop);
}

void BootView::setUpPanes()
{
    m_systems->setObjectName(u"bootSystems"_s);
    m_systems->setAccessibleName(tr("Host and guests"));
    m_systems->setItemDelegate(new BootDelegate(m_systems));
    m_systems->setRootIsDecorated(false);
    m_systems->setUniformRowHeights(true);
    m_systems->setAllColumnsShowFocus(true);
    m_console->setObjectName(u"bootConsole"_s);
    m_console->setAccessibleName(tr("Console"));
    m_console->setReadOnly(true);
    m_console->setFont(QFontDatabase::systemFont(QFontDatabase::FixedFont));
    m_console->setFrameShape(QFrame::NoFrame);
    m_console->setLineWrapMode(QPlainTextEdit::NoWrap);
    m_console->setMaximumBlockCount(MostLines);
    m_console->setPlaceholderText(
        tr("Starts the image under Xen on an emulated machine, logs in, and waits until every guest that starts by "
           "itself is up. The image is not changed. What the host and its guests say is shown here."));
    m_verdict->setObjectName(u"bootVerdict"_s);
    m_verdict->setTextFormat(Qt::PlainText);
    m_verdict->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    m_verdict->setWordWrap(true);
    m_verdict->setContentsMargins(10, 4, 10, 6);
    m_verdict->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred); // A long word must not widen the window.
    m_verdict->hide();
    auto* panes = new QSplitter(Qt::Horizontal, this);
    panes->addWidget(m_systems);
    panes->addWidget(m_console);
    panes->setStretchFactor(0, 2);
    panes->setStretchFactor(1, 3);
    panes->setChildrenCollapsible(false);
    layout()->addWidget(panes);
    qobject_cast<QVBoxLayout*>(layout())->setStretchFactor(panes, 1);
    layout()->addWidget(m_verdict);
}

void BootView::setController(BootController* controller)
{
    m_controller = controller;
    BootModel* model = &controller->model();
    m_systems->setModel(model);
    const int letter = fontMetrics().averageCharWidth();
    m_systems->header()->resizeSection(BootModel::Name, letter * 18);
    m_systems->header()->resizeSection(BootModel::State, letter * 14);
    connect(controller, &BootController::started, this, &BootView::update);
    connect(controller, &BootController::finished, this, &BootView::update);
    connect(model, &BootModel::textAppended, this, &BootView::appendConsole);
    connect(model, &QAbstractItemModel::modelReset, this, [this] {
        m_systems->setCurrentIndex(m_systems->model()->index(0, 0));
        showConsole();
    });
    connect(model, &QAbstractItemModel::dataChanged, this, [this] {
        if (m_systems->currentIndex().row() > 0) {
            showConsole();
        }
    });
    connect(m_systems->selectionModel(), &QItemSelectionModel::currentRowChanged, this, &BootView::showConsole);
    update();
}

void BootView::boot(const QString& path)
{
    if (!m_controller->isRunning()) {
        m_image->setText(path);
        startOrStop();
    }
}

void BootView::askForImage()
{
    m_image->setFocus();
    m_image->selectAll();
}

void BootView::askForOptions()
{
    auto* dialog = new BootOptions(m_request, this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &QDialog::accepted, this, [this, dialog] {
        m_request = dialog->request();
        update();
    });
    dialog->open();
}

void BootView::startOrStop()
{
    if (m_controller->isRunning()) {
        m_controller->cancel();
        return;
    }
    BootRequest request = m_request;
    request.image = fromHome(m_image->text().trimmed());
    if (request.image.isEmpty()) {
        return;
    }
    request.user = m_user->text().isEmpty() ? u"root"_s : m_user->text();
    request.password = m_password->text();
    m_controller->start(request);
}

void BootView::update()
{
    const bool running = m_controller != nullptr && m_controller->isRunning();
    m_start->setText(running ? tr("Stop") : tr("Boot"));
    m_start->setIcon(icon(running ? u"stop"_s : u"boot"_s));
    const int changed = BootOptions::changed(m_request);
    m_options->setText(changed == 0 ? tr("Options…") : tr("Options (%1)…").arg(changed));
    m_start->setEnabled(running || !m_image->text().trimmed().isEmpty());
    for (QWidget* part :
         {static_cast<QWidget*>(m_image), static_cast<QWidget*>(m_choose), static_cast<QWidget*>(m_user),
          static_cast<QWidget*>(m_password), static_cast<QWidget*>(m_options)}) {
        part->setEnabled(!running);
    }
    updateVerdict();
}

void BootView::updateVerdict()
{
    QString text;
    if (m_controller != nullptr && m_controller->outcome()) {
        const auto& outcome = *m_controller->outcome();
        if (!outcome) {
            text = errorText(outcome.error());
        } else if (outcome->guests.isEmpty()) {
            text = tr("The host is up; no guest starts by itself.");
        } else if (outcome->isGood()) {
            text = tr("The host and all its guests are running, after %1 s.").arg(outcome->milliseconds / 1000);
        } else {
            text = tr("Not all guests came up. Choose one to see its console.");
        }
    }
    m_verdict->setText(text);
    m_verdict->setVisible(!text.isEmpty());
}

void BootView::showConsole()
{
    m_console->setPlainText(withShortLines(m_systems->currentIndex().data(BootModel::ConsoleRole).toString()));
    m_console->moveCursor(QTextCursor::End);
}

/** More of the host's; the view follows unless somebody has scrolled up to read. */
void BootView::appendConsole(const QString& text)
{
    if (m_systems->currentIndex().row() > 0) {
        return;
    }
    QScrollBar* bar = m_console->verticalScrollBar();
    const bool follows = bar->value() == bar->maximum();
    QTextCursor end(m_console->document());
    end.movePosition(QTextCursor::End);
    end.insertText(withShortLines(text));
    if (follows) {
        bar->setValue(bar->maximum());
    }
}

} // namespace Stowage
