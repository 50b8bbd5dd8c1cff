#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Makes from the programs' own tables what people read of them.

    faces.py REGENTD.json REGENTCTL.json --out DIR       manual pages, completion, parameters.md
    faces.py REGENTD.json REGENTCTL.json --docs DIR      writes DIR/parameters.md, and the tables
                                                         between the marks in DIR/*.md
    faces.py REGENTD.json REGENTCTL.json --docs DIR --check
                                                         writes nothing; fails where they differ

The two files are what `regentd --tables` and `regentctl --tables` print. In the
documents a table stands between <!-- table: NAME --> and <!-- end -->.
"""
import argparse
import json
import pathlib
import re
import sys

MARKED = re.compile(r"(<!-- table: ([a-z-]+) -->\n).*?(<!-- end -->)", re.S)


# Markdown

def cell(text):
    return str(text).replace("|", "\\|")


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(cell(c) for c in row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def code(text):
    return f"`{text}`"


def default_of(parameter):
    unit = parameter.get("unit")
    return f"{parameter['default']} {unit}" if unit and parameter["default"].isdigit() \
        else parameter["default"]


def parameters_table(d, _c):
    aliases = any(p.get("aliases") for p in d["parameters"])
    head = ["parameter", "default", "values", "what it does"] + (["also written"] if aliases else [])
    return table(head, [
        [p["name"], default_of(p), p["values"], p["meaning"]]
        + ([", ".join(p.get("aliases", []))] if aliases else []) for p in d["parameters"]])


def fields_table(rows, what):
    return table([what, "values", "default", "meaning"],
                 [[code(f["name"]), f["values"], f["default"], f["meaning"]] for f in rows])


def exits_table(rows):
    return table(["exit code", "meaning"], [[e["code"], e["meaning"]] for e in rows])


def commands_block(_d, c):
    return "\n" + "".join(f"    regentctl {command['usage']}\n" for command in c["commands"]) + "\n"


def commands_table(_d, c):
    return table(["command", "what it does"],
                 [[code(command["usage"]), command["summary"]] for command in c["commands"]])


TABLES = {
    "parameters": parameters_table,
    "node-keys": lambda d, c: fields_table(d["node_keys"], "key"),
    "states": lambda d, c: table(["state", "meaning"],
                                 [[code(s["name"]), s["meaning"]] for s in d["states"]]),
    "outcomes": lambda d, c: table(["outcome", "meaning"],
                                   [[code(o["name"]), o["meaning"]] for o in d["outcomes"]]),
    "regentd-exit-codes": lambda d, c: exits_table(d["exit_codes"]),
    "regentctl-exit-codes": lambda d, c: exits_table(c["exit_codes"]),
    "commands": commands_block,
    "advice": lambda d, c: table(
        ["LAST", "what it means", "what to do"],
        [[code(a["last"]), a["meaning"], a["advice"]] for a in c["advice"]]),
}


def a_kind(kind):
    return ("an " if kind[0] in "aeiou" else "a ") + kind


PAGES = {"registration": "registrations.md", "endpoint": "phones.md"}


def fields_section(kind_fields):
    kind, fields = kind_fields
    page = PAGES[kind]
    return f"""## Fields of {a_kind(kind)}

Set one with `regentctl {kind} set NAME FIELD=VALUE`, or in an entry under `{kind}s:` in a file
for `regentctl apply`. [{page}]({page}#what-a-field-does-on-the-wire) shows what others
see of each field.

{fields_table(fields, "field")}
"""


def parameters_page(d, c):
    return f"""<!-- Made by packaging/faces.py from `regentd --tables` and `regentctl --tables`. -->

# Parameters, fields and commands

Every parameter, field, key and command. In the texts:

* *upstream*: the registrar of a carrier.
* *binding*: what an upstream stores for a registration, so that calls come to our Contact until it expires.
* *cancel*: a REGISTER with expiry 0, which removes a binding.

## Parameters

Set one with `regentctl param set NAME VALUE`, or under `parameters:` in a file for `regentctl apply`. The
new value counts from the next request on. Upper and lower case do not matter in names.

{parameters_table(d, c)}
{"".join(map(fields_section, d["objects"].items()))}## Keys of regent.yaml

A key with a dot stands in a section: `log.level` is `level` under `log`. `log` is read again at SIGHUP, all other
keys at a restart.

{TABLES["node-keys"](d, c)}
## Commands

Each is an argument of `regentctl`; `regentctl COMMAND --help` tells more.

{commands_table(d, c)}"""


# Manual pages

def roff(text):
    """Text as roff prints it: nothing in it is a request, and all of it is ASCII."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    text = "".join(ch if ord(ch) < 128 else f"\\[u{ord(ch):04X}]" for ch in text)
    return "\n".join("\\&" + line if line[:1] in (".", "'") else line for line in text.split("\n"))


class Page:
    """One manual page."""

    def __init__(self, name, section, version, summary):
        self.lines = [f'.TH {name.upper()} {section} "" "Regent {version}" "Regent"', ".SH NAME",
                      f"{roff(name)} \\- {roff(summary)}"]

    def section(self, title):
        self.lines.append(f".SH {title}")

    def subsection(self, title):
        self.lines.append(f".SS {roff(title)}")

    def text(self, *paragraphs):
        for i, paragraph in enumerate(paragraphs):
            self.lines += ([".PP"] if i else []) + [roff(paragraph)]

    def item(self, tag, *texts):
        self.lines += [".TP", f".B {roff(tag)}"]
        self.lines += [line for i, t in enumerate(texts) for line in ([".br"] if i else []) + [roff(t)]]

    def example(self, lines):
        self.lines += [".PP", ".EX"] + [roff("  " + line) for line in lines] + [".EE"]

    def __str__(self):
        return '.\\" Made by packaging/faces.py.\n' + "\n".join(self.lines) + "\n"


def sentence(text):
    text = text[:1].upper() + text[1:]
    return text if text.endswith(".") else text + "."


def option_tag(option):
    letter = f"-{option['letter']}, " if option.get("letter") else ""
    return f"{letter}--{option['name']}" + (f" {option['argument']}" if option.get("argument") else "")


def regentd_page(d):
    page = Page("regentd", 8, d["version"], "a SIP softswitch that leaves no stale registration behind")
    page.section("SYNOPSIS")
    page.text("regentd [-c FILE] [--apply OBJECTS.yaml] [--check]",
              "regentd farewell [-c FILE] [--after S]",
              "regentd anew [-c FILE]",
              "regentd --tables | --sizes | --version | --help")
    page.section("DESCRIPTION")
    page.text("Registers with upstream carriers, keeps those registrations alive, and unregisters all of "
              "them when it stops. It stays in the foreground and logs to standard error. Under "
              "systemd it is a service of Type=notify.",
              "SIGTERM and SIGINT stop it: every registration is unregistered, and a report is printed and "
              "written to a file. A second signal ends it at once; the cancels that are owed stay in the "
              "ledger, and the next start sends them. SIGHUP reads the files again.",
              "Use farewell when a regentd was killed and none comes back: it cancels every binding that "
              "upstreams may hold, without starting the switch, and prints the report of a stop. It ends "
              "when a regentd starts.",
              "Use anew when regent.db or ledger.db is lost and the other one is in use. A start refuses to "
              "run then, and a farewell cancels nothing. anew makes the lost database, empty. A -wal file that "
              "the lost database left behind is renamed to -wal.lost.")
    page.section("OPTIONS")
    for option in d["options"]:
        page.item(option_tag(option), sentence(option["meaning"]))
    page.section("PARAMETERS")
    for p in d["parameters"]:
        page.item(p["name"], p["meaning"], f"Values: {p['values']}; default {default_of(p)}.",
                  *([f"Also written {', '.join(p['aliases'])}."] if p.get("aliases") else []))
    page.section("EXIT STATUS")
    for e in d["exit_codes"]:
        page.item(str(e["code"]), sentence(e["meaning"]))
    page.section("SEE ALSO")
    page.text("regentctl(1), regent.yaml(5)")
    return str(page)


def command_section(page, command, options):
    page.subsection(command["usage"])
    page.text(sentence(command["summary"]) + (f" {command['help']}" if command.get("help") else ""))
    for option in options:
        if option["name"] in command["options"]:
            page.item(option_tag(option), sentence(option["meaning"]))
    page.example(command["examples"])


def regentctl_page(d, c):
    page = Page("regentctl", 1, c["version"], "shows and changes what regentd does")
    page.section("SYNOPSIS")
    page.text("regentctl [--socket PATH | --url URL] [--json] NOUN [VERB] [ARGS]")
    page.section("DESCRIPTION")
    page.text("Uses the API of a running regentd. It prints tables for people, or with --json the JSON of "
              "the API for programs.")
    page.section("OPTIONS")
    for option in c["options"]:
        if option["common"] or option["name"] in ("version", "tables"):
            page.item(option_tag(option), sentence(option["meaning"]))
    page.section("COMMANDS")
    for command in c["commands"]:
        command_section(page, command, c["options"])
    for kind, fields in d["objects"].items():
        page.section(f"FIELDS OF {a_kind(kind).upper()}")
        for f in fields:
            page.item(f["name"], f["meaning"], f"Values: {f['values']}; default: {f['default']}.")
    page.section("STATES")
    for s in d["states"]:
        page.item(s["name"], sentence(s["meaning"]))
    page.section("EXIT STATUS")
    for e in c["exit_codes"]:
        page.item(str(e["code"]), sentence(e["meaning"]))
    page.section("ENVIRONMENT")
    page.item("REGENT_SOCKET", "The admin socket, if --socket does not name it.")
    page.item("REGENT_TOKEN", "The token for --url.")
    page.section("SEE ALSO")
    page.text("regentd(8), regent.yaml(5)")
    return str(page)


def regent_yaml_page(d):
    page = Page("regent.yaml", 5, d["version"], "the configuration of a node of Regent")
    page.section("DESCRIPTION")
    page.text("regentd reads this file at its start, and the section log also at SIGHUP. Relative paths are relative "
              "to the file. Unknown keys are errors. A key with a dot stands in a section: log.level is the "
              "key level under log.")
    page.section("KEYS")
    for k in d["node_keys"]:
        page.item(k["name"], k["meaning"], f"Values: {k['values']}; default: {k['default']}.")
    page.section("EXAMPLE")
    page.example(["listen: [udp:192.0.2.10:5060]", "state: /var/lib/regent",
                  "admin: {socket: /run/regent/admin.sock}", "log: {level: info}"])
    page.section("OBJECTS")
    page.text("Registrations, endpoints and parameters are not in this file but in the database. regentctl(1) "
              "describes how to add them.")
    page.section("SEE ALSO")
    page.text("regentd(8), regentctl(1)")
    return str(page)


# Completion for bash

COMPLETION = """\
# Completion of regentctl for bash; made by packaging/faces.py.

_regentctl()
{{
	local word=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD-1]}}
	local words=() i skip= list=

	# Nouns and verbs are what is left without options and their values.
	for ((i = 1; i < COMP_CWORD; i++)); do
		if [ -n "$skip" ]; then
			skip=
		elif [[ " {with_value} " = *" ${{COMP_WORDS[i]}} "* ]]; then
			skip=1
		elif [[ ${{COMP_WORDS[i]}} != -* ]]; then
			words+=("${{COMP_WORDS[i]}}")
		fi
	done

	case $previous in
	--socket | --token-file)
		COMPREPLY=($(compgen -f -- "$word"))
		return
		;;
	--state)
		COMPREPLY=($(compgen -W "{states}" -- "$word"))
		return
		;;
	esac

	if [[ $word = -* ]]; then
		case "${{words[0]-}} ${{words[1]-}}" in
{options}		*) list="{common} --version --tables" ;;
		esac
		COMPREPLY=($(compgen -W "$list" -- "$word"))
		return
	fi

	case ${{#words[@]}} in
	0) list="{nouns}" ;;
	1)
		case ${{words[0]}} in
{verbs}		apply) COMPREPLY=($(compgen -f -- "$word")); return ;;
		trace) list=$(_regentctl_names registration) ;;
		esac
		;;
	*)
		case "${{words[0]}} ${{words[1]}}" in
{kinds}		"binding "*) [ ${{#words[@]}} -gt 2 ] || list=$(_regentctl_names endpoint) ;;
		"param list") ;;
		"param "*) [ ${{#words[@]}} -gt 2 ] || list="{parameters}" ;;
		esac
		;;
	esac
	COMPREPLY=($(compgen -W "$list" -- "$word"))
}}

# The first objects of a kind of a regentd that answers; a million would take too long.
_regentctl_names()
{{
	regentctl "$1" list 2>/dev/null | sed -n '2,2000s/ .*//p'
}}

complete -F _regentctl regentctl
"""


# Objects of a kind: their names, and the fields that are set.
KIND_COMPLETION = """\
		"{kind} add" | "{kind} set")
			if [ ${{#words[@]}} -gt 2 ]; then
				compopt -o nospace
				list="{fields}"
			elif [ "${{words[1]}}" = set ]; then
				list=$(_regentctl_names {kind})
			fi
			;;
		"{kind} list") ;;
		"{kind} "*) list=$(_regentctl_names {kind}) ;;
"""


def kind_completion(kind, fields):
    """The first field is the name, an argument of its own."""
    return KIND_COMPLETION.format(kind=kind, fields=" ".join(f["name"] + "=" for f in fields[1:]))


def completion(d, c):
    dashed = {o["name"]: "--" + o["name"] for o in c["options"]}
    common = " ".join(dashed[o["name"]] for o in c["options"] if o["common"])
    verbs, options = {}, ""
    for command in c["commands"]:
        if command.get("verb"):
            verbs.setdefault(command["noun"], []).append(command["verb"])
        if command["options"]:
            pattern = f'"{command["noun"]} {command["verb"]}"' if command.get("verb") \
                else f'"{command["noun"]} "*'
            own = " ".join(dashed[o] for o in command["options"])
            options += f'\t\t{pattern}) list="{own} {common}" ;;\n'
    return COMPLETION.format(
        with_value=" ".join(dashed[o["name"]] for o in c["options"] if o.get("argument")),
        states=" ".join(s["name"] for s in d["states"]),
        options=options, common=common,
        nouns=" ".join(dict.fromkeys(command["noun"] for command in c["commands"])),
        verbs="".join(f'\t\t{noun}) list="{" ".join(v)}" ;;\n' for noun, v in verbs.items()),
        kinds="".join(kind_completion(kind, fields) for kind, fields in d["objects"].items()),
        parameters=" ".join(p["name"] for p in d["parameters"]))


# Files

def outputs(d, c):
    return {"regentd.8": regentd_page(d), "regentctl.1": regentctl_page(d, c),
            "regent.yaml.5": regent_yaml_page(d), "regentctl.bash": completion(d, c)}


def documents(folder, d, c):
    """{path: text as it should be} of the documents."""
    pages = {folder / "parameters.md": parameters_page(d, c)}
    for path in sorted(folder.glob("*.md")):
        if path.name != "parameters.md":
            pages[path] = MARKED.sub(lambda m: m[1] + TABLES[m[2]](d, c) + m[3],
                                     path.read_text(encoding="utf-8"))
    return pages


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("regentd", type=pathlib.Path)
    parser.add_argument("regentctl", type=pathlib.Path)
    parser.add_argument("--out", type=pathlib.Path)
    parser.add_argument("--docs", type=pathlib.Path)
    parser.add_argument("--check", action="store_true")
    args = parser.parse_args()
    d = json.loads(args.regentd.read_text(encoding="utf-8"))
    c = json.loads(args.regentctl.read_text(encoding="utf-8"))
    files = {}
    if args.out:
        files.update({args.out / name: text for name, text in outputs(d, c).items()})
    if args.docs:
        files.update(documents(args.docs, d, c))
    wrong = [path for path, text in files.items()
             if not path.exists() or path.read_text(encoding="utf-8") != text]
    if args.check:
        for path in wrong:
            print(f"{path} is not what the programs say; ninja -C BUILD docs writes it anew")
        return 1 if wrong else 0
    for path in wrong:
        path.write_text(files[path], encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
