// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/project/project.h"
#include "gui/mainwindow.h"

#include <QTemporaryDir>
#include <QtTest>

#include <memory>

namespace Stowage
{
class GuestTable;
}

namespace Stowage::Test
{

/** The real window over a home, settings and files that exist for one test only. */
class GuiTest
{
public:
    GuiTest();

    /** Makes a new window and shows it at @p size. */
    MainWindow& start(QSize size = {1180, 760});
    [[nodiscard]] MainWindow& window() { return *m_window; }
    void end() { m_window.reset(); }

    /** @p name in the directory of the test. */
    [[nodiscard]] QString path(const QString& name) const { return m_directory.filePath(name); }
    [[nodiscard]] const Project& project();

    /** The widget named @p name; fails the test when there is none. */
    template<typename T = QWidget>
    [[nodiscard]] T* find(const QString& name)
    {
        T* found = m_window->findChild<T*>(name);
        if (found == nullptr) {
            QTest::qFail(qPrintable(QStringLiteral("there is no widget %1").arg(name)), __FILE__, __LINE__);
        }
        return found;
    }

    /** Triggers the action @p name as the menu does. */
    void trigger(const QString& name);
    /** Drops @p paths on @p target (null: the window) as a file manager does. Tells whether they were accepted. */
    bool drop(const QStringList& paths, QWidget* target = nullptr);
    /** Answers the file dialog that is open with @p path. */
    void chooseFile(const QString& path);
    /** Waits until the plan fits the project. */
    [[nodiscard]] bool waitForPlan();
    /** Adds guests with the names @p entries. */
    void addGuests(const QStringList& entries);
    /** Clicks the cell of the guest table; a double click where @p twice. */
    void clickCell(int row, int column, bool twice = false, Qt::KeyboardModifiers modifiers = Qt::NoModifier);
    void typeKeys(QWidget* widget, const QString& text);

private:
    QTemporaryDir m_directory;
    std::unique_ptr<MainWindow> m_window;
};

/** Makes a small root file system below @p path. */
void makeRootfs(const QString& path);
/** A real kernel of Debian for @p architecture ("amd64", "arm64"). */
[[nodiscard]] QString kernelFor(const QString& architecture);
/** Runs @p program and waits for it; fails the test when it fails. */
void runTool(const QString& program, const QStringList& arguments);

} // namespace Stowage::Test
