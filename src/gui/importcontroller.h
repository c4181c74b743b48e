// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/project/project.h"
#include "gui/newguest.h"

#include <QObject>
#include <QThreadPool>

namespace Stowage
{

class ProjectDocument;

/**
 * Finds out what files are, in the background, and makes guests, kernels and configs of them. The same for what is dropped,
 * named on the command line, and chosen in a dialog.
 */
class ImportController : public QObject
{
    Q_OBJECT

public:
    using Recognised = RecognisedSource;

    /** @p document is not owned and outlives this. */
    explicit ImportController(ProjectDocument& document, QObject* parent = nullptr);
    /** Stops the workers and waits for them. */
    ~ImportController() override;

    /** Takes in @p paths. Kernels, ramdisks and configs are for the guests at @p selectedRows. */
    void addPaths(const QStringList& paths, const QList<int>& selectedRows);
    /** Makes @p path the source of the guests at @p rows. */
    void setSource(const QList<int>& rows, const QString& path);
    /** Finds out what addPaths() would do; the answer comes by described(). A newer call takes the place of an older one. */
    void describe(const QStringList& paths);
    [[nodiscard]] bool isBusy() const { return m_running > 0; }

Q_SIGNALS:
    void busyChanged(bool busy);
    /** One line for each path: what it is and what will become of it. */
    void described(const QStringList& lines, bool usable);
    /** Guests with these entries were added. */
    void guestsAdded(const QStringList& entries);
    /** What could not be taken in, and why; one line each. */
    void refused(const QStringList& lines);
    /** Kernels, ramdisks or configs were given to guests: a sentence for each. */
    void applied(const QStringList& lines);
    void projectFound(const QString& path);
    void bitBakeFound(const QStringList& paths);

private:
    struct Batch;

    void take(const QList<Recognised>& found, const QList<int>& selectedRows);
    void addImages(Batch& batch);
    void addBundles(Batch& batch);
    /** Adds @p guests behind the others, and tells @p batch what they are called. */
    void insert(const QList<Guest>& guests, Batch& batch);
    /** Makes guests of kernels that are for no other guest: unikernels, and systems that live in a ramdisk. */
    void addKernelGuests(Batch& batch);
    void applyBootFiles(Batch& batch, const QList<int>& rows);
    void setBusy(int change);
    [[nodiscard]] static QString outcome(const SourceInfo& info);

    ProjectDocument& m_document;
    QThreadPool m_pool;
    std::stop_source m_stop;
    int m_running = 0;
    int m_description = 0;
};

} // namespace Stowage
