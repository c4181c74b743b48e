// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "fixtures.h"
#include "gui/buildforecast.h"
#include "gui/diskpictureview.h"
#include "gui/plancontroller.h"
#include "guitest.h"
#include "models/problemmodel.h"
#include "models/projectdocument.h"

#include <QAbstractButton>
#include <QCheckBox>
#include <QComboBox>
#include <QDialog>
#include <QDockWidget>
#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QPushButton>
#include <QSpinBox>
#include <QTableWidget>

#include <algorithm>

using namespace Qt::StringLiterals;
using namespace Stowage;
using namespace Stowage::Test;

/** What the build dialog and the project's page on disks tell of an image before it is made. */
class ForecastTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init() { m_gui.start(); }
    void pictureFollowsTheOutputs();
    void pictureIsReadAndWalked();
    void manyPiecesFit();
    void hostOfTheDialogCounts();
    void spaceIsTold();
    void tooLittleSpaceIsAnError();
    void diskPageIsOneStep();
    void diskPageKnowsWhatCounts();
    void diskProblemsLeadToTheirFields();

private:
    void openProject();
    /** What the dialog says of space, a line each. */
    [[nodiscard]] QStringList spaceLines();
    /** The names of the pieces that are shown, in their order. */
    [[nodiscard]] QStringList pieces();
    QDialog* openSettings();

    GuiTest m_gui;
};

void ForecastTest::openProject()
{
    makeRootfs(m_gui.path(u"web"_s));
    writeFile(m_gui.path(u"deploy/bzImage"_s), readFile(kernelFor(u"amd64"_s)));
    m_gui.window().document().edit(u"x"_s, [this](Project& project) {
        project.directory = m_gui.path(QString());
        project.machine.name = u"qemux86-64"_s;
        project.machine.deployDirectory = m_gui.path(u"deploy"_s);
        Guest guest;
        guest.entry = u"web"_s;
        guest.sourceType = u"rootfs_dir"_s;
        guest.sourceFile = m_gui.path(u"web"_s);
        guest.imageSizeMiB = 8;
        project.guests = {guest};
    });
    QVERIFY(m_gui.waitForPlan());
}

QStringList ForecastTest::spaceLines()
{
    QStringList lines;
    const QList<QLabel*> labels = m_gui.find(u"spaceBox"_s)->findChildren<QLabel*>();
    for (const QLabel* label : labels) {
        lines += label->text().isEmpty() ? QStringList() : QStringList(label->text());
    }
    return lines;
}

QStringList ForecastTest::pieces()
{
    QStringList names;
    const QList<QAbstractButton*> buttons =
        m_gui.window().findChild<DiskPictureView*>()->findChildren<QAbstractButton*>();
    for (const QAbstractButton* button : buttons) {
        names.append(button->objectName());
    }
    return names;
}

void ForecastTest::pictureFollowsTheOutputs()
{
    openProject();
    m_gui.trigger(u"actionBuild"_s);
    auto* view = m_gui.window().findChild<DiskPictureView*>();
    QTRY_VERIFY(m_gui.find<QPushButton>(u"startButton"_s)->isEnabled());
    QVERIFY(!view->isVisible()); // a tree is no image
    m_gui.find<QCheckBox>(u"ext4OutputCheck"_s)->click();
    QTRY_VERIFY(view->isVisible());
    QCOMPARE(pieces(), (QStringList{u"partition-root"_s, u"share-web"_s, u"share-Free"_s}));
    QVERIFY(!m_gui.find<QComboBox>(u"pictureCombo"_s)->isVisible());
    m_gui.find<QSpinBox>(u"ext4OutputSize"_s)->setValue(300);
    QTRY_COMPARE(view->picture().title, u"File system, 300 MiB"_s);
    m_gui.find<QLineEdit>(u"ext4OutputPath"_s)->selectAll();
    QTest::keyClicks(m_gui.find<QLineEdit>(u"ext4OutputPath"_s), m_gui.path(u"a.ext4.zst"_s));
    QTRY_COMPARE(view->picture().title, u"File system in a compressed file, 300 MiB"_s);
    // Of two images one is chosen.
    m_gui.find<QCheckBox>(u"diskOutputCheck"_s)->click();
    auto* combo = m_gui.find<QComboBox>(u"pictureCombo"_s);
    QTRY_VERIFY(combo->isVisible());
    QCOMPARE(combo->count(), 2);
    combo->setCurrentIndex(combo->findData(u"disk"_s));
    QVERIFY2(view->picture().title.startsWith("Disk with GPT"_L1), qPrintable(view->picture().title));
    m_gui.find<QCheckBox>(u"ext4OutputCheck"_s)->click();
    QTRY_VERIFY(!combo->isVisible());
    QVERIFY(view->picture().title.startsWith("Disk with GPT"_L1));
}

void ForecastTest::pictureIsReadAndWalked()
{
    openProject();
    m_gui.trigger(u"actionBuild"_s);
    m_gui.find<QCheckBox>(u"diskOutputCheck"_s)->click();
    auto* view = m_gui.window().findChild<DiskPictureView*>();
    QTRY_VERIFY(view->isVisible());
    QCOMPARE(view->accessibleDescription(), view->picture().text());
    const auto* details = m_gui.find<QLabel>(u"pieceLabel"_s);
    auto* root = m_gui.find<QAbstractButton>(u"partition-root"_s);
    auto* guest = m_gui.find<QAbstractButton>(u"share-web"_s);
    QVERIFY(root->isChecked());
    QCOMPARE(details->text(), root->accessibleName());
    QVERIFY(details->text().startsWith("Partition 1, root: ext4, about "_L1));
    root->setFocus(Qt::TabFocusReason);
    QTest::keyClick(root, Qt::Key_Right);
    QVERIFY(guest->isChecked() && guest->hasFocus());
    QVERIFY2(details->text().startsWith("Files of guest web: about "_L1), qPrintable(details->text()));
    QTest::keyClick(guest, Qt::Key_Right);
    QTest::keyClick(m_gui.find<QAbstractButton>(u"share-Free"_s), Qt::Key_Right); // there is no further one
    QVERIFY(m_gui.find<QAbstractButton>(u"share-Free"_s)->hasFocus());
    QTest::mouseClick(guest, Qt::LeftButton);
    QVERIFY(guest->isChecked());
    // Tab leads past the picture: one of its pieces takes the focus.
    int stops = 0;
    const QList<QAbstractButton*> buttons = view->findChildren<QAbstractButton*>();
    for (const QAbstractButton* button : buttons) {
        stops += (button->focusPolicy() & Qt::TabFocus) != 0 ? 1 : 0;
    }
    QCOMPARE(stops, 1);
    // What is selected stays so when the picture changes. Nothing lies upon another, and all of it is seen.
    m_gui.find<QSpinBox>(u"diskOutputSize"_s)->setValue(4000);
    QTRY_VERIFY(view->picture().title.contains("3.9 GiB"_L1));
    guest = m_gui.find<QAbstractButton>(u"share-web"_s);
    QVERIFY(guest->isChecked() && guest->width() >= 10);
    root = m_gui.find<QAbstractButton>(u"partition-root"_s);
    QVERIFY(root->geometry().contains(guest->geometry()));
    QVERIFY(guest->geometry().right() < m_gui.find<QAbstractButton>(u"share-Free"_s)->x());
}

void ForecastTest::manyPiecesFit()
{
    Layout layout;
    layout.hostTable = PartitionTable();
    for (int number = 1; number <= 12; ++number) {
        Partition partition;
        partition.number = number;
        partition.start = qint64{number} << 30;
        partition.size = 1 << 30;
        layout.hostTable->partitions.append(partition);
    }
    layout.hostTable->end = qint64{13} << 30;
    layout.rootNumber = 3;
    for (int i = 0; i < 9; ++i) {
        LayoutNode node;
        node.kind = LayoutNode::Kind::File;
        node.size = 1 << (20 + i);
        node.guest = QString(100, QChar(u'a' + i));
        layout.root.children.append(node);
    }
    DiskPictureView view;
    view.setPicture(pictureOf(layout, {.kind = u"disk"_s, .path = u"/a.img"_s}));
    QVERIFY(view.minimumSizeHint().width() < 500); // Names are cut before the dialog grows by them.
    for (const Qt::LayoutDirection direction : {Qt::LeftToRight, Qt::RightToLeft}) {
        view.setLayoutDirection(direction);
        view.resize(640, 200);
        view.show();
        QTest::qWait(50);
        const QList<QAbstractButton*> buttons = view.findChildren<QAbstractButton*>();
        QCOMPARE(buttons.size(), 12 + 6 + 1);
        int end = 0;
        for (const QAbstractButton* button : buttons) {
            const bool isShare = button->objectName().startsWith("share-"_L1);
            QVERIFY2(button->width() > 8, qPrintable(button->objectName()));
            end += isShare ? 0 : button->width();
            QVERIFY(button->parentWidget()->rect().contains(button->geometry()));
        }
        QVERIFY(end <= 640); // They lie beside each other.
        QVERIFY(buttons.at(2)->width() > 300); // the root file system
        const bool isFirstLeft = buttons.first()->x() < buttons.last()->x();
        QCOMPARE(isFirstLeft, direction == Qt::LeftToRight);
    }
}

void ForecastTest::hostOfTheDialogCounts()
{
    openProject();
    makeRootfs(m_gui.path(u"host"_s));
    writeFile(m_gui.path(u"host/boot/xen-4.20-amd64.gz"_s), QByteArray(4096, 'x'));
    writeFile(m_gui.path(u"host/boot/vmlinuz-6.12-amd64"_s), readFile(kernelFor(u"amd64"_s)));
    m_gui.window().document().edit(u"x"_s, [](Project& project) { project.disk.boot = DiskSettings::Boot::Uefi; });
    QVERIFY(m_gui.waitForPlan());
    m_gui.trigger(u"actionBuild"_s);
    auto* start = m_gui.find<QPushButton>(u"startButton"_s);
    QTRY_VERIFY(start->isEnabled());
    // The project has no disk yet: what stands in its way is known all the same.
    m_gui.find<QCheckBox>(u"diskOutputCheck"_s)->click();
    auto* notice = m_gui.find<QLabel>(u"setupNotice"_s);
    QTRY_VERIFY(notice->isVisible());
    QVERIFY(!start->isEnabled() && !m_gui.find<QPushButton>(u"problemsButton"_s)->isVisible());
    auto* host = m_gui.find(u"BuildDialog"_s)->findChild<QLineEdit*>(u"hostEdit"_s);
    QTest::keyClicks(host, m_gui.path(u"host"_s));
    QTRY_VERIFY(start->isEnabled());
    QVERIFY(!notice->isVisible());
    QCOMPARE(pieces(),
             (QStringList{u"partition-boot"_s, u"partition-root"_s, u"share-Host"_s, u"share-web"_s, u"share-Free"_s}));
    QVERIFY(m_gui.window().findChild<DiskPictureView*>()->picture().title.endsWith("it starts by UEFI"_L1));
    QVERIFY(m_gui.project().outputs.isEmpty()); // it was only asked
}

void ForecastTest::spaceIsTold()
{
    openProject();
    m_gui.trigger(u"actionBuild"_s);
    auto* start = m_gui.find<QPushButton>(u"startButton"_s);
    QTRY_VERIFY(start->isEnabled());
    QCOMPARE(spaceLines().size(), 1);
    QVERIFY2(spaceLines().first().startsWith("guests-tree: "_L1), qPrintable(spaceLines().first()));
    // A further output on the same file system, by its kind, its name and its size.
    m_gui.find<QCheckBox>(u"ext4OutputCheck"_s)->click();
    QTRY_VERIFY(spaceLines().value(0).startsWith("guests.ext4, guests-tree: "_L1));
    auto* path = m_gui.find<QLineEdit>(u"ext4OutputPath"_s);
    path->selectAll();
    QTest::keyClicks(path, m_gui.path(u"b.ext4.gz"_s));
    QTRY_VERIFY(spaceLines().value(0).startsWith("b.ext4.gz, guests-tree: "_L1));
    const QString before = spaceLines().first();
    m_gui.find<QSpinBox>(u"ext4OutputSize"_s)->setValue(100 * 1024); // its tables alone take more
    QTRY_VERIFY(spaceLines().value(0) != before);
}

void ForecastTest::tooLittleSpaceIsAnError()
{
    using State = BuildForecast::Line::State;
    SpaceForecast space{.outputs = {u"/mnt/a.img"_s, u"/mnt/b"_s}, .needed = 3 << 20, .available = 4 << 20};
    BuildForecast forecast;
    QVERIFY(!forecast.isGood()); // nothing is written
    forecast.space = {spaceLine(space)};
    QCOMPARE(forecast.space.first().text, u"a.img, b: 3 MiB needed, 4 MiB free"_s);
    QVERIFY(forecast.isGood());
    space.available = 1 << 20;
    forecast.space = {spaceLine(space)};
    QCOMPARE(forecast.space.first().state, State::Error);
    QCOMPARE(forecast.space.first().text,
             u"a.img, b: not enough space. 3 MiB needed, 1 MiB free: 2 MiB are missing."_s);
    QVERIFY(!forecast.isGood());
    space.available.reset();
    forecast.space = {spaceLine(space)};
    QCOMPARE(forecast.space.first().text, u"a.img, b: 3 MiB needed"_s);
    QVERIFY(forecast.isGood());
}

QDialog* ForecastTest::openSettings()
{
    m_gui.trigger(u"actionProjectSettings"_s);
    return m_gui.find<QDialog>(u"ProjectDialog"_s);
}

void ForecastTest::diskPageIsOneStep()
{
    const DiskSettings usual;
    QDialog* dialog = openSettings();
    auto* table = m_gui.find<QComboBox>(u"diskTableCombo"_s);
    auto* boot = m_gui.find<QComboBox>(u"diskBootCombo"_s);
    auto* xen = m_gui.find<QLineEdit>(u"xenOptionsEdit"_s);
    QCOMPARE(xen->placeholderText(), u"console=com1,vga com1=115200,8n1"_s);
    m_gui.find<QLineEdit>(u"machineNameEdit"_s)->setText(u"qemuarm64"_s);
    QCOMPARE(xen->placeholderText(), u"console=dtuart dom0_mem=1024M"_s);
    table->setCurrentIndex(1);
    boot->setCurrentIndex(boot->findText(u"By UEFI"_s));
    xen->setText(u" loglvl=all "_s);
    m_gui.find<QAbstractButton>(u"addDiskFileButton"_s)->click();
    writeFile(m_gui.path(u"start.elf"_s), "x");
    m_gui.chooseFile(m_gui.path(u"start.elf"_s));
    auto* files = m_gui.find<QTableWidget>(u"diskFilesTable"_s);
    QTRY_COMPARE(files->rowCount(), 1);
    QCOMPARE(files->item(0, 1)->text(), u"start.elf"_s);
    files->item(0, 1)->setText(u"firmware/start.elf"_s);
    dialog->accept();
    DiskSettings expected;
    expected.table = DiskSettings::Table::Mbr;
    expected.boot = DiskSettings::Boot::Uefi;
    expected.xenOptions = u"loglvl=all"_s;
    expected.files = {{.source = m_gui.path(u"start.elf"_s), .target = u"firmware/start.elf"_s}};
    QCOMPARE(m_gui.project().disk, expected);
    m_gui.trigger(u"actionUndo"_s);
    QCOMPARE(m_gui.project().disk, usual);
    m_gui.trigger(u"actionRedo"_s);
    QCOMPARE(m_gui.project().disk, expected);
    QTRY_VERIFY(m_gui.window().findChild<QDialog*>() == nullptr);
    dialog = openSettings();
    m_gui.find<QTableWidget>(u"diskFilesTable"_s)->setCurrentCell(0, 0);
    m_gui.find<QAbstractButton>(u"removeDiskFileButton"_s)->click();
    dialog->accept();
    expected.files.clear();
    QCOMPARE(m_gui.project().disk, expected);
    QTRY_VERIFY(m_gui.window().findChild<QDialog*>() == nullptr);
    dialog = openSettings();
    m_gui.find<QAbstractButton>(u"resetDiskButton"_s)->click();
    dialog->accept();
    QCOMPARE(m_gui.project().disk, usual);
}

void ForecastTest::diskPageKnowsWhatCounts()
{
    openProject();
    m_gui.window().document().edit(u"x"_s, [](Project& project) { project.disk.xenOptions = QString(); });
    QDialog* dialog = openSettings();
    auto* boot = m_gui.find<QComboBox>(u"diskBootCombo"_s);
    auto* loader = m_gui.find<QComboBox>(u"diskLoaderCombo"_s);
    auto* xen = m_gui.find<QLineEdit>(u"xenOptionsEdit"_s);
    QVERIFY(loader->isEnabled() && xen->isEnabled());
    boot->setCurrentIndex(boot->findText(u"By BIOS"_s));
    QVERIFY(!loader->isEnabled() && xen->isEnabled() && !loader->toolTip().isEmpty());
    boot->setCurrentIndex(boot->findText(u"Not by itself"_s));
    QVERIFY(!loader->isEnabled() && !xen->isEnabled());
    boot->setCurrentIndex(0);
    m_gui.find<QLineEdit>(u"machineNameEdit"_s)->setText(u"qemuarm64"_s);
    QVERIFY(!loader->isEnabled() && xen->isEnabled());
    QCOMPARE(xen->placeholderText(), u"None"_s);
    m_gui.find<QLineEdit>(u"machineNameEdit"_s)->setText(u"qemux86-64"_s);
    dialog->accept();
    QCOMPARE(m_gui.project().disk.xenOptions, std::optional(QString())); // stated as none, and still so
    QTRY_VERIFY(m_gui.window().findChild<QDialog*>() == nullptr);
    // A host that is a disk keeps its own.
    makeRootfs(m_gui.path(u"host"_s));
    runTool(u"bash"_s,
            {u"-c"_s,
             u"truncate -s 40M \"$0\" && printf 'label: dos\\n2048,,83\\n' | sfdisk -q \"$0\""
             " && mkfs.ext4 -q -F -E offset=1048576 -d \"$1\" \"$0\" 36M"_s,
             m_gui.path(u"host.img"_s), m_gui.path(u"host"_s)});
    m_gui.window().document().edit(u"x"_s, [this](Project& project) {
        project.host.path = m_gui.path(u"host.img"_s);
        project.outputs = {{.kind = u"disk"_s, .path = m_gui.path(u"new.img"_s)}};
    });
    QVERIFY(m_gui.waitForPlan());
    QVERIFY(m_gui.window().plans().plan()->layout.hostTable.has_value());
    openSettings();
    QVERIFY(!m_gui.find<QComboBox>(u"diskTableCombo"_s)->isEnabled());
    QVERIFY(!m_gui.find(u"diskFilesTable"_s)->isEnabled());
    QVERIFY(m_gui.find<QLabel>(u"diskHint"_s)->text().startsWith("The host is a disk"_L1));
    m_gui.find(u"ProjectDialog"_s)->findChild<QLineEdit*>(u"hostEdit"_s)->clear();
    QVERIFY(m_gui.find<QComboBox>(u"diskTableCombo"_s)->isEnabled());
}

void ForecastTest::diskProblemsLeadToTheirFields()
{
    openProject();
    m_gui.window().document().edit(u"x"_s, [this](Project& project) {
        project.outputs = {{.kind = u"disk"_s, .path = m_gui.path(u"new.img"_s)}};
        project.disk.kernelOptions = u"it's"_s;
        project.disk.files = {{.source = m_gui.path(u"deploy/bzImage"_s), .target = u"a"_s},
                              {.source = u"/no/such"_s, .target = u"b"_s}};
    });
    QVERIFY(m_gui.waitForPlan());
    m_gui.find<QDockWidget>(u"problemsDock"_s)->raise();
    const auto follow = [this](const QString& field) {
        const QList<Problem> problems = m_gui.window().plans().plan()->problems;
        const auto found = std::ranges::find_if(problems, [&](const Problem& one) { return one.where.field == field; });
        auto* list = m_gui.find<QListView>(u"problemList"_s);
        for (int row = 0; row < list->model()->rowCount(); ++row) {
            const QModelIndex index = list->model()->index(row, ProblemModel::Text);
            if (index.data().toString() == found->text) {
                list->scrollTo(index);
                QTest::mouseClick(list->viewport(), Qt::LeftButton, {},
                                  list->visualRect(index).topLeft() + QPoint(60, 8));
            }
        }
        return m_gui.find<QDialog>(u"ProjectDialog"_s);
    };
    QDialog* dialog = follow(u"disk.kernelOptions"_s);
    QTRY_VERIFY(m_gui.find<QLineEdit>(u"kernelOptionsEdit"_s)->hasFocus());
    dialog->reject();
    QTRY_VERIFY(m_gui.window().findChild<QDialog*>() == nullptr);
    follow(u"disk.files.1"_s);
    QTRY_VERIFY(m_gui.find(u"diskFilesTable"_s)->hasFocus());
    QCOMPARE(m_gui.find<QTableWidget>(u"diskFilesTable"_s)->currentRow(), 1);
}

QTEST_MAIN(ForecastTest)
#include "tst_buildforecast.moc"
