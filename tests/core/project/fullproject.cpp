// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "fullproject.h"

#include <QDir>
#include <QJsonArray>

namespace Stowage::Test
{

using namespace Qt::StringLiterals;

Guest fullGuest()
{
    Guest guest;
    guest.entry = u"gäst 1"_s;
    guest.autostart = true;
    guest.external = true;
    guest.otherTags = {u"odd"_s, u""_s};
    guest.naming = NamingRule::LinkName;
    guest.name = u"domain"_s;
    guest.memoryMiB = qint64{1} << 30;
    guest.vcpus = 4;
    guest.type = GuestType::Pvh;
    guest.sourceType = u"rootfs_dir"_s;
    guest.sourceFile = u"a \"quoted\" \\ root"_s;
    guest.sourceMember = u"disk 1.vmdk"_s;
    guest.imageSizeMiB = 64;
    guest.owners = OwnerRule::Root;
    guest.rootfs = u"root.ext4"_s;
    guest.diskDevice = u"xvdb"_s;
    guest.extraDisks = {GuestDisk{
        u"data.img"_s, u"raw"_s, u"/dev/vg/x"_s, u"xvdc"_s, true, 32, u"data.vmdk"_s, true, {{u"cache"_s, u"none"_s}}}};
    guest.vif = u""_s;
    guest.extraVifs = {u"bridge=xenbr1"_s};
    guest.kernel = u"vmlinuz"_s;
    guest.ramdisk = u"initrd.img"_s;
    guest.extra = u"root=/dev/xvda"_s;
    guest.configFile = u"custom.cfg"_s;
    guest.options = {XlOption{u"on_crash"_s, u"\"restart\""_s, {{u"why"_s, 1}}}};
    guest.firstBoot = FirstBoot{FirstBoot::Method::Files,
                                u"db.example"_s,
                                u"admin"_s,
                                {u"ssh-ed25519 AAAA a b"_s},
                                u"$6$salt$hash"_s,
                                FirstBoot::Network::Static,
                                u"10.0.0.2/24"_s,
                                u"10.0.0.1"_s,
                                {u"10.0.0.1"_s, u"fd00::1"_s},
                                true,
                                true,
                                {{u"n"_s, 3}}};
    guest.unknown = {{u"later"_s, QJsonArray{1, u"two"_s}}};
    return guest;
}

Project fullProject()
{
    Project project;
    project.bundle = {u"pack"_s, u"1.2"_s, u"A line"_s, u"MIT"_s, {{u"b"_s, true}}};
    project.machine = {u"qemuarm64"_s, Architecture::Arm64, u"deploy"_s, u"unpack"_s, u"Image"_s, 4096, 512,
                       {{u"m"_s, 1.5}}};
    project.host = {u"host"_s, {u"xenbr0"_s, u"xenbr1"_s}, {{u"h"_s, QJsonValue::Null}}};
    project.defaults = {256,      2,   u"bridge=b"_s, u"ro"_s,
                        u"sda"_s, 100, u"ext3"_s,     {{u"d"_s, QJsonObject{{u"e"_s, u"f"_s}}}}};
    project.disk = {DiskSettings::Table::Mbr,
                    DiskSettings::Boot::Uefi,
                    DiskSettings::Loader::XenEfi,
                    u"loglvl=all"_s,
                    u""_s,
                    {BootFile{u"board.dtb"_s, u"dtb/board.dtb"_s, {{u"f"_s, 2}}}},
                    {{u"s"_s, u"t"_s}}};
    project.guests = {fullGuest(), Guest{}};
    project.guests.last().entry = u"second"_s;
    project.outputs = {OutputSpec{u"ext4"_s, u"out"_s, 4096, true, {{u"o"_s, 1}}},
                       OutputSpec{u"tar"_s, u"/tmp/out.tar"_s}};
    project.unknown = {{u"future"_s, QJsonObject{{u"x"_s, 1}}}};
    project.directory = QDir::currentPath();
    return project;
}

} // namespace Stowage::Test
