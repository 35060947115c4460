import { describe, expect, it } from "vitest";
import type { ScriptCommand } from "./script-line.ts";
import { readScript, type ReadScriptOptions } from "./read-script.ts";

const VERBS = ["mkpeer", "name", "msg", "connect", "list", "show", "shutdown"];

/** A host: `mkpeer … TYPE` fails for the type `none`, `show` for what has no name, and `list` prints the names. */
function host(): ReadScriptOptions["host"] {
  const names = new Set<string>();
  return {
    run: ({ words: [verb = "", a = "", b = ""] }: ScriptCommand) => {
      const failed = (error: string) => ({ ok: false, quit: false, output: "", error });
      if (verb === "mkpeer" && b === "none") return Promise.resolve(failed("No such file or directory"));
      if (verb === "show" && !names.has(a)) return Promise.resolve(failed(`show ${a}: No such file or directory`));
      if (verb === "name") names.add(`${b}:`);
      const output = verb === "list" ? [...names, ""].join("\n").replaceAll(":", " hub") : "";
      return Promise.resolve({ ok: true, quit: false, output, error: null });
    },
    close: () => Promise.resolve(),
    hasNode: (name) => names.has(`${name}:`),
    readFile: (path) => (path === "there.ngctl" ? "name a: fromfile\n" : undefined),
  };
}

/**
 * What a script is read as: `line/session words`, with `!` behind a command whose failure ends ngctl, `~` behind one
 * that may fail, and `needs`.
 */
async function read(text: string, more: Partial<ReadScriptOptions> = {}): Promise<string[]> {
  const script = await readScript(text, { verbs: VERBS, host: host(), ...more });
  const { style, commands, ignored, assumed, unclear, notRun, ended } = script;
  return [
    style,
    ...commands.map(({ line, session, words, kind, stopsAtFailure, mayFail, needs = [] }) => {
      const head = kind === "module" ? `${line} module` : `${line}/${session}`;
      const marks = `${stopsAtFailure ? " !" : ""}${mayFail === true ? " ~" : ""}`;
      return `${head} ${words.join(" ")}${marks}${needs.length > 0 ? ` needs ${needs.join()}` : ""}`;
    }),
    ...ignored.map(({ line, reason }) => `${line} ignored: ${reason}`),
    ...assumed.map(({ line, text: what, reason }) => `${line} assumed: ${what}: ${reason.split(":")[0]}`),
    ...unclear.map(({ line, reason }) => `${line} unclear: ${reason}`),
    ...notRun.map(({ line, reason }) => `${line} not run: ${reason}`),
    ...(ended === null ? [] : [`${ended.line} ends with ${ended.status}`]),
  ];
}

type Case = readonly [title: string, text: string, expected: readonly string[], more?: Partial<ReadScriptOptions>];

const FILES: readonly Case[] = [
  ["an empty text", "", ["file"]],
  [
    "a file of ngctl commands, with comments and CRLF",
    "# makes a node\r\nmkpeer em0: tee lower a\r\n\r\n  name em0:lower t\r\n",
    ["file", "2/0 mkpeer em0: tee lower a !", "4/0 name em0:lower t !"],
  ],
  ["a # that does not begin the line, which is an argument", "name em0: #x", ["file", "1/0 name em0: #x !"]],
  ["a node called ngctl", "name em0: ngctl\nmsg ngctl : x\n", ["file", "1/0 name em0: ngctl !", "2/0 msg ngctl : x !"]],
  [
    "a script of another language",
    "#!/usr/bin/perl\nsystem('ngctl list');\n",
    ["shell", "1 unclear: a script for perl: shell scripts and lines for ngctl are understood"],
  ],
];

const TRANSCRIPTS: readonly Case[] = [
  [
    "a transcript: commands after the prompt of one interactive ngctl, the rest is output",
    "# ngctl\n+ mkpeer em0: tee lower a\n+ list\nlist of nodes\n",
    ["shell", "2/1 mkpeer em0: tee lower a", "3/1 list", "4 ignored: output, or another program"],
  ],
  [
    "lines after a shell's prompt",
    "root@host:~ # ngctl name em0: x\n$ sudo ngctl list\n",
    ["shell", "1/1 name em0: x", "2/2 list"],
  ],
  [
    "a here-document after a prompt",
    "root@host:~ # ngctl -f - <<E\nname em0: x\nE\noutput\n",
    ["shell", "2/1 name em0: x !", "4 ignored: output, or another program"],
  ],
  [
    "lines typed into a bare ngctl",
    "kldload ng_tee\nngctl\nname a: b\n",
    ["shell", "1 module kldload ng_tee", "3/1 name a: b"],
  ],
];

const WORDS: readonly Case[] = [
  [
    "cut, tail and awk",
    "ngctl name $(printf 'a b\\n  c d\\n' | tail -r | head -n1 | cut -wf2): $(echo 'T: x 1' | awk '/T: (x|y)/ {print $3}')\n",
    ["shell", "1/1 name c: 1"],
  ],
  [
    "each ngctl is a session of its own; what is behind && and ; is seen",
    "#!/bin/sh\nkldload -n ng_tee\nngctl mkpeer em0: tee lower a && /usr/sbin/ngctl name em0:lower t\necho done\n",
    ["shell", "2 module kldload ng_tee", "3/1 mkpeer em0: tee lower a", "3/2 name em0:lower t"],
  ],
  [
    "assignments, continued lines and quotes",
    'n=em3\nngctl mkpeer "$n": \\\n tee lower a\n',
    ["shell", "2/1 mkpeer em3: tee lower a"],
  ],
  ["several assignments on a line", "A=x B=y\nngctl name $A: $B\n", ["shell", "2/1 name x: y"]],
  ["a program in a variable", 'NG="sudo ngctl"\n$NG name a: b\n', ["shell", "2/1 name a: b"]],
  [
    "parameter expansion",
    "i=igb0.100\nngctl name ${i%%.*}: ${x:-d}_${i##*.}\nngctl name a: ${i/./_}${#i}${i:0:3}\n",
    ["shell", "2/1 name igb0: d_100", "3/2 name a: igb0_1008igb"],
  ],
  ["a default that is assigned", ': ${IF="em0"}\nngctl name $IF: b\n', ["shell", "2/1 name em0: b"]],
  [
    "arithmetic",
    "n=3\nngctl name a: link$((n + 1))\nngctl name a: b$(expr $n \\* 2)\n",
    ["shell", "2/1 name a: link4", "3/2 name a: b6"],
  ],
  ["backquotes", "x=`echo em0 em1 | awk '{ print $2 }'`\nngctl name $x: b\n", ["shell", "2/1 name em1: b"]],
  [
    "sed, cut and tr",
    "ngctl name $(echo em0.5 | sed 's/\\./_/'): $(echo a:b | cut -d: -f2 | tr a-z A-Z)\n",
    ["shell", "1/1 name em0_5: B"],
  ],
  ["printf", 'ngctl name a: "$(printf "%s%02d" l 7)"\n', ["shell", "1/1 name a: l07"]],
  [
    "arrays of bash",
    '#!/bin/bash\na=(em0 em1)\nfor i in "${a[@]}"; do ngctl name $i: x${#a[@]}; done\n',
    ["shell", "3/1 name em0: x2", "3/2 name em1: x2"],
  ],
  ["braces of bash", "#!/bin/bash\nngctl name a: {b,c}\n", ["shell", "2/1 name a: b c"]],
  ["braces of sh, which stay", "#!/bin/sh\nngctl msg a: set {b,c}\n", ["shell", "2/1 msg a: set {b,c}"]],
  ["eval", 'v=x\neval "ngctl name \\$v: y"\n', ["shell", "2/1 name x: y"]],
  ["a shell with -c", "sh -c 'ngctl name a: b'\n", ["shell", "1/1 name a: b"]],
  ["the options of ngctl", "ngctl -d -n foo name a: b\n", ["shell", "1/1 name a: b"]],
];

const CONTROL: readonly Case[] = [
  [
    "a temporary file, which is absent before the script writes it",
    "t=/tmp/x\nif [ -e $t ]; then ngctl list; fi\necho a > $t\n[ -e $t ] && ngctl name a: b\n",
    [
      "shell",
      "4/1 name a: b",
      "2 assumed: [ -e /tmp/x ]: false, as before the script has run for the first time",
      "2 not run: its branch is not taken",
    ],
  ],
  [
    "the last node of a list, which is the newest only while IDs are small",
    "e=`ngctl l | grep ngeth | tail -n 1 | awk '{print $2}'`\nngctl list | tail -n +2\nngctl name x: y | tail -1\n",
    [
      "shell",
      "1/1 l",
      "2/2 list",
      "3/3 name x: y",
      "1 assumed: ngctl l | grep ngeth | tail -n 1 | awk '{print $2}': taken as the newest node; a list is in order of " +
        "IDs modulo its size, so that on the machine another may be last",
    ],
  ],
  ["if ! ngctl", "if ! ngctl show a: ; then\n ngctl name x: a\nfi\n", ["shell", "1/1 show a: ~", "2/2 name x: a"]],
  [
    "if ngctl, that holds",
    "ngctl name x: a\nif ngctl show a: >/dev/null; then ngctl shutdown a:; else ngctl list; fi\n",
    ["shell", "1/1 name x: a", "2/2 show a: ~", "2/3 shutdown a:", "2 not run: its branch is not taken"],
  ],
  [
    "the status in $?",
    "ngctl show a: >/dev/null 2>&1\nif [ $? -ne 0 ]; then ngctl name x: a; fi\n",
    ["shell", "1/1 show a: ~", "2/2 name x: a"],
  ],
  [
    "|| true and 2>/dev/null",
    "ngctl show a: || true\nngctl show a: 2>/dev/null\n",
    ["shell", "1/1 show a: ~", "2/2 show a: ~"],
  ],
  [
    "|| exit, which does not expect a failure",
    "ngctl mkpeer . none a b || { echo failed; exit 1; }\nngctl list\n",
    ["shell", "1/1 mkpeer . none a b", "2 not run: its branch is not taken", "1 ends with 1"],
  ],
  [
    "set -e",
    "set -e\nngctl mkpeer . none a b\nngctl list\n",
    ["shell", "2/1 mkpeer . none a b", "3 not run: its branch is not taken", "2 ends with 71"],
  ],
  [
    "a subshell and a group",
    "( ngctl name a: b )\n{ ngctl name c: d; }\n",
    ["shell", "1/1 name a: b", "1/2 name c: d".replace("1/", "2/")],
  ],
  [
    "for over a list",
    "for i in em0 em1; do\n ngctl name $i: x_$i\ndone\n",
    ["shell", "2/1 name em0: x_em0", "2/2 name em1: x_em1"],
  ],
  [
    "while with a counter",
    "i=0\nwhile [ $i -lt 2 ]; do ngctl name a: b$i; i=$((i+1)); done\n",
    ["shell", "2/1 name a: b0", "2/2 name a: b1"],
  ],
  [
    "while read, from a here-document and from ngctl",
    "while read a b; do ngctl name $a: $b; done <<E\nem0 x\nem1 y\nE\nngctl list | while read n t; do ngctl shutdown $n:; done\n",
    ["shell", "1/1 name em0: x", "1/2 name em1: y", "5/3 list", "5/4 shutdown x:", "5/5 shutdown y:"],
  ],
  [
    "a loop that waits, shown once",
    "ngctl name x: a\nwhile ngctl show a: ; do sleep 1; done\n",
    [
      "shell",
      "1/1 name x: a",
      "2/2 show a: ~",
      "2 assumed: ngctl show a:: the loop goes on until something outside of the script changes; one round is shown",
    ],
  ],
  [
    "a function where it is called",
    "f() { local n=$1; ngctl name $n: $2; }\ng() { ngctl list; }\nf em0 x\nf em1 y\n",
    ["shell", "1/1 name em0: x", "1/2 name em1: y", "2 not run: function g is not called"],
  ],
  [
    "case with an argument",
    'case "$1" in\nstart) ngctl name a: b ;;\nstop) ngctl shutdown b: ;;\nesac\n',
    ["shell", "3/1 shutdown b:", "2 not run: its branch is not taken"],
    { args: ["stop"] },
  ],
  [
    "case without an argument",
    'case "$1" in\nstop) ngctl shutdown b: ;;\nstart) ngctl name a: b ;;\nesac\n',
    ["shell", "3/1 name a: b", '1 assumed: case "$1": taken as start', "2 not run: its branch is not taken"],
  ],
  [
    "an rc.d script, by its verb",
    '. /etc/rc.subr\nname=x\nstart_cmd="x_start"\nstop_cmd=x_stop\nrequired_modules="ng_hub"\nx_start() {\n ngctl name a: b\n}\nx_stop() {\n ngctl shutdown b:\n}\nload_rc_config $name\nrun_rc_command "$1"\n',
    ["shell", "13 module kldload ng_hub", "7/1 name a: b", "10 not run: function x_stop is not called"],
    { args: ["onestart"] },
  ],
  [
    "a test that only the machine knows: the branch that runs ngctl",
    "if [ -f /etc/x ]; then ngctl name a: b; fi\n[ -f /etc/y ] || exit 1\nngctl list\n",
    [
      "shell",
      "1/1 name a: b",
      "3/2 list",
      "1 assumed: [ -f /etc/x ]: taken as true",
      "2 assumed: [ -f /etc/y ]: taken as true",
    ],
  ],
];

const INPUTS: readonly Case[] = [
  [
    "a here-document, which stops at its first failure",
    "ngctl -f- <<EOF\nmkpeer $IF: tee lower a\n# comment\nname $IF:lower t\nEOF\n",
    ["shell", "2/1 mkpeer em7: tee lower a !", "4/1 name em7:lower t !"],
    { variables: { IF: "em7" } },
  ],
  [
    "a here-document with a quoted end, whose variables stay",
    "ngctl -f - <<'EOF'\nname $IF:lower t\nEOF\n",
    ["shell", "2/1 name $IF:lower t !"],
  ],
  [
    "a here-document with tabs",
    "if true; then\n\tngctl -f - <<-E\n\t\tname a: b\n\tE\nfi\n",
    ["shell", "3/1 name a: b !"],
  ],
  ["a here-document of another program", "ngctl list\ncat <<E\nname a b\nE\n", ["shell", "1/1 list"]],
  [
    "a here-document in a substitution",
    "x=$(ngctl -f - <<E\nname a: b\nlist\nE\n)\nngctl name c: ${x%% *}\n",
    ["shell", "2/1 name a: b !", "3/1 list !", "6/2 name c: b"],
  ],
  [
    "lines behind a failure, which are not reached",
    "ngctl -f - <<E\nmkpeer . none a b\nname a: b\nE\nngctl list\n",
    ["shell", "2/1 mkpeer . none a b !", "3/1 name a: b !", "5/2 list"],
  ],
  [
    "a here-document without -f, as if typed",
    "ngctl <<E\nmkpeer . none a b\nname a: b\nE\n",
    ["shell", "2/1 mkpeer . none a b", "3/1 name a: b"],
  ],
  [
    "printf and a pipe",
    'printf "name a: %s\\nname c: d\\n" b | ngctl -f -\n',
    ["shell", "1/1 name a: b !", "1/1 name c: d !"],
  ],
  [
    "echo over lines and a pipe",
    "echo 'name a: b\nname c: d' | sudo ngctl -f -\n",
    ["shell", "1/1 name a: b !", "2/1 name c: d !"],
  ],
  ["cat and a pipe", "cat <<E | ngctl -f -\nname a: b\nE\n", ["shell", "2/1 name a: b !"]],
  ["a group and a pipe", "{ echo name a: b; echo list; } | ngctl -f -\n", ["shell", "1/1 name a: b !", "1/1 list !"]],
  [
    "a file that the script wrote",
    "f=/tmp/x\ncat > $f <<E\nname a: b\nE\necho list >> $f\nngctl -f $f\n",
    ["shell", "3/1 name a: b !", "5/1 list !"],
  ],
  ["a file that can be read", "ngctl -f there.ngctl\n", ["shell", "1/1 name a: fromfile !"]],
  [
    "a file that cannot be read",
    "ngctl -f other.ngctl\n",
    ["shell", "1 unclear: ngctl reads other.ngctl, which cannot be read here"],
  ],
  [
    "xargs",
    "echo a b | xargs -n1 -I% ngctl shutdown %:\necho a b | xargs -n 1 ngctl shutdown\n",
    ["shell", "1/1 shutdown a b:", "2/2 shutdown a", "2/3 shutdown b"],
  ],
];

const ELSEWHERE: readonly Case[] = [
  [
    "an interface of the graph, which is there if its node is",
    "ngctl name x: ngeth0\nifconfig ngeth0 >/dev/null && ngctl list\n" +
      "if ifconfig ng7; then ngctl list; else ngctl show ngeth0:; fi\n",
    [
      "shell",
      "1/1 name x: ngeth0",
      "2/2 list",
      "3/3 show ngeth0:",
      "2 ignored: not a command of ngctl",
      "3 ignored: not a command of ngctl",
      "3 not run: its branch is not taken",
    ],
  ],
  [
    "jexec and himage",
    "jexec -l J ngctl name a: b\nhimage X ngctl list\njexec J ngctl list\n",
    [
      "shell",
      "1/1 name a: b",
      "2/2 list",
      "3/3 list",
      "1 assumed: jexec J: its graph is shown as if it were the host's own",
      "2 assumed: himage X: its graph is shown as if it were the host's own",
    ],
  ],
  [
    "doas, env and timeout",
    "doas -u root ngctl list\nenv A=b ngctl list\ntimeout 5 ngctl list\n",
    ["shell", "1/1 list", "2/2 list", "3/3 list"],
  ],
  [
    "ngctl through another program",
    "ssh fw1 ngctl list\n",
    ["shell", "1 unclear: what ssh does with ngctl is not understood"],
  ],
  [
    "a value of the machine",
    "m=$(ifconfig em0 | awk '/ether/ { print $2 }')\nngctl msg a: set $m\n",
    ["shell", "2/1 msg a: set $m needs m", "1 ignored: not a command of ngctl"],
  ],
  [
    "that value when it is given",
    "m=$(ifconfig em0 | awk '/ether/ { print $2 }')\nngctl msg a: set $m\n",
    ["shell", "2/1 msg a: set 02:00:00:00:00:01", "1 ignored: not a command of ngctl"],
    { variables: { m: "02:00:00:00:00:01" } },
  ],
  ["an argument that is not given", "ngctl name $1: x_$1\n", ["shell", "1/1 name $1: x_$1 needs 1"]],
  ["an argument that is set", "ngctl name $1: x\n", ["shell", "1/1 name em0: x"], { variables: { "1": "em0" } }],
  ["an argument with a default", "IF=${1:-em0}\nngctl name $IF: x\n", ["shell", "2/1 name em0: x"]],
  [
    "a check of the arguments",
    "if [ $# -lt 1 ]; then echo usage; exit 64; fi\nngctl list\n",
    ["shell", "2/1 list", "1 assumed: [ $# -lt 1 ]: taken as false"],
  ],
  [
    "a variable of sudo without a value",
    "$SUDO ngctl list\n",
    ["shell", "1/1 list", "1 assumed: $SUDO ngctl list: $SUDO is taken as empty"],
  ],
  [
    "what is not shell",
    "ngctl list\nif then fi )\n",
    ["shell", "1/1 list", expect.stringMatching(/^2 unclear: not a shell command/)],
  ],
];

describe.each<[string, readonly Case[]]>([
  ["files", FILES],
  ["transcripts", TRANSCRIPTS],
  ["words", WORDS],
  ["control", CONTROL],
  ["inputs", INPUTS],
  ["elsewhere", ELSEWHERE],
])("reads %s", (_group, cases) => {
  it.each(cases.map(([title, text, expected, more = {}]) => ({ title, text, expected, more })))(
    "$title",
    async ({ text, expected, more }) => {
      expect(await read(text, more)).toEqual(expected);
    },
  );
});

it("shows the beginning of a long command", async () => {
  const [command] = (await readScript(`msg a: b ${"x".repeat(1500)}`, { verbs: VERBS, host: host() })).commands;
  expect(command!.words[3]!.length).toBe(1500);
  expect(command!.text).toBe(`msg a: b ${"x".repeat(991)}…`);
});

it.each([
  ["a function that calls itself", "f() { f; }\nf\nngctl list\n"],
  ["a loop without end", "while true; do i=x$i; ngctl list; done\n"],
  [
    "loops in loops",
    "for a in 1 2 3 4 5 6 7 8 9; do :; done\ni=0\nwhile [ $i -lt 99999 ]; do i=$((i+1)); done\nngctl list\n",
  ],
])("ends %s", async (_title, text) => {
  expect((await read(text)).length).toBeLessThan(30);
});

const END = "functions, files or texts call each other without end";
const LONG = "the script runs too long to be followed";
const TEXT = "a text of more than 4194304 characters";

it.each<[title: string, text: string, reason: string, more?: Partial<ReadScriptOptions>]>([
  ["functions in subshells", "f() { (f); (f); }\nf\n", END],
  ["a text that runs itself", 'x=\'eval "$x"; eval "$x"\'\neval "$x"\n', END],
  ["a text of a shell that runs itself", 'x=\'sh -c "$x"; sh -c "$x"\'\nexport x\nsh -c "$x"\n', END],
  ["files that read each other", ". a\n", END, { host: { ...host(), readFile: () => ". a\n. a\n" } }],
  ["loops of empty subshells", "for a in $(seq 9999); do for b in $(seq 9999); do (:); done; done\n", LONG],
  ["loops of arithmetic", "#!/bin/bash\nfor a in $(seq 9999); do for b in $(seq 999); do ((x++)); done; done\n", LONG],
  ["a variable that doubles", "x=y\nfor i in $(seq 99); do x=$x$x; done\n", TEXT],
  [
    "words that double",
    'set -- a b\nfor i in $(seq 99); do set -- "$@" "$@"; done\n',
    "a line of more than 100000 words",
  ],
  ["a variable that grows in a loop", `x=${"y".repeat(99_999)}\nwhile [ $x ]; do x=$x.; done\n`, LONG],
  ["a wide field", "printf '%999999999s' x\n", TEXT],
  ["a long number", "printf '%.999999999d' 1\n", TEXT],
  ["braces", "#!/bin/bash\necho {1..999}{1..999}{1..999}\n", "a line of more than 100000 words"],
  ["a pattern", `x=${"ab".repeat(50_000)}\necho \${x%%z${"*ab".repeat(50)}}\n`, "a pattern takes too long"],
])("says what has no end: %s", async (_title, text, reason, more) => {
  const began = performance.now();
  const script = await readScript(`${text}ngctl list\n`, { verbs: VERBS, host: host(), ...more });
  expect(script.unclear.map((note) => note.reason)).toEqual([reason]);
  expect(script.ended).not.toBeNull();
  // A second on a machine at rest.
  expect(performance.now() - began).toBeLessThan(5000);
});

it.each([
  ["a pattern of many stars", `case ${"a".repeat(40)} in ${"*a".repeat(20)}*b) ;; *) ngctl list ;; esac`],
  ["grep with repetitions in a repetition", `echo ${"a".repeat(40)}! | grep -E '(a+)+$'\nngctl list`],
  ["grep with a choice in a repetition", `echo ${"a".repeat(40)}! | grep -E '(a|a)*$'\nngctl list`],
  ["sed with many repetitions", `echo ${"a".repeat(200)} | sed -e 's/${"a*".repeat(12)}b//'\nngctl list`],
  ["a test with repetitions", `#!/bin/bash\n[[ ${"a".repeat(40)}! =~ (a+)+$ ]]\nngctl list`],
  ["numbers beyond 64 bits", "echo $((1 << 2000)) $(( (2 ** 2000) & 1)) $((9999999999999999999 | 1))\nngctl list"],
  ["patterns that are none", "expr aaa : '\\('\ncase x in [z-a]) ;; esac\necho x | grep '[z-a]'\nngctl list"],
  ["a separator that is a bracket", 'IFS="["\necho "x[y" | while read a b; do ngctl list; done'],
  ["depths that are none", "for i in 1 2; do break x; done\nfor i in 1 2; do continue 0; done\nngctl list"],
  ["xargs with no words at once", "echo a | xargs -n 0 echo\necho a | xargs -n x echo\njot -5\nngctl list"],
])("goes on after %s", async (_title, text) => {
  const began = performance.now();
  const { commands } = await readScript(`${text}\n`, { verbs: VERBS, host: host() });
  expect(commands.map(({ words }) => words)).toEqual([["list"]]);
  expect(performance.now() - began).toBeLessThan(5000);
});

it("matches patterns as a shell does", async () => {
  const text = [
    "x=em0.100.200",
    "ngctl name ${x%.*} ${x%%.*} ${x#*.} ${x##*.} ${x#[a-e]?} ${x%[!0]*} ${x#z}",
    "#",
  ].join("\n");
  const [command] = (await readScript(text, { verbs: VERBS, host: host() })).commands;
  expect(command!.words).toEqual(["name", ..."em0.100 em0 100.200 200 0.100.200 em0.100. em0.100.200".split(" ")]);
  const bash = "#!/bin/bash\nx=a.b.b\nngctl name ${x/b/c} ${x//b/c} ${x/#a/c} ${x/%b/c} ${x//./} ${x//*/z} ${x/%z/c}\n";
  const [second] = (await readScript(bash, { verbs: VERBS, host: host() })).commands;
  expect(second!.words).toEqual(["name", ..."a.c.b a.c.c c.b.b a.b.c abb z a.b.b".split(" ")]);
});
