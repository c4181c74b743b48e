// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "compressed.h"

#include "core/entries/decoders.h"
#include "core/entries/unpack.h"
#include "core/sources/bytes.h"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string_view>

namespace Stowage
{

namespace
{

using namespace std::string_view_literals;

struct Codec {
    std::string_view magic;
    QLatin1StringView name;
    int (*support)(struct archive*); ///< Null: recognised, not opened.
};

const auto Codecs = std::to_array<Codec>({
    {"\x1f\x8b"sv, QLatin1StringView("gzip"), archive_read_support_filter_gzip},
    {"\xfd"
     "7zXZ\0"sv,
     QLatin1StringView("xz"), archive_read_support_filter_xz},
    {"\x28\xb5\x2f\xfd"sv, QLatin1StringView("zstd"), archive_read_support_filter_zstd},
    {"BZh"sv, QLatin1StringView("bzip2"), archive_read_support_filter_bzip2},
    {"\x04\x22\x4d\x18"sv, QLatin1StringView("lz4"), archive_read_support_filter_lz4},
    {"\x02\x21\x4c\x18"sv, QLatin1StringView("lz4"), archive_read_support_filter_lz4},
    {"\x89LZO\0\r\n\x1a\n"sv, QLatin1StringView("lzop"), nullptr},
    {"LZIP"sv, QLatin1StringView("lzip"), archive_read_support_filter_lzip},
    {"\x5d\0\0"sv, QLatin1StringView("lzma"), archive_read_support_filter_lzma},
});

/** What @p packed begins with and, whether it is all, as @p support decompresses it. */
UnpackedBytes unpackBytes(QByteArrayView packed, qsizetype most, int (*support)(struct archive*))
{
    constexpr qsizetype Step = 1024 * 1024;
    const std::unique_ptr<struct archive, int (*)(struct archive*)> reader(archive_read_new(), archive_read_free);
    // ARCHIVE_WARN would mean that an external program does the work.
    if (!reader || support(reader.get()) != ARCHIVE_OK || archive_read_support_format_raw(reader.get()) != ARCHIVE_OK
        || archive_read_open_memory(reader.get(), packed.data(), static_cast<size_t>(packed.size())) != ARCHIVE_OK) {
        return {};
    }
    struct archive_entry* entry = nullptr;
    if (archive_read_next_header(reader.get(), &entry) != ARCHIVE_OK) {
        return {};
    }
    UnpackedBytes inside;
    while (inside.bytes.size() < most) {
        const qsizetype done = inside.bytes.size();
        inside.bytes.resize(std::min(most, done + Step));
        const la_ssize_t got = archive_read_data(reader.get(), inside.bytes.data() + done,
                                                 static_cast<size_t>(inside.bytes.size() - done));
        inside.bytes.truncate(done + std::max<la_ssize_t>(got, 0));
        if (got <= 0) { // below: also where the sample of the file ends
            inside.isWhole = got == 0;
            break;
        }
    }
    return inside;
}

const Codec* codecOf(QByteArrayView head)
{
    const auto* const codec = std::ranges::find_if(Codecs,
                                                   [head](const Codec& c) { return hasMagic(head, 0, c.magic); });
    return codec == Codecs.end() ? nullptr : codec;
}

} // namespace

UnpackedBytes unpackBytes(QByteArrayView packed, qsizetype most)
{
    const Codec* const codec = codecOf(packed);
    UnpackedBytes inside;
    if (codec != nullptr && codec->support != nullptr) {
        inside = unpackBytes(packed, most, codec->support);
    }
    inside.codec = codec != nullptr ? codec->name : QLatin1StringView();
    return inside;
}

std::optional<CompressedPeek> peekCompressed(const QByteArray& head, const QString& path, const std::stop_token& stop)
{
    CompressedPeek peek{.codec = streamCodec(head), .isStream = true, .head = {}};
    if (const Codec* const codec = codecOf(head)) {
        peek.codec = codec->name;
        peek.isStream = codec->support != nullptr;
        peek.head = unpackBytes(head, PeekSize).bytes;
    } else if (!peek.codec.isEmpty()) {
        // The list of what is in an archive may stand at its end.
        auto inside = unpackedHead(path, PeekSize, stop);
        if (!inside) {
            return {};
        }
        peek.head = *std::move(inside);
    } else {
        return {};
    }
    return peek;
}

} // namespace Stowage
