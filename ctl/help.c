/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctl/help.h"

#include "base/reason.h"
#include "ctl/command.h"
#include "ctl/printable.h"
#include "ctl/settings.h"

#include <stdlib.h>

static const char overview[] =
    "cellgate: judges TLS flows by the certificates and signatures that their two ends show\n"
    "\n"
    "  cellgate replay --policy FILE [OPTIONS] CAPTURE...       judge the flows of captures\n"
    "  cellgate validate --policy FILE --side SIDE CHAIN.pem    judge a chain of certificates\n"
    "  cellgate settings [FILE]                                 what is set, and how much memory that may take\n"
    "  cellgate help [TOPIC]                                    a sub-command, or 'reasons'\n"
    "  cellgate version\n"
    "\n"
    "Exit status: 0 done (validate: accepted), 1 validate: refused, 2 bad input or bad words.\n";

static const char replay[] =
    "cellgate replay --policy FILE [--settings FILE] [--json] [--out PREFIX] [--checksums verify|complete|ignore] "
    "CAPTURE...\n"
    "\n"
    "Runs captures (pcap, pcapng, both also gzipped) through the data plane and the judge, at the capture's own time "
    "and\n"
    "without privileges, and prints one verdict for each TCP flow.\n"
    "\n"
    "  --policy FILE      the policy to judge by (docs/policy.md)\n"
    "  --settings FILE    bounds, time-outs and checksums (cellgate help settings); default: replay's own\n"
    "  --json             verdict records, one JSON object a line (docs/events.md), instead of a table\n"
    "  --out PREFIX       write what would have left on each port to PREFIX-inside.pcap and PREFIX-outside.pcap\n"
    "  --checksums WHAT   verify: drop what is wrong (default); complete: finish what offload hardware would have\n"
    "                     finished; ignore: take all\n"
    "\n"
    "Exit status: 0; 2 for a file that is no capture or is truncated (what can be read is judged all the same), and "
    "for a\n"
    "bad policy or bad settings.\n";

static const char validate[] =
    "cellgate validate --policy FILE --side server|client [--domain D] [--name N] [--time T] [--json] CHAIN.pem\n"
    "\n"
    "Says what the judge says about a chain of certificates, and why.\n"
    "\n"
    "  --policy FILE      the policy whose anchors and algorithm floor hold (docs/policy.md)\n"
    "  --side SIDE        the side that shows the chain: server or client\n"
    "  --domain D         the domain whose anchors it must lead to; default: each is tried\n"
    "  --name N           the name that the client asks for (server side)\n"
    "  --time T           judge as of 2026-01-31, 2026-01-31T12:00:00 (UTC) or @SECONDS since 1970; default: now\n"
    "  --json             the answer as one JSON object\n"
    "  CHAIN.pem          the chain, leaf first; PEM, or one certificate in DER\n"
    "\n"
    "Exit status: 0 accepted, 1 refused, 2 bad input or bad words.\n";

static const char settings_words[] =
    "cellgate settings [--json] [--replay] [FILE]\n"
    "\n"
    "Prints every setting with its value, default, range and origin, and the memory that all bounds add up to.\n"
    "\n"
    "  --json             the settings as one JSON object, without the memory\n"
    "  --replay           start from replay's own bounds\n"
    "  FILE               a settings file (docs/settings.md); default: none, so that all is at its default\n"
    "\n"
    "Settings, one 'key: value' on each line of a file:\n"
    "\n";

static int print_settings(FILE *to)
{
    struct ctl_settings *settings = malloc(sizeof(*settings));

    if (!settings)
        return CTL_EXIT_USAGE;
    (void)fputs(settings_words, to);
    ctl_settings_default(settings);
    ctl_settings_print(settings, to, false);
    free(settings);
    return CTL_EXIT_OK;
}

static int print_reasons(FILE *to)
{
    for (int i = 1; i < REASON_COUNT; i++)
        (void)fprintf(to, "%-28s %-12s %s\n", reason_name((enum reason)i),
                      reason_class_name(reason_class_of((enum reason)i)), reason_text((enum reason)i));
    return CTL_EXIT_OK;
}

int ctl_help_print(const char *topic, FILE *to)
{
    char shown[128];

    if (!topic || strcmp(topic, "help") == 0)
        (void)fputs(overview, to);
    else if (strcmp(topic, "replay") == 0)
        (void)fputs(replay, to);
    else if (strcmp(topic, "validate") == 0)
        (void)fputs(validate, to);
    else if (strcmp(topic, "settings") == 0)
        return print_settings(to);
    else if (strcmp(topic, "reasons") == 0)
        return print_reasons(to);
    else {
        (void)ctl_printable(shown, sizeof(shown), bytes_of(topic, strlen(topic)));
        (void)fprintf(stderr, "cellgate: nothing is known about '%s'; see cellgate help\n", shown);
        return CTL_EXIT_USAGE;
    }
    return CTL_EXIT_OK;
}

int ctl_help_usage(const char *command, const char *problem)
{
    (void)fprintf(stderr, "cellgate %s: %s; see cellgate help %s\n", command, problem, command);
    return CTL_EXIT_USAGE;
}
