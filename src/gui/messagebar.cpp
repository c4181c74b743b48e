// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "gui/messagebar.h"

#include "gui/icons.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QStyle>
#include <QToolButton>

#include <utility>

using namespace Qt::StringLiterals;

namespace Stowage
{

namespace
{

QToolButton* makeButton(QWidget* parent, const QString& name)
{
    auto* button = new QToolButton(parent);
    button->setObjectName(name);
    button->setProperty("flat", true);
    button->setFocusPolicy(Qt::StrongFocus);
    return button;
}

QIcon kindIcon(MessageBar::Kind kind)
{
    switch (kind) {
    case MessageBar::Kind::Note:
        return icon(u"note"_s, IconTint::Accent);
    case MessageBar::Kind::Good:
        return icon(u"ok"_s, IconTint::Good);
    case MessageBar::Kind::Warning:
        return icon(u"warning"_s, IconTint::Warning);
    case MessageBar::Kind::Error:
        return icon(u"error"_s, IconTint::Error);
    }
    return {};
}

} // namespace

MessageBar::MessageBar(QWidget* parent)
    : QFrame(parent),
      m_icon(new QLabel(this)),
      m_text(new QLabel(this)),
      m_action(makeButton(this, u"messageActionButton"_s)),
      m_close(makeButton(this, u"messageCloseButton"_s))
{
    m_text->setObjectName(u"messageText"_s);
    m_text->setTextFormat(Qt::PlainText);
    m_text->setWordWrap(true);
    m_text->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred); // A long word must not widen the window.
    m_text->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    m_close->setIcon(icon(u"close"_s, IconTint::Secondary));
    m_close->setToolTip(tr("Dismiss"));
    m_close->setAccessibleName(tr("Dismiss the message"));
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(14, 7, 8, 7);
    layout->setSpacing(10);
    layout->addWidget(m_icon, 0, Qt::AlignVCenter);
    layout->addWidget(m_text, 1, Qt::AlignVCenter);
    layout->addWidget(m_action, 0, Qt::AlignVCenter);
    layout->addWidget(m_close, 0, Qt::AlignTop);
    connect(m_close, &QToolButton::clicked, this, &MessageBar::dismiss);
    connect(m_action, &QToolButton::clicked, this, [this] {
        const auto run = std::exchange(m_run, {});
        dismiss();
        if (run) {
            run();
        }
    });
    hide();
}

void MessageBar::showMessage(Kind kind, const QString& text)
{
    m_run = {};
    m_action->hide();
    m_kind = kind;
    const QStringList names{u"note"_s, u"good"_s, u"warning"_s, u"error"_s};
    setProperty("kind", names.at(static_cast<int>(kind)));
    style()->unpolish(this);
    style()->polish(this);
    updateIcon();
    m_text->setText(text);
    m_text->setAccessibleName(text);
    show();
}

void MessageBar::updateIcon()
{
    m_icon->setPixmap(kindIcon(m_kind).pixmap(QSize(18, 18), devicePixelRatioF()));
}

void MessageBar::changeEvent(QEvent* event)
{
    QFrame::changeEvent(event);
    if (event->type() == QEvent::PaletteChange) {
        updateIcon();
    }
}

void MessageBar::setAction(const QString& title, const std::function<void()>& run)
{
    m_run = run;
    m_action->setText(title);
    m_action->show();
}

void MessageBar::dismiss()
{
    m_run = {};
    m_text->clear();
    hide();
}

QString MessageBar::text() const
{
    return m_text->text();
}

} // namespace Stowage
