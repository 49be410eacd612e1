/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctl/validate.h"

#include "base/clock.h"
#include "ctl/command.h"
#include "ctl/eve_text.h"
#include "ctl/file.h"
#include "ctl/pem.h"
#include "ctl/policy_file.h"
#include "ctl/printable.h"
#include "validator/describe.h"
#include "validator/judge.h"

#include <stdlib.h>
#include <time.h>
#include <yyjson.h>

#define TEXT_MAX (512 * CTL_PRINTABLE_GROWTH + 1)

/* A question with its answer. */
struct answer {
    const struct ctl_validate_options *options;
    const struct val_policy *policy;
    const struct ctl_pem *chain;
    struct val_chain_answer said;
};

static const char *const side_names[] = {[CASE_CLIENT] = "client", [CASE_SERVER] = "server"};

bool ctl_validate_time(int64_t *time_us, const char *text)
{
    static const char *const formats[] = {"%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d"};
    char *end;

    if (text[0] == '@') {
        long long seconds = strtoll(text + 1, &end, 10);

        if (end == text + 1 || *end || seconds < -62135596800LL || seconds > 253402300799LL) /* years 1 to 9999 */
            return false;
        *time_us = (int64_t)seconds * CLOCK_US_PER_S;
        return true;
    }
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        struct tm parts = {.tm_mday = 1};
        const char *rest = strptime(text, formats[i], &parts);
        int day = parts.tm_mday;

        if (!rest || *rest)
            continue;
        *time_us = (int64_t)timegm(&parts) * CLOCK_US_PER_S;
        return parts.tm_mday == day; /* the 31st of April would have become another day */
    }
    return false;
}

static bool find_domain(uint16_t *domain, const struct val_policy *policy, const char *name, FILE *errors)
{
    const char *known;

    *domain = VAL_NO_DOMAIN;
    if (!name)
        return true;
    for (uint16_t i = 0; (known = val_policy_domain_name(policy, i)) != NULL; i++)
        if (strcmp(known, name) == 0) {
            *domain = i;
            return true;
        }
    (void)fprintf(errors, "cellgate: the policy has no such domain; it has:");
    for (uint16_t i = 0; (known = val_policy_domain_name(policy, i)) != NULL; i++)
        (void)fprintf(errors, " %s", known);
    (void)fputc('\n', errors);
    return false;
}

static bool accepted(const struct answer *answer)
{
    return answer->said.reason == REASON_OK;
}

/* The domain that was asked, or that accepted; NULL where each was tried and none did. */
static const char *domain_name(const struct answer *answer)
{
    if (!answer->options->domain && !accepted(answer))
        return NULL;
    return val_policy_domain_name(answer->policy, answer->said.domain);
}

static const char *printable(char out[TEXT_MAX], const char *text)
{
    (void)ctl_printable_rest(out, TEXT_MAX, bytes_of(text, strlen(text)));
    return out;
}

static void print_certificate(FILE *out, size_t number, struct bytes der)
{
    struct val_description what = {.num_names = 0};
    char text[TEXT_MAX];

    if (!val_describe(&what, der)) {
        (void)fprintf(out, "  %zu  not readable as a certificate, SHA-256 %s\n", number, what.fingerprint);
        return;
    }
    (void)fprintf(out, "  %zu  %s\n", number, printable(text, what.subject));
    (void)fprintf(out, "     issued by %s\n", printable(text, what.issuer));
    (void)fprintf(out, "     valid from %s to %s, serial %s\n     SHA-256 %s\n", what.not_before, what.not_after,
                  printable(text, what.serial), what.fingerprint);
    for (uint8_t i = 0; i < what.num_names && i < VAL_DESCRIBE_NAMES_MAX; i++)
        (void)fprintf(out, "     name %s\n", printable(text, what.names[i]));
}

static void print_text(const struct answer *answer, FILE *out)
{
    const struct val_chain_answer *said = &answer->said;
    const char *domain = domain_name(answer);
    char time[CTL_EVE_TIME_MAX];
    char text[TEXT_MAX];

    ctl_eve_time(time, answer->options->time_us);
    (void)fprintf(out, "%s: %s: %s\n", accepted(answer) ? "accept" : "block", reason_name((enum reason)said->reason),
                  reason_text((enum reason)said->reason));
    if (said->detail[0])
        (void)fprintf(out, "%s\n", printable(text, said->detail));
    for (int i = 1; i < REASON_COUNT; i++)
        if (i != said->reason && said->reasons & reason_bit((enum reason)i))
            (void)fprintf(out, "also %s: %s\n", reason_name((enum reason)i), reason_text((enum reason)i));
    (void)fprintf(out, "side %s, domain %s, at %s\n", side_names[answer->options->side],
                  domain ? domain : "(each was tried)", time);
    for (size_t i = 0; i < answer->chain->num; i++)
        print_certificate(out, i + 1, answer->chain->certificate[i]);
}

static void add_text(yyjson_mut_doc *doc, yyjson_mut_val *to, const char *key, const char *text)
{
    char shown[TEXT_MAX];

    if (text[0])
        yyjson_mut_obj_add_strcpy(doc, to, key, printable(shown, text));
}

static void add_certificate(yyjson_mut_doc *doc, yyjson_mut_val *chain, struct bytes der)
{
    struct val_description what = {.num_names = 0};
    yyjson_mut_val *to = yyjson_mut_arr_add_obj(doc, chain);
    bool read = val_describe(&what, der);
    yyjson_mut_val *san;
    char shown[TEXT_MAX];

    if (read) {
        add_text(doc, to, "subject", what.subject);
        add_text(doc, to, "issuerdn", what.issuer);
        add_text(doc, to, "serial", what.serial);
    }
    add_text(doc, to, "fingerprint", what.fingerprint);
    if (!read)
        return;
    add_text(doc, to, "notbefore", what.not_before);
    add_text(doc, to, "notafter", what.not_after);
    san = yyjson_mut_obj_add_arr(doc, to, "san");
    for (uint8_t i = 0; i < what.num_names && i < VAL_DESCRIBE_NAMES_MAX; i++)
        yyjson_mut_arr_add_strcpy(doc, san, printable(shown, what.names[i]));
}

static void print_json(const struct answer *answer, FILE *out)
{
    const struct val_chain_answer *said = &answer->said;
    yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
    yyjson_mut_val *root = yyjson_mut_obj(doc);
    yyjson_mut_val *list;
    char time[CTL_EVE_TIME_MAX];
    char *text;

    yyjson_mut_doc_set_root(doc, root);
    ctl_eve_time(time, answer->options->time_us);
    yyjson_mut_obj_add_str(doc, root, "action", accepted(answer) ? "accept" : "block");
    yyjson_mut_obj_add_str(doc, root, "reason", reason_name((enum reason)said->reason));
    list = yyjson_mut_obj_add_arr(doc, root, "reasons");
    for (int i = 1; i < REASON_COUNT; i++)
        if (said->reasons & reason_bit((enum reason)i))
            yyjson_mut_arr_add_str(doc, list, reason_name((enum reason)i));
    add_text(doc, root, "detail", said->detail);
    yyjson_mut_obj_add_str(doc, root, "side", side_names[answer->options->side]);
    if (domain_name(answer))
        yyjson_mut_obj_add_str(doc, root, "domain", domain_name(answer));
    yyjson_mut_obj_add_str(doc, root, "time", time);
    list = yyjson_mut_obj_add_arr(doc, root, "chain");
    for (size_t i = 0; i < answer->chain->num; i++)
        add_certificate(doc, list, answer->chain->certificate[i]);
    text = yyjson_mut_write(doc, 0, NULL);
    if (text)
        (void)fprintf(out, "%s\n", text);
    free(text);
    yyjson_mut_doc_free(doc);
}

static int judge(struct answer *answer, uint16_t domain, FILE *out, FILE *errors)
{
    const struct ctl_validate_options *options = answer->options;
    struct val_judge *judge = val_judge_new(0);

    if (!judge) {
        (void)fprintf(errors, "cellgate: the judge cannot start: out of memory, or OpenSSL lacks an algorithm\n");
        return CTL_EXIT_USAGE;
    }
    val_judge_chain(judge, answer->policy, &answer->said, options->side, domain, answer->chain->certificate,
                    answer->chain->num, options->name, options->time_us);
    val_judge_free(judge);
    if (options->json)
        print_json(answer, out);
    else
        print_text(answer, out);
    return accepted(answer) ? CTL_EXIT_OK : CTL_EXIT_REFUSED;
}

static bool read_chain(struct ctl_pem *chain, const char *path, FILE *errors)
{
    char problem[CTL_PEM_PROBLEM_MAX];
    uint8_t *data;
    size_t len;
    int failed = ctl_file_read(&data, &len, path, CTL_VALIDATE_BYTES_MAX);
    bool good;

    if (failed) {
        (void)fprintf(errors, "cellgate: cannot read the chain: %s\n", strerror(-failed));
        return false;
    }
    good = ctl_pem_init(chain, problem, bytes_of(data, len));
    free(data);
    if (!good) {
        (void)fprintf(errors, "cellgate: the chain is of no use: %s\n", problem);
        return false;
    }
    if (chain->num <= CASE_CERTIFICATES_MAX)
        return true;
    (void)fprintf(errors, "cellgate: the chain has %zu certificates; %d is the most in one handshake\n", chain->num,
                  CASE_CERTIFICATES_MAX);
    ctl_pem_fini(chain);
    return false;
}

int ctl_validate_run(const struct ctl_validate_options *options, FILE *out, FILE *errors)
{
    struct ctl_complaints complaints;
    struct val_policy *policy = NULL;
    struct ctl_pem chain;
    uint16_t domain;
    int status = CTL_EXIT_USAGE;

    if (ctl_policy_load(&policy, &complaints, options->policy, 1) != 0) {
        ctl_complaints_print(&complaints, errors);
        return CTL_EXIT_USAGE;
    }
    if (find_domain(&domain, policy, options->domain, errors) && read_chain(&chain, options->chain, errors)) {
        struct answer answer = {.options = options, .policy = policy, .chain = &chain};

        status = judge(&answer, domain, out, errors);
        ctl_pem_fini(&chain);
    }
    val_policy_free(policy);
    return status;
}
