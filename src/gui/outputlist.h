// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/project/project.h"

#include <QWidget>

class QCheckBox;
class QLineEdit;

namespace Stowage
{

/** The kinds of output that can be written, each with a check box and a path. */
class OutputList : public QWidget
{
    Q_OBJECT

public:
    explicit OutputList(QWidget* parent = nullptr);

    /** Shows @p outputs; relative paths are shown as they are. The first output of each kind counts. */
    void setOutputs(const QList<OutputSpec>& outputs);
    /** What is ticked and has a path. */
    [[nodiscard]] QList<OutputSpec> outputs() const;

Q_SIGNALS:
    void changed();

private:
    struct Row {
        QString kind;
        QCheckBox* check;
        QLineEdit* path;
    };

    void addRow(const QString& kind, const QString& title);
    void choose(const Row& row);

    QList<Row> m_rows;
};

} // namespace Stowage
