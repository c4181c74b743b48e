// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "bootscript.h"

namespace Stowage
{

QByteArray bootScript(const QByteArray& mark)
{
    QByteArray script = " exec env PS1= PS2= sh\n"
                        " D=$(mktemp -d)\n"
                        " dmesg -n 1 2>&-\n"
                        " w() { for d in $L; do\n"
                        " f=$D/$d\n"
                        " [ -e $f ] || { : >$f; echo 0 >$f.n\n"
                        " sleep 99999 | xl console $d >>$f 2>&1 & }\n"
                        " o=$(cat $f.n); n=$(wc -c <$f)\n"
                        " [ $n -lt 999999 ] || o=$((n-50000))\n"
                        " m=$((n-o)); [ $m -lt 50000 ] || m=50000\n"
                        " echo @MARK console $d\n"
                        " tail -c +$((o+1)) $f | head -c $m; echo\n"
                        " [ $n -lt 999999 ] || { : >$f; o=-$m; }\n"
                        " echo $((o+m)) >$f.n\n"
                        " done; }\n"
                        " s='[a-z-][a-z-]-[a-z-][a-z-][a-z-]'\n"
                        " n='  *[0-9][0-9]*'\n"
                        " s=\"s/^.* \\([1-9][0-9]*\\)$n$n  *$s .*/\\1/p\"\n"
                        " p() { l=$(xl list 2>&1)\n"
                        " echo @MARK list; echo \"$l\"\n"
                        " L=$(echo \"$l\" | sed -n \"$s\"); w\n"
                        " x=$(systemctl is-active xendomains 2>&-)\n"
                        " echo @MARK end $x; }\n";
    return script.replace("MARK", mark);
}

} // namespace Stowage
