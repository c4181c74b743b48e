// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/boot/bootdialog.h"
#include "fuzzinput.h"

using namespace Stowage;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    const QByteArray bytes = Fuzz::borrowed(data, size);
    Fuzz::use(parseXlList(bytes));
    GuestConsole guest;
    Fuzz::use(guest.add(bytes));
    const QString name = QStringLiteral("guest");
    BootDialog dialog({QStringLiteral("root"),
                       QStringLiteral("x"),
                       {{name, QRegularExpression(QStringLiteral("login:"))}},
                       {QStringLiteral("uname")}},
                      "MARK");
    constexpr qsizetype Piece = 100;
    qint64 now = 0;
    for (qsizetype at = 0; at < bytes.size(); at += Piece, now += 500) {
        dialog.receive(bytes.mid(at, Piece), now);
        Fuzz::use(dialog.take(now));
        Fuzz::use(dialog.takeShown());
    }
    dialog.finish(now);
    Fuzz::use(dialog.take(now + 5000));
    return 0;
}
