// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/boot/bootcheck.h"

#include <QDialog>

#include <memory>

class QLineEdit;
class QToolButton;

namespace Stowage
{

namespace Ui
{
class BootOptions;
}

/** What a boot check may be told beside the image and the login. */
class BootOptions : public QDialog
{
    Q_OBJECT

public:
    BootOptions(const BootRequest& request, QWidget* parent);
    ~BootOptions() override;

    /** The request it was made with, changed as the user has entered. */
    [[nodiscard]] BootRequest request() const;
    /** How many options of @p request are not as they are at first. */
    [[nodiscard]] static int changed(const BootRequest& request);

private:
    void load(const BootRequest& request);
    void chooseFile(QLineEdit* edit, QToolButton* button, const QString& title);
    void update();

    std::unique_ptr<Ui::BootOptions> m_ui;
    BootRequest m_request;
};

} // namespace Stowage
