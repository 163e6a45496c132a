/* Reading a query, and nothing else: the one place where octets of strangers are looked at.
 *
 * Whatever is not the plain query that stubs send is left to the pipeline in Python, which knows every case.
 */
#ifndef CARETAKER_PACKET_H
#define CARETAKER_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    HEADER = 12,
    PLAIN_SIZE = 512, /* the largest answer to who says nothing of sizes */
    LARGEST_REPLY = 1232,
    FACTOR = 15, /* an answer is at most so many times as long as its query */
    TAG = 6,
    FORM = 10, /* flags and counts */
    LONGEST_NAME = 255,
    MOST_LABELS = 127,
    KIND = 4, /* type and class */
    OPT_RECORD = 11,
    LONGEST_KEY = TAG + FORM + LONGEST_NAME + KIND + OPT_RECORD,
    EDNS = 1, DO = 2, CHECKING_DISABLED = 4, RECURSION = 8,
    BELOW_MARK = 0xC0,
};

/* `key` is what an answer to this query stands under: the seat's tag (to be filled in), then the query as stubs write
 * it, the name in lower case. The name stands in it from NAME_AT to NAME_AT + name_length. */
struct query {
    size_t end; /* where the question section ends in the packet */
    size_t limit; /* the largest answer that this client takes, and is given for a query so long */
    size_t name_length;
    size_t labels;
    size_t key_length;
    uint8_t starts[MOST_LABELS + 1]; /* of each label, within the name */
    uint8_t shape;
    uint8_t key[LONGEST_KEY];
};

enum { NAME_AT = TAG + FORM };

/* Whether these octets are a plain query; only then is `query` filled. Nothing outside data[0..length) is read. */
bool read_query(const uint8_t *data, size_t length, struct query *query);

/* The key of all names below the suffix that begins at `start` of the query's name. Gives its length. */
size_t key_below(const struct query *query, size_t start, uint8_t key[LONGEST_KEY]);

#endif
