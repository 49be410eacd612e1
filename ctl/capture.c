/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctl/capture.h"

#include "ctl/link.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <zlib.h>

#define ETHERNET_HEADER_LEN 14
#define SNAPLEN_OUT         262144

struct ctl_capture {
    pcap_t *pcap;
    char *path;
    uint64_t frames; /* read so far, for messages */
    int link_type;
    uint8_t frame[CTL_FRAME_MAX];
};

struct ctl_capture_out {
    pcap_t *pcap;
    pcap_dumper_t *dumper;
    bool failed;
};

/* The three functions through which libpcap's FILE reads a gzip or plain file: zlib passes plain files through. */
static ssize_t gz_read(void *cookie, char *buffer, size_t size)
{
    return gzread((gzFile)cookie, buffer, (unsigned)size);
}

static int gz_close(void *cookie)
{
    return gzclose_r((gzFile)cookie);
}

/* open_stream: `path` as a FILE of its uncompressed bytes. */
static FILE *open_stream(const char *path)
{
    const cookie_io_functions_t functions = {.read = gz_read, .close = gz_close};
    struct stat about;
    gzFile gz;
    FILE *stream;

    if (stat(path, &about) != 0)
        return NULL;
    if (S_ISDIR(about.st_mode)) {
        errno = EISDIR;
        return NULL;
    }
    gz = gzopen(path, "rbe");
    if (gz == NULL)
        return NULL;
    gzbuffer(gz, 256 * 1024);
    stream = fopencookie(gz, "rb", functions);
    if (stream == NULL)
        gzclose_r(gz);
    return stream;
}

struct ctl_capture *ctl_capture_open(const char *path, char error[CTL_CAPTURE_ERROR_MAX])
{
    char why[PCAP_ERRBUF_SIZE] = "";
    struct ctl_capture *capture;
    FILE *stream = open_stream(path);

    if (stream == NULL) {
        snprintf(error, CTL_CAPTURE_ERROR_MAX, "%.256s: cannot be opened: %s", path, strerror(errno));
        return NULL;
    }
    capture = calloc(1, sizeof(*capture));
    if (capture != NULL)
        capture->path = strdup(path);
    if (capture == NULL || capture->path == NULL) {
        snprintf(error, CTL_CAPTURE_ERROR_MAX, "%.256s: out of memory", path);
        (void)fclose(stream);
        ctl_capture_close(capture);
        return NULL;
    }
    capture->pcap = pcap_fopen_offline_with_tstamp_precision(stream, PCAP_TSTAMP_PRECISION_MICRO, why);
    if (capture->pcap == NULL) {
        snprintf(error, CTL_CAPTURE_ERROR_MAX, "%.256s: is no capture (pcap or pcapng, plain or gzip): %.160s", path,
                 why);
        (void)fclose(stream);
        ctl_capture_close(capture);
        return NULL;
    }
    capture->link_type = pcap_datalink(capture->pcap);
    if (!ctl_link_known(capture->link_type)) {
        const char *name = pcap_datalink_val_to_description(capture->link_type);

        snprintf(error, CTL_CAPTURE_ERROR_MAX, "%.256s: link type %d (%s) is not supported", path, capture->link_type,
                 name != NULL ? name : "unknown");
        ctl_capture_close(capture);
        return NULL;
    }
    return capture;
}

void ctl_capture_close(struct ctl_capture *capture)
{
    if (capture == NULL)
        return;
    if (capture->pcap != NULL)
        pcap_close(capture->pcap); /* closes the stream too */
    free(capture->path);
    free(capture);
}

/* to_ethernet: gives the frame an Ethernet header of its own; false when it carries nothing for us. */
static bool to_ethernet(struct ctl_capture *capture, struct bytes *data)
{
    static const uint8_t addresses[12] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2};
    uint16_t ethertype;

    if (!ctl_link_find(data, &ethertype, capture->link_type))
        return false;
    if (data->left > CTL_FRAME_MAX - ETHERNET_HEADER_LEN)
        data->left = CTL_FRAME_MAX - ETHERNET_HEADER_LEN;
    memcpy(capture->frame, addresses, sizeof(addresses));
    capture->frame[12] = (uint8_t)(ethertype >> 8);
    capture->frame[13] = (uint8_t)ethertype;
    if (data->left != 0)
        memcpy(capture->frame + ETHERNET_HEADER_LEN, data->at, data->left);
    *data = bytes_of(capture->frame, data->left + ETHERNET_HEADER_LEN);
    return true;
}

enum ctl_capture_status ctl_capture_next(struct ctl_capture *capture, struct ctl_frame *out,
                                         char error[CTL_CAPTURE_ERROR_MAX])
{
    struct pcap_pkthdr *header;
    const u_char *data;
    int got = pcap_next_ex(capture->pcap, &header, &data);

    if (got == PCAP_ERROR_BREAK)
        return CTL_CAPTURE_END;
    if (got != 1) {
        snprintf(error, CTL_CAPTURE_ERROR_MAX, "%.256s: breaks off after %llu frames: %.160s", capture->path,
                 (unsigned long long)capture->frames, pcap_geterr(capture->pcap));
        return CTL_CAPTURE_BROKEN;
    }
    capture->frames++;
    out->time_us = (int64_t)header->ts.tv_sec * 1000000 + header->ts.tv_usec;
    out->data = bytes_of(data, header->caplen);
    if (!ctl_link_ethernet(capture->link_type) && !to_ethernet(capture, &out->data))
        return CTL_CAPTURE_SKIPPED;
    out->cut = header->caplen < header->len || header->caplen > CTL_FRAME_MAX;
    if (out->data.left > CTL_FRAME_MAX)
        out->data.left = CTL_FRAME_MAX;
    return CTL_CAPTURE_FRAME;
}

struct ctl_capture_out *ctl_capture_create(const char *path, char error[CTL_CAPTURE_ERROR_MAX])
{
    struct ctl_capture_out *out = calloc(1, sizeof(*out));

    if (out != NULL)
        out->pcap = pcap_open_dead(DLT_EN10MB, SNAPLEN_OUT);
    if (out == NULL || out->pcap == NULL) {
        snprintf(error, CTL_CAPTURE_ERROR_MAX, "%.256s: out of memory", path);
        free(out);
        return NULL;
    }
    out->dumper = pcap_dump_open(out->pcap, path);
    if (out->dumper == NULL) {
        snprintf(error, CTL_CAPTURE_ERROR_MAX, "%.400s", pcap_geterr(out->pcap));
        pcap_close(out->pcap);
        free(out);
        return NULL;
    }
    return out;
}

void ctl_capture_write(struct ctl_capture_out *out, int64_t time_us, struct bytes frame)
{
    struct pcap_pkthdr header = {
        .ts = {.tv_sec = time_us / 1000000, .tv_usec = time_us % 1000000},
        .caplen = (bpf_u_int32)frame.left,
        .len = (bpf_u_int32)frame.left,
    };

    pcap_dump((u_char *)out->dumper, &header, frame.at);
    if (ferror(pcap_dump_file(out->dumper)))
        out->failed = true;
}

bool ctl_capture_finish(struct ctl_capture_out *out)
{
    bool ok;

    if (pcap_dump_flush(out->dumper) != 0)
        out->failed = true;
    ok = !out->failed;
    pcap_dump_close(out->dumper);
    pcap_close(out->pcap);
    free(out);
    return ok;
}
