/* See memo.h. */
#include "memo.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_PLACES = 1024, MALLOC_HEAD = 16 };

bool memo_begin(struct memo *memo, uint64_t limit, uint64_t overhead, const uint64_t chance[4])
{
    memset(memo, 0, sizeof *memo);
    memo->secret = (struct secret){ chance[0], chance[1] | 1, chance[2] | 1 };
    memo->dice = chance[3] | 1;
    memo->limit = limit;
    memo->overhead = overhead;
    memo->latest = -INFINITY;
    memo->mask = FIRST_PLACES - 1;
    memo->places = calloc(FIRST_PLACES, sizeof *memo->places);
    return memo->places != NULL;
}

void memo_end(struct memo *memo)
{
    for (uint64_t at = 0; memo->places && at <= memo->mask; at++)
        if (memo->places[at].entry && !memo->places[at].is_below)
            free(memo->places[at].entry);
    free(memo->places);
    free(memo->released);
    memo->places = NULL;
}

void memo_look_at_clock(struct memo *memo, double now)
{
    if (now < memo->latest)
        memo->era++;
    memo->latest = now;
}

static uint64_t weight_of(const struct memo *memo, const struct entry *entry)
{
    uint64_t octets = (uint64_t)entry->key_length + entry->below_length + 2u * entry->ttls + entry->reply_length;
    uint64_t places = (entry->below_length ? 4u : 2u) * sizeof(struct place);
    return sizeof *entry + MALLOC_HEAD + octets + places + memo->overhead;
}

static struct place *find_place(const struct memo *memo, uint64_t hash, const uint8_t *key, size_t length)
{
    for (uint64_t at = hash & memo->mask;; at = (at + 1) & memo->mask) {
        struct place *place = memo->places + at;
        struct entry *entry = place->entry;
        if (!entry)
            return NULL;
        if (place->hash != hash >> 32)
            continue;
        const uint8_t *own = entry->octets + (place->is_below ? entry->key_length : 0);
        size_t own_length = place->is_below ? entry->below_length : entry->key_length;
        if (own_length == length && memcmp(own, key, length) == 0)
            return place;
    }
}

static uint64_t home_of(const struct memo *memo, const struct place *place)
{
    return (place->is_below ? place->entry->below_hash : place->entry->hash) & memo->mask;
}

static void put(struct place *places, uint64_t mask, struct place place, uint64_t hash)
{
    uint64_t at = hash & mask;

    while (places[at].entry)
        at = (at + 1) & mask;
    places[at] = place;
}

/* Twice as many places, so that never more than half are taken and every search ends. */
static bool grow(struct memo *memo)
{
    uint64_t mask = memo->mask * 2 + 1;
    struct place *places = calloc(mask + 1, sizeof *places);

    if (!places)
        return false;
    for (uint64_t at = 0; at <= memo->mask; at++) {
        struct place place = memo->places[at];
        if (place.entry)
            put(places, mask, place, place.is_below ? place.entry->below_hash : place.entry->hash);
    }
    free(memo->places);
    memo->places = places;
    memo->mask = mask;
    return true;
}

/* Empty one place, and move up those behind it that would no longer be found. */
static void clear_place(struct memo *memo, struct place *place)
{
    uint64_t hole = (uint64_t)(place - memo->places);

    memo->used--;
    for (uint64_t at = (hole + 1) & memo->mask; memo->places[at].entry; at = (at + 1) & memo->mask) {
        uint64_t home = home_of(memo, memo->places + at);
        /* How far it has come from home, and how far the hole is behind it. */
        if (((at - home) & memo->mask) >= ((at - hole) & memo->mask)) {
            memo->places[hole] = memo->places[at];
            hole = at;
        }
    }
    memo->places[hole].entry = NULL;
}

static void drop_below(struct memo *memo, struct entry *entry)
{
    struct place *place = find_place(memo, entry->below_hash, entry->octets + entry->key_length, entry->below_length);

    memo->weight -= weight_of(memo, entry);
    if (place)
        clear_place(memo, place);
    /* What stands behind the key that goes moves up. */
    memmove(entry->octets + entry->key_length, entry->octets + entry->key_length + entry->below_length,
        2u * entry->ttls + entry->reply_length);
    entry->below_length = 0;
    memo->weight += weight_of(memo, entry);
}

static void forget(struct memo *memo, struct entry *entry)
{
    if (entry->below_length)
        drop_below(memo, entry);
    struct place *place = find_place(memo, entry->hash, entry->octets, entry->key_length);
    if (place)
        clear_place(memo, place);
    memo->weight -= weight_of(memo, entry);
    memo->entries--;
    memo->released[memo->released_count++] = entry->told;
    free(entry);
}

static uint64_t thrown(struct memo *memo)
{
    memo->dice += 0x9E3779B97F4A7C15u;
    return folded(memo->dice, memo->secret.turn);
}

/* Chance, and not age: did the oldest go, a school that asks for a few names more than there is room for would find
 * none of them, since each comes round when it has just been forgotten. */
static void make_room(struct memo *memo)
{
    while (memo->weight > memo->limit && memo->entries) {
        uint64_t at = thrown(memo) & memo->mask;
        while (!memo->places[at].entry || memo->places[at].is_below)
            at = (at + 1) & memo->mask;
        forget(memo, memo->places[at].entry);
    }
}

/* As `dns_filter/ttl.py` and `Entry.age` have it, with the same arithmetic. */
static void age(struct entry *entry, double now)
{
    double left = entry->ends - now;
    bool capped = left >= entry->cap;
    int64_t ttl = capped ? (int64_t)entry->cap : left < -1e9 ? -1000000000 : (int64_t)left;
    int64_t tenth = ttl >= 0 ? ttl / 10 : -((9 - ttl) / 10);
    int64_t told = ttl - (int64_t)(entry->jitter * (double)(tenth + 1));
    uint32_t value = told < 1 ? 1 : (uint32_t)told;
    const uint8_t *at = entry->octets + entry->key_length + entry->below_length;
    uint8_t *reply = reply_of(entry);

    for (size_t i = 0; i < entry->ttls; i++) {
        uint16_t where;
        memcpy(&where, at + 2 * i, 2);
        const uint8_t octets[4] = {
            (uint8_t)(value >> 24), (uint8_t)(value >> 16), (uint8_t)(value >> 8), (uint8_t)value,
        };
        memcpy(reply + entry->cut + where, octets, 4);
    }
    double steady = entry->ends - (double)ttl;
    entry->steady_until = entry->until < steady ? entry->until : steady;
}

static bool is_good(const struct memo *memo, const struct entry *entry, double now)
{
    return entry->era == memo->era && now < entry->until;
}

void memo_ask_for_place(const struct memo *memo, uint64_t hash)
{
    __builtin_prefetch(memo->places + (hash & memo->mask));
}

void memo_ask_for_entry(const struct memo *memo, uint64_t hash)
{
    const struct place *place = memo->places + (hash & memo->mask);

    if (place->entry && place->hash == hash >> 32) {
        /* Its head, its key and its reply: some 250 octets. */
        const uint8_t *at = (const uint8_t *)place->entry;
        __builtin_prefetch(at);
        __builtin_prefetch(at + 64);
        __builtin_prefetch(at + 128);
        __builtin_prefetch(at + 192);
    }
}

struct entry *memo_find(struct memo *memo, uint64_t hash, const uint8_t *key, size_t length, double now)
{
    struct place *place = find_place(memo, hash, key, length);

    if (!place || !is_good(memo, place->entry, now))
        return NULL;
    if (now >= place->entry->steady_until)
        age(place->entry, now);
    return place->entry;
}

static bool fits(const struct answer *answer, double now)
{
    if (answer->key_length < NAME_AT + 1 + KIND || answer->key_length > LONGEST_KEY)
        return false;
    if (answer->below_length > LONGEST_KEY || answer->reply_length < FORM || answer->reply_length > LARGEST_REPLY)
        return false;
    if (answer->cut < FORM || answer->cut > answer->reply_length || answer->ttls > LARGEST_REPLY)
        return false;
    for (size_t i = 0; i < answer->ttls; i++)
        if (answer->cut + answer->ttl_at[i] + 4u > answer->reply_length)
            return false;
    if (!(answer->cap >= 0 && answer->cap < 0x7FFFFFFF) || !(answer->jitter >= 0 && answer->jitter < 1))
        return false;
    if (isnan(answer->ends) || !(now < answer->until))
        return false;
    /* Both ends of the counts: an OPT in the reply is an OPT in the question. The key is the seat's tag and the query
     * but for its id. */
    size_t limit = answer->reply[FORM - 1] ? LARGEST_REPLY : PLAIN_SIZE;
    size_t most = FACTOR * (answer->key_length - 4);
    return answer->reply_length + 2 <= (limit < most ? limit : most);
}

/* Room to write down one more number, for every entry there is. */
static bool may_release(struct memo *memo)
{
    if (memo->released_count + memo->entries + 2 <= memo->released_room)
        return true;
    uint64_t room = 2 * (memo->released_count + memo->entries + 64);
    uint32_t *released = realloc(memo->released, room * sizeof *released);
    if (!released)
        return false;
    memo->released = released;
    memo->released_room = room;
    return true;
}

static struct entry *made(const struct answer *answer, size_t below_length)
{
    size_t octets = answer->key_length + below_length + 2 * answer->ttls + answer->reply_length;
    struct entry *entry = malloc(sizeof *entry + octets);

    if (!entry)
        return NULL;
    *entry = (struct entry){
        .until = answer->until, .steady_until = -INFINITY, .ends = answer->ends, .cap = answer->cap,
        .jitter = answer->jitter, .told = answer->told, .key_length = (uint16_t)answer->key_length,
        .below_length = (uint16_t)below_length, .reply_length = (uint16_t)answer->reply_length,
        .cut = (uint16_t)answer->cut, .ttls = (uint16_t)answer->ttls,
    };
    memcpy(entry->octets, answer->key, answer->key_length);
    if (below_length)
        memcpy(entry->octets + answer->key_length, answer->below, below_length);
    if (answer->ttls)
        memcpy(entry->octets + answer->key_length + below_length, answer->ttl_at, 2 * answer->ttls);
    memcpy(reply_of(entry), answer->reply, answer->reply_length);
    return entry;
}

/* Whether all names below are told this from now on: an older answer that is still good stays. */
static bool takes_below(struct memo *memo, const struct answer *answer, uint64_t hash, double now)
{
    struct place *place = find_place(memo, hash, answer->below, answer->below_length);

    if (!place)
        return true;
    if (is_good(memo, place->entry, now))
        return false;
    /* It stands under this key as an answer of its own only where a key was made up; then it is left alone. */
    if (!place->is_below)
        return false;
    drop_below(memo, place->entry);
    return true;
}

bool memo_keep(struct memo *memo, const struct answer *answer, double now)
{
    if (!fits(answer, now) || !may_release(memo))
        return false;
    if ((memo->used + 2) * 2 > memo->mask && !grow(memo))
        return false;
    uint64_t hash = hash_octets(&memo->secret, answer->key, answer->key_length), below_hash = 0;
    struct place *old = find_place(memo, hash, answer->key, answer->key_length);
    if (old && old->is_below)
        return false;
    if (old)
        forget(memo, old->entry);
    size_t below_length = answer->below ? answer->below_length : 0;
    if (below_length) {
        below_hash = hash_octets(&memo->secret, answer->below, below_length);
        if (!takes_below(memo, answer, below_hash, now))
            below_length = 0;
    }
    struct entry *entry = made(answer, below_length);
    if (!entry)
        return false;
    entry->hash = hash;
    entry->below_hash = below_hash;
    entry->era = memo->era;
    age(entry, now);
    put(memo->places, memo->mask, (struct place){ entry, (uint32_t)(hash >> 32), 0 }, hash);
    memo->used++;
    if (below_length) {
        put(memo->places, memo->mask, (struct place){ entry, (uint32_t)(below_hash >> 32), 1 }, below_hash);
        memo->used++;
    }
    memo->entries++;
    memo->weight += weight_of(memo, entry);
    make_room(memo);
    return true;
}
