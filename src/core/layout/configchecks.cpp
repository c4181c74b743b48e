// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "configchecks.h"

#include "core/xen/vifspec.h"
#include "core/xen/xlconfig.h"

#include <QCoreApplication>
#include <QHash>

#include <algorithm>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

struct Checks {
    Q_DECLARE_TR_FUNCTIONS(ConfigChecks)
};

/** The checks of one guest's config. */
class ConfigChecks
{
public:
    ConfigChecks(const Guest& guest, const ResolvedGuest& resolved, Architecture machine, const XlConfig& config,
                 ProblemList& problems)
        : m_guest(guest),
          m_resolved(resolved),
          m_config(config),
          m_problems(problems),
          m_isArm(isArm(machine)),
          m_type(config.string("type").value_or(QByteArray()))
    {
        if (m_type.isEmpty() && config.string("builder").value_or(QByteArray()) == "hvm") {
            m_type = "hvm";
        }
    }

    void run()
    {
        checkType();
        checkKernel();
        checkLoader();
        checkDisplay();
        checkRestart();
    }

private:
    [[nodiscard]] bool has(const char* key) const { return !text(key).isEmpty(); }
    [[nodiscard]] QByteArray text(const char* key) const { return m_config.string(key).value_or(QByteArray()); }
    [[nodiscard]] QString field() const { return m_guest.configFile.isEmpty() ? u"options"_s : u"configFile"_s; }
    void warn(QLatin1StringView code, const QString& what, const QString& remedy)
    {
        m_problems.warning(code, m_resolved.index, field(), Checks::tr("Guest \"%1\": %2").arg(m_guest.entry, what),
                           remedy);
    }

    void checkType()
    {
        if (m_isArm && m_type == "pv") {
            warn(ProblemCode::ConfigContradiction, Checks::tr("its type is pv, which Xen does not have on Arm."),
                 Checks::tr("Leave the type out, or set it to pvh."));
        }
        if (m_isArm && m_type == "hvm" && !m_guest.configFile.isEmpty()) {
            warn(ProblemCode::HvmOnArm, Checks::tr("its type is hvm, which Xen does not have on Arm."),
                 Checks::tr("Set it to pvh, and give it a kernel."));
        }
        if (m_isArm && text("passthrough") == "sync_pt") {
            warn(ProblemCode::ConfigContradiction, Checks::tr("passthrough is sync_pt, which Arm does not have."),
                 Checks::tr("Set it to share_pt or enabled."));
        }
        const bool isPv = m_type == "pv" || (m_type.isEmpty() && !m_isArm);
        if (isPv && has("timer_mode")) {
            warn(ProblemCode::ConfigIneffective, Checks::tr("timer_mode has no effect on a PV guest."),
                 Checks::tr("Take it out, or set the type to pvh or hvm."));
        }
    }

    void checkKernel()
    {
        if (m_type == "hvm") {
            return;
        }
        if (!has("kernel") && !has("bootloader") && !has("firmware")) {
            warn(ProblemCode::ConfigNothingToBoot,
                 Checks::tr("its config has no kernel, no bootloader and no firmware, so that xl refuses it."),
                 Checks::tr("Give it a kernel, or set the type to hvm."));
        }
        if (has("kernel") && has("firmware")) {
            warn(ProblemCode::ConfigContradiction,
                 Checks::tr("its config has both a kernel and a firmware, which xl refuses for PV and PVH."),
                 Checks::tr("Take one of them out."));
        }
        if (has("cmdline") && (has("root") || has("extra"))) {
            warn(ProblemCode::ConfigIneffective, Checks::tr("root and extra have no effect, as cmdline is set."),
                 Checks::tr("Put everything into cmdline, or take it out."));
        }
    }

    void checkLoader()
    {
        if (text("bootloader").endsWith("pygrub") && text("bootloader_restrict") != "1") {
            warn(ProblemCode::ConfigInsecure, Checks::tr("pygrub reads the guest's disk with all rights of Dom0."),
                 Checks::tr("Add bootloader_restrict = 1, or take the kernel out of the image."));
        }
    }

    void checkDisplay()
    {
        const QByteArray listen = text("vnclisten");
        const bool isOpen = listen == "0.0.0.0" || listen == "::" || listen.startsWith("0.0.0.0:");
        if (isOpen && !has("vncpasswd")) {
            warn(ProblemCode::ConfigInsecure,
                 Checks::tr("its screen is open to the whole network, without a password."),
                 Checks::tr("Set vnclisten to 127.0.0.1, or vncpasswd."));
        }
    }

    void checkRestart()
    {
        if (m_guest.autostart && text("on_crash") == "restart") {
            warn(
                ProblemCode::ConfigRestartLoop,
                Checks::tr(
                    "it starts with the host and again whenever it crashes: a guest that crashes as it starts never ends."),
                Checks::tr("Set on_crash to destroy or preserve until it is known to start."));
        }
    }

    const Guest& m_guest;
    const ResolvedGuest& m_resolved;
    const XlConfig& m_config;
    ProblemList& m_problems;
    bool m_isArm;
    QByteArray m_type;
};

/** Tells who has a value that only one guest may have. */
class Unique
{
public:
    /** The guest that has @p value already; -1: none, and @p guest has it from now on. */
    int claim(const QByteArray& value, int guest)
    {
        const QByteArray key = value.toLower();
        if (const auto known = m_owners.constFind(key); known != m_owners.constEnd()) {
            return *known;
        }
        m_owners.insert(key, guest);
        return -1;
    }

private:
    QHash<QByteArray, int> m_owners;
};

} // namespace

void checkConfigs(const Project& project, const ResolvedProject& resolved, ProblemList& problems)
{
    Unique addresses;
    Unique uuids;
    const auto entry = [&project](int index) { return project.guests.at(index).entry; };
    for (const ResolvedGuest& guest : resolved.guests) {
        const auto config = XlConfig::parse(guest.config);
        if (!config) {
            continue; // reported where it was read
        }
        const Guest& values = project.guests.at(guest.index);
        ConfigChecks(values, guest, resolved.architecture, *config, problems).run();
        const bool isCustom = !values.configFile.isEmpty();
        for (const QByteArray& text : config->list("vif")) {
            const auto vif = parseVifSpec(text);
            const QByteArray mac = vif ? vif->value("mac") : QByteArray();
            const int other = mac.isEmpty() ? -1 : addresses.claim(mac, guest.index);
            if (other >= 0) {
                problems.warning(ProblemCode::VifDuplicateMac, guest.index, isCustom ? u"configFile"_s : u"vif"_s,
                                 Checks::tr("Two network cards, of guests \"%1\" and \"%2\", have the address %3.")
                                     .arg(entry(other), entry(guest.index), QString::fromUtf8(mac)),
                                 Checks::tr("Give each card an address of its own."));
            }
        }
        const QByteArray uuid = config->string("uuid").value_or(QByteArray());
        const int other = uuid.isEmpty() ? -1 : uuids.claim(uuid, guest.index);
        if (other >= 0) {
            problems.warning(ProblemCode::UuidDuplicate, guest.index, isCustom ? u"configFile"_s : u"options"_s,
                             Checks::tr("Guests \"%1\" and \"%2\" have the same UUID: xl runs only one of them.")
                                 .arg(entry(other), entry(guest.index)),
                             Checks::tr("Give one of them another, or take it out."));
        }
    }
}

} // namespace Stowage
