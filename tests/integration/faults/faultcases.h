// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include <QDir>
#include <QStringList>
#include <QTemporaryDir>

namespace Stowage::Test
{

/** One way in which stowage-cli writes something. */
struct FaultCase {
    const char* name = "";
    const char* output = ""; ///< KIND:NAME of a build; the name of an import's image.
    const char* input = ""; ///< The host of a build, or none; the source of an import.
    const char* type = ""; ///< Of an import; empty: a build.
    bool hasMap = false; ///< A block map is written beside it.
    bool asNobody = false; ///< Written by an ordinary user, when the test is root.
};

/** All of them: every kind of output and of import, each with what makes it take another way through the code. */
[[nodiscard]] const QList<FaultCase>& faultCases();

/** Adds all of faultCases() to the data table of a test, in the columns "name" and "row", its number in the list. */
void addFaultRows();

/**
 * Small real input in two versions, "a" and "b", for all faultCases(), and a directory "out" for what is written. The
 * files of a version are full of its letter, so that a mix shows; all are of one age.
 */
class FaultInput
{
public:
    /** Makes the input, which takes a second. Its directory has a name that tools could take for more than a name. */
    FaultInput();

    /** Absolute path of @p name: "a/host.ext4", "out". */
    [[nodiscard]] QString path(const QString& name) const { return m_directory.filePath(name); }
    /** The arguments that have @p one written from the input below the directory @p version. */
    [[nodiscard]] QStringList arguments(const FaultCase& one, const QString& version) const;
    /** Path of what @p one writes. */
    [[nodiscard]] QString target(const FaultCase& one) const;
    /** What is beside the target of @p one and does not belong there, work files above all. */
    [[nodiscard]] QStringList leftovers(const FaultCase& one) const;
    /** Removes what is in "out". */
    void clear() const;
    /** Runs @p script with bash in the temporary directory; fails the running test when that fails. */
    void shell(const QString& script) const;

    /**
     * What the target of @p one holds: content, names, modes and owners. With @p beside also what is written beside it: the
     * block map of an image, and the list of owners of a tree, if it has one that is its own. Empty when there is nothing.
     */
    [[nodiscard]] QByteArray state(const FaultCase& one, bool beside = true) const;
    /** The same after a complete run from the input @p version into an empty directory. */
    [[nodiscard]] QByteArray expected(const FaultCase& one, const QString& version) const;

private:
    QTemporaryDir m_directory{QDir::tempPath() + QStringLiteral("/faults?offset=9@@1%3-XXXXXX")};
};

} // namespace Stowage::Test
