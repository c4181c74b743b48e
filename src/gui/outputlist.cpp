// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "gui/outputlist.h"

#include "core/output/outputwriter.h"
#include "gui/filepicker.h"
#include "gui/icons.h"

#include <QCheckBox>
#include <QDir>
#include <QGridLayout>
#include <QLineEdit>
#include <QSignalBlocker>
#include <QToolButton>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace Stowage
{

namespace
{

/** A path as a shell reads it: "~/" leads home. */
QString fromHome(const QString& path)
{
    return path.startsWith("~/"_L1) ? QDir::homePath() + path.mid(1) : path;
}

} // namespace

OutputList::OutputList(QWidget* parent) : QWidget(parent)
{
    auto* grid = new QGridLayout(this);
    grid->setContentsMargins(0, 0, 0, 0);
    grid->setHorizontalSpacing(8);
    grid->setVerticalSpacing(6);
    grid->setColumnStretch(1, 1);
    const QList<const OutputWriter*> writers = allWriters();
    for (const OutputWriter* writer : writers) {
        addRow(writer->kind(), writer->title());
    }
}

void OutputList::addRow(const QString& kind, const QString& title)
{
    auto* grid = qobject_cast<QGridLayout*>(layout());
    const Row row{kind, new QCheckBox(title, this), new QLineEdit(this)};
    row.check->setObjectName(kind + u"OutputCheck"_s);
    row.path->setObjectName(kind + u"OutputPath"_s);
    row.path->setAccessibleName(tr("Where to write: %1").arg(title));
    auto* browse = new QToolButton(this);
    browse->setObjectName(kind + u"OutputBrowse"_s);
    browse->setIcon(icon(u"open"_s));
    browse->setToolTip(tr("Choose where to write it"));
    browse->setAccessibleName(browse->toolTip());
    browse->setFocusPolicy(Qt::StrongFocus);
    const int line = static_cast<int>(m_rows.size());
    grid->addWidget(row.check, line, 0);
    grid->addWidget(row.path, line, 1);
    grid->addWidget(browse, line, 2);
    m_rows.append(row);
    connect(row.check, &QCheckBox::toggled, this, [this, row](bool checked) {
        if (checked && row.path->text().isEmpty()) {
            row.path->setText(suggestion(row.kind));
        }
        Q_EMIT changed();
    });
    connect(row.path, &QLineEdit::textEdited, this, [this, row](const QString& text) {
        row.check->setChecked(!text.isEmpty());
        Q_EMIT changed();
    });
    connect(browse, &QToolButton::clicked, this, [this, row] { choose(row); });
}

void OutputList::choose(const Row& row)
{
    const PathQuestion question{
        .kind = PathQuestion::Kind::SaveFile, .title = row.check->text(), .directory = {}, .filters = {}, .suffix = {}};
    askForPath(this, question, [this, row](const QStringList& paths) {
        row.path->setText(paths.first());
        row.check->setChecked(true);
        Q_EMIT changed();
    });
}

QString OutputList::suggestion(const QString& kind) const
{
    return kind == "tar"_L1 ? m_base + u".tar.zst"_s : u"%1-%2"_s.arg(m_base, kind);
}

int OutputList::titleWidth() const
{
    int width = 0;
    for (const Row& row : m_rows) {
        width = std::max(width, row.check->sizeHint().width());
    }
    return width;
}

void OutputList::setOutputs(const QList<OutputSpec>& outputs, const QString& base)
{
    m_base = base;
    for (const Row& row : std::as_const(m_rows)) {
        const auto found = std::ranges::find(outputs, row.kind, &OutputSpec::kind);
        const QSignalBlocker blocker(row.check);
        row.check->setChecked(found != outputs.end());
        row.path->setText(found == outputs.end() ? QString() : found->path);
        row.path->setPlaceholderText(suggestion(row.kind));
    }
    if (outputs.isEmpty() && !m_rows.isEmpty()) {
        m_rows.first().check->setChecked(true); // Most people want one thing, and a place to write it.
    }
}

QList<OutputSpec> OutputList::outputs() const
{
    QList<OutputSpec> outputs;
    for (const Row& row : m_rows) {
        if (row.check->isChecked() && !row.path->text().trimmed().isEmpty()) {
            outputs.append({.kind = row.kind, .path = fromHome(row.path->text().trimmed())});
        }
    }
    return outputs;
}

} // namespace Stowage
