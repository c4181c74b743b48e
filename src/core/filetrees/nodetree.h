// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/sources/filetree.h"

namespace Stowage
{

/** A file system whose names we follow ourselves: what is below knows single directories and files. */
class NodeTree : public FileTree
{
public:
    [[nodiscard]] std::optional<Found> find(const QByteArray& path) const final;
    [[nodiscard]] std::optional<QByteArray> linkTarget(const QByteArray& path) const final;
    [[nodiscard]] QByteArrayList names(const QByteArray& directory) const final;
    [[nodiscard]] Result<QByteArray> read(const QByteArray& path, qint64 offset, qint64 length) const final;

protected:
    static constexpr qsizetype MostNames = 100'000; ///< Of one directory.

    /** What has a name. */
    struct Node {
        quint64 id = 0; ///< The number by which the file system finds it.
        Found found = {};
        bool isLink = false;
    };

    explicit NodeTree(QString name) : m_name(std::move(name)) { }

    [[nodiscard]] virtual std::optional<Node> root() const = 0;
    /** What @p name is in @p directory; it is neither "." nor "..". */
    [[nodiscard]] virtual std::optional<Node> child(const Node& directory, const QByteArray& name) const = 0;
    /** The names in @p directory, in any order, "." and ".." too where that is easier; at most MostNames or a few more. */
    [[nodiscard]] virtual QByteArrayList children(const Node& directory) const = 0;
    /** Where @p link leads; empty where that is damaged. */
    [[nodiscard]] virtual QByteArray target(const Node& link) const = 0;
    /** @p length bytes of @p file, all of which it has, from its byte @p offset on. */
    [[nodiscard]] virtual Result<QByteArray> content(const Node& file, qint64 offset, qint64 length) const = 0;

    /** What errors call the file system. */
    [[nodiscard]] QString name() const { return m_name; }
    /** The error of a file that cannot be read, for children without a better one. */
    [[nodiscard]] std::unexpected<Error> damaged() const;

private:
    /** Follows @p path; a link at its end only with @p lastLink. */
    [[nodiscard]] std::optional<Node> resolve(const QByteArray& path, bool lastLink) const;

    QString m_name;
};

} // namespace Stowage
