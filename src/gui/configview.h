// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include <QWidget>

class QLabel;
class QPlainTextEdit;
class QToolButton;

namespace Stowage
{

class XlHighlighter;

/** The config that a guest will have on the host: read only, coloured, with its path and a button that copies it. */
class ConfigView : public QWidget
{
    Q_OBJECT

public:
    explicit ConfigView(QWidget* parent = nullptr);

    /** Shows @p text as the content of @p path on the host; an empty path: no guest is selected. */
    void showConfig(const QString& path, const QByteArray& text);
    /** Takes colours and fonts anew. */
    void updateTheme();

private:
    QLabel* m_path;
    QToolButton* m_copy;
    QPlainTextEdit* m_text;
    XlHighlighter* m_highlighter;
};

} // namespace Stowage
