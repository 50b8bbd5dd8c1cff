// SPDX-License-Identifier: Apache-2.0
/*
 * The tables of regentctl: commands, options, exit codes. They feed the
 * dispatch, --help, the manual and completion.
 */
#include "ctl/ctl.h"

static const struct ctl_option_row options[CTL_OPTIONS] = {
    [CTL_OPTION_SOCKET] =
        {
            .name = "socket",
            .argument = "PATH",
            .is_common = true,
            .meaning = "admin socket of regentd; default $REGENT_SOCKET, else " CTL_SOCKET,
        },
    [CTL_OPTION_URL] =
        {
            .name = "url",
            .argument = "URL",
            .is_common = true,
            .meaning = "the API elsewhere, http://HOST:PORT; its token is $REGENT_TOKEN",
        },
    [CTL_OPTION_TOKEN_FILE] =
        {
            .name = "token-file",
            .argument = "FILE",
            .is_common = true,
            .meaning = "the token is the first line of that file",
        },
    [CTL_OPTION_JSON] =
        {
            .name = "json",
            .is_common = true,
            .meaning = "the JSON of the API instead of text for people",
        },
    [CTL_OPTION_HELP] =
        {
            .name = "help",
            .letter = 'h',
            .is_common = true,
            .meaning = "help of the program, or of the command it follows",
        },
    [CTL_OPTION_VERSION] =
        {
            .name = "version",
            .meaning = "print the version, and exit",
        },
    [CTL_OPTION_TABLES] =
        {
            .name = "tables",
            .meaning = "print the tables of commands and options as JSON, and exit",
        },
    [CTL_OPTION_STATE] =
        {
            .name = "state",
            .argument = "STATE",
            .meaning = "only those in that state; with last-stop: the state directory to read",
        },
    [CTL_OPTION_DEBTS] =
        {
            .name = "debts",
            .meaning = "bindings that nobody wants any more and an upstream may still hold",
        },
    [CTL_OPTION_WAIT] =
        {
            .name = "wait",
            .meaning = "wait up to 40 s until it is up or in trouble; the default on a terminal",
        },
    [CTL_OPTION_REMOVE] =
        {
            .name = "remove",
            .meaning = "cancel the Contacts that are named, else all ghosts and lookalikes",
        },
    [CTL_OPTION_FULL] =
        {
            .name = "full",
            .meaning = "with the whole text of each message",
        },
    [CTL_OPTION_DRY_RUN] =
        {
            .name = "dry-run",
            .meaning = "show what would change, and change nothing",
        },
    [CTL_OPTION_PRUNE] =
        {
            .name = "prune",
            .meaning = "remove the registrations that the file does not name",
        },
    [CTL_OPTION_YES] =
        {
            .name = "yes",
            .letter = 'y',
            .meaning = "do not ask before removing",
        },
    [CTL_OPTION_KEEP] =
        {
            .name = "keep",
            .meaning = "cancel nothing: the new regentd goes on with every binding",
        },
};

static const struct ctl_command commands[] = {
    {
        .noun = "status",
        .args = "",
        .summary = "how the switch is, and what needs attention",
        .help = "Counts the registrations by state, what is still owed to upstreams, and names "
                "the first registrations in trouble.",
        .examples = {"status", "status --json"},
        .run = ctl_status,
    },
    {
        .noun = "registration",
        .verb = "list",
        .args = "",
        .options = CTL_TAKES(STATE) | CTL_TAKES(DEBTS),
        .summary = "all registrations by name, as a table",
        .help = "SINCE is the age of the state. EXPIRES is how long the upstream can still hold "
                "the binding; \"maybe\": no answer has confirmed it, \"at most\": known from "
                "before the start, and it may end sooner. NEXT is what happens next and when, "
                "LAST the last answer.",
        .examples = {"registration list", "registration list --state rejected",
            "registration list --debts", "registration list --json | jq -r '.items[].name'"},
        .run = ctl_registration_list,
    },
    {
        .noun = "registration",
        .verb = "show",
        .args = "NAME",
        .args_min = 1,
        .args_max = 1,
        .summary = "everything about one registration, and what to do where it is in trouble",
        .examples = {"registration show carrier-a"},
        .run = ctl_registration_show,
    },
    {
        .noun = "registration",
        .verb = "add",
        .args = "NAME FIELD=VALUE...",
        .args_min = 1,
        .args_max = -1,
        .options = CTL_TAKES(WAIT),
        .takes_fields = true,
        .summary = "provision a registration and bring it up",
        .help = "username and host are required. The password is asked for on the terminal, "
                "without echo, where it is not given; password=- reads a line of standard input, "
                "password_file=FILE the first line of a file, and password= is for a carrier "
                "that asks for none. Exit code 3: added, and it does not come up.",
        .examples = {"registration add carrier-a username=4930123456 host=sip.carrier.example",
            "registration add carrier-a username=1001 host=carrier.example "
            "proxy=sip:sbc.carrier.example password_file=secret",
            "registration add carrier-a username=1001 host=carrier.example password=- <secret"},
        .run = ctl_registration_add,
    },
    {
        .noun = "registration",
        .verb = "set",
        .args = "NAME FIELD=VALUE...",
        .args_min = 2,
        .args_max = -1,
        .options = CTL_TAKES(WAIT),
        .takes_fields = true,
        .summary = "change fields of a registration",
        .help = "An empty value is the default. A changed username, host, proxy or Contact takes "
                "the old binding back; a changed password refreshes it. password=- asks for it "
                "on the terminal, or reads a line of standard input.",
        .examples = {"registration set carrier-a period=300",
            "registration set carrier-a password=-", "registration set carrier-a proxy="},
        .run = ctl_registration_set,
    },
    {
        .noun = "registration",
        .verb = "remove",
        .args = "NAME...",
        .args_min = 1,
        .args_max = -1,
        .summary = "forget registrations, and take their bindings back",
        .examples = {"registration remove carrier-a"},
        .run = ctl_registration_remove,
    },
    {
        .noun = "registration",
        .verb = "enable",
        .args = "NAME...",
        .args_min = 1,
        .args_max = -1,
        .summary = "bring registrations up that were switched off",
        .examples = {"registration enable carrier-a"},
        .run = ctl_registration_enable,
    },
    {
        .noun = "registration",
        .verb = "disable",
        .args = "NAME...",
        .args_min = 1,
        .args_max = -1,
        .summary = "take registrations back and keep them provisioned",
        .examples = {"registration disable carrier-a"},
        .run = ctl_registration_disable,
    },
    {
        .noun = "registration",
        .verb = "refresh",
        .args = "NAME...",
        .args_min = 1,
        .args_max = -1,
        .summary = "register now, whatever was planned",
        .examples = {"registration refresh carrier-a"},
        .run = ctl_registration_refresh,
    },
    {
        .noun = "registration",
        .verb = "cancel",
        .args = "NAME...",
        .args_min = 1,
        .args_max = -1,
        .summary = "take bindings back now, also where SEND_UNREGISTER is Off",
        .help = "An operator may cancel by hand even where SS_SIP_USER_AGENT_SEND_UNREGISTER is "
                "Off. The registration stays down until it is refreshed or edited, or until the "
                "next start.",
        .examples = {"registration cancel carrier-a"},
        .run = ctl_registration_cancel,
    },
    {
        .noun = "registration",
        .verb = "ghosts",
        .args = "NAME [CONTACT...]",
        .args_min = 1,
        .args_max = -1,
        .options = CTL_TAKES(REMOVE),
        .summary = "the Contacts that the upstream listed last, and whose they are",
        .help = "A ghost is a binding of ours that is no longer wanted. A lookalike has our "
                "Contact user at another address; a foreign one was made by somebody else. "
                "--remove cancels ghosts and lookalikes; a foreign one only where it is named.",
        .examples = {"registration ghosts carrier-a", "registration ghosts carrier-a --remove",
            "registration ghosts carrier-a --remove sip:1001@192.0.2.9:5060"},
        .run = ctl_registration_ghosts,
    },
    {
        .noun = "param",
        .verb = "list",
        .args = "",
        .summary = "all parameters with their values",
        .help = "VALUE is marked with * where it is not the default.",
        .examples = {"param list"},
        .run = ctl_param_list,
    },
    {
        .noun = "param",
        .verb = "get",
        .args = "NAME",
        .args_min = 1,
        .args_max = 1,
        .summary = "one parameter: its value, default, range and meaning",
        .examples = {"param get SS_SIP_USER_AGENT_EXPIRE"},
        .run = ctl_param_get,
    },
    {
        .noun = "param",
        .verb = "set",
        .args = "NAME VALUE",
        .args_min = 2,
        .args_max = 2,
        .summary = "change a parameter; it holds from the next request on",
        .examples = {"param set SS_SIP_USER_AGENT_EXPIRE 300"},
        .run = ctl_param_set,
    },
    {
        .noun = "param",
        .verb = "reset",
        .args = "NAME",
        .args_min = 1,
        .args_max = 1,
        .summary = "put a parameter back to its default",
        .examples = {"param reset SS_SIP_USER_AGENT_EXPIRE"},
        .run = ctl_param_reset,
    },
    {
        .noun = "apply",
        .args = "FILE|-",
        .args_min = 1,
        .args_max = 1,
        .options = CTL_TAKES(DRY_RUN) | CTL_TAKES(PRUNE) | CTL_TAKES(YES),
        .summary = "add and change the objects of a file",
        .help = "Objects that the file does not name stay. With --prune the registrations among "
                "them are removed: regentctl says how many and asks first. Where nobody can be "
                "asked, -y is needed. A file with a mistake changes nothing. - reads standard "
                "input.",
        .examples = {"apply trunks.yaml", "apply --dry-run trunks.yaml",
            "apply --prune -y trunks.yaml"},
        .run = ctl_apply,
    },
    {
        .noun = "export",
        .args = "",
        .summary = "all objects in the form that apply takes, passwords sealed",
        .help = "Sealed passwords can be applied where the key file is the same.",
        .examples = {"export > trunks.yaml"},
        .run = ctl_export,
    },
    {
        .noun = "trace",
        .args = "NAME",
        .args_min = 1,
        .args_max = 1,
        .options = CTL_TAKES(FULL),
        .summary = "every message of a registration as it goes, until Ctrl-C",
        .help =
            "A ladder of messages and changes of state as they happen. Secrets are masked. --json "
            "gives a record a line.",
        .examples = {"trace carrier-a", "trace carrier-a --full"},
        .run = ctl_trace,
    },
    {
        .noun = "stop",
        .args = "",
        .summary = "take every registration back, then end regentd",
        .help = "Shows the progress until regentd has gone, then the report. Interrupting "
                "regentctl does not interrupt the stop. Exit code 0: nothing is owed, 3: an "
                "upstream may still hold something; the report says what and until when.",
        .examples = {"stop", "stop --json > report.json"},
        .run = ctl_stop,
    },
    {
        .noun = "restart",
        .args = "",
        .options = CTL_TAKES(KEEP),
        .summary = "take every registration back, then start regentd anew",
        .help =
            "As stop, and waits until the new regentd answers. With --keep nothing is cancelled: "
            "upstreams see refreshes, soon after the start and at the usual pace.",
        .examples = {"restart", "restart --keep"},
        .run = ctl_restart,
    },
    {
        .noun = "last-stop",
        .args = "",
        .options = CTL_TAKES(STATE),
        .summary = "the report of the last stop",
        .help =
            "Asks regentd; where none runs, --state names its state directory. Exit codes 0 and "
            "3 as for stop.",
        .examples = {"last-stop", "last-stop --state /var/lib/regent"},
        .run = ctl_last_stop,
    },
    {
        .noun = "node",
        .args = "",
        .summary = "who this node is: its label, identity, machine, boot and state directory",
        .help = "Where the state directory was made on another machine, machine says so, and "
                "nothing is sent until it is decided whether it was moved or copied. Exit code 3 "
                "then.",
        .examples = {"node"},
        .run = ctl_node,
    },
    {
        .noun = "node",
        .verb = "adopt",
        .args = "",
        .summary = "the state directory was moved here: go on with it",
        .help = "regentd starts anew and continues the bindings. Not for a copy of a node that "
                "goes on elsewhere: both would be the same registrations.",
        .examples = {"node adopt"},
        .run = ctl_node_adopt,
    },
    {
        .noun = "node",
        .verb = "renew",
        .args = "",
        .summary = "the state directory is a copy: be another node",
        .help = "regentd starts anew with a secret of its own. What the original holds at "
                "upstreams is left alone: the ledger is dropped, and nothing of it is cancelled. "
                "Registrations and parameters stay.",
        .examples = {"node renew"},
        .run = ctl_node_renew,
    },
};

static const char *const exits[CTL_EXITS] = {
    [CTL_DONE] = "done",
    [CTL_REFUSED] = "refused by the daemon; the message says why",
    [CTL_USAGE] = "wrong usage",
    [CTL_UNSETTLED] = "finished with something unsettled",
    [CTL_NO_DAEMON] = "no daemon there",
};

const struct ctl_command *ctl_commands(size_t *count_r)
{
	*count_r = sizeof(commands) / sizeof(commands[0]);
	return commands;
}

const struct ctl_option_row *ctl_option_rows(void)
{
	return options;
}

const char *ctl_exit_meaning(enum ctl_exit code)
{
	return exits[code];
}
