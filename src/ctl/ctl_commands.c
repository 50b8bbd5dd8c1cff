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
            .meaning = "use the API over TCP at http://HOST:PORT, with the token in $REGENT_TOKEN",
        },
    [CTL_OPTION_TOKEN_FILE] =
        {
            .name = "token-file",
            .argument = "FILE",
            .is_common = true,
            .meaning = "for --url: the token is the first line of FILE, instead of $REGENT_TOKEN",
        },
    [CTL_OPTION_JSON] =
        {
            .name = "json",
            .is_common = true,
            .meaning = "print the JSON of the API instead of text",
        },
    [CTL_OPTION_HELP] =
        {
            .name = "help",
            .letter = 'h',
            .is_common = true,
            .meaning = "print the help of regentctl, or of the command that stands before it",
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
            .meaning = "of registration list: show only the registrations in this state; of "
                       "last-stop: the state directory to read",
        },
    [CTL_OPTION_DEBTS] =
        {
            .name = "debts",
            .meaning = "show the debts instead: bindings that are no longer wanted, but that an "
                       "upstream may still hold",
        },
    [CTL_OPTION_WAIT] =
        {
            .name = "wait",
            .meaning = "wait up to 40 s until the registration is up or has failed; the default on "
                       "a terminal",
        },
    [CTL_OPTION_REMOVE] =
        {
            .name = "remove",
            .meaning = "cancel each CONTACT that is named; without a CONTACT: cancel all ghosts "
                       "and lookalikes",
        },
    [CTL_OPTION_FULL] =
        {
            .name = "full",
            .meaning = "print the whole text of each message",
        },
    [CTL_OPTION_DRY_RUN] =
        {
            .name = "dry-run",
            .meaning = "show what would change, but change nothing",
        },
    [CTL_OPTION_PRUNE] =
        {
            .name = "prune",
            .meaning = "also remove all registrations and endpoints that the file does not name",
        },
    [CTL_OPTION_YES] =
        {
            .name = "yes",
            .letter = 'y',
            .meaning = "remove without asking",
        },
    [CTL_OPTION_KEEP] =
        {
            .name = "keep",
            .meaning = "cancel nothing; the new regentd continues every binding",
        },
};

static const struct ctl_command commands[] = {
    {
        .noun = "status",
        .args = "",
        .summary = "show the state of the switch, and what needs attention",
        .help = "Shows how many registrations are in each state, how many debts there are (cancels "
                "that no upstream has confirmed yet), and the first registrations in trouble.",
        .examples = {"status", "status --json"},
        .run = ctl_status,
    },
    {
        .noun = "registration",
        .verb = "list",
        .args = "",
        .options = CTL_TAKES(STATE) | CTL_TAKES(DEBTS),
        .summary = "show all registrations in a table, sorted by name",
        .help =
            "SINCE is how long the registration has been in its state. EXPIRES is how long the "
            "upstream can still hold the binding. \"maybe\": no answer has confirmed the binding. "
            "\"at most\": the binding is older than the start of regentd, and it may end sooner. "
            "NEXT is what Regent does next, and when. LAST is the last answer of the upstream.",
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
        .summary = "show everything about one registration and, if it is in trouble, what to do",
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
        .summary = "add a registration, and register it",
        .help = "username and host are required. Without a password, regentctl asks for one on the "
                "terminal and does not show it. password=- also asks, or reads a line of standard "
                "input. password_file=FILE takes the first line of a file. password= is for a "
                "carrier that wants no password. Exit code 3: the registration is added, but it "
                "does not come up.",
        .examples = {"registration add carrier-a username=4930123456 host=sip.carrier.example",
            "registration add carrier-a username=1001 host=carrier.example "
            "proxy=sip:sbc.carrier.example password_file=secret",
            "registration add carrier-a username=1001 host=carrier.example password=- <secret"},
        .run = ctl_object_add,
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
        .help = "An empty value sets a field to its default. If the username, host, proxy or "
                "Contact changes, the old binding is cancelled and a new one is made. If the "
                "password changes, the binding is refreshed. password=- asks for the password on "
                "the terminal, or reads a line of standard input.",
        .examples = {"registration set carrier-a period=300",
            "registration set carrier-a password=-", "registration set carrier-a proxy="},
        .run = ctl_object_set,
    },
    {
        .noun = "registration",
        .verb = "remove",
        .args = "NAME...",
        .args_min = 1,
        .args_max = -1,
        .summary = "unregister registrations, and delete them",
        .help = "Regent repeats a cancel until the upstream confirms it, or until the binding has "
                "expired; registration list --debts shows those that are left.",
        .examples = {"registration remove carrier-a"},
        .run = ctl_object_remove,
    },
    {
        .noun = "registration",
        .verb = "enable",
        .args = "NAME...",
        .args_min = 1,
        .args_max = -1,
        .summary = "register again what was disabled",
        .examples = {"registration enable carrier-a"},
        .run = ctl_object_enable,
    },
    {
        .noun = "registration",
        .verb = "disable",
        .args = "NAME...",
        .args_min = 1,
        .args_max = -1,
        .summary = "unregister registrations, but keep their configuration",
        .examples = {"registration disable carrier-a"},
        .run = ctl_object_disable,
    },
    {
        .noun = "registration",
        .verb = "refresh",
        .args = "NAME...",
        .args_min = 1,
        .args_max = -1,
        .summary = "send a REGISTER now, without waiting for the planned time",
        .help = "Also registers again what registration cancel took down.",
        .examples = {"registration refresh carrier-a"},
        .run = ctl_registration_refresh,
    },
    {
        .noun = "registration",
        .verb = "cancel",
        .args = "NAME...",
        .args_min = 1,
        .args_max = -1,
        .summary = "unregister now, even if SEND_UNREGISTER is Off",
        .help = "Sends a REGISTER with expiry 0, even if SS_SIP_USER_AGENT_SEND_UNREGISTER is Off. "
                "The registration stays down until it is refreshed or edited, or until the next "
                "start of regentd.",
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
        .summary = "show the Contacts that the upstream listed last, and whose they are",
        .help = "A ghost is a binding that Regent made and no longer wants. A lookalike has "
                "Regent's Contact user, but another address. A foreign binding was made by "
                "somebody else. --remove cancels ghosts and lookalikes; it cancels a foreign "
                "binding only if its CONTACT is named.",
        .examples = {"registration ghosts carrier-a", "registration ghosts carrier-a --remove",
            "registration ghosts carrier-a --remove sip:1001@192.0.2.9:5060"},
        .run = ctl_registration_ghosts,
    },
    {
        .noun = "endpoint",
        .verb = "list",
        .kind = OBJECT_ENDPOINT,
        .args = "",
        .summary = "show all endpoints (phones and gateways that register here), sorted by name",
        .help = "DEVICES is how many devices are registered, and how many may be. LAST SEEN is "
                "when a device last registered or refreshed since the start of regentd.",
        .examples = {"endpoint list", "endpoint list --json | jq -r '.items[].name'"},
        .run = ctl_endpoint_list,
    },
    {
        .noun = "endpoint",
        .verb = "show",
        .kind = OBJECT_ENDPOINT,
        .args = "NAME",
        .args_min = 1,
        .args_max = 1,
        .summary = "show everything about one endpoint",
        .help = "Its devices are shown by binding show NAME.",
        .examples = {"endpoint show 2001"},
        .run = ctl_endpoint_show,
    },
    {
        .noun = "endpoint",
        .verb = "add",
        .kind = OBJECT_ENDPOINT,
        .args = "NAME FIELD=VALUE...",
        .args_min = 1,
        .args_max = -1,
        .takes_fields = true,
        .summary = "add an endpoint, so that a phone or gateway can register",
        .help = "NAME is the user name of the phone. A password is required. Without one, "
                "regentctl asks for it on the terminal and does not show it. password=- also "
                "asks, or reads a line of standard input. password_file=FILE takes the first "
                "line of a file.",
        .examples = {"endpoint add 2001 password_file=secret",
            "endpoint add 2001 max_contacts=2 networks=192.0.2.0/24 password=- <secret"},
        .run = ctl_object_add,
    },
    {
        .noun = "endpoint",
        .verb = "set",
        .kind = OBJECT_ENDPOINT,
        .args = "NAME FIELD=VALUE...",
        .args_min = 2,
        .args_max = -1,
        .takes_fields = true,
        .summary = "change fields of an endpoint",
        .help = "An empty value sets a field to its default. Devices that are registered stay "
                "registered until their next REGISTER, which is judged by the new fields. "
                "password=- asks for the password on the terminal, or reads a line of standard "
                "input.",
        .examples = {"endpoint set 2001 max_contacts=3", "endpoint set 2001 password=-",
            "endpoint set 2001 networks="},
        .run = ctl_object_set,
    },
    {
        .noun = "endpoint",
        .verb = "remove",
        .kind = OBJECT_ENDPOINT,
        .args = "NAME...",
        .args_min = 1,
        .args_max = -1,
        .summary = "delete endpoints; their devices are no longer registered",
        .examples = {"endpoint remove 2001"},
        .run = ctl_object_remove,
    },
    {
        .noun = "endpoint",
        .verb = "enable",
        .kind = OBJECT_ENDPOINT,
        .args = "NAME...",
        .args_min = 1,
        .args_max = -1,
        .summary = "let devices register again",
        .examples = {"endpoint enable 2001"},
        .run = ctl_object_enable,
    },
    {
        .noun = "endpoint",
        .verb = "disable",
        .kind = OBJECT_ENDPOINT,
        .args = "NAME...",
        .args_min = 1,
        .args_max = -1,
        .summary = "let no device register, but keep the configuration",
        .examples = {"endpoint disable 2001"},
        .run = ctl_object_disable,
    },
    {
        .noun = "binding",
        .verb = "list",
        .kind = OBJECT_ENDPOINT,
        .args = "[NAME]",
        .args_max = 1,
        .summary = "show the devices that are registered; with NAME: those of one endpoint",
        .help = "CONTACT is the address that the device gave. RECEIVED is the address that its "
                "REGISTER came from.",
        .examples = {"binding list", "binding list 2001"},
        .run = ctl_binding_list,
    },
    {
        .noun = "binding",
        .verb = "show",
        .kind = OBJECT_ENDPOINT,
        .args = "NAME",
        .args_min = 1,
        .args_max = 1,
        .summary = "show everything about the devices of one endpoint",
        .examples = {"binding show 2001"},
        .run = ctl_binding_show,
    },
    {
        .noun = "binding",
        .verb = "remove",
        .kind = OBJECT_ENDPOINT,
        .args = "NAME [CONTACT...]",
        .args_min = 1,
        .args_max = -1,
        .summary = "unregister the devices of an endpoint; with CONTACT: these alone",
        .help = "A device that is switched on registers again with its next REGISTER, for which "
                "it must prove its password once more. To keep it out, use endpoint disable or "
                "change the password.",
        .examples = {"binding remove 2001", "binding remove 2001 sip:2001@192.0.2.7:5060"},
        .run = ctl_binding_remove,
    },
    {
        .noun = "suspension",
        .verb = "list",
        .args = "",
        .summary = "show the names that are suspended, and for which source",
        .help = "After SS_ENDPOINT_REGISTER_RETRY wrong passwords, a name is refused to the "
                "source that sent them for SS_ENDPOINT_REGISTER_SUSPEND. (all): every name is "
                "refused to that source.",
        .examples = {"suspension list"},
        .run = ctl_suspension_list,
    },
    {
        .noun = "suspension",
        .verb = "lift",
        .args = "SOURCE [NAME]",
        .args_min = 1,
        .args_max = 2,
        .summary = "end a suspension, and forget its failed attempts",
        .help = "SOURCE and NAME are those of suspension list. Without NAME, it ends the "
                "one that the list shows as (all); those of single names go on.",
        .examples = {"suspension lift 192.0.2.7 2001", "suspension lift 192.0.2.7"},
        .run = ctl_suspension_lift,
    },
    {
        .noun = "param",
        .verb = "list",
        .args = "",
        .summary = "show all parameters and their values",
        .help = "A * after VALUE marks a value that is not the default.",
        .examples = {"param list"},
        .run = ctl_param_list,
    },
    {
        .noun = "param",
        .verb = "get",
        .args = "NAME",
        .args_min = 1,
        .args_max = 1,
        .summary = "show one parameter: its value, default, range and meaning",
        .examples = {"param get SS_SIP_USER_AGENT_EXPIRE"},
        .run = ctl_param_get,
    },
    {
        .noun = "param",
        .verb = "set",
        .args = "NAME VALUE",
        .args_min = 2,
        .args_max = 2,
        .summary = "change a parameter; the new value counts from the next request on",
        .examples = {"param set SS_SIP_USER_AGENT_EXPIRE 300"},
        .run = ctl_param_set,
    },
    {
        .noun = "param",
        .verb = "reset",
        .args = "NAME",
        .args_min = 1,
        .args_max = 1,
        .summary = "set a parameter back to its default",
        .examples = {"param reset SS_SIP_USER_AGENT_EXPIRE"},
        .run = ctl_param_reset,
    },
    {
        .noun = "apply",
        .args = "FILE|-",
        .args_min = 1,
        .args_max = 1,
        .options = CTL_TAKES(DRY_RUN) | CTL_TAKES(PRUNE) | CTL_TAKES(YES),
        .summary = "add and change the registrations, endpoints and parameters in a file",
        .help = "What the file does not name stays as it is. With "
                "--prune, the registrations and endpoints that it does not name are removed; "
                "regentctl says how "
                "many and asks first. In a script, where nobody can answer, -y is needed. If the "
                "file has a mistake, nothing changes. - reads standard input.",
        .examples = {"apply trunks.yaml", "apply --dry-run trunks.yaml",
            "apply --prune -y trunks.yaml"},
        .run = ctl_apply,
    },
    {
        .noun = "export",
        .args = "",
        .summary = "print all registrations, endpoints and parameters as a file for apply",
        .help = "Passwords are printed sealed (encrypted). Another node can apply them only if it "
                "has the same key file, STATE/key.",
        .examples = {"export > trunks.yaml"},
        .run = ctl_export,
    },
    {
        .noun = "trace",
        .args = "NAME",
        .args_min = 1,
        .args_max = 1,
        .options = CTL_TAKES(FULL),
        .summary = "show the messages of a registration live, until Ctrl-C",
        .help = "Shows each message and each change of state as it happens, as a ladder. Secrets "
                "are masked. --json prints one record per line.",
        .examples = {"trace carrier-a", "trace carrier-a --full"},
        .run = ctl_trace,
    },
    {
        .noun = "stop",
        .args = "",
        .summary = "unregister everything, then end regentd",
        .help = "Shows the progress until regentd has ended, then the report. If you interrupt "
                "regentctl, the stop goes on. Exit code 0: every binding is gone or was kept on "
                "purpose. Exit code 3: an upstream may still hold a binding; the report says "
                "which, and until when.",
        .examples = {"stop", "stop --json > report.json"},
        .run = ctl_stop,
    },
    {
        .noun = "restart",
        .args = "",
        .options = CTL_TAKES(KEEP),
        .summary = "unregister everything, then start regentd again",
        .help = "Does what stop does, and waits until the new regentd answers. With --keep nothing "
                "is cancelled: soon after the start, upstreams see a refresh of each binding, at "
                "the usual pace.",
        .examples = {"restart", "restart --keep"},
        .run = ctl_restart,
    },
    {
        .noun = "last-stop",
        .args = "",
        .options = CTL_TAKES(STATE),
        .summary = "show the report of the last stop",
        .help = "Asks regentd. If regentd does not run, name its state directory with --state. "
                "Exit codes 0 and 3 mean the same as for stop.",
        .examples = {"last-stop", "last-stop --state /var/lib/regent"},
        .run = ctl_last_stop,
    },
    {
        .noun = "node",
        .args = "",
        .summary =
            "show the label, identity, machine, boot number and state directory of this node",
        .help = "If the state directory was made on another machine, this command says so and ends "
                "with exit code 3. regentd then sends nothing until you say whether the directory "
                "was moved (node adopt) or copied (node renew).",
        .examples = {"node"},
        .run = ctl_node,
    },
    {
        .noun = "node",
        .verb = "adopt",
        .args = "",
        .summary = "say that the state directory was moved here: continue its registrations",
        .help = "regentd starts again and continues the bindings. Do not use it for a copy of a "
                "node that still runs elsewhere: both would use the same registrations.",
        .examples = {"node adopt"},
        .run = ctl_node_adopt,
    },
    {
        .noun = "node",
        .verb = "renew",
        .args = "",
        .summary = "say that the state directory is a copy: become a node of its own",
        .help = "regentd starts again with a new secret, and so with new Call-IDs and Contacts. "
                "The bindings of the original are left alone: the copy of its ledger is dropped, "
                "and nothing in it is cancelled. Registrations and parameters stay.",
        .examples = {"node renew"},
        .run = ctl_node_renew,
    },
};

static const char *const exits[CTL_EXITS] = {
    [CTL_DONE] = "done",
    [CTL_REFUSED] = "regentd refused the request; the message says why",
    [CTL_USAGE] = "wrong usage",
    [CTL_UNSETTLED] = "done, but something needs attention; the output says what",
    [CTL_NO_DAEMON] = "no regentd answers",
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
