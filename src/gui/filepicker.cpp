// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "gui/filepicker.h"

#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <QSettings>

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

} // namespace Stowage
