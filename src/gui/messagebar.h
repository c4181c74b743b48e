// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include <QFrame>

#include <functional>

class QLabel;
class QToolButton;

namespace Stowage
{

/** A strip at the top of the window for messages that need no answer: results, refusals, errors. Hidden when empty. */
class MessageBar : public QFrame
{
    Q_OBJECT

public:
    enum class Kind { Note, Good, Warning, Error };

    explicit MessageBar(QWidget* parent = nullptr);

    /** Shows @p text, plain and over as many lines as it needs, in place of what was there. */
    void showMessage(Kind kind, const QString& text);
    /** Shows an action beside the message that is shown; it is gone with the message. */
    void setAction(const QString& title, const std::function<void()>& run);
    void dismiss();
    [[nodiscard]] QString text() const;

protected:
    void changeEvent(QEvent* event) override;

private:
    void updateIcon();

    Kind m_kind = Kind::Note;
    QLabel* m_icon;
    QLabel* m_text;
    QToolButton* m_action;
    QToolButton* m_close;
    std::function<void()> m_run;
};

} // namespace Stowage
