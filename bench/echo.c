/* The least a UDP server can do: what comes goes back, marked as an answer. As fast as this no DNS server is.
 * usage: echo PORT
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { BATCH = 64, LARGEST = 2048 };

int main(int argc, char **argv)
{
    static unsigned char octets[BATCH][LARGEST];
    static struct sockaddr_in from[BATCH];
    static struct iovec pieces[BATCH];
    static struct mmsghdr messages[BATCH];
    struct sockaddr_in here = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int sock = socket(AF_INET, SOCK_DGRAM, 0);

    here.sin_port = htons(argc > 1 ? atoi(argv[1]) : 0);
    if (sock < 0 || bind(sock, (struct sockaddr *)&here, sizeof here) < 0)
        return 1;
    for (int i = 0; i < BATCH; i++) {
        pieces[i].iov_base = octets[i];
        messages[i].msg_hdr.msg_iov = &pieces[i];
        messages[i].msg_hdr.msg_iovlen = 1;
        messages[i].msg_hdr.msg_name = &from[i];
    }
    for (;;) {
        for (int i = 0; i < BATCH; i++) {
            pieces[i].iov_len = LARGEST;
            messages[i].msg_hdr.msg_namelen = sizeof from[i];
        }
        int count = recvmmsg(sock, messages, BATCH, MSG_WAITFORONE, NULL);
        if (count < 0)
            return 1;
        for (int i = 0; i < count; i++) {
            pieces[i].iov_len = messages[i].msg_len;
            if (messages[i].msg_len > 2)
                octets[i][2] |= 0x80;
        }
        for (int sent = 0; sent < count;) {
            int now = sendmmsg(sock, messages + sent, count - sent, 0);
            if (now < 0)
                return 1;
            sent += now;
        }
    }
}
