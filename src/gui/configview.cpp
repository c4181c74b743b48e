// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "gui/configview.h"

#include "gui/elidedlabel.h"
#include "gui/icons.h"
#include "gui/theme.h"
#include "gui/xlhighlighter.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QPlainTextEdit>
#include <QScrollBar>
#include <QToolButton>
#include <QVBoxLayout>

using namespace Qt::StringLiterals;

namespace Stowage
{

ConfigView::ConfigView(QWidget* parent)
    : QWidget(parent),
      m_path(new ElidedLabel(this)),
      m_copy(new QToolButton(this)),
      m_text(new QPlainTextEdit(this)),
      m_highlighter(new XlHighlighter(m_text->document()))
{
    m_path->setObjectName(u"configPath"_s);
    m_path->setTextFormat(Qt::PlainText);
    m_path->setProperty("secondary", true);
    m_copy->setObjectName(u"configCopyButton"_s);
    m_copy->setProperty("flat", true);
    m_copy->setText(tr("Copy"));
    m_copy->setIcon(icon(u"copy"_s));
    m_copy->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    m_copy->setToolTip(tr("Copy the config"));
    m_copy->setFocusPolicy(Qt::StrongFocus);
    m_text->setObjectName(u"configText"_s);
    m_text->setAccessibleName(tr("Config of the selected guest"));
    m_text->setReadOnly(true);
    m_text->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    m_text->setLineWrapMode(QPlainTextEdit::NoWrap);
    m_text->setFrameShape(QFrame::NoFrame);
    m_text->document()->setDocumentMargin(12);
    updateTheme();

    auto* head = new QHBoxLayout;
    head->setContentsMargins(12, 3, 8, 3);
    head->addWidget(m_path, 1);
    head->addWidget(m_copy);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addLayout(head);
    layout->addWidget(m_text, 1);
    connect(m_copy, &QToolButton::clicked, this,
            [this] { QGuiApplication::clipboard()->setText(m_text->toPlainText()); });
    showConfig({}, {});
}

void ConfigView::showConfig(const QString& path, const QByteArray& text)
{
    m_path->setText(path.isEmpty() ? tr("Select a guest to see its config.") : path);
    m_copy->setVisible(!path.isEmpty());
    const QString shown = QString::fromUtf8(text);
    if (m_text->toPlainText() == shown) {
        return;
    }
    const int scroll = m_text->verticalScrollBar()->value();
    m_text->setPlainText(shown);
    m_text->verticalScrollBar()->setValue(scroll);
}

void ConfigView::updateTheme()
{
    m_text->setFont(Theme::codeFont());
    m_highlighter->rehighlight();
}

} // namespace Stowage
