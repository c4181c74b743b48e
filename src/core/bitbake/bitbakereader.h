// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "bitbakedata.h"
#include "bitbakeproject.h"

namespace Stowage
{

/**
 * Reads BitBake files into a data store: follows include, require and inherit, and knows what BitBake's own configuration
 * sets that guests commonly refer to. Blocks on the disk.
 */
class BitBakeReader
{
public:
    /** Reads no further once @p stop is requested. */
    BitBakeReader(const BuildSettings& settings, std::stop_token stop);

    /** Reads @p file after those read so far. */
    void read(const QString& file);
    /** To be called after the last file: gives the variables of the recipe, or else of the first file, their final values. */
    void finish();

    [[nodiscard]] const std::stop_token& stop() const { return m_stop; }
    [[nodiscard]] BitBakeData& data() { return m_data; }
    [[nodiscard]] const QList<Problem>& problems() const { return m_problems; }
    /** Statements whose value BitBake would compute by running python. */
    [[nodiscard]] const QList<BitBakeOrigin>& computed() const { return m_computed; }
    /** Whether a recipe (`.bb`) was among the files. */
    [[nodiscard]] bool hasRecipe() const { return m_hasRecipe; }
    /** Whether what was read is a recipe of a bundle: to BitBake the guests of the host image are no matter of it. */
    [[nodiscard]] bool isBundle();

private:
    void presetConfiguration(const BuildSettings& settings);
    void readContent(const QByteArray& content, const QString& file);
    void evaluate(const BitBakeOrigin& statement);
    void checkAssignment(const BitBakeStatement& statement);
    void include(const BitBakeStatement& statement);
    void inherit(const BitBakeStatement& statement);
    void inheritClass(const BitBakeStatement& statement, const QString& name);
    void checkFunction(const BitBakeStatement& statement);
    /** Makes @p file the one that FILE and its kin speak of. */
    void setCurrentFile(const QString& file);
    /** What the classes for guests set where nothing else did. */
    void presetGuestDefaults();
    void setRecipe(const QString& file);
    [[nodiscard]] QString findFile(const QString& name, const QString& from);
    [[nodiscard]] QString absolute(const QString& file) const;
    void report(Problem::Severity severity, QLatin1StringView code, const Place& where, const QString& text,
                const QString& remedy);

    std::stop_token m_stop;
    QString m_directory;
    BitBakeData m_data;
    QList<Problem> m_problems;
    QList<BitBakeOrigin> m_computed;
    QStringList m_open; ///< Absolute paths of the files that are being read, the outermost first.
    QStringList m_classes; ///< Classes that were inherited.
    QString m_mainFile;
    bool m_hasRecipe = false;
    int m_filesRead = 0;
};

} // namespace Stowage
