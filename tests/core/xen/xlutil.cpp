// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "xlutil.h"

#include <cstdio>
#include <memory>

extern "C" {
#include <libxlutil.h>
}

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#endif

namespace Stowage::Test
{

namespace
{

/** xl's parsers leave memory behind where they refuse their input; that is not ours to report. */
class ForeignLeaks
{
public:
    ForeignLeaks()
    {
#ifdef __SANITIZE_ADDRESS__
        __lsan_disable();
#endif
    }
    ~ForeignLeaks()
    {
#ifdef __SANITIZE_ADDRESS__
        __lsan_enable();
#endif
    }
    ForeignLeaks(const ForeignLeaks&) = delete;
    ForeignLeaks& operator=(const ForeignLeaks&) = delete;
};

using ConfigPointer = std::unique_ptr<XLU_Config, decltype(&xlu_cfg_destroy)>;

ConfigPointer makeConfig()
{
    static FILE* const silent = std::fopen("/dev/null", "w");
    return {xlu_cfg_init(silent, "test"), &xlu_cfg_destroy};
}

ConfigPointer readConfig(const QByteArray& text)
{
    ConfigPointer config = makeConfig();
    const int error = xlu_cfg_readdata(config.get(), text.constData(), static_cast<int>(text.size()));
    if (error != 0) {
        config.reset();
    }
    return config;
}

XlValue convert(const XLU_Config* config, XLU_ConfigValue* value)
{
    XlValue result;
    if (xlu_cfg_value_type(value) == XLU_STRING) {
        char* text = nullptr;
        xlu_cfg_value_get_string(config, value, &text, 1);
        result.text = text;
        return result;
    }
    result.isList = true;
    XLU_ConfigList* list = nullptr;
    xlu_cfg_value_get_list(config, value, &list, 1);
    int index = 0;
    while (XLU_ConfigValue* item = xlu_cfg_get_listitem2(list, index++)) {
        result.items.append(convert(config, item));
    }
    return result;
}

QByteArray boolText(libxl_defbool value)
{
    if (libxl_defbool_is_default(value)) {
        return {};
    }
    return libxl_defbool_val(value) ? "1" : "0";
}

} // namespace

bool XlValue::operator==(const XlValue& other) const
{
    return isList == other.isList && text == other.text && items == other.items;
}

std::optional<QMap<QByteArray, XlValue>> readByXl(const QByteArray& text, const QByteArrayList& keys)
{
    const ForeignLeaks leaks;
    const ConfigPointer config = readConfig(text);
    if (!config) {
        return std::nullopt;
    }
    QMap<QByteArray, XlValue> result;
    for (const QByteArray& key : keys) {
        const char* string = nullptr;
        XLU_ConfigList* list = nullptr;
        int entries = 0;
        if (xlu_cfg_get_string(config.get(), key.constData(), &string, 1) == 0) {
            result.insert(key, {false, string, {}});
        } else if (xlu_cfg_get_list(config.get(), key.constData(), &list, &entries, 1) == 0) {
            XlValue value{true, {}, {}};
            for (int i = 0; i < entries; ++i) {
                value.items.append(convert(config.get(), xlu_cfg_get_listitem2(list, i)));
            }
            result.insert(key, value);
        }
    }
    return result;
}

std::optional<long> numberByXl(const QByteArray& text, const QByteArray& key)
{
    const ForeignLeaks leaks;
    const ConfigPointer config = readConfig(text);
    long number = 0;
    const bool found = config && xlu_cfg_get_long(config.get(), key.constData(), &number, 1) == 0;
    return found ? std::optional(number) : std::nullopt;
}

std::optional<XlDisk> diskByXl(const QByteArray& text)
{
    const ForeignLeaks leaks;
    const ConfigPointer config = makeConfig();
    libxl_device_disk disk;
    libxl_device_disk_init(&disk);
    const char* const specs[] = {text.constData()};
    std::optional<XlDisk> result;
    if (xlu_disk_parse(config.get(), 1, specs, &disk) == 0) {
        result.emplace();
        result->target = disk.pdev_path;
        result->vdev = disk.vdev;
        result->format = libxl_disk_format_to_string(disk.format);
        result->backendType = libxl_disk_backend_to_string(disk.backend);
        result->backend = disk.backend_domname;
        result->script = disk.script;
        result->specification = libxl_disk_specification_to_string(disk.specification);
        result->cdrom = disk.is_cdrom != 0;
        result->readOnly = disk.readwrite == 0;
        result->directIoSafe = disk.direct_io_safe;
        result->discard = boolText(disk.discard_enable);
        result->trusted = boolText(disk.trusted);
        result->grantUsage = boolText(disk.grant_usage);
    }
    libxl_device_disk_dispose(&disk);
    return result;
}

bool rateByXl(const QByteArray& rate)
{
    const ForeignLeaks leaks;
    const ConfigPointer config = makeConfig();
    libxl_device_nic nic;
    libxl_device_nic_init(&nic);
    const bool taken = xlu_vif_parse_rate(config.get(), rate.constData(), &nic) == 0;
    libxl_device_nic_dispose(&nic);
    return taken;
}

} // namespace Stowage::Test
