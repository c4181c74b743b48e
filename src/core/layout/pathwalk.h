// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include <QByteArrayList>

namespace Stowage
{

/** The way that a path takes through a tree with links, as the kernel goes it. Who walks looks the names up. */
class PathWalk
{
public:
    explicit PathWalk(const QByteArray& path) : m_rest(parts(path)) { }

    [[nodiscard]] bool isDone() const { return m_rest.isEmpty(); }
    [[nodiscard]] QByteArray takeName() { return m_rest.takeFirst(); }

    /** That @p name is a directory, or the last one: the next name is looked up in it. */
    void enter(const QByteArray& name) { m_walked.append(name); }

    /** That the name was "..": the walk begins anew at the top. */
    void goUp()
    {
        if (!m_walked.isEmpty()) {
            m_walked.removeLast();
        }
        restart();
    }

    /** That the name is a link to @p target: the walk begins anew at the top; false after too many of them. */
    [[nodiscard]] bool follow(const QByteArray& target)
    {
        constexpr int MostLinks = 40; // as the kernel: a loop ends here
        if (++m_links > MostLinks) {
            return false;
        }
        m_rest = parts(target) + m_rest;
        if (target.startsWith('/')) {
            m_walked.clear();
        }
        restart();
        return true;
    }

private:
    static QByteArrayList parts(const QByteArray& path)
    {
        QByteArrayList parts = path.split('/');
        parts.removeIf([](const QByteArray& part) { return part.isEmpty() || part == "."; });
        return parts;
    }

    void restart()
    {
        m_rest = m_walked + m_rest;
        m_walked.clear();
    }

    QByteArrayList m_walked;
    QByteArrayList m_rest;
    int m_links = 0;
};

} // namespace Stowage
