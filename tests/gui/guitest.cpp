// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "guitest.h"

#include "fixtures.h"
#include "gui/guesttable.h"
#include "gui/plancontroller.h"
#include "models/guestlistmodel.h"
#include "models/projectdocument.h"

#include <QAction>
#include <QApplication>
#include <QDir>
#include <QDropEvent>
#include <QFileDialog>
#include <QMimeData>
#include <QProcess>
#include <QSettings>
#include <QStandardPaths>
#include <QUrl>

using namespace Qt::StringLiterals;

namespace Stowage::Test
{

namespace
{
constexpr int LongTime = 30000;
} // namespace

GuiTest::GuiTest()
{
    QStandardPaths::setTestModeEnabled(true);
    QSettings::setDefaultFormat(QSettings::IniFormat);
    QSettings::setPath(QSettings::IniFormat, QSettings::UserScope, m_directory.filePath(u"settings"_s));
    QCoreApplication::setOrganizationName(u"stowage-test"_s);
    QCoreApplication::setApplicationName(u"stowage-test"_s);
}

MainWindow& GuiTest::start(QSize size)
{
    m_window.reset();
    m_window = std::make_unique<MainWindow>();
    m_window->resize(size);
    m_window->show();
    m_window->activateWindow();
    if (!QTest::qWaitForWindowExposed(m_window.get())) {
        QTest::qFail("the window does not show", __FILE__, __LINE__);
    }
    return *m_window;
}

const Project& GuiTest::project()
{
    return m_window->document().project();
}

void GuiTest::trigger(const QString& name)
{
    if (auto* action = find<QAction>(name); action != nullptr) {
        action->trigger();
    }
}

bool GuiTest::drop(const QStringList& paths, QWidget* target)
{
    QMimeData data;
    QList<QUrl> urls;
    for (const QString& path : paths) {
        urls.append(QUrl::fromLocalFile(path));
    }
    data.setUrls(urls);
    QWidget* widget = target == nullptr ? m_window.get() : target;
    const QPointF centre = QRectF(widget->rect()).center();
    QDragEnterEvent enter(centre.toPoint(), Qt::CopyAction | Qt::MoveAction, &data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(widget, &enter);
    if (!enter.isAccepted()) {
        return false;
    }
    QDropEvent dropEvent(centre, Qt::CopyAction | Qt::MoveAction, &data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(widget, &dropEvent);
    return dropEvent.isAccepted();
}

void GuiTest::chooseFile(const QString& path)
{
    QFileDialog* dialog = nullptr;
    const bool opened = QTest::qWaitFor([&] {
        dialog = m_window->findChild<QFileDialog*>();
        return dialog != nullptr && dialog->isVisible();
    });
    if (!opened) {
        QTest::qFail("there is no file dialog", __FILE__, __LINE__);
        return;
    }
    auto* name = dialog->findChild<QLineEdit*>(u"fileNameEdit"_s);
    name->setText(path);
    QTest::keyClick(name, Qt::Key_Return);
    if (!QTest::qWaitFor([this] { return m_window->findChild<QFileDialog*>() == nullptr; })) {
        QTest::qFail("the file dialog does not close", __FILE__, __LINE__);
    }
}

bool GuiTest::waitForPlan()
{
    return QTest::qWaitFor([this] { return m_window->plans().isCurrent(); }, LongTime);
}

void GuiTest::addGuests(const QStringList& entries)
{
    QList<Guest> guests;
    for (const QString& entry : entries) {
        Guest guest;
        guest.entry = entry;
        guests.append(guest);
    }
    m_window->document().insertGuests(-1, guests);
}

void GuiTest::clickCell(int row, int column, bool twice, Qt::KeyboardModifiers modifiers)
{
    auto* table = find<GuestTable>(u"guestTable"_s);
    const QModelIndex index = table->model()->index(row, column);
    table->scrollTo(index);
    const QPoint point = table->visualRect(index).center();
    QTest::mouseClick(table->viewport(), Qt::LeftButton, modifiers, point);
    if (twice) {
        QTest::mouseDClick(table->viewport(), Qt::LeftButton, modifiers, point);
    }
}

void GuiTest::typeKeys(QWidget* widget, const QString& text)
{
    QTest::keyClicks(widget, text);
}

void makeRootfs(const QString& path)
{
    writeFile(path + u"/etc/hostname"_s, "guest\n");
    writeFile(path + u"/etc/passwd"_s, "root:x:0:0::/root:/bin/sh\n");
    writeFile(path + u"/bin/sh"_s, "#!/bin/true\n");
    writeFile(path + u"/sbin/init"_s, "#!/bin/sh\n");
    writeFile(path + u"/usr/lib/os-release"_s, "ID=test\n");
    for (const QString& directory : {u"/dev"_s, u"/proc"_s, u"/sys"_s, u"/var/lib"_s, u"/lib"_s}) {
        QDir().mkpath(path + directory);
    }
    for (const QString& program : {u"/bin/sh"_s, u"/sbin/init"_s}) {
        QFile::setPermissions(path + program,
                              QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner | QFile::ReadGroup
                                  | QFile::ExeGroup);
    }
}

QString kernelFor(const QString& architecture)
{
    const QDir directory(fixture(u"kernel-"_s + architecture));
    return directory.filePath(directory.entryList({u"vmlinuz*"_s}).value(0));
}

void runTool(const QString& program, const QStringList& arguments)
{
    QProcess process;
    process.setProcessChannelMode(QProcess::MergedChannels);
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(u"PATH"_s, environment.value(u"PATH"_s) + u":/usr/sbin:/sbin"_s);
    process.setProcessEnvironment(environment);
    process.start(u"/bin/sh"_s, QStringList{u"-c"_s, u"exec \"$0\" \"$@\""_s, program} + arguments);
    if (!process.waitForFinished(LongTime * 4) || process.exitCode() != 0) {
        QTest::qFail(qPrintable(u"%1 failed: %2"_s.arg(program, QString::fromUtf8(process.readAll()))), __FILE__,
                     __LINE__);
    }
}

} // namespace Stowage::Test
