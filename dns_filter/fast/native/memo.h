/* Finished answers, remembered as `dns_filter/memo.py` remembers them: the same keys, the same eras, the same ageing.
 *
 * Bounded in octets, what Python keeps for each entry included. When it is full, entries chosen by chance go.
 */
#ifndef CARETAKER_MEMO_H
#define CARETAKER_MEMO_H

#include "hash.h"
#include "packet.h"

#include <stdbool.h>
#include <stdint.h>

struct entry {
    double until; /* from this moment on the whole may be another one */
    double steady_until; /* up to here the TTLs are right as they stand */
    uint64_t era;
    uint64_t hash, below_hash;
    uint32_t told; /* the number of what the query log is told */
    uint16_t key_length, below_length, reply_length, cut, ttls;
    double ends, cap, jitter; /* as in `dns_filter/ttl.py` */
    uint8_t octets[]; /* key, key of all below, where the TTLs stand (two octets each), reply */
};

struct place {
    struct entry *entry; /* NULL: nobody's */
    uint32_t hash; /* the upper half */
    uint32_t is_below;
};

struct memo {
    struct secret secret;
    struct place *places;
    uint64_t mask; /* number of places, less one */
    uint64_t used;
    uint64_t entries;
    uint64_t weight, limit, overhead;
    uint64_t era;
    double latest;
    uint64_t dice;
    uint32_t *released; /* numbers of what was told by entries that are gone */
    uint64_t released_count, released_room;
};

/* What an answer is made of; lengths are checked by `memo_keep`. */
struct answer {
    const uint8_t *key, *reply, *below;
    const uint16_t *ttl_at; /* from `cut` */
    size_t key_length, reply_length, below_length, ttls, cut;
    double cap, ends, jitter, until;
    uint32_t told;
};

bool memo_begin(struct memo *memo, uint64_t limit, uint64_t overhead, const uint64_t chance[4]);
void memo_end(struct memo *memo);
/* The era of a batch that begins `now`: a clock that was set back since the last one begins another. */
void memo_look_at_clock(struct memo *memo, double now);
/* The entry under this key that is good `now`, its TTLs aged; NULL where there is none. `hash`: of the key. */
struct entry *memo_find(struct memo *memo, uint64_t hash, const uint8_t *key, size_t length, double now);
/* What will be needed of the memory soon is asked for now, so that the wait for one answer is that for all of a batch:
 * first the place of a hash, then the entry that seems to stand there. */
void memo_ask_for_place(const struct memo *memo, uint64_t hash);
void memo_ask_for_entry(const struct memo *memo, uint64_t hash);
/* False: it is already over, would not fit, or there is no memory; then `told` is nobody's. */
bool memo_keep(struct memo *memo, const struct answer *answer, double now);

static inline uint8_t *reply_of(struct entry *entry)
{
    return entry->octets + entry->key_length + entry->below_length + 2 * (size_t)entry->ttls;
}

#endif
