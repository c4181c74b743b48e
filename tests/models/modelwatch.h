// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include <QAbstractItemModelTester>
#include <QSortFilterProxyModel>
#include <QtTest>

namespace Stowage::Test
{

/** Checks @p model, and a sorting proxy over it, after every signal; a broken promise ends the program. */
class ModelWatch
{
public:
    explicit ModelWatch(QAbstractItemModel& model)
        : m_tester(&model, QAbstractItemModelTester::FailureReportingMode::Fatal),
          m_proxyTester(&m_proxy, QAbstractItemModelTester::FailureReportingMode::Fatal)
    {
        m_proxy.setRecursiveFilteringEnabled(true);
        m_proxy.setSourceModel(&model);
        m_proxy.sort(0);
    }

    [[nodiscard]] const QSortFilterProxyModel& proxy() const { return m_proxy; }

private:
    QSortFilterProxyModel m_proxy;
    QAbstractItemModelTester m_tester;
    QAbstractItemModelTester m_proxyTester;
};

/** The texts of the cells of @p column, top rows only. */
inline QStringList columnTexts(const QAbstractItemModel& model, int column)
{
    QStringList texts;
    for (int row = 0; row < model.rowCount(); ++row) {
        texts.append(model.index(row, column).data().toString());
    }
    return texts;
}

} // namespace Stowage::Test
