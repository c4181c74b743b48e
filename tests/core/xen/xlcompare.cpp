// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "xlcompare.h"

#include "core/xen/xlconfig.h"
#include "xlutil.h"

#include <QtTest>

namespace Stowage::Test
{

const QByteArray Sample = "# a guest\n"
                          "name = \"web\"\n"
                          "memory=512 ; vcpus = 0x2\n"
                          "  disk = [ 'file:/a.img,xvda,rw', # root\n\n"
                          "     \"phy:/dev/vg/b,xvdb,w\",\n"
                          "  ]\n"
                          "vif = ['bridge=xenbr0']\n"
                          "disk += [ 'c,,xvdc' ]\n"
                          "extra = \"root=/dev/xvda ro\\tquiet \\\"x\\\" \\\\ y\"\n"
                          "vnuma = [ [ \"pnode=0\", \"size=512\" ], [ \"pnode=1\" ], 3 ]\n"
                          "on_crash = 'restart'\n"
                          "xen.foo_1 = 012\n"
                          "extra += ' more'";

namespace
{

QList<XlValue> convert(const QList<XlConfig::Value>& values);

XlValue convert(const XlConfig::Value& value)
{
    return {value.kind == XlConfig::Value::Kind::List, value.text, convert(value.items)};
}

QList<XlValue> convert(const QList<XlConfig::Value>& values)
{
    QList<XlValue> result;
    for (const XlConfig::Value& value : values) {
        result.append(convert(value));
    }
    return result;
}

/** All values of @p config, as readByXl() gives them. */
QMap<QByteArray, XlValue> valuesOf(const XlConfig& config)
{
    QMap<QByteArray, XlValue> result;
    for (const XlConfig::Statement& statement : config.statements()) {
        if (const std::optional<QByteArray> text = config.string(statement.key)) {
            result.insert(statement.key, {false, *text, {}});
            continue;
        }
        XlValue list{true, {}, {}};
        for (const XlConfig::Value* item : config.items(statement.key)) {
            list.items.append(convert(*item));
        }
        result.insert(statement.key, list);
    }
    return result;
}

QByteArrayList keysOf(const XlConfig& config)
{
    QByteArrayList keys;
    for (const XlConfig::Statement& statement : config.statements()) {
        keys.append(statement.key);
    }
    return keys;
}

} // namespace

void compareWithXl(const QByteArray& text)
{
    const Result<XlConfig> ours = XlConfig::parse(text);
    const auto theirs = readByXl(text, ours ? keysOf(*ours) : QByteArrayList());
    const QByteArray shown = text.toPercentEncoding(" \n#=\"'[],;");
    QVERIFY2(ours.has_value() == theirs.has_value(),
             (ours ? "only we take: " : QByteArray("only xl takes (") + ours.error().message.toUtf8() + "): ") + shown);
    if (ours) {
        QVERIFY2(valuesOf(*ours) == *theirs, shown);
        QCOMPARE(ours->text(), text);
    }
}

} // namespace Stowage::Test
