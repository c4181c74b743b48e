// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include <QByteArray>

namespace Stowage::Test
{

/** A config in which every part of the grammar occurs. */
extern const QByteArray Sample;

/** Parses @p text by us and by xl; a difference in what is taken, or in any value, fails the running test. */
void compareWithXl(const QByteArray& text);

} // namespace Stowage::Test
