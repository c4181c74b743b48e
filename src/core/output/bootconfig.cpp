// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "bootconfig.h"

#include "core/support/units.h"

namespace Stowage
{

namespace
{

constexpr qint64 XenRoom = 32 * MiB; // unpacked and moved to where it may run
constexpr qint64 Alignment = 2 * MiB;
constexpr qint64 TreeRoom = MiB; // of the device tree with what is added to it

QByteArray hex(qint64 number)
{
    return "0x" + QByteArray::number(number, 16);
}

QByteArray fileName(const QByteArray& path)
{
    return path.sliced(path.lastIndexOf('/') + 1);
}

/** The commands that load @p name to where the variable @p address says. */
QByteArray load(const QByteArray& address, const QByteArray& name)
{
    return "load ${devtype} ${devnum}:${distro_bootpart} ${" + address + "} " + name + '\n';
}

/** The commands that put what lies @p offset bytes behind the first address for kernels into the variable @p address. */
QByteArray place(const QByteArray& address, qint64 offset)
{
    return "setexpr " + address + " ${kernel_addr_r} + " + hex(offset) + '\n';
}

/** The commands that load @p file, @p offset bytes behind the first address, and tell Xen what @p kind of module it is. */
QByteArray module(const QByteArray& node, const QByteArray& kind, const UBootFile& file, qint64 offset)
{
    const QByteArray path = "/chosen/" + node;
    return place("module_addr", offset) + load("module_addr", file.name)
        + "setexpr module_high ${module_addr} / 0x100000000\n"
          "setexpr module_low ${module_addr} \\& 0xffffffff\n"
          "fdt mknod /chosen "
        + node
        + "\n"
          "fdt set "
        + path + " compatible \"multiboot," + kind
        + "\" \"multiboot,module\"\n"
          "fdt set "
        + path + " reg <0x${module_high} 0x${module_low} 0x0 " + hex(file.size) + ">\n";
}

} // namespace

QByteArray rootArgument(const DiskSetup& setup, const QByteArray& fileSystemId, const QByteArray& partitionId)
{
    return setup.ramdisk.isEmpty() ? "root=PARTUUID=" + partitionId : "root=UUID=" + fileSystemId;
}

QByteArray xenConfig(const DiskSetup& setup, const QByteArray& root)
{
    QByteArray text = "[global]\n"
                      "default=xen\n"
                      "\n"
                      "[xen]\n"
                      "options="
        + setup.xenOptions.toUtf8()
        + "\n"
          "kernel=\\"
        + fileName(setup.kernel) + ' ' + root + ' ' + setup.kernelOptions.toUtf8() + '\n';
    if (!setup.ramdisk.isEmpty()) {
        text += "ramdisk=\\" + fileName(setup.ramdisk) + '\n';
    }
    return text;
}

QByteArray uBootScript(const DiskSetup& setup, const QByteArray& root, const UBootFiles& files)
{
    const auto behind = [](qint64 offset, const UBootFile& file) {
        return offset + (file.size + Alignment - 1) / Alignment * Alignment;
    };
    const qint64 ramdiskAt = behind(XenRoom, files.kernel);
    const qint64 treeAt = behind(ramdiskAt, files.ramdisk);
    QByteArray text = "# Written by Stowage.\n" + load("kernel_addr_r", "xen") + place("tree_addr", treeAt);
    text += files.deviceTree.name.isEmpty()
        ? "fdt addr ${fdtcontroladdr}\nfdt move ${fdtcontroladdr} ${tree_addr} " + hex(TreeRoom) + '\n'
        : load("tree_addr", files.deviceTree.name) + "fdt addr ${tree_addr} " + hex(files.deviceTree.size + TreeRoom)
            + '\n';
    text += "fdt set /chosen \\#address-cells <0x2>\n"
            "fdt set /chosen \\#size-cells <0x2>\n"
            "fdt set /chosen xen,xen-bootargs '"
        + setup.xenOptions.toUtf8() + "'\n";
    text += module("module@0", "kernel", files.kernel, XenRoom);
    text += "fdt set /chosen/module@0 bootargs '" + root + ' ' + setup.kernelOptions.toUtf8() + "'\n";
    if (!files.ramdisk.name.isEmpty()) {
        text += module("module@1", "ramdisk", files.ramdisk, ramdiskAt);
    }
    return text + "booti ${kernel_addr_r} - ${tree_addr}\n";
}

} // namespace Stowage
