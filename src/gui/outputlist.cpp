// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "gui/outputlist.h"

#include "core/output/outputform.h"
#include "core/output/outputwriter.h"
#include "gui/filepicker.h"
#include "gui/icons.h"

#include <QCheckBox>
#include <QGridLayout>
#include <QLineEdit>
#include <QSignalBlocker>
#include <QSpinBox>
#include <QToolButton>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace Stowage
{

namespace
{

constexpr int LargestMiB = 16 * 1024 * 1024 - 1; // below 16 TiB
constexpr int SizeStepMiB = 256;

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
        addRow(*writer);
    }
}

void OutputList::addRow(const OutputWriter& writer)
{
    const QString kind = writer.kind();
    const QString title = writer.title();
    auto* grid = qobject_cast<QGridLayout*>(layout());
    const Row row{kind,
                  new QCheckBox(title, this),
                  new QLineEdit(this),
                  writer.makesImage() ? new QSpinBox(this) : nullptr,
                  writer.makesImage() ? new QCheckBox(tr("Block map"), this) : nullptr,
                  writer.suffixes()};
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
    if (writer.makesImage()) {
        addImageFields(row, line);
    }
    if (!row.suffixes.isEmpty()) {
        row.path->setToolTip(tr("The suffix decides the form: %1").arg(row.suffixes.join(", "_L1)));
    }
    m_rows.append(row);
    connect(row.check, &QCheckBox::toggled, this, [this, row](bool checked) {
        if (checked && row.path->text().isEmpty()) {
            row.path->setText(suggestion(row));
            updateBmap(row);
        }
        Q_EMIT changed();
    });
    connect(row.path, &QLineEdit::textEdited, this, [this, row](const QString& text) {
        row.check->setChecked(!text.isEmpty());
        updateBmap(row);
        Q_EMIT changed();
    });
    connect(browse, &QToolButton::clicked, this, [this, row] { choose(row); });
}

void OutputList::addImageFields(const Row& row, int line)
{
    const QString title = row.check->text();
    row.size->setObjectName(row.kind + u"OutputSize"_s);
    row.size->setAccessibleName(tr("Size of the root file system: %1").arg(title));
    row.size->setToolTip(tr("Size of the root file system"));
    row.size->setRange(0, LargestMiB);
    row.size->setSingleStep(SizeStepMiB);
    row.size->setSuffix(tr(" MiB"));
    row.size->setSpecialValueText(tr("Size as needed"));
    row.bmap->setObjectName(row.kind + u"OutputBmap"_s);
    row.bmap->setAccessibleName(tr("Block map beside it: %1").arg(title));
    row.bmap->setToolTip(
        tr("Write a map for bmaptool beside a raw or compressed image, so that it writes only what is in use"));
    auto* grid = qobject_cast<QGridLayout*>(layout());
    grid->addWidget(row.size, line, 3);
    grid->addWidget(row.bmap, line, 4);
    connect(row.size, &QSpinBox::valueChanged, this, &OutputList::changed);
    connect(row.bmap, &QCheckBox::toggled, this, &OutputList::changed);
}

void OutputList::choose(const Row& row)
{
    PathQuestion question{
        .kind = PathQuestion::Kind::SaveFile, .title = row.check->text(), .directory = {}, .filters = {}, .suffix = {}};
    if (!row.suffixes.isEmpty()) {
        question.filters = {u"%1 (*%2)"_s.arg(row.check->text(), row.suffixes.join(" *"_L1)), tr("All files (*)")};
        question.suffix = row.suffixes.first().sliced(1);
    }
    askForPath(this, question, [this, row](const QStringList& paths) {
        row.path->setText(paths.first());
        row.check->setChecked(true);
        updateBmap(row);
        Q_EMIT changed();
    });
}

QString OutputList::suggestion(const Row& row) const
{
    return row.suffixes.isEmpty() ? u"%1-%2"_s.arg(m_base, row.kind) : m_base + row.suffixes.first();
}

void OutputList::updateBmap(const Row& row)
{
    if (row.bmap != nullptr) {
        const auto form = imageForm(row.path->text().trimmed());
        row.bmap->setEnabled(form && !form->isQcow2);
    }
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
        row.path->setPlaceholderText(suggestion(row));
        if (row.size != nullptr) {
            const QSignalBlocker sizeBlocker(row.size);
            row.size->setValue(found == outputs.end() ? 0 : static_cast<int>(found->sizeMiB));
            const QSignalBlocker bmapBlocker(row.bmap);
            row.bmap->setChecked(found != outputs.end() && found->bmap);
            updateBmap(row);
        }
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
            outputs.append({.kind = row.kind,
                            .path = fromHome(row.path->text().trimmed()),
                            .sizeMiB = row.size != nullptr ? row.size->value() : 0,
                            .bmap = row.bmap != nullptr && row.bmap->isEnabled() && row.bmap->isChecked()});
        }
    }
    return outputs;
}

} // namespace Stowage
