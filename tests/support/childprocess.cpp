// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "childprocess.h"

#include <sys/wait.h>
#include <unistd.h>

namespace Stowage::Test
{

int runInChild(const std::function<int()>& body, bool dropRoot)
{
    const pid_t child = ::fork();
    if (child == 0) {
        if (dropRoot && ::geteuid() == 0 && ::setresuid(65534, 65534, 65534) != 0) {
            ::_exit(99);
        }
        ::_exit(body());
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

} // namespace Stowage::Test
