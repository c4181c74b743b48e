// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "firstbootsource.h"

#include "core/containers/layercatalog.h"
#include "core/import/firstbootaccounts.h"
#include "core/import/firstbootfiles.h"
#include "core/support/safepath.h"
#include "core/support/units.h"

#include <QCoreApplication>
#include <QFile>
#include <QHash>

#include <sys/stat.h>

#include <algorithm>
#include <array>

namespace Stowage
{

namespace
{

struct FirstBootFilesText {
    Q_DECLARE_TR_FUNCTIONS(FirstBootSource)
};

constexpr qint64 MostBytes = MiB; // of a file that is changed

constexpr auto Watched = std::to_array<QByteArrayView>({"etc/hostname", "etc/hosts", "etc/fstab", "etc/passwd",
                                                        "etc/group", "etc/shadow", "etc/inittab", "etc/securetty"});

/** Hands entries on, and keeps what is needed to know what to put over them. */
class FirstBootSink : public EntrySink
{
public:
    FirstBootSink(EntrySink& next, QString source, const FirstBoot& firstBoot, QByteArray device)
        : m_next(next),
          m_source(std::move(source)),
          m_firstBoot(firstBoot),
          m_device(std::move(device))
    { }

    [[nodiscard]] bool wantsData() const override { return m_open != nullptr || m_next.wantsData(); }
    Result<void> add(const FileEntry& entry) override
    {
        note(entry);
        return m_next.add(entry);
    }
    Result<void> addLink(const QByteArray& path, const QByteArray& existing) override
    {
        m_kept.remove(path);
        m_catalog.addLink({0, ++m_number}, path, existing);
        if (const auto known = m_kept.constFind(existing); known != m_kept.cend()) {
            m_kept.insert(path, *known);
        }
        return m_next.addLink(path, existing);
    }
    Result<void> beginFile(const FileEntry& entry) override
    {
        note(entry);
        if (const auto kept = m_kept.find(entry.path); kept != m_kept.end()) {
            if (entry.size > MostBytes) {
                return unchangeable(entry.path);
            }
            m_open = &kept->content;
        }
        return m_next.beginFile(entry);
    }
    Result<void> write(std::span<const char> bytes) override
    {
        if (m_open != nullptr) {
            if (m_open->size() + static_cast<qint64>(bytes.size()) > MostBytes) {
                return unchangeable({});
            }
            m_open->append(bytes.data(), static_cast<qsizetype>(bytes.size()));
        }
        return m_next.wantsData() ? m_next.write(bytes) : m_next.reserve(static_cast<qint64>(bytes.size()));
    }
    Result<void> skip(qint64 bytes) override
    {
        if (m_open != nullptr) {
            if (bytes > MostBytes - m_open->size()) {
                return unchangeable({});
            }
            m_open->append(bytes, '\0');
        }
        return m_next.skip(bytes);
    }
    Result<void> reserve(qint64 bytes) override { return m_next.reserve(bytes); }
    Result<void> endFile() override
    {
        m_open = nullptr;
        return m_next.endFile();
    }
    [[nodiscard]] bool clone(int fd) override { return m_open == nullptr && m_next.clone(fd); }
    [[nodiscard]] std::span<char> room(qint64 bytes) override
    {
        return m_open != nullptr ? EntrySink::room(bytes) : m_next.room(bytes);
    }

    /** After the last entry: everything of the first boot. */
    Result<void> finish();

private:
    struct Kept {
        FileEntry entry;
        QByteArray content;
    };

    void note(const FileEntry& entry);
    [[nodiscard]] std::unexpected<Error> unchangeable(const QByteArray& path) const;
    [[nodiscard]] bool exists(const QByteArray& path) const { return m_catalog.find(path) != nullptr; }
    /** The first of @p paths that is there; empty where none is. */
    [[nodiscard]] QByteArray firstOf(const QByteArrayList& paths) const;
    [[nodiscard]] InodeFacts facts(quint32 mode, quint32 uid = 0, quint32 gid = 0) const;

    /** Where @p path lies; an error where a link on the way leads to what is no name. */
    [[nodiscard]] Result<QByteArray> placeOf(const QByteArray& path) const;
    /** The content of the file @p path; empty where there is none. */
    [[nodiscard]] Result<QByteArray> contentOf(const QByteArray& path) const;
    Result<void> put(const QByteArray& path, const QByteArray& content, const InodeFacts& facts);
    /** The same for a file whose owner, mode and attributes stay, where there is one. */
    Result<void> replace(const QByteArray& path, const QByteArray& content, quint32 mode = 0644);
    /** Puts what @p change makes of the content of @p path there, unless that is the same. */
    template<typename Change>
    Result<void> edit(const QByteArray& path, const Change& change);
    Result<void> putDirectory(const QByteArray& path, const InodeFacts& facts);
    Result<void> putLink(const QByteArray& path, const QByteArray& target);

    Result<void> putName();
    Result<void> putAccounts();
    Result<void> putKeys(const Account& account);
    Result<void> putConsole();
    Result<void> putInittab(const QByteArray& init, const QByteArray& busyBox);
    Result<void> putBusyBoxSystem(const QByteArray& busyBox, bool hasInit);

    EntrySink& m_next;
    QString m_source;
    const FirstBoot& m_firstBoot;
    QByteArray m_device;
    LayerCatalog m_catalog;
    QHash<QByteArray, Kept> m_kept; ///< Of Watched, what is a file.
    QHash<QByteArray, QByteArray> m_inits; ///< Targets of links called "init".
    QByteArray* m_open = nullptr; ///< Content of the file that is being read.
    qint64 m_number = 0;
    qint64 m_newest = 0; ///< Time of all entries, in seconds.
    quint32 m_topOwner = 0;
};

void FirstBootSink::note(const FileEntry& entry)
{
    m_kept.remove(entry.path);
    m_catalog.add({0, ++m_number}, entry.path, S_ISDIR(entry.facts.mode), entry.linkTarget);
    if (entry.path.isEmpty()) {
        m_topOwner = entry.facts.uid;
        return;
    }
    m_newest = std::max(m_newest, entry.facts.seconds);
    if (S_ISREG(entry.facts.mode) && std::ranges::find(Watched, entry.path) != Watched.end()) {
        m_kept.insert(entry.path, {entry, {}});
    }
    if (entry.path.endsWith("/init")) {
        m_inits.insert(entry.path, entry.linkTarget);
    }
}

std::unexpected<Error> FirstBootSink::unchangeable(const QByteArray& path) const
{
    return fail(
        Error::Code::InvalidInput,
        path.isEmpty()
            ? FirstBootFilesText::tr("A file in %1 that the first boot changes has more than 1 MiB.").arg(m_source)
            : FirstBootFilesText::tr(
                  "%1 in %2 cannot be changed for the first boot: it is no file of at most 1 MiB, or "
                  "lies behind a link.")
                  .arg(QFile::decodeName(path), m_source),
        FirstBootFilesText::tr("Have a plain file there, or set up the guest itself."), Place::inFile(m_source));
}

QByteArray FirstBootSink::firstOf(const QByteArrayList& paths) const
{
    const auto found = std::ranges::find_if(paths, [this](const QByteArray& path) { return exists(path); });
    return found == paths.end() ? QByteArray() : *found;
}

InodeFacts FirstBootSink::facts(quint32 mode, quint32 uid, quint32 gid) const
{
    return {.mode = static_cast<quint16>(mode), .uid = uid, .gid = gid, .seconds = m_newest};
}

Result<QByteArray> FirstBootSink::placeOf(const QByteArray& path) const
{
    auto place = entryPath(m_catalog.resolved(path));
    return place && !place->isEmpty() ? place : unchangeable(path);
}

Result<QByteArray> FirstBootSink::contentOf(const QByteArray& path) const
{
    if (const auto kept = m_kept.constFind(m_catalog.resolved(path)); kept != m_kept.cend()) {
        return kept->content;
    }
    return exists(path) ? Result<QByteArray>(unchangeable(path)) : QByteArray();
}

Result<void> FirstBootSink::put(const QByteArray& path, const QByteArray& content, const InodeFacts& facts)
{
    const auto place = placeOf(path);
    if (!place) {
        return std::unexpected(place.error());
    }
    FileEntry entry{.path = *place, .facts = facts, .size = content.size()};
    if (const auto kept = m_kept.constFind(entry.path); kept != m_kept.cend()) {
        entry.attributes = kept->entry.attributes;
    }
    return m_next.beginFile(entry)
        .and_then([&] {
            return m_next.wantsData() ? m_next.write({content.constData(), static_cast<size_t>(content.size())})
                                      : m_next.reserve(content.size());
        })
        .and_then([&] { return m_next.endFile(); });
}

Result<void> FirstBootSink::replace(const QByteArray& path, const QByteArray& content, quint32 mode)
{
    const auto kept = m_kept.constFind(m_catalog.resolved(path));
    return put(path, content, kept == m_kept.cend() ? facts(S_IFREG | mode) : kept->entry.facts);
}

template<typename Change>
Result<void> FirstBootSink::edit(const QByteArray& path, const Change& change)
{
    return contentOf(path).and_then([&](const QByteArray& before) -> Result<void> {
        const QByteArray after = change(before);
        return after == before ? Result<void>() : replace(path, after);
    });
}

Result<void> FirstBootSink::putDirectory(const QByteArray& path, const InodeFacts& facts)
{
    return placeOf(path).and_then([&](const QByteArray& place) {
        m_catalog.add({0, ++m_number}, place, true, {});
        return m_next.add({.path = place, .facts = facts});
    });
}

Result<void> FirstBootSink::putLink(const QByteArray& path, const QByteArray& target)
{
    return placeOf(path).and_then([&](const QByteArray& place) {
        return m_next.add({.path = place, .facts = facts(S_IFLNK | 0777), .linkTarget = target});
    });
}

Result<void> FirstBootSink::putName()
{
    const QByteArray name = m_firstBoot.hostname.toUtf8();
    return replace("etc/hostname", name + '\n').and_then([&] {
        return edit("etc/hosts", [&name](const QByteArray& hosts) { return hostsWith(hosts, name); });
    });
}

Result<void> FirstBootSink::putKeys(const Account& account)
{
    const QByteArray path = account.home.sliced(1) + "/.ssh/authorized_keys";
    const QByteArray keys = m_firstBoot.sshKeys.join(u'\n').toUtf8() + '\n';
    return placeOf(path).and_then([&](const QByteArray& place) -> Result<void> {
        const qsizetype slash = place.lastIndexOf('/');
        if (slash < 0) {
            return unchangeable(path); // the directory is a link to the top, which is nobody's home
        }
        return putDirectory(place.first(slash), facts(S_IFDIR | 0700, account.uid, account.gid)).and_then([&] {
            return put(place, keys, facts(S_IFREG | 0600, account.uid, account.gid));
        });
    });
}

Result<void> FirstBootSink::putAccounts()
{
    const auto passwd = contentOf("etc/passwd");
    const auto group = contentOf("etc/group");
    const auto shadow = contentOf("etc/shadow");
    for (const auto* content : {&passwd, &group, &shadow}) {
        if (!*content) {
            return std::unexpected(content->error());
        }
    }
    const Accounts before{*passwd, *group, *shadow};
    Accounts accounts = before;
    QList<QByteArray> names{"root"};
    QByteArray newHome;
    if (const QByteArray user = m_firstBoot.user.toUtf8(); !user.isEmpty() && user != "root") {
        names.append(user);
        if (!accounts.find(user)) {
            accounts.add(user, m_topOwner);
            newHome = "home/" + user;
        }
    }
    Result<void> done;
    if (!newHome.isEmpty() && !exists(newHome)) {
        const Account owner = *accounts.find(names.last());
        done = putDirectory(newHome, facts(S_IFDIR | 0755, owner.uid, owner.gid));
    }
    for (const QByteArray& name : std::as_const(names)) {
        if (!m_firstBoot.passwordHash.isEmpty()) {
            accounts.setPassword(name, m_firstBoot.passwordHash.toUtf8());
        }
        if (done && !m_firstBoot.sshKeys.isEmpty()) {
            done = putKeys(accounts.find(name).value_or(Account{.home = "/root"}));
        }
    }
    const auto replaceChanged = [&](const char* path, const QByteArray& was, const QByteArray& is, quint32 mode) {
        return is == was ? Result<void>() : replace(path, is, mode);
    };
    return done.and_then([&] { return replaceChanged("etc/passwd", before.passwd, accounts.passwd, 0644); })
        .and_then([&] { return replaceChanged("etc/group", before.group, accounts.group, 0644); })
        .and_then([&] { return replaceChanged("etc/shadow", before.shadow, accounts.shadow, 0600); });
}

Result<void> FirstBootSink::putBusyBoxSystem(const QByteArray& busyBox, bool hasInit)
{
    Result<void> done = hasInit ? Result<void>() : putLink("sbin/init", '/' + busyBox);
    for (const char* mountPoint : {"dev", "proc", "sys"}) {
        if (done && !exists(mountPoint)) {
            done = putDirectory(mountPoint, facts(S_IFDIR | 0755));
        }
    }
    return done.and_then(
        [&] { return replace("etc/inittab", busyBoxInittab('/' + busyBox, !m_firstBoot.passwordHash.isEmpty())); });
}

Result<void> FirstBootSink::putInittab(const QByteArray& init, const QByteArray& busyBox)
{
    const bool isBusyBox = m_inits.value(m_catalog.resolved(init)).contains("busybox");
    const auto inittab = contentOf("etc/inittab");
    if (!inittab || inittab->isEmpty()) {
        return inittab.transform([](const QByteArray&) { }); // BusyBox has a shell on the console then
    }
    // Small systems for containers have the inittab of a larger one.
    if (isBusyBox && !busyBox.isEmpty() && inittab->contains("/sbin/openrc") && !exists("sbin/openrc")) {
        return putBusyBoxSystem(busyBox, true);
    }
    QByteArray getty = firstOf({"sbin/getty", "usr/sbin/getty", "sbin/agetty", "usr/sbin/agetty"});
    if (getty.isEmpty()) {
        getty = busyBox.isEmpty() ? QByteArray("sbin/getty") : busyBox + " getty";
    }
    return edit("etc/inittab", [&](const QByteArray& text) {
        return inittabWith(text, isBusyBox ? InittabKind::BusyBox : InittabKind::SysV, '/' + getty);
    });
}

Result<void> FirstBootSink::putConsole()
{
    const QByteArray init = firstOf(
        {"sbin/init", "etc/init", "bin/init", "usr/lib/systemd/systemd", "lib/systemd/systemd"});
    const QByteArray busyBox = firstOf({"bin/busybox", "usr/bin/busybox", "sbin/busybox"});
    Result<void> done;
    if (init.isEmpty()) {
        done = busyBox.isEmpty() ? Result<void>() : putBusyBoxSystem(busyBox, false);
    } else if (init.endsWith("systemd") || m_inits.value(m_catalog.resolved(init)).contains("systemd")) {
        const QByteArray unit = firstOf(
            {"usr/lib/systemd/system/serial-getty@.service", "lib/systemd/system/serial-getty@.service"});
        done = unit.isEmpty() ? Result<void>()
                              : putLink("etc/systemd/system/getty.target.wants/serial-getty@hvc0.service", '/' + unit);
    } else {
        done = putInittab(init, busyBox);
    }
    return done.and_then([&] {
        return edit("etc/securetty",
                    [](const QByteArray& text) { return text.isEmpty() ? text : securettyWith(text); });
    });
}

Result<void> FirstBootSink::finish()
{
    Result<void> done;
    if (!m_firstBoot.hostname.isEmpty()) {
        done = putName();
    }
    if (done && m_firstBoot.fstab) {
        done = edit("etc/fstab", [this](const QByteArray& fstab) { return fstabWith(fstab, m_device); });
    }
    if (done
        && (!m_firstBoot.user.isEmpty() || !m_firstBoot.sshKeys.isEmpty() || !m_firstBoot.passwordHash.isEmpty())) {
        done = putAccounts();
    }
    return done && m_firstBoot.consoleLogin ? putConsole() : done;
}

} // namespace

Result<void> FirstBootSource::feed(EntrySink& sink, Progress& progress, const std::stop_token& stop) const
{
    FirstBootSink changed(sink, m_source->path(), m_firstBoot, m_device.toUtf8());
    return m_source->feed(changed, progress, stop).and_then([&changed] { return changed.finish(); });
}

} // namespace Stowage
