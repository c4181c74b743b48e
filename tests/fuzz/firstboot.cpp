// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/import/firstbootaccounts.h"
#include "core/import/firstbootfiles.h"
#include "core/import/firstbootsource.h"
#include "core/support/safepath.h"
#include "fuzzinput.h"

#include <sys/stat.h>

using namespace Stowage;

namespace
{

/** A root file system of files; what is called "NAME@" is a symbolic link NAME, and its content what that leads to. */
class MemorySource final : public EntrySource
{
public:
    explicit MemorySource(Fuzz::NamedFiles files) : m_files(std::move(files)) { }
    [[nodiscard]] QString path() const override { return QStringLiteral("memory"); }
    Result<void> feed(EntrySink& sink, Progress& /*progress*/, const std::stop_token& /*stop*/) const override
    {
        Result<void> done = sink.add({.path = {}, .facts = {.mode = S_IFDIR | 0755}});
        for (const auto& [name, content] : m_files) {
            const auto path = entryPath(name.endsWith('@') ? name.chopped(1) : name);
            if (done && path && !path->isEmpty()) {
                done = name.endsWith('@')
                    ? sink.add({.path = *path, .facts = {.mode = S_IFLNK | 0777}, .linkTarget = content})
                    : feedFile(sink, {.path = *path, .facts = {.mode = S_IFREG | 0644}, .size = content.size()},
                               content);
            }
        }
        return done;
    }

private:
    static Result<void> feedFile(EntrySink& sink, const FileEntry& entry, const QByteArray& content)
    {
        return sink.beginFile(entry)
            .and_then([&] { return sink.write({content.constData(), static_cast<size_t>(content.size())}); })
            .and_then([&] { return sink.endFile(); });
    }

    Fuzz::NamedFiles m_files;
};

void editTexts(const QByteArray& text)
{
    Accounts accounts{text, text, text};
    if (!accounts.find("web")) {
        accounts.add("web", 1000);
    }
    const auto web = accounts.find("web");
    Fuzz::require(web.has_value() && web->home.startsWith('/'), "a user that was added is there");
    accounts.setPassword("web", "$6$x$y");
    Fuzz::require(accounts.find("web") == web, "a password changes nothing else");
    Fuzz::use(hostsWith(text, "web.example"));
    Fuzz::use(inittabWith(text, InittabKind::SysV, "/sbin/getty"));
    const QByteArray fstab = fstabWith(text, "xvda");
    Fuzz::require(fstabWith(fstab, "xvda") == fstab, "what was changed is not changed again");
    const QByteArray securetty = securettyWith(text);
    Fuzz::require(securettyWith(securetty) == securetty, "what was changed is not changed again");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    const QByteArray bytes = Fuzz::borrowed(data, size);
    editTexts(bytes);
    FirstBoot firstBoot;
    firstBoot.method = FirstBoot::Method::Files;
    firstBoot.hostname = QStringLiteral("db");
    firstBoot.user = QStringLiteral("web");
    firstBoot.sshKeys = {QStringLiteral("ssh-ed25519 AAAA x")};
    firstBoot.passwordHash = QStringLiteral("$6$x$y");
    firstBoot.consoleLogin = true;
    firstBoot.fstab = true;
    Fuzz::drain(
        FirstBootSource(std::make_unique<MemorySource>(Fuzz::namedFiles(bytes)), firstBoot, QStringLiteral("xvda")));
    return 0;
}
