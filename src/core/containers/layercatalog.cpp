// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "layercatalog.h"

#include <QByteArrayList>

#include <algorithm>

namespace Stowage
{

namespace
{

QByteArray directoryOf(const QByteArray& path)
{
    return path.first(std::max<qsizetype>(path.lastIndexOf('/'), 0));
}

QByteArray nameOf(const QByteArray& path)
{
    return path.sliced(path.lastIndexOf('/') + 1);
}

QByteArray joined(const QByteArray& directory, const QByteArray& name)
{
    return directory.isEmpty() ? name : directory + '/' + name;
}

} // namespace

const LayerCatalog::Known* LayerCatalog::at(const QByteArray& path) const
{
    const auto found = m_names.find(path);
    return found == m_names.end() ? nullptr : &found->second;
}

QByteArray LayerCatalog::resolved(const QByteArray& path) const
{
    const QByteArray directory = directoryOf(path);
    if (const Known* known = at(directory); directory.isEmpty() || (known != nullptr && known->isDirectory)) {
        return path; // the common case
    }
    constexpr int MostLinks = 40;
    int links = 0;
    QByteArrayList left = path.split('/');
    QByteArray done;
    while (!left.isEmpty()) {
        const QByteArray part = left.takeFirst();
        if (part.isEmpty() || part == ".") {
            continue;
        }
        if (part == "..") {
            done = directoryOf(done);
            continue;
        }
        const QByteArray next = joined(done, part);
        const Known* known = at(next);
        const bool follows = !left.isEmpty() && known != nullptr && !known->linkTarget.isEmpty();
        if (follows && ++links <= MostLinks) {
            left = known->linkTarget.split('/') + left;
            done = known->linkTarget.startsWith('/') ? QByteArray() : done;
        } else {
            done = next;
        }
    }
    return done;
}

const LayerCatalog::Known* LayerCatalog::find(const QByteArray& path) const
{
    QByteArray place = resolved(path);
    constexpr int MostLinks = 40;
    for (int i = 0; i < MostLinks; ++i) {
        const Known* known = at(place);
        if (known == nullptr || known->linkTarget.isEmpty()) {
            return known;
        }
        place = resolved(known->linkTarget.startsWith('/') ? known->linkTarget
                                                           : joined(directoryOf(place), known->linkTarget));
    }
    return nullptr;
}

void LayerCatalog::removeBelow(const QByteArray& directory, int layer)
{
    // Once for each layer, however often it is said: nothing of those below comes back. In the first there are none.
    if (m_emptiedIn != layer) {
        m_emptiedIn = layer;
        m_emptied.clear();
    }
    if (layer == 0 || m_emptied.contains(directory)) {
        return;
    }
    m_emptied.insert(directory);
    const QByteArray prefix = directory.isEmpty() ? QByteArray() : directory + '/';
    for (auto name = m_names.lower_bound(prefix); name != m_names.end() && name->first.startsWith(prefix);) {
        name = name->second.entry.layer < layer && !name->first.isEmpty() ? m_names.erase(name) : std::next(name);
    }
}

void LayerCatalog::add(const Entry& entry, const QByteArray& path, bool isDirectory, const QByteArray& linkTarget)
{
    const QByteArray place = resolved(path);
    if (place != path) {
        m_moved.insert(entry, place);
    }
    if (const Known* before = at(place); before != nullptr && before->isDirectory && !isDirectory) {
        removeBelow(place, entry.layer);
    }
    m_names[place] = {entry, isDirectory, linkTarget};
}

bool LayerCatalog::addLink(const Entry& entry, const QByteArray& path, const QByteArray& existing)
{
    const QByteArray target = resolved(existing);
    const Known* known = at(target);
    const bool isThere = known != nullptr && !known->isDirectory;
    const Entry file = known != nullptr ? known->entry : Entry();
    const QByteArray linkTarget = known != nullptr ? known->linkTarget : QByteArray();
    const auto link = m_links.constFind(file);
    m_links.insert(entry, link == m_links.cend() ? Link{target, file} : *link);
    add(entry, path, false, linkTarget);
    return isThere;
}

void LayerCatalog::addWhiteout(int layer, const QByteArray& path)
{
    const QByteArray place = resolved(path);
    const QByteArray directory = directoryOf(place);
    const QByteArray name = nameOf(place).sliced(4);
    if (name == ".wh..opq") {
        removeBelow(directory, layer);
    } else if (!name.startsWith(".wh.")) { // other marks are for file systems that lay layers over each other
        const QByteArray gone = joined(directory, name);
        if (const Known* known = at(gone); known != nullptr && known->entry.layer < layer) {
            m_names.erase(gone);
        }
        removeBelow(gone, layer);
    }
}

void LayerCatalog::settle()
{
    for (const auto& [place, known] : m_names) {
        const auto link = m_links.constFind(known.entry);
        if (link == m_links.cend()) {
            continue;
        }
        const Known* file = at(link->existing);
        if ((file == nullptr || file->entry != link->file) && !m_heirs.contains(link->file)) {
            m_heirs.insert(link->file, place);
        }
    }
}

std::optional<QByteArray> LayerCatalog::placeOf(const Entry& entry, const QByteArray& path) const
{
    QByteArray place = m_moved.value(entry, path);
    if (const Known* known = at(place); known != nullptr && known->entry == entry) {
        return place;
    }
    const auto heir = m_heirs.constFind(entry);
    return heir == m_heirs.cend() ? std::nullopt : std::optional(*heir);
}

QByteArray LayerCatalog::sharedWith(const Entry& entry, const QByteArray& place) const
{
    const auto link = m_links.constFind(entry);
    return link == m_links.cend() ? place : m_heirs.value(link->file, link->existing);
}

} // namespace Stowage
