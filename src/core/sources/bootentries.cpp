// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "bootentries.h"

#include "core/sources/shellwords.h"
#include "core/sources/systemkernels.h"

#include <QHash>

#include <algorithm>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

using Loader = SystemBootEntry::Loader;
using Variables = QHash<QString, QString>;

constexpr qsizetype MostEntries = 64;
constexpr qint64 MostText = 1024 * 1024; ///< Bytes of a file.

QStringList linesOf(const FileTree& tree, const QByteArray& path)
{
    return QString::fromUtf8(tree.read(path, 0, MostText).value_or(QByteArray())).split(u'\n');
}

/** A line's first word, and the rest of it. */
struct Line {
    explicit Line(const QString& line)
    {
        const QString text = line.trimmed();
        const auto space = std::ranges::find_if(text, [](QChar c) { return c.isSpace(); });
        word = text.first(space - text.begin());
        rest = text.sliced(word.size()).trimmed();
    }

    QString word;
    QString rest;
};

/** Files that a boot loader reads lie beside each other in one of these. */
QByteArrayList tops()
{
    return {"", "boot/", "boot/efi/", "efi/"};
}

/** The variables in GRUB's environment block, of which there is one. */
Variables environmentOf(const FileTree& tree)
{
    Variables variables;
    for (const QByteArray& top : tops()) {
        for (const char* name : {"grub2/grubenv", "grub/grubenv", "EFI/fedora/grubenv", "EFI/redhat/grubenv"}) {
            const QStringList lines = linesOf(tree, top + name);
            for (const QString& line : lines) {
                const qsizetype equals = line.indexOf(u'=');
                if (equals > 0 && !line.startsWith(u'#') && variables.size() < MostEntries) {
                    variables.insert(line.first(equals), line.sliced(equals + 1));
                }
            }
            if (!variables.isEmpty()) {
                return variables;
            }
        }
    }
    return variables;
}

/** Finds the entries of one tree. */
class EntrySearch
{
public:
    explicit EntrySearch(const FileTree& tree) : m_tree(tree), m_environment(environmentOf(tree)) { }

    QList<SystemBootEntry> run()
    {
        for (const QByteArray& top : tops()) {
            addSpecification(top);
        }
        for (const QByteArray& top : tops()) {
            for (const char* name : {"grub/grub.cfg", "grub2/grub.cfg", "EFI/debian/grub.cfg", "EFI/BOOT/grub.cfg"}) {
                addGrub(top, top + name);
            }
            for (const char* name : {"extlinux/extlinux.conf", "extlinux.conf", "syslinux/syslinux.cfg", "syslinux.cfg",
                                     "isolinux/isolinux.cfg", "isolinux.cfg", "isolinux/txt.cfg", "txt.cfg"}) {
                addExtlinux(top, top + name);
            }
        }
        return std::move(m_entries);
    }

private:
    /** The place of a file that a loader below @p top calls @p name: as it says, or from where its file system begins. */
    [[nodiscard]] QByteArray resolve(const QByteArray& top, const QString& name, const QByteArray& directory = {}) const
    {
        QByteArray path = name.toUtf8();
        if (path.startsWith('(')) { // a device
            path = path.sliced(path.indexOf(')') + 1);
        }
        QByteArray relative = path.startsWith('/') ? path.sliced(1) : path;
        for (const QByteArray& place : {directory + relative, relative, top + relative}) {
            if (const auto found = m_tree.find(place); found && found->type == FileTree::Type::File) {
                return place;
            }
        }
        return relative;
    }

    /** @p first: it is the default. */
    void append(SystemBootEntry entry, bool first)
    {
        const bool known = std::ranges::contains(m_entries, entry);
        if (!known && !entry.kernel.isEmpty() && m_entries.size() < MostEntries) {
            m_entries.insert(first ? m_firsts++ : m_entries.size(), std::move(entry));
        }
    }

    void addSpecification(const QByteArray& top)
    {
        const QByteArray directory = top + "loader/entries";
        QByteArrayList names = m_tree.names(directory);
        names.removeIf([](const QByteArray& name) { return !name.endsWith(".conf"); });
        names = names.mid(0, MostEntries);
        std::ranges::stable_sort(names, [](const QByteArray& one, const QByteArray& other) {
            return compareVersions(QString::fromUtf8(one), QString::fromUtf8(other)) > 0;
        });
        const QByteArray saved = m_environment.value(u"saved_entry"_s).toUtf8();
        for (const QByteArray& name : std::as_const(names)) {
            SystemBootEntry entry{.loader = Loader::Specification, .file = directory + '/' + name};
            QStringList options;
            const QStringList lines = linesOf(m_tree, entry.file);
            for (const QString& text : lines) {
                const Line line(text);
                if (line.word == "title"_L1) {
                    entry.title = line.rest;
                } else if (line.word == "linux"_L1) {
                    entry.kernel = resolve(top, line.rest);
                } else if (line.word == "initrd"_L1) {
                    for (const QString& word : shellWords(line.rest, m_environment)) {
                        entry.initrds += resolve(top, word);
                    }
                } else if (line.word == "options"_L1) {
                    options += shellWords(line.rest, m_environment);
                }
            }
            entry.options = options.join(u' ');
            append(entry, name == saved + ".conf");
        }
    }

    /** Where a grub.cfg is being read. */
    struct GrubState {
        Variables variables;
        SystemBootEntry entry; ///< That is being read.
        int depth = 0; ///< Of braces.
        int index = -1; ///< Of entries that are in no submenu.
        int submenu = -1; ///< Depth of the one we are in.
    };

    void addGrub(const QByteArray& top, const QByteArray& path)
    {
        GrubState state{.variables = m_environment, .entry = {.loader = Loader::Grub, .file = path}};
        const QStringList lines = linesOf(m_tree, path);
        for (const QString& text : lines) {
            const Line line(text);
            if (line.word == "menuentry"_L1 || line.word == "submenu"_L1) {
                beginMenu(line, state);
            } else if (line.word == "set"_L1 && line.rest.contains(u'=')) {
                setVariable(line.rest, state.variables);
            } else {
                addCommand(line, top, state);
            }
            state.depth += text.trimmed().endsWith(u'{') ? 1 : 0;
            if (line.word == "}"_L1) {
                endMenu(state);
            }
        }
    }

    static void beginMenu(const Line& line, GrubState& state)
    {
        state.index += state.submenu < 0 ? 1 : 0;
        if (line.word == "submenu"_L1 && state.submenu < 0) {
            state.submenu = state.depth;
        }
        state.entry = {.loader = Loader::Grub,
                       .file = state.entry.file,
                       .title = shellWords(line.rest, state.variables).value(0)};
    }

    void addCommand(const Line& line, const QByteArray& top, GrubState& state) const
    {
        QStringList words = shellWords(line.rest, state.variables);
        if (line.word == "linux"_L1 || line.word == "linux16"_L1 || line.word == "linuxefi"_L1) {
            state.entry.kernel = words.isEmpty() ? QByteArray() : resolve(top, words.takeFirst());
            state.entry.options = words.join(u' ');
        } else if (line.word == "initrd"_L1 || line.word == "initrd16"_L1 || line.word == "initrdefi"_L1) {
            for (const QString& word : std::as_const(words)) {
                state.entry.initrds += resolve(top, word);
            }
        }
    }

    void endMenu(GrubState& state)
    {
        --state.depth;
        const QString wanted = state.variables.value(u"default"_s); // index or title
        append(state.entry,
               state.submenu < 0 && (wanted == QString::number(state.index) || wanted == state.entry.title));
        state.entry = {.loader = Loader::Grub, .file = state.entry.file};
        if (state.depth == state.submenu) {
            state.submenu = -1;
        }
    }

    /** "name=value"; of what GRUB would decide the first is taken. */
    static void setVariable(const QString& text, Variables& variables)
    {
        const qsizetype equals = text.indexOf(u'=');
        const QString name = text.first(equals).trimmed();
        const QString value = shellWords(text.sliced(equals + 1), variables).value(0);
        if (variables.value(name).isEmpty() && variables.size() < 1000) {
            variables.insert(name, value);
        }
    }

    void addExtlinux(const QByteArray& top, const QByteArray& path)
    {
        const QByteArray directory = path.first(path.lastIndexOf('/') + 1);
        QString wanted;
        QString label;
        bool marked = false;
        SystemBootEntry entry;
        const auto end = [&] {
            append(entry, marked || (!label.isEmpty() && label == wanted));
            marked = false;
            entry = {.loader = Loader::Extlinux, .file = path};
        };
        entry = {.loader = Loader::Extlinux, .file = path};
        QStringList lines = linesOf(m_tree, path);
        lines.resize(std::min<qsizetype>(lines.size(), 10'000));
        for (const QString& text : std::as_const(lines)) {
            const Line line(text);
            const QString word = line.word.toLower();
            if (word == "default"_L1) {
                wanted = line.rest;
            } else if (word == "label"_L1) {
                end();
                label = line.rest;
                entry.title = label;
            } else if (word == "menu"_L1 && line.rest.compare("default"_L1, Qt::CaseInsensitive) == 0) {
                marked = true;
            } else if (word == "kernel"_L1 || word == "linux"_L1) {
                entry.kernel = resolve(top, line.rest, directory);
            } else if (word == "initrd"_L1) {
                for (const QString& name : line.rest.split(u',', Qt::SkipEmptyParts)) {
                    entry.initrds += resolve(top, name, directory);
                }
            } else if (word == "append"_L1) {
                setAppended(line.rest, top, directory, entry);
            }
        }
        end();
    }

    /** Options, of which "initrd=" is for the loader. */
    void setAppended(const QString& text, const QByteArray& top, const QByteArray& directory,
                     SystemBootEntry& entry) const
    {
        QStringList words = text.split(u' ', Qt::SkipEmptyParts);
        for (const QString& word : std::as_const(words)) {
            if (word.startsWith("initrd="_L1)) {
                for (const QString& name : word.sliced(7).split(u',', Qt::SkipEmptyParts)) {
                    entry.initrds += resolve(top, name, directory);
                }
            }
        }
        words.removeIf([](const QString& word) { return word.startsWith("initrd="_L1); });
        entry.options = words.join(u' ');
    }

    const FileTree& m_tree;
    Variables m_environment;
    QList<SystemBootEntry> m_entries;
    qsizetype m_firsts = 0; ///< Default entries, at the beginning.
};

} // namespace

QList<SystemBootEntry> findBootEntries(const FileTree& tree)
{
    return EntrySearch(tree).run();
}

} // namespace Stowage
