// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include <QString>
#include <QStringList>

#include <functional>

class QLineEdit;
class QToolButton;
class QWidget;

namespace Stowage
{

/** What a file dialog asks for. */
struct PathQuestion {
    enum class Kind { OpenFile, OpenFiles, Directory, SaveFile };

    Kind kind = Kind::OpenFile;
    QString title;
    QString directory; ///< Where to start; empty: where the last dialog ended.
    QStringList filters; ///< "Stowage projects (*.stowage)"
    QString suffix; ///< Added to a name to save under that has none.
};

/**
 * Opens a file dialog on @p parent and returns at once. @p chosen is called with absolute paths when the user has chosen,
 * not at all when not; it is dropped with @p parent.
 */
void askForPath(QWidget* parent, const PathQuestion& question,
                const std::function<void(const QStringList& paths)>& chosen);

/** A path as a shell reads it: "~/" leads home. */
[[nodiscard]] QString fromHome(const QString& path);

/**
 * Gives @p button a menu that puts the path of a host's root file system into @p edit: of a directory, or of an archive or
 * image. Both live as long as their dialog.
 */
void setUpHostChooser(QToolButton* button, QLineEdit* edit);

} // namespace Stowage
