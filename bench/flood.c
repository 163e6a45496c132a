/* Asks a DNS server as fast as it answers, from several addresses at once, with as few system calls as the kernel lets
 * a program make: faster than any server on the same machine, so that the server is what is measured.
 *
 * usage: flood PORT SECONDS OUTSTANDING QUERIES ADDRESS...
 * QUERIES: a file of messages, each with its length in two octets before it. Every address asks all of them in turn, at
 * most OUTSTANDING at once, and takes what has no answer for half a second as lost. One line of JSON tells the sums.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum { BATCH = 64, LARGEST = 4096, MOST_SENDERS = 64, IDS = 65536, MOST_QUERIES = 2000000 };
#define PATIENCE 0.5

struct query {
    const uint8_t *octets;
    uint16_t length;
};

/* `since[id]`: when it was asked, 0 where it is not. */
struct sender {
    int sock;
    unsigned next, id, out;
    double since[IDS];
};

static struct query queries[MOST_QUERIES];
static unsigned query_count;
static struct sender *senders[MOST_SENDERS];
static uint64_t sent, answered, lost, strange, codes[16];

static double now(void)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static void read_queries(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file || fseek(file, 0, SEEK_END))
        fail(path);
    long size = ftell(file);
    uint8_t *whole = malloc((size_t)size + 1);
    rewind(file);
    if (!whole || fread(whole, 1, (size_t)size, file) != (size_t)size)
        fail(path);
    fclose(file);
    for (long at = 0; at + 2 <= size && query_count < MOST_QUERIES;) {
        uint16_t length = (uint16_t)(whole[at] << 8 | whole[at + 1]);
        if (length < 12 || at + 2 + length > size)
            break;
        queries[query_count++] = (struct query){ whole + at + 2, length };
        at += 2 + length;
    }
    if (!query_count) {
        fprintf(stderr, "%s: no queries\n", path);
        exit(1);
    }
}

static struct sender *open_sender(const char *address, uint16_t port, unsigned first)
{
    struct sender *sender = calloc(1, sizeof *sender);
    struct sockaddr_in here = { .sin_family = AF_INET }, there = { .sin_family = AF_INET, .sin_port = htons(port) };
    int octets = 4 << 20;

    there.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (!sender || inet_pton(AF_INET, address, &here.sin_addr) != 1)
        fail(address);
    sender->sock = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    setsockopt(sender->sock, SOL_SOCKET, SO_RCVBUF, &octets, sizeof octets);
    if (bind(sender->sock, (struct sockaddr *)&here, sizeof here)
        || connect(sender->sock, (struct sockaddr *)&there, sizeof there))
        fail(address);
    sender->next = first % query_count;
    return sender;
}

static void take(struct sender *sender)
{
    static uint8_t octets[BATCH][LARGEST];
    static struct iovec pieces[BATCH];
    static struct mmsghdr messages[BATCH];
    int came;

    do {
        for (int i = 0; i < BATCH; i++) {
            pieces[i] = (struct iovec){ octets[i], LARGEST };
            messages[i].msg_hdr = (struct msghdr){ .msg_iov = &pieces[i], .msg_iovlen = 1 };
        }
        came = recvmmsg(sender->sock, messages, BATCH, 0, NULL);
        for (int i = 0; i < came; i++) {
            unsigned id = (unsigned)octets[i][0] << 8 | octets[i][1];
            if (messages[i].msg_len < 12 || !(octets[i][2] & 0x80) || sender->since[id] == 0) {
                strange++;
                continue;
            }
            sender->since[id] = 0;
            sender->out--;
            answered++;
            codes[octets[i][3] & 15]++;
        }
    } while (came == BATCH);
}

static void forget_lost(struct sender *sender, double at)
{
    for (unsigned id = 0; sender->out && id < IDS; id++)
        if (sender->since[id] != 0 && at - sender->since[id] > PATIENCE) {
            sender->since[id] = 0;
            sender->out--;
            lost++;
        }
}

static void ask(struct sender *sender, unsigned most, double at)
{
    static uint8_t octets[BATCH][LARGEST];
    static struct iovec pieces[BATCH];
    static struct mmsghdr messages[BATCH];

    while (sender->out < most) {
        unsigned count = most - sender->out < BATCH ? most - sender->out : BATCH, before = sender->id;
        for (unsigned i = 0; i < count; i++) {
            const struct query *query = queries + (sender->next + i) % query_count;
            unsigned id = (before + i) % IDS;
            memcpy(octets[i], query->octets, query->length);
            octets[i][0] = (uint8_t)(id >> 8);
            octets[i][1] = (uint8_t)id;
            pieces[i] = (struct iovec){ octets[i], query->length };
            messages[i].msg_hdr = (struct msghdr){ .msg_iov = &pieces[i], .msg_iovlen = 1 };
        }
        int went = sendmmsg(sender->sock, messages, count, 0);
        if (went <= 0)
            return;
        for (unsigned i = 0; i < (unsigned)went; i++) {
            unsigned id = (before + i) % IDS;
            /* Still open after all the others were asked: lost long ago. */
            if (sender->since[id] != 0)
                lost++;
            else
                sender->out++;
            sender->since[id] = at;
        }
        sent += (unsigned)went;
        sender->id = (before + (unsigned)went) % IDS;
        sender->next = (sender->next + (unsigned)went) % query_count;
    }
}

int main(int argc, char **argv)
{
    struct pollfd ready[MOST_SENDERS];
    int count = argc - 5;

    if (count < 1 || count > MOST_SENDERS) {
        fprintf(stderr, "usage: flood PORT SECONDS OUTSTANDING QUERIES ADDRESS...\n");
        return 2;
    }
    read_queries(argv[4]);
    unsigned most = (unsigned)atoi(argv[3]);
    for (int i = 0; i < count; i++) {
        senders[i] = open_sender(argv[5 + i], (uint16_t)atoi(argv[1]), (unsigned)i * query_count / (unsigned)count);
        ready[i] = (struct pollfd){ .fd = senders[i]->sock, .events = POLLIN };
    }
    double began = now(), end = began + atof(argv[2]), looked = began, at = began;
    while (at < end) {
        for (int i = 0; i < count; i++)
            ask(senders[i], most, at);
        poll(ready, (nfds_t)count, 50);
        at = now();
        for (int i = 0; i < count; i++)
            take(senders[i]);
        if (at - looked > PATIENCE / 2) {
            looked = at;
            for (int i = 0; i < count; i++)
                forget_lost(senders[i], at);
        }
    }
    double seconds = at - began;
    while (poll(ready, (nfds_t)count, 500) > 0)
        for (int i = 0; i < count; i++)
            take(senders[i]);
    printf("{\"seconds\": %.6f, \"sent\": %llu, \"completed\": %llu, \"lost\": %llu, \"strange\": %llu, \"failed\": %llu}\n",
        seconds, (unsigned long long)sent, (unsigned long long)answered,
        (unsigned long long)(sent - answered), (unsigned long long)strange,
        (unsigned long long)(answered - codes[0] - codes[3]));
    return 0;
}
