// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "gui/problemview.h"

#include "gui/icons.h"
#include "gui/problemdelegate.h"
#include "models/problemmodel.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QListView>
#include <QPushButton>
#include <QVBoxLayout>

using namespace Qt::StringLiterals;

namespace Stowage
{

ProblemView::ProblemView(QWidget* parent)
    : QWidget(parent),
      m_list(new QListView(this)),
      m_nothing(new QLabel(tr("No problems: the guests can be built."), this))
{
    m_list->setObjectName(u"problemList"_s);
    m_list->setAccessibleName(tr("Problems"));
    m_list->setLayoutMode(QListView::Batched); // measuring many texts at once would stall the window
    m_list->setBatchSize(20);
    m_list->setItemDelegate(new ProblemDelegate(m_list));
    m_list->setResizeMode(QListView::Adjust);
    m_list->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    m_list->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_nothing->setProperty("secondary", true);
    m_nothing->setAlignment(Qt::AlignCenter);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(m_list);
    layout->addWidget(m_nothing);
}

void ProblemView::setProblemModel(ProblemModel* model)
{
    m_model = model;
    m_list->setModel(model);
    m_list->setModelColumn(ProblemModel::Text);
    const auto activate = [this](const QModelIndex& index) { Q_EMIT problemActivated(m_model->problem(index.row())); };
    connect(m_list, &QAbstractItemView::clicked, this, activate);
    connect(m_list, &QAbstractItemView::activated, this, activate);
    for (const auto signal : {&QAbstractItemModel::rowsInserted, &QAbstractItemModel::rowsRemoved}) {
        connect(model, signal, this, &ProblemView::updateButtons);
    }
    connect(model, &QAbstractItemModel::rowsMoved, this, &ProblemView::updateButtons);
    connect(model, &QAbstractItemModel::modelReset, this, &ProblemView::updateButtons);
    connect(model, &QAbstractItemModel::dataChanged, this, [this](const QModelIndex& first, const QModelIndex& last) {
        for (int row = first.row(); row <= last.row(); ++row) {
            updateButton(row);
        }
    });
    updateButtons();
}

void ProblemView::updateButtons()
{
    const int rows = m_model->rowCount();
    m_nothing->setVisible(rows == 0);
    m_list->setVisible(rows > 0);
    for (int row = 0; row < rows; ++row) {
        updateButton(row);
    }
}

void ProblemView::updateButton(int row)
{
    const QModelIndex index = m_model->index(row, ProblemModel::Text);
    const QString title = index.data(ProblemModel::FixTitleRole).toString();
    const QWidget* old = m_list->indexWidget(index);
    if (!index.data(ProblemModel::HasFixRole).toBool()) {
        if (old != nullptr) {
            m_list->setIndexWidget(index, nullptr);
        }
        return;
    }
    if (old != nullptr && old->accessibleName() == title) {
        return;
    }
    auto* holder = new QWidget;
    holder->setAccessibleName(title);
    holder->setAttribute(Qt::WA_TransparentForMouseEvents, false);
    auto* button = new QPushButton(icon(u"fix"_s, IconTint::Accent), title, holder);
    button->setObjectName(u"fixButton"_s);
    auto* layout = new QHBoxLayout(holder);
    layout->setContentsMargins(0, 6, 12, 6);
    layout->addStretch();
    layout->addWidget(button, 0, Qt::AlignVCenter);
    m_list->setIndexWidget(index, holder);
    const QPersistentModelIndex stable(index);
    connect(button, &QPushButton::clicked, this, [this, stable] {
        if (stable.isValid()) {
            const Problem problem = m_model->problem(stable.row());
            Q_EMIT fixRequested(problem);
        }
    });
}

} // namespace Stowage
