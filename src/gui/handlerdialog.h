// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include <QDialog>

#include <memory>

class QTreeWidgetItem;

namespace Stowage
{

class HandlerController;
struct ListedHandler;

namespace Ui
{
class HandlerDialog;
}

/** The import handlers: where those of the user's own are, the tools of each, the text, and whether it may run. */
class HandlerDialog : public QDialog
{
    Q_OBJECT

public:
    /** @p controller is not owned and outlives this. */
    HandlerDialog(HandlerController& controller, QWidget* parent);
    ~HandlerDialog() override;

    /** Selects the import type @p type, at once or as soon as it is known. */
    void showType(const QString& type);

private:
    void setUpPaths();
    void load();
    void loadPaths();
    void addHandler(const ListedHandler& listed);
    void showSelected();
    void showOwn(const ListedHandler& listed);
    [[nodiscard]] const ListedHandler* selected() const;

    std::unique_ptr<Ui::HandlerDialog> m_ui;
    HandlerController& m_controller;
    QString m_type; ///< That is or will be selected.
    QByteArray m_shown; ///< SHA-256 of the text that is shown, which is what the button allows.
};

} // namespace Stowage
