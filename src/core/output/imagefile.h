// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/jobs/job.h"
#include "core/output/outputform.h"
#include "core/process/commandrunner.h"
#include "core/project/project.h"
#include "core/support/stagedpath.h"

#include <optional>

namespace Stowage
{

/**
 * The file of an image that is being written: first raw, then in the form that its name asks for, with a block map beside it
 * where that is wanted. Until finish() has ended well, nothing has the final names but what had them before; without it, the
 * destructor removes everything. Blocks on the disk; one thread.
 */
class ImageFile
{
public:
    /** Whether @p output can be written: its name, what is there, and that a QCOW2 image gets no block map. */
    [[nodiscard]] static Result<void> check(const OutputSpec& output);
    /** Programs that are needed for the form of @p output. */
    [[nodiscard]] static QStringList requirements(const OutputSpec& output);

    /** Makes the empty raw image, after check(). */
    [[nodiscard]] static Result<ImageFile> create(const OutputSpec& output);

    /** The raw image to fill, and its open file, for reading and writing. */
    [[nodiscard]] QString path() const { return m_rawPath; }
    [[nodiscard]] int fd() const { return m_raw.get(); }
    /** For large files that go again. */
    [[nodiscard]] QString workDirectory() const { return m_staged.workDirectory(); }
    /** Absolute, links resolved. */
    [[nodiscard]] QString finalPath() const { return m_staged.finalPath(); }
    /** The block map's; empty without one. */
    [[nodiscard]] QString bmapPath() const { return m_stagedBmap ? m_stagedBmap->finalPath() : QString(); }

    /**
     * Brings the raw image, which was verified, into its form, verifies that, makes the block map, and puts both into
     * place. An older map of what had the image's name goes before that does. Returns the bytes of the raw image.
     */
    [[nodiscard]] Result<qint64> finish(JobContext& context, CommandRunner& runner);

private:
    ImageFile(StagedPath staged, QString rawPath, UniqueFd raw, ImageForm form)
        : m_staged(std::move(staged)),
          m_rawPath(std::move(rawPath)),
          m_raw(std::move(raw)),
          m_form(form)
    { }

    [[nodiscard]] Result<void> pack(qint64 size, JobContext& context, CommandRunner& runner);
    [[nodiscard]] Result<void> writeBmap(qint64 size, JobContext& context);
    [[nodiscard]] Result<void> commit();

    StagedPath m_staged;
    std::optional<StagedPath> m_stagedBmap;
    QString m_rawPath;
    UniqueFd m_raw;
    ImageForm m_form;
};

} // namespace Stowage
