// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "gui/filepicker.h"

#include "gui/icons.h"

#include <QAction>
#include <QCoreApplication>
#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <QLineEdit>
#include <QMenu>
#include <QSettings>
#include <QToolButton>

using namespace Qt::StringLiterals;

namespace Stowage
{

void askForPath(QWidget* parent, const PathQuestion& question,
                const std::function<void(const QStringList& paths)>& chosen)
{
    const QString lastKey = u"lastDirectory"_s;
    const QString start = question.directory.isEmpty() ? QSettings().value(lastKey, QDir::homePath()).toString()
                                                       : question.directory;
    auto* dialog = new QFileDialog(parent, question.title, start);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    switch (question.kind) {
    case PathQuestion::Kind::OpenFile:
        dialog->setFileMode(QFileDialog::ExistingFile);
        break;
    case PathQuestion::Kind::OpenFiles:
        dialog->setFileMode(QFileDialog::ExistingFiles);
        break;
    case PathQuestion::Kind::Directory:
        dialog->setFileMode(QFileDialog::Directory);
        dialog->setOption(QFileDialog::ShowDirsOnly);
        break;
    case PathQuestion::Kind::SaveFile:
        dialog->setAcceptMode(QFileDialog::AcceptSave);
        dialog->setFileMode(QFileDialog::AnyFile);
        break;
    }
    if (!question.filters.isEmpty()) {
        dialog->setNameFilters(question.filters);
    }
    dialog->setDefaultSuffix(question.suffix);
    QObject::connect(dialog, &QFileDialog::filesSelected, parent, [lastKey, chosen](const QStringList& paths) {
        if (paths.isEmpty()) {
            return;
        }
        QSettings().setValue(lastKey, QFileInfo(paths.first()).absolutePath());
        chosen(paths);
    });
    dialog->open();
}

QString fromHome(const QString& path)
{
    return path.startsWith("~/"_L1) ? QDir::homePath() + path.mid(1) : path;
}

void setUpHostChooser(QToolButton* button, QLineEdit* edit)
{
    struct Text {
        Q_DECLARE_TR_FUNCTIONS(HostChooser)
    };
    button->setIcon(icon(u"open"_s));
    button->setFocusPolicy(Qt::StrongFocus);
    button->setPopupMode(QToolButton::InstantPopup);
    auto* menu = new QMenu(button);
    const auto add = [=](const QString& text, PathQuestion::Kind kind, const QStringList& filters) {
        QObject::connect(menu->addAction(text), &QAction::triggered, edit, [=] {
            askForPath(edit->window(),
                       {.kind = kind,
                        .title = Text::tr("Root File System of the Host"),
                        .directory = {},
                        .filters = filters,
                        .suffix = {}},
                       [edit](const QStringList& paths) { edit->setText(paths.first()); });
        });
    };
    add(Text::tr("Choose a &Directory…"), PathQuestion::Kind::Directory, {});
    add(Text::tr("Choose an &Archive or Image…"), PathQuestion::Kind::OpenFile,
        {Text::tr("Archives and images (*.tar *.tar.* *.tgz *.txz *.tzst *.ext2 *.ext3 *.ext4 *.img *.raw *.wic)"),
         Text::tr("All files (*)")});
    button->setMenu(menu);
}

} // namespace Stowage
