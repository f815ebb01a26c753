#include "tests/harness/websocket_frames.hpp"

#include <openssl/evp.h>

#include <array>

namespace teal::harness {

namespace {

std::uint8_t byte_at(std::string_view buffer, std::size_t at) {
    return static_cast<std::uint8_t>(buffer[at]);
}

void append_number(std::string& out, std::uint64_t value, int bytes) {
    for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) {
        out.push_back(static_cast<char>((value >> shift) & 0xFFU));
    }
}

}  // namespace

std::string encode_frame(const WebSocketFrame& frame, std::optional<std::uint32_t> mask) {
    std::string out;
    out.push_back(
        static_cast<char>((frame.last ? 0x80U : 0U) | static_cast<unsigned>(frame.opcode)));
    const unsigned mask_bit = mask ? 0x80U : 0U;
    const std::size_t size = frame.payload.size();
    if (size < 126) {
        out.push_back(static_cast<char>(mask_bit | size));
    } else if (size < 65536) {
        out.push_back(static_cast<char>(mask_bit | 126U));
        append_number(out, size, 2);
    } else {
        out.push_back(static_cast<char>(mask_bit | 127U));
        append_number(out, size, 8);
    }
    if (!mask) {
        return out + frame.payload;
    }
    append_number(out, *mask, 4);
    for (std::size_t i = 0; i < size; ++i) {
        const auto key = static_cast<std::uint8_t>(*mask >> (24 - 8 * (i % 4)));
        out.push_back(static_cast<char>(byte_at(frame.payload, i) ^ key));
    }
    return out;
}

std::optional<WebSocketFrame> take_frame(std::string& buffer) {
    if (buffer.size() < 2) {
        return std::nullopt;
    }
    const bool masked = (byte_at(buffer, 1) & 0x80U) != 0;
    std::uint64_t size = byte_at(buffer, 1) & 0x7FU;
    std::size_t head = 2;
    const std::size_t length_bytes = size == 126 ? 2 : size == 127 ? 8 : 0;
    if (buffer.size() < head + length_bytes + (masked ? 4 : 0)) {
        return std::nullopt;
    }
    if (length_bytes > 0) {
        size = 0;
        for (std::size_t i = 0; i < length_bytes; ++i) {
            size = size << 8 | byte_at(buffer, head + i);
        }
        head += length_bytes;
    }
    std::array<std::uint8_t, 4> key{};
    for (std::size_t i = 0; masked && i < 4; ++i) {
        key[i] = byte_at(buffer, head + i);
    }
    head += masked ? 4 : 0;
    if (buffer.size() - head < size) {
        return std::nullopt;
    }
    WebSocketFrame frame;
    frame.last = (byte_at(buffer, 0) & 0x80U) != 0;
    frame.opcode = static_cast<Opcode>(byte_at(buffer, 0) & 0x0FU);
    frame.payload = buffer.substr(head, size);
    for (std::size_t i = 0; i < frame.payload.size(); ++i) {
        frame.payload[i] = static_cast<char>(byte_at(frame.payload, i) ^ key[i % 4]);
    }
    buffer.erase(0, head + size);
    return frame;
}

std::string websocket_accept(std::string_view key) {
    const std::string text = std::string(key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha1(), nullptr);
    std::array<unsigned char, 64> encoded{};
    const int length = EVP_EncodeBlock(encoded.data(), digest.data(), static_cast<int>(size));
    return {reinterpret_cast<const char*>(encoded.data()), static_cast<std::size_t>(length)};
}

}  // namespace teal::harness
