// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/layout/resolve.h"

#include <QWidget>

#include <memory>

class QLineEdit;

namespace Stowage
{

class FieldBinder;
class ListFieldEditor;
class ProjectDocument;

namespace Ui
{
class GuestDetails;
}

/** The form with all values of the selected guests. What is changed in it applies to all of them at once. */
class GuestDetails : public QWidget
{
    Q_OBJECT

public:
    explicit GuestDetails(QWidget* parent = nullptr);
    ~GuestDetails() override;

    /** @p document is not owned and outlives this. Called once. */
    void setDocument(ProjectDocument* document);
    void setRows(const QList<int>& rows);
    /** What the guests' images are; kept until the next call. */
    void setResolved(const ResolvedProject& resolved);

    /** Brings the widget of @p field (a key of the project file, as in Place::field) to the front and gives it the focus. */
    void showField(const QString& field);
    /** Offers the import types that are known now. */
    void refreshHandlers();

Q_SIGNALS:
    /** What the form is about: the guest's name, or how many there are. */
    void titleChanged(const QString& title);
    /** The user chose @p path as the source of the selected guests; what it is remains to be found out. */
    void sourceChosen(const QList<int>& rows, const QString& path);
    /** A value was refused. */
    void refused(const QString& text);

private:
    void setUpIcons();
    void bindBasic();
    void bindDisks();
    void bindNetwork();
    void bindKernel();
    void bindOptions();
    void entryEdited(const QString& text);
    void refreshTitle();
    void refreshEntry();
    void refreshKernel();
    void refreshPlan();
    void kernelModeChosen(int index);
    void chooseFile(QLineEdit* edit, const QString& field, const QString& title);
    void chooseExtraDisk();
    [[nodiscard]] QString nextDevice() const;

    std::unique_ptr<Ui::GuestDetails> m_ui;
    QString m_title;
    ProjectDocument* m_document = nullptr;
    FieldBinder* m_binder = nullptr;
    ListFieldEditor* m_disks = nullptr;
    ResolvedProject m_resolved;
    bool m_wantsKernel = false; ///< "A file of its own" is chosen, the file not yet.
};

} // namespace Stowage
