/* See tally.h. */
#include "tally.h"

#include <stdlib.h>

enum { FIRST_ROWS = 4096 };

bool tally_begin(struct tally *tally, uint64_t most, const uint64_t chance[3])
{
    *tally = (struct tally){ .secret = { chance[0], chance[1] | 1, chance[2] | 1 }, .mask = FIRST_ROWS - 1 };
    tally->most = most;
    tally->rows = calloc(FIRST_ROWS, sizeof *tally->rows);
    return tally->rows != NULL && pthread_mutex_init(&tally->lock, NULL) == 0;
}

void tally_end(struct tally *tally)
{
    free(tally->rows);
    tally->rows = NULL;
}

static struct row *row_of(const struct tally *tally, uint32_t client, uint32_t told)
{
    uint64_t at = hash_number(&tally->secret, (uint64_t)client << 32 | told);

    for (at &= tally->mask;; at = (at + 1) & tally->mask) {
        struct row *row = tally->rows + at;
        if (row->times == 0 || (row->client == client && row->told == told))
            return row;
    }
}

static bool grow(struct tally *tally)
{
    struct tally larger = *tally;

    larger.mask = tally->mask * 2 + 1;
    larger.rows = calloc(larger.mask + 1, sizeof *larger.rows);
    if (!larger.rows)
        return false;
    for (uint64_t at = 0; at <= tally->mask; at++) {
        struct row row = tally->rows[at];
        if (row.times)
            *row_of(&larger, row.client, row.told) = row;
    }
    free(tally->rows);
    tally->rows = larger.rows;
    tally->mask = larger.mask;
    return true;
}

void tally_count(struct tally *tally, uint32_t client, uint32_t told)
{
    struct row *row = row_of(tally, client, told);

    if (row->times == 0) {
        /* Beyond `most` only what was told is counted, and not to whom: as many again at most, one for each answer. */
        if (tally->used >= tally->most && client != NO_CLIENT) {
            tally_count(tally, NO_CLIENT, told);
            return;
        }
        /* Never more than half of the rows are taken, so that every search ends. */
        if ((tally->used + 1) * 2 > tally->mask) {
            if (!grow(tally))
                return;
            row = row_of(tally, client, told);
        }
        tally->used++;
        row->client = client;
        row->told = told;
    }
    row->times++;
}

struct row *tally_take(struct tally *tally, uint64_t *count)
{
    struct row *fresh = calloc(FIRST_ROWS, sizeof *fresh), *rows;
    uint64_t mask;

    *count = 0;
    if (!fresh)
        return NULL;
    pthread_mutex_lock(&tally->lock);
    rows = tally->rows;
    mask = tally->mask;
    if (tally->used) {
        tally->rows = fresh;
        tally->mask = FIRST_ROWS - 1;
        tally->used = 0;
    } else
        rows = NULL;
    pthread_mutex_unlock(&tally->lock);
    if (!rows) {
        free(fresh);
        return NULL;
    }
    for (uint64_t at = 0; at <= mask; at++)
        if (rows[at].times)
            rows[(*count)++] = rows[at];
    return rows;
}
