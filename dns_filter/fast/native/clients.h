/* Who asks: addresses with their seats, as `dns_filter/clients.py` has admitted them; and each one's share. */
#ifndef CARETAKER_CLIENTS_H
#define CARETAKER_CLIENTS_H

#include "hash.h"
#include "packet.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    MOST_CLIENTS = 65536,
    MOST_QUOTAS = 262144,
    UNMETERED = 0xFFFFFFFF,
};

/* An address without its port. An IPv4 one takes the first four octets, the others are zero. */
struct address {
    uint8_t octets[16];
    uint32_t family;
};

struct client {
    struct address address;
    uint8_t tag[TAG];
    bool welcome, taken;
    uint32_t number, quota;
    double since, until;
};

/* The moments at which a client's two buckets would be empty (`dns_filter/limits.py`). Python reads and writes them. */
struct quota {
    double answered, truncated;
};

struct clients {
    struct secret secret;
    struct client *places; /* twice as many as there can be clients, but begun small */
    uint64_t mask, count;
};

bool clients_begin(struct clients *clients, const uint64_t chance[3]);
void clients_end(struct clients *clients);
void clients_forget(struct clients *clients);
/* NULL: nobody is known there. */
struct client *clients_find(const struct clients *clients, const struct address *address);
/* Admit one, or say anew where it sits. False: there is no room; then forget all and begin again. */
bool clients_admit(struct clients *clients, const struct client *client);

/* `Quota.ask` in two parts: whether one more question fits, which is written down; and whether the bucket of those that
 * are told to come over TCP has room, which is not. */
bool quota_pour(double *level, double now, double step, double room);
bool quota_has_room(double level, double now, double step, double room);

#endif
