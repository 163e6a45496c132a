/* Throws broken packets, and broken answers to remember, at the compiled hot loop, under ASan and UBSan.
 *
 * usage: fuzz PACKETS SEED FILE
 * FILE: packets to begin with, each with its length in two octets before it. Ends with status 0 and a line of JSON, or
 * where a sanitizer or a check of this file stops it.
 */
#include "engine.h"

#include <arpa/inet.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct engine *caretaker_begin(uint64_t, uint64_t, uint64_t, double, double);
void caretaker_end(struct engine *);
bool caretaker_admit(
    struct engine *, const struct address *, const uint8_t *, bool, uint32_t, uint32_t, double, double);
void caretaker_begin_era(struct engine *);
void caretaker_forget_clients(struct engine *);
int64_t caretaker_keep(struct engine *, const struct answer *, double);
uint64_t caretaker_released(struct engine *, uint32_t *, uint64_t);
struct row *caretaker_take(struct engine *, uint64_t *);
void caretaker_free(struct row *);
void caretaker_set_limit(struct engine *, uint64_t);
int caretaker_batch(struct engine *, int, double);
int caretaker_again(struct engine *, uint32_t, int, double);
uint32_t caretaker_below(struct engine *, uint32_t, int, double);

enum { MOST_SEEDS = 20000, CLIENTS = 8, TOLD = 4096 };

static struct {
    uint8_t *octets;
    size_t length;
} seeds[MOST_SEEDS];
static size_t seed_count;
static uint64_t dice, packets, plain, answered, below, limited, kept, refused, gone, over_sockets, rows;
static struct engine *engine;
static struct address addresses[CLIENTS];
static double now = 1e9;

static uint64_t thrown(void)
{
    dice ^= dice << 13;
    dice ^= dice >> 7;
    dice ^= dice << 17;
    return dice;
}

static size_t below_of(size_t most)
{
    return most ? thrown() % most : 0;
}

static void check(int is_right, const char *what)
{
    if (!is_right) {
        fprintf(stderr, "after %llu packets: %s\n", (unsigned long long)packets, what);
        abort();
    }
}

static void read_seeds(const char *path)
{
    FILE *file = fopen(path, "rb");
    int high, low;

    check(file != NULL, "the seeds cannot be read");
    while ((high = getc(file)) != EOF && (low = getc(file)) != EOF && seed_count < MOST_SEEDS) {
        size_t length = (size_t)high << 8 | (size_t)low;
        seeds[seed_count].octets = malloc(length + 1);
        check(fread(seeds[seed_count].octets, 1, length, file) == length, "the seeds are cut off");
        seeds[seed_count++].length = length;
    }
    fclose(file);
}

static size_t mutated(uint8_t *into, size_t room)
{
    static const uint8_t wicked[] = { 0, 0xC0, 0xFF, 12, 63, 64, 41, 1, 0x80 };
    size_t which = below_of(seed_count), length = seeds[which].length < room ? seeds[which].length : room;

    memcpy(into, seeds[which].octets, length);
    switch (below_of(12)) {
    case 0:
        length = below_of(length + 1);
        break;
    case 1: {
        size_t at = below_of(length + 1), more = below_of(40) + 1;
        if (length + more <= room) {
            memmove(into + at + more, into + at, length - at);
            for (size_t i = 0; i < more; i++)
                into[at + i] = (uint8_t)thrown();
            length += more;
        }
        break;
    }
    case 2: {
        size_t at = below_of(length + 1), less = below_of(length - at + 1);
        memmove(into + at, into + at + less, length - at - less);
        length -= less;
        break;
    }
    case 3: /* as it is, but for the case of its letters */
        for (size_t i = 13; i < length; i++)
            if (into[i] >= 'a' && into[i] <= 'z' && thrown() & 1)
                into[i] &= 0xDF;
        break;
    case 4: case 5: case 6: case 7:
        break;
    default:
        for (size_t times = below_of(8) + 1; times && length; times--)
            into[below_of(length)] = thrown() & 1 ? wicked[below_of(sizeof wicked)] : (uint8_t)thrown();
    }
    return length;
}

/* Mostly within the next minutes, now and then what no time can be. */
static double some_time(void)
{
    static const double odd[] = { 0, -1, 1e300, -1e300, 0.5, 1e9, 2e9 };
    switch (below_of(12)) {
    case 0: case 3: case 4:
        return INFINITY;
    case 1:
        return below_of(40) ? now + 5 : NAN;
    case 2:
        return odd[below_of(7)];
    default:
        return now + (double)below_of(600) / 2;
    }
}

/* An answer to a query that is plain: mostly a right one, now and then one with a field that cannot be. */
static void keep_one(void)
{
    uint8_t packet[SMALL], reply[2 * LARGEST_REPLY], under[LONGEST_KEY];
    uint16_t ttl_at[200];
    struct query query;
    size_t length = mutated(packet, sizeof packet);

    if (!read_query(packet, length, &query))
        return;
    memcpy(query.key, "\0\0\1\0\0", 5);
    query.key[5] = (uint8_t)below_of(3);
    size_t question = query.name_length + KIND, rest = below_of(below_of(8) ? 200 : 1300), ttls = below_of(6);
    for (size_t i = 0; i < sizeof reply; i++)
        reply[i] = (uint8_t)thrown();
    reply[0] = 0x81;
    reply[FORM - 1] = query.shape & EDNS;
    memcpy(reply + FORM, query.key + NAME_AT, question);
    for (size_t i = 0; i < 200; i++)
        ttl_at[i] = (uint16_t)below_of(below_of(20) ? rest + 1 : 65536);
    struct answer answer = {
        .key = query.key, .key_length = query.key_length, .reply = reply, .reply_length = FORM + question + rest,
        .cut = FORM + question, .ttl_at = ttl_at, .ttls = below_of(30) ? ttls : below_of(200),
        .cap = (double)below_of(400), .ends = some_time(), .jitter = (double)below_of(1000) / 1000,
        .until = some_time(), .told = (uint32_t)below_of(TOLD),
    };
    if (thrown() & 1) {
        size_t start = query.labels ? query.starts[below_of(query.labels)] : 0;
        answer.below = under;
        answer.below_length = key_below(&query, start, under);
    }
    switch (below_of(60)) {
    case 0: answer.cap = some_time(); break;
    case 1: answer.jitter = some_time(); break;
    case 2: answer.reply_length = below_of(sizeof reply); break;
    case 3: answer.cut = below_of(sizeof reply); break;
    case 4: answer.key_length = below_of(query.key_length + 1); break;
    case 5: answer.below_length = below_of(answer.below_length + 1); break;
    case 6: answer.reply_length = FORM + question; break;
    }
    if (caretaker_keep(engine, &answer, now) < 0)
        refused++;
    else
        kept++;
}

static void admit_all(void)
{
    for (uint32_t i = 0; i < CLIENTS; i++) {
        uint8_t tag[TAG] = { 0, 0, 1, 0, 0, (uint8_t)(i % 3) };
        double until = below_of(4) ? INFINITY : some_time();
        caretaker_admit(engine, addresses + i, tag, i != 5, i, i == 6 ? UNMETERED : i, -INFINITY, until);
    }
}

static void something_happens(void)
{
    uint32_t numbers[64];
    uint64_t count;

    switch (below_of(80)) {
    /* What makes all void comes seldom: most packets are to meet a full memory. */
    case 0:
        if (below_of(200) == 0)
            caretaker_begin_era(engine);
        break;
    case 1:
        if (below_of(50) == 0)
            caretaker_forget_clients(engine);
        break;
    case 2:
        now += below_of(20) ? 0.5 : (double)below_of(20);
        break;
    case 3:
        if (below_of(200) == 0)
            now -= (double)below_of(20);
        break;
    case 4: caretaker_set_limit(engine, below_of(20) ? 400000 : below_of(400000)); break;
    case 5: {
        struct row *taken = caretaker_take(engine, &count);
        rows += count;
        for (uint64_t i = 0; i < count; i++)
            check(taken[i].times > 0 && taken[i].told < TOLD, "a row of nobody");
        caretaker_free(taken);
        break;
    }
    case 6: case 7:
        while ((count = caretaker_released(engine, numbers, 64)) > 0)
            gone += count;
        break;
    case 8: case 9: case 10: case 11: case 12: admit_all(); break;
    case 13: case 14: now += 0.125; break;
    default: keep_one();
    }
}

/* One packet past everything, in memory of its own that ends where it ends. */
static void throw_one(void)
{
    static uint8_t packet[LARGEST];
    size_t length = mutated(packet, sizeof packet - 64), reply = 0;
    uint8_t *exact = malloc(length ? length : 1), *slot = malloc(SLOT);
    struct query query;
    struct held held = { .address = addresses[below_of(CLIENTS)], .length = (uint32_t)length };

    packets++;
    memcpy(exact, packet, length);
    bool is_plain = read_query(exact, length, &query);
    plain += is_plain;
    check(!is_plain || (query.end <= length && query.key_length <= LONGEST_KEY && query.limit <= LARGEST_REPLY), "bounds");
    memcpy(slot, packet, length < SLOT ? length : SLOT);
    enum reason reason = decide(engine, slot, length, now, &reply, &held);
    if (reason == BELOW) {
        below++;
        check(held.top < held.name_length && held.name_length <= LONGEST_NAME, "a parent outside the name");
        check(decide_below(engine, slot, &held, now, &reply) == held.told, "told otherwise");
    }
    limited += reason == LIMITED || reason == DROPPED;
    if (reply) {
        answered++;
        check(is_plain && reply <= query.limit && reply <= SLOT, "an answer that is too long, or to nothing");
        check(memcmp(slot, exact, 2) == 0 && slot[2] & 0x80, "not an answer to this id");
        check(memcmp(slot + HEADER, exact + HEADER, query.end - HEADER) == 0, "not an answer to this question");
    }
    free(exact);
    free(slot);
}

static void throw_over_sockets(int server, int client, const struct sockaddr_in *there)
{
    static uint8_t packet[LARGEST], heard[LARGEST];
    size_t count = below_of(BATCH) + 1;

    for (size_t i = 0; i < count; i++) {
        size_t length = mutated(packet, 60000);
        sendto(client, packet, length, 0, (const struct sockaddr *)there, sizeof *there);
        packets++;
        over_sockets++;
    }
    int came = caretaker_batch(engine, server, now);
    check(came >= 0, "the socket failed");
    for (int i = 0; i < came >> 16; i++) {
        if (thrown() & 1)
            keep_one();
        if (engine->held[i].reason == UNKNOWN) {
            uint8_t tag[TAG] = { 0, 0, 1, 0, 0, 0 };
            caretaker_admit(engine, &engine->held[i].address, tag, true, 3, 3, -INFINITY, INFINITY);
            caretaker_again(engine, (uint32_t)i, server, now);
        }
        if (engine->held[i].reason == BELOW)
            caretaker_below(engine, (uint32_t)i, server, now);
    }
    while (recv(client, heard, sizeof heard, MSG_DONTWAIT) > 0)
        continue;
}

int main(int argc, char **argv)
{
    if (argc != 4)
        return 2;
    uint64_t wanted = strtoull(argv[1], NULL, 10);
    dice = strtoull(argv[2], NULL, 10) * 0x9E3779B97F4A7C15u + 1;
    read_seeds(argv[3]);
    engine = caretaker_begin(400000, 100, 500, 0.02, 0.4);
    check(engine != NULL && seed_count, "there is no engine, or no seed");
    for (uint8_t i = 0; i < CLIENTS; i++)
        addresses[i] = (struct address){ .octets = { 10, 0, 0, i }, .family = i & 1 ? AF_INET6 : AF_INET };
    struct sockaddr_in here = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof here;
    int server = socket(AF_INET, SOCK_DGRAM, 0), client = socket(AF_INET, SOCK_DGRAM, 0);
    check(bind(server, (struct sockaddr *)&here, size) == 0, "no socket");
    check(getsockname(server, (struct sockaddr *)&here, &size) == 0, "no socket");
    admit_all();
    while (packets < wanted) {
        throw_one();
        if (below_of(3) == 0)
            something_happens();
        if (below_of(2000) == 0)
            throw_over_sockets(server, client, &here);
    }
    printf("{\"packets\": %llu, \"plain\": %llu, \"answered\": %llu, \"below\": %llu, \"limited\": %llu, \"kept\": %llu, "
        "\"refused\": %llu, \"released\": %llu, \"rows\": %llu, \"over_sockets\": %llu}\n",
        (unsigned long long)packets, (unsigned long long)plain, (unsigned long long)answered, (unsigned long long)below,
        (unsigned long long)limited, (unsigned long long)kept, (unsigned long long)refused, (unsigned long long)gone,
        (unsigned long long)rows, (unsigned long long)over_sockets);
    caretaker_end(engine);
    for (size_t i = 0; i < seed_count; i++)
        free(seeds[i].octets);
    close(server);
    close(client);
    return 0;
}
