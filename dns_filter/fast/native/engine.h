/* The hot loop: what waits in a socket is received at once, what is remembered is answered at once, the rest is held
 * for Python. Everything here is called by one thread, but for `caretaker_take`. */
#ifndef CARETAKER_ENGINE_H
#define CARETAKER_ENGINE_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* recvmmsg */
#endif
#include "clients.h"
#include "memo.h"
#include "packet.h"
#include "tally.h"

#include <netinet/in.h>
#include <sys/socket.h>

enum {
    ABI = 4, /* changes with anything that `library.py` knows of */
    BATCH = 64,
    SMALL = 512, /* octets of a datagram that are at hand; a query that has more is left to Python */
    LARGEST = 65536,
    SLOT = SMALL + LARGEST_REPLY,
};

enum reason {
    ANSWERED, /* or nothing more is to be done */
    UNKNOWN, /* nobody is known at this address, or it sits elsewhere by now */
    LIMITED, /* over its share: to be told to come over TCP */
    MISSING, /* nothing is remembered */
    BELOW, /* something is remembered for all below a parent of the name */
    DROPPED,
    READY, /* for `finish`; never given to Python */
};

/* One datagram on its way from `prepare` to `finish`. */
struct job {
    const struct client *client;
    uint64_t hash;
    struct query query;
};

/* One datagram that Python must look at. `top` is where in the name that parent begins. */
struct held {
    const uint8_t *data;
    uint32_t length;
    uint32_t client; /* its number, where somebody is known */
    uint32_t told; /* BELOW: what is told */
    uint16_t top, name_length;
    uint16_t port;
    uint8_t reason, slot;
    uint32_t flow, scope;
    struct address address;
};

struct counts {
    uint64_t hits, dropped, unsent, received, batches;
};

struct engine {
    struct memo memo;
    struct clients clients;
    struct tally tally;
    struct quota *quotas;
    double step, room; /* seconds that one question fills, and that fit; step 0: there is no limit */
    struct counts counts;
    uint32_t held_count;
    struct held held[BATCH];
    struct sockaddr_storage from[BATCH];
    struct mmsghdr in[BATCH], out[BATCH];
    struct iovec in_pieces[BATCH][2], out_pieces[BATCH];
    uint8_t (*slots)[SLOT];
    uint8_t *large; /* LARGEST octets for each slot, of which only those are ever touched that a large datagram fills */
    struct job jobs[BATCH];
};

/* Who asks, may it, and what is its query: READY where something may be remembered of it. */
enum reason prepare(struct engine *engine, const uint8_t *data, size_t length, double now, struct job *job,
    struct held *held);
/* What is remembered of it. `data` has room for SLOT octets; an answer is written over it, `reply` octets long. */
enum reason finish(struct engine *engine, const struct job *job, uint8_t *data, double now, size_t *reply,
    struct held *held);
/* Both in one. `held` says who asks. */
enum reason decide(struct engine *engine, uint8_t *data, size_t length, double now, size_t *reply, struct held *held);

/* The answer to what `decide` said BELOW of; what is told, NO_CLIENT where nothing is remembered any more. */
uint32_t decide_below(struct engine *engine, uint8_t *data, const struct held *held, double now, size_t *reply);

#endif
