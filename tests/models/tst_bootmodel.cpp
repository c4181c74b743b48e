// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "models/bootmodel.h"
#include "modelwatch.h"

#include <QSignalSpy>

using namespace Stowage;
using namespace Stowage::Test;
using namespace Qt::StringLiterals;

namespace
{

GuestVerdict verdict(const QString& name, GuestVerdict::State state)
{
    GuestVerdict guest;
    guest.name = name;
    guest.state = state;
    guest.domain = state == GuestVerdict::State::Waiting ? -1 : 3;
    guest.memoryMiB = 128;
    guest.reason = state == GuestVerdict::State::Crashed ? u"it fell"_s : QString();
    guest.console = name + u" says"_s;
    return guest;
}

} // namespace

class TestBootModel : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void showsHostAndGuests();
    void keepsTheEndOfALongText();
};

void TestBootModel::showsHostAndGuests()
{
    BootModel model;
    const ModelWatch watch(model);
    QCOMPARE(model.rowCount(), 0);
    model.clear();
    QCOMPARE(columnTexts(model, BootModel::State), QStringList{u"Starting"_s});
    using State = GuestVerdict::State;
    QList<GuestVerdict> guests{verdict(u"a"_s, State::Waiting), verdict(u"b"_s, State::Started),
                               verdict(u"c"_s, State::Running), verdict(u"d"_s, State::Crashed)};
    model.setProgress(BootStage::Guests, guests);
    QCOMPARE(columnTexts(model, BootModel::Name), (QStringList{u"Host"_s, u"a"_s, u"b"_s, u"c"_s, u"d"_s}));
    QCOMPARE(columnTexts(model, BootModel::State),
             (QStringList{u"Running"_s, u"Not started yet"_s, u"Started"_s, u"Running"_s, u"Crashed"_s}));
    QCOMPARE(columnTexts(model, BootModel::Details),
             (QStringList{u"Waiting for the guests"_s, QString(), u"Domain 3, 128 MiB"_s, u"Domain 3, 128 MiB"_s,
                          u"it fell"_s}));
    QList<BootModel::Look> looks;
    for (int row = 0; row < model.rowCount(); ++row) {
        looks.append(static_cast<BootModel::Look>(model.index(row, 0).data(BootModel::LookRole).toInt()));
    }
    using Look = BootModel::Look;
    QCOMPARE(looks, (QList<Look>{Look::Good, Look::Waiting, Look::Busy, Look::Good, Look::Bad}));
    QCOMPARE(model.index(3, 0).data(BootModel::ConsoleRole).toString(), u"c says"_s);

    const QSignalSpy changed(&model, &QAbstractItemModel::dataChanged);
    const QSignalSpy reset(&model, &QAbstractItemModel::modelReset);
    guests[0].state = State::Running;
    model.setProgress(BootStage::Done, guests);
    QCOMPARE(changed.size(), 1);
    QCOMPARE(reset.size(), 0); // what is selected stays so
    QCOMPARE(model.index(1, BootModel::State).data().toString(), u"Running"_s);
    model.setProgress(BootStage::Failed, {});
    QCOMPARE(columnTexts(model, BootModel::State), QStringList{u"Failed"_s});
}

void TestBootModel::keepsTheEndOfALongText()
{
    BootModel model;
    model.clear();
    const QSignalSpy appended(&model, &BootModel::textAppended);
    const QString block(1024 * 1024, u'x');
    for (int i = 0; i < 20; ++i) {
        model.appendText(block);
    }
    model.appendText(u"end"_s);
    QCOMPARE(appended.size(), 21);
    const QString text = model.index(0, 0).data(BootModel::ConsoleRole).toString();
    QVERIFY(text.endsWith(u"xend"_s));
    QVERIFY(text.size() <= 8 * 1024 * 1024);
    QVERIFY(text.size() >= 4 * 1024 * 1024);
}

QTEST_GUILESS_MAIN(TestBootModel)
#include "tst_bootmodel.moc"
