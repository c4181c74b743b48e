// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "models/projectdocument.h"

#include <QtTest>

namespace Stowage::Test
{

using namespace Qt::StringLiterals;

/** Writes the signals of a document down, and follows them with a list of its own. */
class DocumentFollower : public QObject
{
public:
    explicit DocumentFollower(ProjectDocument& document) : m_document(document), m_mirror(document.project().guests)
    {
        connect(&document, &ProjectDocument::guestsAboutToBeInserted, this, [this](int first, int last) {
            expect(m_mirror.size());
            m_announced = {first, last};
        });
        connect(&document, &ProjectDocument::guestsInserted, this, [this](int first, int last) {
            QCOMPARE(m_announced, (QList{first, last}));
            for (int row = first; row <= last; ++row) {
                m_mirror.insert(row, m_document.project().guests[row]);
            }
            log(u"insert %1-%2"_s.arg(first).arg(last));
        });
        connect(&document, &ProjectDocument::guestsAboutToBeRemoved, this, [this](int first, int last) {
            expect(m_mirror.size());
            m_announced = {first, last};
        });
        connect(&document, &ProjectDocument::guestsRemoved, this, [this](int first, int last) {
            QCOMPARE(m_announced, (QList{first, last}));
            m_mirror.remove(first, last - first + 1);
            log(u"remove %1-%2"_s.arg(first).arg(last));
        });
        connect(&document, &ProjectDocument::guestsAboutToBeMoved, this, [this](int from, int to) {
            expect(m_mirror.size());
            m_announced = {from, to};
        });
        connect(&document, &ProjectDocument::guestsMoved, this, [this](int from, int to) {
            QCOMPARE(m_announced, (QList{from, to}));
            m_mirror.move(from, to);
            log(u"move %1>%2"_s.arg(from).arg(to));
        });
        connect(&document, &ProjectDocument::guestChanged, this, [this](int row) {
            m_mirror[row] = m_document.project().guests[row];
            log(u"guest %1"_s.arg(row));
        });
        connect(&document, &ProjectDocument::settingsChanged, this, [this] { log(u"settings"_s); });
        connect(&document, &ProjectDocument::changed, this, [this] { log(u"changed"_s); });
    }

    [[nodiscard]] QString take() { return std::exchange(m_log, {}).join(u", "_s); }
    [[nodiscard]] const QList<Guest>& mirror() const { return m_mirror; }

private:
    void expect(qsizetype guests) { QCOMPARE(m_document.project().guests.size(), guests); }

    /** After each signal the document has what the signals so far make of it. */
    void log(const QString& text)
    {
        QCOMPARE(m_mirror.size(), m_document.project().guests.size());
        m_log.append(text);
    }

    ProjectDocument& m_document;
    QList<Guest> m_mirror;
    QList<int> m_announced;
    QStringList m_log;
};

} // namespace Stowage::Test
