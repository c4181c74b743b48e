// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include <unistd.h>

#include <utility>

namespace Stowage
{

/** Owns a file descriptor and closes it. */
class UniqueFd
{
public:
    UniqueFd() = default;
    explicit UniqueFd(int fd) : m_fd(fd) { }
    UniqueFd(const UniqueFd&) = delete;
    UniqueFd& operator=(const UniqueFd&) = delete;
    UniqueFd(UniqueFd&& other) noexcept : m_fd(other.release()) { }
    UniqueFd& operator=(UniqueFd&& other) noexcept
    {
        if (this != &other) {
            close();
            m_fd = other.release();
        }
        return *this;
    }
    ~UniqueFd() { close(); }

    [[nodiscard]] int get() const { return m_fd; }
    [[nodiscard]] bool isValid() const { return m_fd >= 0; }
    /** Gives the descriptor away; the caller closes it. */
    [[nodiscard]] int release() { return std::exchange(m_fd, -1); }
    /** Closes it now. Returns false with errno set where the system tells a late write error, as network file systems do. */
    bool close() { return m_fd < 0 || ::close(release()) == 0; }

private:
    int m_fd = -1;
};

} // namespace Stowage
