// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include <QByteArray>
#include <QByteArrayList>
#include <QRandomGenerator>

namespace Stowage::Test
{

/**
 * @p sample with one to four random changes: bytes removed, doubled, changed, or @p words put in. NUL bytes do not come
 * up: xl's parsers take them for the end of a string and abort. The same generator state gives the same text.
 */
inline QByteArray mutated(QByteArray sample, const QByteArrayList& words, QRandomGenerator& random)
{
    const int changes = random.bounded(1, 5);
    for (int i = 0; i < changes; ++i) {
        const qsizetype at = random.bounded(sample.size() + 1);
        const qsizetype length = std::min<qsizetype>(random.bounded(1, 6), sample.size() - at);
        switch (random.bounded(5)) {
        case 0:
            sample.remove(at, length);
            break;
        case 1:
            sample.insert(at, sample.sliced(at, length));
            break;
        case 2:
            sample.insert(at, static_cast<char>(random.bounded(1, 256)));
            break;
        case 3:
            sample.replace(at, length, words[random.bounded(words.size())]);
            break;
        default:
            sample.insert(at, words[random.bounded(words.size())]);
            break;
        }
    }
    return sample;
}

} // namespace Stowage::Test
