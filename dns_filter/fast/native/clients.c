/* See clients.h. */
#include "clients.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_PLACES = 256 };

bool clients_begin(struct clients *clients, const uint64_t chance[3])
{
    *clients = (struct clients){ .secret = { chance[0], chance[1] | 1, chance[2] | 1 }, .mask = FIRST_PLACES - 1 };
    clients->places = calloc(FIRST_PLACES, sizeof *clients->places);
    return clients->places != NULL;
}

void clients_end(struct clients *clients)
{
    free(clients->places);
    clients->places = NULL;
}

void clients_forget(struct clients *clients)
{
    memset(clients->places, 0, (clients->mask + 1) * sizeof *clients->places);
    clients->count = 0;
}

static struct client *place_of(const struct clients *clients, const struct address *address)
{
    uint64_t at = hash_octets(&clients->secret, (const uint8_t *)address, sizeof *address);

    for (at &= clients->mask;; at = (at + 1) & clients->mask) {
        struct client *place = clients->places + at;
        if (!place->taken || memcmp(&place->address, address, sizeof *address) == 0)
            return place;
    }
}

struct client *clients_find(const struct clients *clients, const struct address *address)
{
    struct client *place = place_of(clients, address);
    return place->taken ? place : NULL;
}

/* Never more than half of the places are taken, so that every search ends. */
static bool grow(struct clients *clients)
{
    struct clients larger = *clients;

    larger.mask = clients->mask * 2 + 1;
    larger.places = calloc(larger.mask + 1, sizeof *larger.places);
    if (!larger.places)
        return false;
    for (uint64_t at = 0; at <= clients->mask; at++)
        if (clients->places[at].taken)
            *place_of(&larger, &clients->places[at].address) = clients->places[at];
    free(clients->places);
    *clients = larger;
    return true;
}

bool clients_admit(struct clients *clients, const struct client *client)
{
    struct client *place = place_of(clients, &client->address);

    if (!place->taken) {
        if (clients->count >= MOST_CLIENTS)
            return false;
        if ((clients->count + 1) * 2 > clients->mask && !grow(clients))
            return false;
        place = place_of(clients, &client->address);
        clients->count++;
    }
    *place = *client;
    place->taken = true;
    return true;
}

/* A clock that was set back empties the bucket. */
static double level_at(double level, double now, double step, double room)
{
    return now <= level && level <= now + room + step ? level : now;
}

bool quota_has_room(double level, double now, double step, double room)
{
    return level_at(level, now, step, room) + step <= now + room;
}

bool quota_pour(double *level, double now, double step, double room)
{
    double sane = level_at(*level, now, step, room);
    bool has_room = sane + step <= now + room;

    *level = has_room ? sane + step : sane;
    return has_room;
}
