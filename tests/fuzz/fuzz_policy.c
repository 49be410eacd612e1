/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Fuzz target: the text of a policy file, from the YAML tree to the compiled snapshot; the text of a settings file on the
 * way. Anchor files come from memory: a good root, or for a name that begins with 'x' the input itself.
 */
#include "anchor.h"
#include "ctl/pem.h"
#include "ctl/policy_file.h"
#include "ctl/settings.h"

#include <errno.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct source {
    struct ctl_anchor_source door;
    struct bytes input;
};

static int read_anchor(const struct ctl_anchor_source *door, uint8_t **data, size_t *len, const char *name)
{
    const struct source *source = (const struct source *)door;
    struct bytes file = name[0] == 'x' ? source->input : bytes_of(anchor_pem, sizeof(anchor_pem) - 1);

    if (name[0] == 'y')
        return -ENOENT;
    *len = file.left;
    *data = malloc(file.left + 1);
    if (!*data)
        return -ENOMEM;
    memcpy(*data, file.at, file.left);
    return 0;
}

/* What was compiled must hold what its header promises. */
static void use(const struct val_policy *policy)
{
    struct case_flow flow = {.family = 4, .initiator_side = 1, .server_port = 8883, .server_address = {10, 4, 0, 7}};
    struct val_match match;

    if (val_policy_epoch(policy) != 9 || !val_policy_cell(policy))
        abort();
    for (uint8_t family = 4; family <= 6; family += 2) {
        flow.family = family;
        val_policy_match(policy, &match, &flow);
        for (uint8_t i = 0; i < match.num; i++)
            if (!val_policy_conduit_name(policy, match.conduit[i]))
                abort();
    }
    (void)val_policy_passes(policy, 0x0800, 17, 1, 123);
}

static void print_complaints(const struct ctl_complaints *complaints)
{
    char *text = NULL;
    size_t len = 0;
    FILE *to = open_memstream(&text, &len);

    if (!to)
        return;
    ctl_complaints_print(complaints, to);
    (void)fclose(to);
    for (size_t i = 0; i < len; i++)
        if (((unsigned char)text[i] < 0x20 && text[i] != '\n') || text[i] == 0x7f)
            abort();
    free(text);
}

static void read_policy(struct bytes text)
{
    struct source source = {.door = {.read = read_anchor}, .input = text};
    struct ctl_complaints complaints;
    struct val_policy *policy = NULL;
    int result = ctl_policy_read(&policy, &complaints, "fuzz", text, &source.door, 9);

    if ((result == 0) != (policy != NULL) || (result == 0) != (complaints.num == 0))
        abort();
    print_complaints(&complaints);
    if (policy)
        use(policy);
    val_policy_free(policy);
}

static void print_settings(const struct ctl_settings *settings, bool json)
{
    char *text = NULL;
    size_t len = 0;
    FILE *to = open_memstream(&text, &len);

    if (!to)
        return;
    ctl_settings_print(settings, to, json);
    (void)fclose(to);
    if (len == 0)
        abort();
    free(text);
}

static void read_settings(struct bytes text)
{
    static struct ctl_settings settings; /* too large for the stack; written whole by each good reading */
    static struct ctl_settings defaults;
    struct ctl_complaints complaints;
    int result = ctl_settings_read(&settings, &complaints, "fuzz", text);

    if ((result == 0) != (complaints.num == 0))
        abort();
    if (result != 0)
        return;
    ctl_settings_default(&defaults);
    if (ctl_settings_complete(&settings, &complaints) != (complaints.num == 0))
        abort();
    (void)ctl_settings_restart(&settings, &defaults);
    print_settings(&settings, text.left % 2 == 0);
}

static void read_pem(struct bytes text)
{
    char problem[CTL_PEM_PROBLEM_MAX] = "";
    struct ctl_pem pem;

    if (ctl_pem_init(&pem, problem, text))
        ctl_pem_fini(&pem);
    else if (!problem[0])
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes text = bytes_of(data, size);

    read_policy(text);
    read_settings(text);
    read_pem(text);
    return 0;
}
