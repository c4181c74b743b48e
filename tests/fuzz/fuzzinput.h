// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/disks/diskreader.h"
#include "core/entries/entrysink.h"
#include "core/sources/filetree.h"
#include "core/support/uniquefd.h"

#include <QByteArray>
#include <QList>
#include <QString>

#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>

/**
 * What each target defines (LLVM's libFuzzer): it reads the @p size bytes at @p data as a hostile input. Returns 0.
 * A crash, a sanitizer's report or an abort() is a finding.
 */
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace Stowage::Fuzz
{

/** The input as a view on it. */
[[nodiscard]] QByteArray borrowed(const uint8_t* data, size_t size);
/** Ends the program with @p what where @p condition does not hold: a parser that contradicts itself. */
void require(bool condition, const char* what);

/** Takes a result that only had to be made. */
template<typename T>
void use(const T& result)
{
    Q_UNUSED(result)
}

/** A file in memory for parsers that open theirs by name. */
class MemoryFile
{
public:
    explicit MemoryFile(const QByteArray& content);
    /** A file with holes: @p input are sectors of 512 bytes, before each its little-endian number in four bytes. */
    [[nodiscard]] static MemoryFile ofSectors(const QByteArray& input);
    [[nodiscard]] QString path() const;

private:
    void write(qint64 offset, const QByteArray& content) const;

    UniqueFd m_file;
};

/** A raw disk in memory. Its size is a multiple of 512 bytes, made up with zeros. */
class MemoryDisk final : public DiskReader
{
public:
    explicit MemoryDisk(const QByteArray& content);
    [[nodiscard]] qint64 size() const override { return m_content.size(); }
    Result<void> read(qint64 position, std::span<char> into) override;
    Result<DiskExtent> nextData(qint64 position) override;

private:
    QByteArray m_content;
};

/** Files that one input holds, by their names. */
using NamedFiles = std::map<QByteArray, QByteArray>;
/**
 * Takes @p input apart: a line "=== NAME" begins the file NAME, which goes on up to the newline before the next such line.
 * What stands before the first is the file "input". At most 64 files.
 */
[[nodiscard]] NamedFiles namedFiles(const QByteArray& input);
/** An uncompressed tar archive (POSIX.1-1988) of @p files. */
[[nodiscard]] QByteArray tarOf(const NamedFiles& files);

/** A file system in memory with @p files and the directories that they lie in. */
class MemoryTree final : public FileTree
{
public:
    explicit MemoryTree(NamedFiles files) : m_files(std::move(files)) { }
    [[nodiscard]] std::optional<Found> find(const QByteArray& path) const override;
    [[nodiscard]] std::optional<QByteArray> linkTarget(const QByteArray& path) const override;
    [[nodiscard]] QByteArrayList names(const QByteArray& directory) const override;
    [[nodiscard]] Result<QByteArray> read(const QByteArray& path, qint64 offset, qint64 length) const override;

private:
    NamedFiles m_files;
};

/** Looks at names in @p tree from its top down, at most 200 of them, and reads the beginnings and ends of their files. */
void walkTree(const FileTree& tree);
/**
 * Takes what @p source has, at most 1000 entries and 64 MiB, and looks whether it keeps to what EntrySink and EntrySource
 * promise: names that lead nowhere else, and as many bytes for a file as it was said to have.
 */
void drain(const EntrySource& source);
/** Reads @p disk at its beginning, its end and some places between, and its tables as a whole. */
void walkDisk(DiskReader& disk);

} // namespace Stowage::Fuzz
