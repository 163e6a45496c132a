/* See packet.h. Every index is compared with `length` before it is used. */
#include "packet.h"

#include <string.h>

static unsigned two(const uint8_t *at)
{
    return (unsigned)at[0] << 8 | at[1];
}

static uint8_t lower(uint8_t octet)
{
    return octet >= 'A' && octet <= 'Z' ? (uint8_t)(octet | 0x20) : octet;
}

/* Flags that ask for nothing but RD, AD or CD; one question, no records but at most one, which must be an OPT. */
static bool is_plain(const uint8_t *data, size_t length)
{
    return length >= HEADER && !(data[2] & 0xFE) && !(data[3] & 0xCF) && two(data + 4) == 1 && two(data + 6) == 0
        && two(data + 8) == 0 && two(data + 10) <= 1;
}

/* The uncompressed name at HEADER, in lower case, into `name`. Gives where it ends in the packet, 0 where it is none. */
static size_t read_name(const uint8_t *data, size_t length, struct query *query, uint8_t *name)
{
    size_t at = HEADER, wrote = 0;

    query->labels = 0;
    for (;;) {
        if (at >= length)
            return 0;
        size_t label = data[at++];
        if (label == 0)
            break;
        /* One octet must be left for the root behind it. */
        if (label > 63 || label > length - at || wrote + 1 + label + 1 > LONGEST_NAME)
            return 0;
        query->starts[query->labels++] = (uint8_t)wrote;
        name[wrote++] = (uint8_t)label;
        for (size_t i = 0; i < label; i++) {
            /* A zero inside a label is legal and rare. */
            if (data[at] == 0)
                return 0;
            name[wrote++] = lower(data[at++]);
        }
    }
    name[wrote++] = 0;
    query->name_length = wrote;
    return at;
}

/* Options are ignored, but they must fill the OPT exactly. */
static bool options_fit(const uint8_t *options, size_t length)
{
    size_t at = 0;

    while (at < length) {
        if (length - at < 4)
            return false;
        size_t own = 4 + (size_t)two(options + at + 2);
        if (own > length - at)
            return false;
        at += own;
    }
    return true;
}

/* Whether these octets are one OPT of version 0 and nothing else. */
static bool read_opt(const uint8_t *opt, size_t length, struct query *query)
{
    if (length < OPT_RECORD || opt[0] != 0 || two(opt + 1) != 41 || opt[6] != 0)
        return false;
    if (two(opt + 9) != length - OPT_RECORD || !options_fit(opt + OPT_RECORD, length - OPT_RECORD))
        return false;
    size_t size = two(opt + 3);
    query->limit = size < PLAIN_SIZE ? PLAIN_SIZE : size > LARGEST_REPLY ? LARGEST_REPLY : size;
    query->shape |= EDNS | (opt[7] & 0x80 ? DO : 0);
    return true;
}

bool read_query(const uint8_t *data, size_t length, struct query *query)
{
    if (!is_plain(data, length))
        return false;
    size_t end = read_name(data, length, query, query->key + NAME_AT);
    if (end == 0 || length - end < KIND)
        return false;
    memcpy(query->key + NAME_AT + query->name_length, data + end, KIND);
    query->end = end += KIND;
    query->shape = (uint8_t)((data[2] & 0x01 ? RECURSION : 0) | (data[3] & 0x10 ? CHECKING_DISABLED : 0));
    query->limit = PLAIN_SIZE;
    if (two(data + 10) == 0 ? length != end : !read_opt(data + end, length - end, query))
        return false;
    if (query->limit > FACTOR * length)
        query->limit = FACTOR * length;

    const uint8_t form[FORM] = {
        data[2] & 0x01, data[3] & 0x10, 0, 1, 0, 0, 0, 0, 0, query->shape & EDNS,
    };
    memcpy(query->key + TAG, form, FORM);
    query->key_length = NAME_AT + query->name_length + KIND;
    if (query->shape & EDNS) {
        const uint8_t opt[OPT_RECORD] = {
            0, 0, 41, LARGEST_REPLY >> 8, LARGEST_REPLY & 0xFF, 0, 0, query->shape & DO ? 0x80 : 0, 0, 0, 0,
        };
        memcpy(query->key + query->key_length, opt, OPT_RECORD);
        query->key_length += OPT_RECORD;
    }
    return true;
}

size_t key_below(const struct query *query, size_t start, uint8_t key[LONGEST_KEY])
{
    size_t rest = query->name_length - start + KIND;

    memcpy(key, query->key, TAG);
    key[TAG] = BELOW_MARK | query->shape;
    memcpy(key + TAG + 1, query->key + NAME_AT + start, rest);
    return TAG + 1 + rest;
}
