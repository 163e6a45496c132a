/* What becomes of one datagram: who asks, may it, what is remembered. The order is that of `dns_filter/hot.py`. */
#include "engine.h"

#include <string.h>

/* Writes the answer over the query, whose id and question stay: the client's own spelling is kept. */
static size_t write_reply(struct entry *entry, uint8_t *data, size_t end)
{
    const uint8_t *reply = reply_of(entry);
    size_t rest = (size_t)entry->reply_length - entry->cut;

    memcpy(data + 2, reply, FORM);
    memcpy(data + end, reply + entry->cut, rest);
    return end + rest;
}

static bool has_room(const struct query *query, const struct entry *entry)
{
    return query->end + entry->reply_length - entry->cut <= query->limit;
}

/* The first of the name's parents for which something is remembered that holds for all below it. */
static struct entry *find_below(struct memo *memo, const struct query *query, double now, uint16_t *top)
{
    uint8_t key[LONGEST_KEY];

    for (size_t label = 1; label <= query->labels; label++) {
        size_t start = label < query->labels ? query->starts[label] : query->name_length - 1;
        size_t length = key_below(query, start, key);
        struct entry *entry = memo_find(memo, hash_octets(&memo->secret, key, length), key, length, now);
        if (entry) {
            *top = (uint16_t)start;
            return entry;
        }
    }
    return NULL;
}

/* Whether this client's share has room. Where not: is it to be told so, or is there to be silence? */
static enum reason metered(struct engine *engine, uint32_t quota, double now)
{
    if (engine->step <= 0 || quota >= MOST_QUOTAS)
        return ANSWERED;
    struct quota *share = engine->quotas + quota;
    if (quota_pour(&share->answered, now, engine->step, engine->room))
        return ANSWERED;
    if (quota_has_room(share->truncated, now, engine->step, engine->room))
        return LIMITED;
    engine->counts.dropped++;
    return DROPPED;
}

enum reason prepare(struct engine *engine, const uint8_t *data, size_t length, double now, struct job *job,
    struct held *held)
{
    const struct client *client = clients_find(&engine->clients, &held->address);

    held->client = NO_CLIENT;
    if (!client || !(client->since <= now && now < client->until))
        return UNKNOWN;
    held->client = client->number;
    enum reason reason = metered(engine, client->quota, now);
    if (reason != ANSWERED)
        return reason;
    /* Nothing is looked up for who is unwelcome: no answer of theirs is ever remembered. */
    if (!client->welcome || length > SMALL || !read_query(data, length, &job->query))
        return MISSING;
    memcpy(job->query.key, client->tag, TAG);
    job->client = client;
    job->hash = hash_octets(&engine->memo.secret, job->query.key, job->query.key_length);
    return READY;
}

enum reason finish(struct engine *engine, const struct job *job, uint8_t *data, double now, size_t *reply,
    struct held *held)
{
    const struct query *query = &job->query;
    struct entry *entry = memo_find(&engine->memo, job->hash, query->key, query->key_length, now);

    if (entry) {
        if (!has_room(query, entry))
            return MISSING;
        *reply = write_reply(entry, data, query->end);
        engine->counts.hits++;
        tally_count(&engine->tally, job->client->number, entry->told);
        return ANSWERED;
    }
    entry = find_below(&engine->memo, query, now, &held->top);
    if (!entry || !has_room(query, entry))
        return MISSING;
    held->told = entry->told;
    held->name_length = (uint16_t)query->name_length;
    return BELOW;
}

enum reason decide(struct engine *engine, uint8_t *data, size_t length, double now, size_t *reply, struct held *held)
{
    struct job job;
    enum reason reason = prepare(engine, data, length, now, &job, held);

    *reply = 0;
    return reason == READY ? finish(engine, &job, data, now, reply, held) : reason;
}

uint32_t decide_below(struct engine *engine, uint8_t *data, const struct held *held, double now, size_t *reply)
{
    const struct client *client = clients_find(&engine->clients, &held->address);
    struct query query;
    uint16_t top;

    *reply = 0;
    if (!client || held->length > SMALL || !read_query(data, held->length, &query))
        return NO_CLIENT;
    memcpy(query.key, client->tag, TAG);
    struct entry *entry = find_below(&engine->memo, &query, now, &top);
    if (!entry || top != held->top || entry->told != held->told || !has_room(&query, entry))
        return NO_CLIENT;
    *reply = write_reply(entry, data, query.end);
    return entry->told;
}
