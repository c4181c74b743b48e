// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/project/project.h"

#include <QWidget>

class QCheckBox;
class QLineEdit;
class QSpinBox;

namespace Stowage
{

class OutputWriter;

/** The kinds of output that can be written, each with a check box and a path. */
class OutputList : public QWidget
{
    Q_OBJECT

public:
    explicit OutputList(QWidget* parent = nullptr);

    /**
     * Shows @p outputs; relative paths are shown as they are. The first output of each kind counts. @p base: path and
     * beginning of the name that is suggested for what has no path yet. Without outputs the first kind is ticked.
     */
    void setOutputs(const QList<OutputSpec>& outputs, const QString& base);
    /** What is ticked and has a path. */
    [[nodiscard]] QList<OutputSpec> outputs() const;
    /** Width of the column of check boxes, for what is to be aligned with it. */
    [[nodiscard]] int titleWidth() const;

Q_SIGNALS:
    void changed();

private:
    struct Row {
        QString kind;
        QCheckBox* check;
        QLineEdit* path;
        QSpinBox* size; ///< Null for kinds without one.
        QCheckBox* bmap; ///< The same.
        QStringList suffixes; ///< OutputWriter::suffixes()
    };

    void addRow(const OutputWriter& writer);
    void addImageFields(const Row& row, int line);
    void choose(const Row& row);
    [[nodiscard]] QString suggestion(const Row& row) const;
    /** Offers a block map only for images that can have one. */
    static void updateBmap(const Row& row);

    QList<Row> m_rows;
    QString m_base;
};

} // namespace Stowage
