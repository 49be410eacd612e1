/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/tls_hello.h"

#include "dataplane/tls_extensions.h"

#define RANDOM_LEN     32
#define SESSION_ID_MAX 32

#define TLS12 0x0303
#define TLS13 0x0304

#define SCSV_RENEGOTIATION 0x00ff /* RFC 5746 3.3 */
#define SCSV_FALLBACK      0x5600 /* RFC 7507 */

/* RFC 8446 4.1.3: the random of a HelloRetryRequest, SHA-256 of its name. */
static const uint8_t RETRY_RANDOM[RANDOM_LEN] = {
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
    0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
};

/* The parts of a ServerHello. */
struct server_hello {
    uint16_t legacy_version;
    uint16_t selected; /* by supported_versions; 0: that extension is absent */
    uint16_t cipher;
    uint16_t group; /* key_share's; 0: absent */
    uint8_t compression;
    bool draft; /* TLS 1.3 drafts up to 21 had another layout and no supported_versions here */
    bool retry;
    struct bytes random;
    struct bytes session_id;
    struct bytes extensions;
};

/* Drafts name themselves by 0x7f and their number. */
static bool is_draft(uint16_t version)
{
    return version >> 8 == 0x7f;
}

/* The extension block ends the hello, or is absent (RFC 5246 7.4.1.2). */
static bool last_extensions(struct bytes *body, struct bytes *extensions)
{
    *extensions = bytes_of(NULL, 0);
    if (bytes_done(body))
        return true;
    return bytes_vector(body, 2, extensions) && bytes_done(body);
}

/* Reads on until the first fault, so that an observer's record has the name even where the list is broken behind it. */
static bool client_extensions(struct val_case *c, struct bytes list, bool strict)
{
    const bool sound = dp_tls_extensions_sound(list);
    bool last = false;
    uint16_t type;
    struct bytes data;

    while (dp_tls_extension_next(&list, &type, &data)) {
        /* RFC 8446 4.2.11: pre_shared_key is the last one, its binder covers what stands before. */
        if (last && strict)
            return false;
        last = type == DP_TLS_EXT_PRE_SHARED_KEY;
        if (!dp_tls_extension_client(c, type, data, strict))
            return false;
    }
    return sound;
}

static bool client_fields(struct val_case *c, struct bytes body, bool strict)
{
    struct case_tls *tls = &c->tls;
    struct bytes random;
    struct bytes session_id;
    struct bytes suites;
    struct bytes compressions;
    struct bytes extensions;

    if (!bytes_u16(&body, &tls->hello_version) || tls->hello_version >> 8 != 3 ||
        !bytes_take(&body, RANDOM_LEN, &random))
        return false;
    tls->client_random = dp_tls_span(c, random);
    if (!bytes_vector(&body, 1, &session_id) || session_id.left > SESSION_ID_MAX)
        return false;
    tls->session_id = dp_tls_span(c, session_id);
    if (!bytes_vector(&body, 2, &suites) || suites.left == 0 || suites.left % 2 != 0)
        return false;
    tls->suites = dp_tls_span(c, suites);
    if (!bytes_vector(&body, 1, &compressions) || compressions.left == 0 ||
        memchr(compressions.at, 0, compressions.left) == NULL)
        return false;
    return last_extensions(&body, &extensions) && client_extensions(c, extensions, strict);
}

static bool same(const struct val_case *c, struct case_span a, struct case_span b)
{
    return bytes_equal(case_bytes(c, a), case_bytes(c, b));
}

bool dp_tls_hello_client(struct val_case *c, struct case_span message, bool strict)
{
    const struct case_tls first = c->tls;
    struct case_tls *tls = &c->tls;

    c->tls = (struct case_tls){.record_version = first.record_version,
                               .hello_retry = first.hello_retry,
                               .version = first.version,
                               .cipher = first.cipher,
                               .client_hello = message};
    if (!client_fields(c, dp_tls_body(c, message), strict))
        return false;
    tls->client_hello_seen = 1;
    if (!first.client_hello_seen)
        return true;
    return tls->hello_version == first.hello_version && same(c, tls->client_random, first.client_random) &&
           same(c, tls->session_id, first.session_id) && same(c, tls->suites, first.suites) &&
           same(c, tls->sni, first.sni) && same(c, tls->alpn, first.alpn);
}

/* Where the extensions of a hello that was read before stand. */
static struct bytes extensions_of(const struct val_case *c, int side)
{
    struct bytes body = dp_tls_body(c, side == CASE_CLIENT ? c->tls.client_hello : c->tls.server_hello);
    struct bytes none = bytes_of(NULL, 0);
    struct bytes part;
    uint16_t version;

    if (!bytes_u16(&body, &version) || !bytes_skip(&body, RANDOM_LEN))
        return none;
    if (side == CASE_CLIENT) {
        if (!bytes_vector(&body, 1, &part) || !bytes_vector(&body, 2, &part) || !bytes_vector(&body, 1, &part))
            return none;
    } else if (is_draft(version)) {
        if (!bytes_skip(&body, 2))
            return none;
    } else if (!bytes_vector(&body, 1, &part) || !bytes_skip(&body, 3)) {
        return none;
    }
    return last_extensions(&body, &part) ? part : none;
}

bool dp_tls_hello_offers(const struct val_case *c, int side, uint16_t type)
{
    struct bytes data;

    return dp_tls_extension_find(extensions_of(c, side), type, &data);
}

/* RFC 8446 4.2.8: a group and a key, or in a HelloRetryRequest the group alone. */
static bool key_share(struct server_hello *hello, struct bytes data)
{
    struct bytes key;

    if (!bytes_u16(&data, &hello->group))
        return false;
    if (!hello->retry && (!bytes_vector(&data, 2, &key) || key.left == 0))
        return false;
    return bytes_done(&data);
}

static bool server_extension(struct val_case *c, struct server_hello *hello, uint16_t type, struct bytes data)
{
    switch (type) {
    case DP_TLS_EXT_VERSIONS:
        return bytes_u16(&data, &hello->selected) && hello->selected != 0 && bytes_done(&data);
    case DP_TLS_EXT_KEY_SHARE:
        return key_share(hello, data);
    case DP_TLS_EXT_MASTER_SECRET:
        c->tls.extended_master_secret = 1;
        return bytes_done(&data);
    case DP_TLS_EXT_CERTIFICATE_TYPE:
    case DP_TLS_EXT_CLIENT_CERTIFICATE_TYPE:
    case DP_TLS_EXT_SERVER_CERTIFICATE_TYPE:
        /* RFC 6091, 7250: anything but X.509 makes Certificate a message of another form, which nobody here reads. */
        return data.left == 1 && data.at[0] == 0;
    default:
        return true;
    }
}

static bool server_fields(struct val_case *c, struct server_hello *hello, struct bytes body)
{
    struct bytes list;
    uint16_t type;
    struct bytes data;

    if (!bytes_u16(&body, &hello->legacy_version) || !bytes_take(&body, RANDOM_LEN, &hello->random))
        return false;
    hello->draft = is_draft(hello->legacy_version);
    if (hello->legacy_version >> 8 != 3 && !hello->draft)
        return false;
    if (!hello->draft && (!bytes_vector(&body, 1, &hello->session_id) || hello->session_id.left > SESSION_ID_MAX))
        return false;
    if (!bytes_u16(&body, &hello->cipher) || (!hello->draft && !bytes_u8(&body, &hello->compression)))
        return false;
    if (!last_extensions(&body, &hello->extensions) || !dp_tls_extensions_sound(hello->extensions))
        return false;
    hello->retry = memcmp(hello->random.at, RETRY_RANDOM, RANDOM_LEN) == 0;
    list = hello->extensions;
    while (dp_tls_extension_next(&list, &type, &data))
        if (!server_extension(c, hello, type, data))
            return false;
    return true;
}

/* RFC 5246 7.4.1.4, 8446 4.2: an answer to something that nobody said is a fault. The exceptions: the cookie of a
 * HelloRetryRequest, and the answer to a signal that is a suite (RFC 5746 3.6). */
static bool extensions_offered(const struct val_case *c, const struct server_hello *hello)
{
    const struct bytes suites = case_bytes(c, c->tls.suites);
    const struct bytes offered = extensions_of(c, CASE_CLIENT);
    struct bytes list = hello->extensions;
    struct bytes data;
    struct bytes ignored;
    uint16_t type;

    while (dp_tls_extension_next(&list, &type, &data)) {
        if (type == DP_TLS_EXT_RENEGOTIATION && !(data.left == 1 && data.at[0] == 0))
            return false;
        if (dp_tls_extension_find(offered, type, &ignored) || (type == DP_TLS_EXT_COOKIE && hello->retry) ||
            (type == DP_TLS_EXT_RENEGOTIATION && dp_tls_items_have(suites, SCSV_RENEGOTIATION)))
            continue;
        return false;
    }
    return true;
}

/* RFC 7301 3.1: exactly one name, one of the client's. */
static bool protocol_offered(const struct val_case *c, const struct server_hello *hello)
{
    struct bytes offered = case_bytes(c, c->tls.alpn);
    struct bytes data;
    struct bytes list;
    struct bytes picked;
    struct bytes name;

    if (!dp_tls_extension_find(hello->extensions, DP_TLS_EXT_ALPN, &data))
        return true;
    if (!bytes_vector(&data, 2, &list) || !bytes_done(&data) || !bytes_vector(&list, 1, &picked) || !bytes_done(&list))
        return false;
    while (bytes_vector(&offered, 1, &name))
        if (bytes_equal(name, picked))
            return true;
    return false;
}

static bool version_offered(const struct val_case *c, const struct server_hello *hello)
{
    const struct bytes versions = case_bytes(c, c->tls.versions);

    if (hello->selected !=
        0) /* RFC 8446 4.2.1: not below TLS 1.3, and the old field stays at 1.2; 4.1.3: the id's echo */
        return hello->selected >= TLS13 && hello->legacy_version == TLS12 &&
               dp_tls_items_have(versions, hello->selected) &&
               bytes_equal(hello->session_id, case_bytes(c, c->tls.session_id));
    if (hello->draft || versions.left != 0)
        return dp_tls_items_have(versions, hello->legacy_version);
    return hello->legacy_version <= c->tls.hello_version;
}

/* RFC 5246 7.4.1.3. Certificates are in clear whatever is compressed after ChangeCipherSpec. */
static bool compression_offered(const struct val_case *c, const struct server_hello *hello)
{
    struct bytes body = dp_tls_body(c, c->tls.client_hello);
    struct bytes part;

    return bytes_skip(&body, 2 + RANDOM_LEN) && bytes_vector(&body, 1, &part) && bytes_vector(&body, 2, &part) &&
           bytes_vector(&body, 1, &part) && part.left != 0 && memchr(part.at, hello->compression, part.left) != NULL;
}

static bool picks_offered(const struct val_case *c, const struct server_hello *hello)
{
    const struct bytes groups = case_bytes(c, c->tls.groups);
    const bool tls13 = hello->selected != 0 || hello->draft;

    if (!version_offered(c, hello) || !compression_offered(c, hello) || !extensions_offered(c, hello) ||
        !protocol_offered(c, hello))
        return false;
    if (!dp_tls_items_have(case_bytes(c, c->tls.suites), hello->cipher) || hello->cipher == SCSV_RENEGOTIATION ||
        hello->cipher == SCSV_FALLBACK)
        return false;
    if (tls13 && hello->compression != 0) /* RFC 8446 4.1.3 */
        return false;
    if (tls13 != (hello->cipher >> 8 == 0x13)) /* RFC 8446 B.4: the suites of 1.3 and of 1.2 do not mix */
        return false;
    return hello->group == 0 || dp_tls_items_have(groups, hello->group);
}

bool dp_tls_hello_server(struct val_case *c, enum dp_tls_event *event, struct case_span message, bool strict)
{
    struct case_tls *tls = &c->tls;
    struct server_hello hello = {0};
    const bool understood = server_fields(c, &hello, dp_tls_body(c, message));
    const uint16_t version = hello.selected != 0 ? hello.selected : hello.legacy_version;
    const bool changed = tls->hello_retry && (tls->version != version || tls->cipher != hello.cipher);

    tls->version = version;
    tls->cipher = hello.cipher;
    tls->group = hello.group;
    /* A version above 1.2 is only ever selected by the extension, or by a draft's own number. */
    if (!understood || (!hello.draft && hello.legacy_version > TLS12) || (strict && !picks_offered(c, &hello)))
        return false;
    if (hello.retry) {
        tls->hello_retry = 1;
        *event = DP_TLS_EVENT_HELLO_RETRY;
        return version >= TLS13;
    }
    tls->server_hello = message;
    tls->server_random = dp_tls_span(c, hello.random);
    tls->server_session_id = dp_tls_span(c, hello.session_id);
    tls->server_hello_seen = 1;
    if (version >= TLS13) {
        tls->kind = CASE_KIND_TLS13;
        *event = DP_TLS_EVENT_SERVER_HELLO_13;
    } else {
        *event = DP_TLS_EVENT_SERVER_HELLO;
    }
    return !changed; /* RFC 8446 4.1.4: what the HelloRetryRequest picked stays */
}
