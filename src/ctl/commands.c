// SPDX-License-Identifier: Apache-2.0
/*
 * The table of commands: it feeds the dispatch, the usage and --help.
 */
#include "ctl/ctl.h"

static const struct ctl_command commands[] = {
    {
        .noun = "status",
        .args = "",
        .summary = "how the switch is, and what needs attention",
        .help = "Counts the registrations by state, what is still owed to upstreams, and names\n"
                "the first registrations in trouble.\n"
                "\n"
                "  regentctl status\n"
                "  regentctl status --json\n",
        .run = ctl_status,
    },
    {
        .noun = "registration",
        .verb = "list",
        .args = "",
        .state_arg = "STATE",
        .summary = "all registrations, as a table",
        .help = "SINCE is the age of the state, EXPIRES how long upstream holds the binding at\n"
                "most, NEXT what happens next and when, LAST the last answer.\n"
                "\n"
                "  regentctl registration list\n"
                "  regentctl registration list --state rejected\n"
                "  regentctl registration list --json | jq -r '.items[].name'\n",
        .run = ctl_registration_list,
    },
    {
        .noun = "registration",
        .verb = "show",
        .args = "NAME",
        .arg_count = 1,
        .summary = "everything about one registration",
        .help = "  regentctl registration show carrier-a\n",
        .run = ctl_registration_show,
    },
    {
        .noun = "stop",
        .args = "",
        .summary = "take every registration back, then end regentd",
        .help = "Shows the progress until regentd has gone, then the report. Interrupting\n"
                "regentctl does not interrupt the stop. Exit code 0: nothing is owed, 3: an\n"
                "upstream may still hold something; the report says what and until when.\n"
                "\n"
                "  regentctl stop\n"
                "  regentctl stop --json > report.json\n",
        .run = ctl_stop,
    },
    {
        .noun = "last-stop",
        .args = "",
        .state_arg = "DIR",
        .summary = "the report of the last stop",
        .help = "Asks regentd; where none runs, --state names its state directory. Exit codes\n"
                "0 and 3 as for stop.\n"
                "\n"
                "  regentctl last-stop\n"
                "  regentctl last-stop --state /var/lib/regent\n",
        .run = ctl_last_stop,
    },
};

const struct ctl_command *ctl_commands(size_t *count_r)
{
	*count_r = sizeof(commands) / sizeof(commands[0]);
	return commands;
}
