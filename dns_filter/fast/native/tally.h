/* Who was told what, and how often, until the query log's thread comes for it: the only thing that two threads touch.
 *
 * One number for each pair of client and answer, not a row for each query: a rush of the same few takes no more room.
 */
#ifndef CARETAKER_TALLY_H
#define CARETAKER_TALLY_H

#include "hash.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/* `client` NO_CLIENT: there was no room to say who. */
struct row {
    uint32_t client, told;
    uint64_t times; /* 0: nobody's */
};

enum { NO_CLIENT = 0xFFFFFFFF };

struct tally {
    pthread_mutex_t lock;
    struct secret secret;
    struct row *rows;
    uint64_t mask, used, most;
};

bool tally_begin(struct tally *tally, uint64_t most, const uint64_t chance[3]);
void tally_end(struct tally *tally);
/* Count one. The caller holds the lock. */
void tally_count(struct tally *tally, uint32_t client, uint32_t told);
/* All rows, without gaps, which are the caller's to free; NULL where there is none. */
struct row *tally_take(struct tally *tally, uint64_t *count);

#endif
