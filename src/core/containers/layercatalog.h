// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include <QByteArray>
#include <QHash>
#include <QSet>

#include <map>
#include <optional>

namespace Stowage
{

/** Which entry of the layers of a container image each name ends up with. About 150 bytes a name. */
class LayerCatalog
{
public:
    /** An entry: the number of its layer, and its own number in that. */
    struct Entry {
        int layer = 0;
        qint64 number = 0;

        bool operator==(const Entry&) const = default;
        friend size_t qHash(const Entry& entry, size_t seed = 0) { return qHashMulti(seed, entry.layer, entry.number); }
    };
    /** What has a name. */
    struct Known {
        Entry entry;
        bool isDirectory = false;
        QByteArray linkTarget; ///< Of a symbolic link.
    };

    /** Notes @p entry, which is no whiteout; what a lower layer has there goes, but for a directory under a directory. */
    void add(const Entry& entry, const QByteArray& path, bool isDirectory, const QByteArray& linkTarget);
    /** Notes another name for what @p existing is by now. False where that is no file. */
    bool addLink(const Entry& entry, const QByteArray& path, const QByteArray& existing);
    /** Notes the whiteout @p path of the layer @p layer: "a/.wh.b" removes "a/b", "a/.wh..wh..opq" what is below "a". */
    void addWhiteout(int layer, const QByteArray& path);
    /** After the last entry: finds who has the data of files whose own names are gone. */
    void settle();

    /** The path that @p entry has, with the links that lead to it resolved; none when it is not to be there. */
    [[nodiscard]] std::optional<QByteArray> placeOf(const Entry& entry, const QByteArray& path) const;
    /** For an entry that is a link: the path that it shares its file with; its own where it is to have the data itself. */
    [[nodiscard]] QByteArray sharedWith(const Entry& entry, const QByteArray& place) const;

    /** What @p path leads to, links followed; none where nothing is. */
    [[nodiscard]] const Known* find(const QByteArray& path) const;
    /** @p path with the symbolic links in its directories resolved, never out of the top. */
    [[nodiscard]] QByteArray resolved(const QByteArray& path) const;

private:
    struct Link {
        QByteArray existing;
        Entry file; ///< Whose data it has.
    };

    void removeBelow(const QByteArray& directory, int layer);
    [[nodiscard]] const Known* at(const QByteArray& path) const;

    std::map<QByteArray, Known> m_names;
    int m_emptiedIn = 0; ///< The layer of the next.
    QSet<QByteArray> m_emptied; ///< Directories in which nothing of the layers below is left.
    QHash<Entry, QByteArray> m_moved; ///< Where entries are whose paths lead through links.
    QHash<Entry, Link> m_links;
    QHash<Entry, QByteArray> m_heirs; ///< Links that have the data of a file whose own name is gone.
};

} // namespace Stowage
