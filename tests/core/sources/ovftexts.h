// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include <QByteArray>
#include <QByteArrayList>
#include <QList>

namespace Stowage::Test
{

/** What an OVF text is made of; as VMware's tools write it. */
struct OvfParts {
    QByteArray before; ///< Between the XML declaration and the envelope.
    QByteArray name = "web";
    QByteArrayList hrefs = {"web-disk1.vmdk"}; ///< A file, a disk and a drive for each.
    QByteArray fileAttributes; ///< Of each file.
    QByteArray capacity = "8";
    QByteArray units = "byte * 2^30";
    QByteArray memory = "2048";
    QByteArray memoryUnits = "byte * 2^20";
    QByteArray vcpus = "2";
    int cards = 1;
    QByteArray firmware; ///< "efi"
    QByteArray more; ///< In the virtual system.
};

inline QByteArray ovfItem(const QByteArrayList& values)
{
    QByteArray text = "<Item>";
    for (qsizetype i = 0; i + 1 < values.size(); i += 2) {
        text += "<rasd:" + values.at(i) + ">" + values.at(i + 1) + "</rasd:" + values.at(i) + ">";
    }
    return text + "</Item>\n";
}

inline QByteArray ovfText(const OvfParts& parts = {})
{
    QByteArray files;
    QByteArray disks;
    QByteArray items = ovfItem({"AllocationUnits", "hertz * 10^6", "InstanceID", "1", "ResourceType", "3",
                                "VirtualQuantity", parts.vcpus})
        + ovfItem({"AllocationUnits", parts.memoryUnits, "InstanceID", "2", "ResourceType", "4", "VirtualQuantity",
                   parts.memory})
        + ovfItem({"Address", "0", "ElementName", "SCSI Controller 0", "InstanceID", "3", "ResourceSubType", "lsilogic",
                   "ResourceType", "6"})
        + ovfItem({"AddressOnParent", "0", "ElementName", "CD/DVD Drive 1", "InstanceID", "9", "Parent", "3",
                   "ResourceType", "15"});
    for (qsizetype i = 0; i < parts.hrefs.size(); ++i) {
        const QByteArray number = QByteArray::number(i + 1);
        files += "<File ovf:href=\"" + parts.hrefs.at(i) + "\" ovf:id=\"file" + number + "\" ovf:size=\"1000\" "
            + parts.fileAttributes + "/>";
        disks += "<Disk ovf:capacity=\"" + parts.capacity + "\" ovf:capacityAllocationUnits=\"" + parts.units
            + "\" ovf:diskId=\"vmdisk" + number + "\" ovf:fileRef=\"file" + number
            + "\" ovf:format=\"http://www.vmware.com/interfaces/specifications/vmdk.html#streamOptimized\"/>";
        items += ovfItem({"AddressOnParent", number, "HostResource", "ovf:/disk/vmdisk" + number, "InstanceID",
                          "1" + number, "Parent", "3", "ResourceType", "17"});
    }
    for (int i = 0; i < parts.cards; ++i) {
        items += ovfItem({"AddressOnParent", "7", "Connection", "VM Network", "InstanceID", "2" + QByteArray::number(i),
                          "ResourceSubType", "VmxNet3", "ResourceType", "10"});
    }
    const QByteArray config = parts.firmware.isEmpty()
        ? QByteArray()
        : "<vmw:Config ovf:required=\"false\" vmw:key=\"firmware\" vmw:value=\"" + parts.firmware + "\"/>";
    return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + parts.before
        + "<Envelope xmlns=\"http://schemas.dmtf.org/ovf/envelope/1\" "
          "xmlns:ovf=\"http://schemas.dmtf.org/ovf/envelope/1\" "
          "xmlns:rasd=\"http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_ResourceAllocationSettingData\" "
          "xmlns:vmw=\"http://www.vmware.com/schema/ovf\">\n<References>"
        + files + "</References>\n<DiskSection><Info>Virtual disks</Info>" + disks
        + "</DiskSection>\n<NetworkSection><Info>Networks</Info><Network ovf:name=\"VM Network\"/></NetworkSection>\n"
          "<VirtualSystem ovf:id=\"vm\"><Info>A virtual machine</Info><Name>"
        + parts.name
        + "</Name>\n<OperatingSystemSection ovf:id=\"96\" vmw:osType=\"debian12_64Guest\"><Info>System</Info>"
          "<Description>Debian GNU/Linux 12 (64-bit)</Description></OperatingSystemSection>\n"
          "<VirtualHardwareSection><Info>Hardware</Info><System/>\n"
        + items + config + "</VirtualHardwareSection>\n" + parts.more + "</VirtualSystem></Envelope>\n";
}

} // namespace Stowage::Test
