/* See engine.h. What Python calls begins with caretaker_. */
#include "engine.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>

#define EXPORTED __attribute__((visibility("default")))
#ifndef SOURCE
#define SOURCE "unknown"
#endif

EXPORTED uint32_t caretaker_abi(void)
{
    return ABI;
}

/* A sum over the text that this was compiled from. */
EXPORTED const char *caretaker_source(void)
{
    return SOURCE;
}

static void *mapped(size_t octets)
{
    void *at = mmap(NULL, octets, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return at == MAP_FAILED ? NULL : at;
}

static void lay_out(struct engine *engine)
{
    for (size_t i = 0; i < BATCH; i++) {
        /* The rest of a large datagram comes where its beginning is put in front of it. */
        engine->in_pieces[i][0] = (struct iovec){ engine->slots[i], SMALL };
        engine->in_pieces[i][1] = (struct iovec){ engine->large + i * LARGEST + SMALL, LARGEST - SMALL };
        engine->in[i].msg_hdr = (struct msghdr){
            .msg_name = &engine->from[i], .msg_namelen = sizeof engine->from[i],
            .msg_iov = engine->in_pieces[i], .msg_iovlen = 2,
        };
        engine->out[i].msg_hdr = (struct msghdr){ .msg_iov = &engine->out_pieces[i], .msg_iovlen = 1 };
    }
}

EXPORTED void caretaker_end(struct engine *engine)
{
    if (!engine)
        return;
    memo_end(&engine->memo);
    clients_end(&engine->clients);
    tally_end(&engine->tally);
    if (engine->quotas)
        munmap(engine->quotas, MOST_QUOTAS * sizeof *engine->quotas);
    if (engine->slots)
        munmap(engine->slots, BATCH * sizeof *engine->slots);
    if (engine->large)
        munmap(engine->large, (size_t)BATCH * LARGEST);
    free(engine);
}

/* NULL: there is no memory. `overhead`: octets that Python keeps for each answer. */
EXPORTED struct engine *caretaker_begin(
    uint64_t limit, uint64_t overhead, uint64_t most_rows, double step, double room)
{
    uint64_t chance[10];
    struct engine *engine = calloc(1, sizeof *engine);

    if (!engine || getrandom(chance, sizeof chance, 0) != sizeof chance)
        goto failed;
    engine->step = step;
    engine->room = room;
    engine->quotas = mapped(MOST_QUOTAS * sizeof *engine->quotas);
    engine->slots = mapped(BATCH * sizeof *engine->slots);
    engine->large = mapped((size_t)BATCH * LARGEST);
    bool begun = memo_begin(&engine->memo, limit, overhead, chance);
    begun = clients_begin(&engine->clients, chance + 4) && begun;
    begun = tally_begin(&engine->tally, most_rows, chance + 7) && begun;
    if (!begun || !engine->quotas || !engine->slots || !engine->large)
        goto failed;
    lay_out(engine);
    return engine;
failed:
    caretaker_end(engine);
    return NULL;
}

EXPORTED struct quota *caretaker_quotas(struct engine *engine)
{
    return engine->quotas;
}

EXPORTED const struct held *caretaker_held(struct engine *engine)
{
    return engine->held;
}

EXPORTED const struct counts *caretaker_counts(struct engine *engine)
{
    return &engine->counts;
}

/* Nothing that was remembered counts any more, and nobody is known. */
EXPORTED void caretaker_begin_era(struct engine *engine)
{
    engine->memo.era++;
    clients_forget(&engine->clients);
}

EXPORTED void caretaker_forget_clients(struct engine *engine)
{
    clients_forget(&engine->clients);
}

EXPORTED bool caretaker_admit(struct engine *engine, const struct address *address, const uint8_t tag[TAG], bool welcome,
    uint32_t number, uint32_t quota, double since, double until)
{
    struct client client = { .address = *address, .welcome = welcome, .number = number, .quota = quota };

    memcpy(client.tag, tag, TAG);
    client.since = since;
    client.until = until;
    return clients_admit(&engine->clients, &client);
}

/* -1: not kept, and `told` is nobody's. Else how many numbers wait for `caretaker_released`. */
EXPORTED int64_t caretaker_keep(struct engine *engine, const struct answer *answer, double now)
{
    return memo_keep(&engine->memo, answer, now) ? (int64_t)engine->memo.released_count : -1;
}

EXPORTED uint64_t caretaker_entries(const struct engine *engine)
{
    return __atomic_load_n(&engine->memo.entries, __ATOMIC_RELAXED);
}

EXPORTED uint64_t caretaker_weight(const struct engine *engine)
{
    return __atomic_load_n(&engine->memo.weight, __ATOMIC_RELAXED);
}

EXPORTED void caretaker_set_limit(struct engine *engine, uint64_t limit)
{
    engine->memo.limit = limit;
}

/* Numbers of what nobody is told any more; how many of them. */
EXPORTED uint64_t caretaker_released(struct engine *engine, uint32_t *numbers, uint64_t room)
{
    struct memo *memo = &engine->memo;
    uint64_t count = memo->released_count < room ? memo->released_count : room;

    if (count)
        memcpy(numbers, memo->released + memo->released_count - count, count * sizeof *numbers);
    memo->released_count -= count;
    return count;
}

EXPORTED uint64_t caretaker_rows(const struct engine *engine)
{
    return __atomic_load_n(&engine->tally.used, __ATOMIC_RELAXED);
}

/* Called by the query log's thread. */
EXPORTED struct row *caretaker_take(struct engine *engine, uint64_t *count)
{
    return tally_take(&engine->tally, count);
}

EXPORTED void caretaker_free(struct row *rows)
{
    free(rows);
}

/* False: a kind of address that no socket of ours has. */
static bool read_address(const struct sockaddr_storage *from, struct held *held)
{
    memset(&held->address, 0, sizeof held->address);
    held->flow = held->scope = 0;
    held->address.family = from->ss_family;
    if (from->ss_family == AF_INET) {
        const struct sockaddr_in *four = (const struct sockaddr_in *)from;
        memcpy(held->address.octets, &four->sin_addr, 4);
        held->port = ntohs(four->sin_port);
        return true;
    }
    if (from->ss_family == AF_INET6) {
        const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)from;
        memcpy(held->address.octets, &six->sin6_addr, 16);
        held->port = ntohs(six->sin6_port);
        held->flow = ntohl(six->sin6_flowinfo);
        held->scope = six->sin6_scope_id;
        return true;
    }
    return false;
}

static void hold(struct engine *engine, const struct held *held, enum reason reason, size_t slot, size_t length)
{
    struct held *kept = engine->held + engine->held_count++;

    *kept = *held;
    kept->reason = (uint8_t)reason;
    kept->slot = (uint8_t)slot;
    kept->length = (uint32_t)length;
    kept->data = engine->slots[slot];
    if (length > SMALL) {
        uint8_t *large = engine->large + slot * LARGEST;
        memcpy(large, engine->slots[slot], SMALL);
        kept->data = large;
    }
}

static void send_all(struct engine *engine, int sock, unsigned count)
{
    for (unsigned sent = 0; sent < count;) {
        int now = sendmmsg(sock, engine->out + sent, count - sent, MSG_DONTWAIT);
        if (now > 0) {
            sent += (unsigned)now;
        } else if (now == 0 || errno != EINTR) {
            /* The first of the rest cannot be sent; those behind it may. */
            engine->counts.unsent++;
            sent++;
        }
    }
}

static void answer(struct engine *engine, size_t slot, size_t reply, unsigned place)
{
    struct msghdr *out = &engine->out[place].msg_hdr;

    out->msg_name = &engine->from[slot];
    out->msg_namelen = engine->in[slot].msg_hdr.msg_namelen;
    engine->out_pieces[place] = (struct iovec){ engine->slots[slot], reply };
}

/* Wait for more, at most so many microseconds: whether `poller`, an epoll in which the socket is, has something. */
EXPORTED int caretaker_wait(int poller, uint32_t microseconds)
{
    struct pollfd ready = { .fd = poller, .events = POLLIN };
    struct timespec most = { 0, (long)microseconds * 1000 };

    return ppoll(&ready, 1, &most, NULL) > 0;
}

/* Receive what waits, at most BATCH datagrams, and answer what is remembered. How many came; -errno where the socket
 * fails. What is left stands in `held`. */
EXPORTED int caretaker_batch(struct engine *engine, int sock, double now)
{
    unsigned answers = 0;
    enum reason reasons[BATCH];
    struct held held[BATCH];

    engine->held_count = 0;
    for (size_t i = 0; i < BATCH; i++)
        engine->in[i].msg_hdr.msg_namelen = sizeof engine->from[i];
    int came = recvmmsg(sock, engine->in, BATCH, MSG_DONTWAIT, NULL);
    if (came < 0)
        return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? 0 : -errno;
    memo_look_at_clock(&engine->memo, now);
    for (size_t i = 0; i < (size_t)came; i++) {
        reasons[i] = DROPPED;
        if (!read_address(&engine->from[i], &held[i]))
            continue;
        reasons[i] = prepare(engine, engine->slots[i], engine->in[i].msg_len, now, &engine->jobs[i], &held[i]);
        if (reasons[i] == READY)
            memo_ask_for_place(&engine->memo, engine->jobs[i].hash);
    }
    for (size_t i = 0; i < (size_t)came; i++)
        if (reasons[i] == READY)
            memo_ask_for_entry(&engine->memo, engine->jobs[i].hash);
    pthread_mutex_lock(&engine->tally.lock);
    for (size_t i = 0; i < (size_t)came; i++) {
        size_t reply = 0;
        if (reasons[i] == READY)
            reasons[i] = finish(engine, &engine->jobs[i], engine->slots[i], now, &reply, &held[i]);
        if (reply)
            answer(engine, i, reply, answers++);
        else if (reasons[i] != DROPPED)
            hold(engine, &held[i], reasons[i], i, engine->in[i].msg_len);
    }
    pthread_mutex_unlock(&engine->tally.lock);
    engine->counts.received += (uint64_t)came;
    engine->counts.batches++;
    if (answers)
        send_all(engine, sock, answers);
    return came | (int)(engine->held_count << 16);
}

/* The same for one that was held because nobody knew who asks; by now somebody may be admitted there. */
EXPORTED int caretaker_again(struct engine *engine, uint32_t which, int sock, double now)
{
    if (which >= engine->held_count)
        return MISSING;
    struct held *held = engine->held + which;
    size_t reply = 0, slot = held->slot;

    pthread_mutex_lock(&engine->tally.lock);
    held->reason = (uint8_t)decide(engine, engine->slots[slot], held->length, now, &reply, held);
    pthread_mutex_unlock(&engine->tally.lock);
    if (reply) {
        answer(engine, slot, reply, 0);
        send_all(engine, sock, 1);
    }
    return held->reason;
}

/* Answer one that was held as BELOW, now that Python has seen that no list knows a name in between. Gives what is told,
 * which is for Python to write down; NO_CLIENT where it is not remembered any more. */
EXPORTED uint32_t caretaker_below(struct engine *engine, uint32_t which, int sock, double now)
{
    if (which >= engine->held_count)
        return NO_CLIENT;
    struct held *held = engine->held + which;
    size_t reply = 0;
    uint32_t told = decide_below(engine, engine->slots[held->slot], held, now, &reply);

    if (reply) {
        answer(engine, held->slot, reply, 0);
        send_all(engine, sock, 1);
    }
    return told;
}
