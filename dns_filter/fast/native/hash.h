/* A keyed hash for tables that strangers fill: who does not know the secret cannot prepare names that meet. */
#ifndef CARETAKER_HASH_H
#define CARETAKER_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct secret {
    uint64_t begin, turn, end;
};

/* Both halves of the product, folded into one. */
static inline uint64_t folded(uint64_t one, uint64_t other)
{
    unsigned __int128 product = (unsigned __int128)one * other;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline uint64_t hash_number(const struct secret *secret, uint64_t number)
{
    return folded(number ^ secret->begin, secret->turn);
}

static inline uint64_t hash_octets(const struct secret *secret, const uint8_t *octets, size_t length)
{
    uint64_t hash = secret->begin ^ length, eight = 0;

    for (; length >= 8; octets += 8, length -= 8) {
        memcpy(&eight, octets, 8);
        hash = folded(hash ^ eight, secret->turn);
    }
    eight = 0;
    memcpy(&eight, octets, length);
    return folded(hash ^ eight, secret->end);
}

#endif
