// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "imagepath.h"

namespace Stowage
{

namespace
{

constexpr QLatin1StringView Mark("image:");

} // namespace

bool ImagePath::isMeant(QStringView text)
{
    return text.startsWith(Mark);
}

std::optional<ImagePath> ImagePath::parse(QStringView text)
{
    if (!isMeant(text)) {
        return {};
    }
    text = text.sliced(Mark.size());
    ImagePath result;
    if (text.isEmpty()) {
        return result;
    }
    const qsizetype slash = text.indexOf(QLatin1Char('/'));
    if (slash < 0 || slash == text.size() - 1) {
        return {};
    }
    if (slash > 0) {
        bool isNumber = false;
        result.partition = text.first(slash).toInt(&isNumber);
        if (!isNumber || result.partition <= 0) {
            return {};
        }
    }
    result.path = text.sliced(slash + 1).toString();
    return result;
}

QString ImagePath::toString() const
{
    if (path.isEmpty()) {
        return Mark;
    }
    return Mark + (partition > 0 ? QString::number(partition) : QString()) + QLatin1Char('/') + path;
}

} // namespace Stowage
