// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "gui/icons.h"
#include "gui/mainwindow.h"
#include "gui/theme.h"

#include <QApplication>
#include <QCommandLineParser>
#include <QSettings>

using namespace Qt::StringLiterals;

namespace
{

QStringList readArguments(const QApplication& application)
{
    QCommandLineParser parser;
    parser.setApplicationDescription(QCoreApplication::translate("main", "Bundles Xen guests into a Dom0 host image."));
    parser.addHelpOption();
    parser.addVersionOption();
    parser.addPositionalArgument(
        u"files"_s,
        QCoreApplication::translate("main", "A project to open, BitBake text to read, or guest images to add."),
        u"[FILES...]"_s);
    parser.process(application);
    return parser.positionalArguments();
}

} // namespace

int main(int argc, char** argv)
{
    const QApplication application(argc, argv);
    QCoreApplication::setApplicationName(u"stowage"_s);
    QCoreApplication::setOrganizationName(u"stowage"_s);
    QCoreApplication::setApplicationVersion(QStringLiteral(STOWAGE_VERSION));
    QGuiApplication::setApplicationDisplayName(u"Stowage"_s);
    QGuiApplication::setDesktopFileName(u"stowage"_s);
    const QStringList files = readArguments(application);

    Stowage::Theme* theme = Stowage::Theme::install(*qApp);
    theme->setMode(static_cast<Stowage::Theme::Mode>(QSettings().value(u"look"_s, 0).toInt()));
    QGuiApplication::setWindowIcon(Stowage::applicationIcon());
    Stowage::MainWindow window(theme);
    window.show();
    if (!files.isEmpty()) {
        window.openFiles(files);
    }
    return QApplication::exec();
}
