import { describe, expect, it } from "vitest";
import { readScript } from "./read-script.ts";

const VERBS = ["mkpeer", "name", "msg", "connect", "list"];

/** What a script is read as: `line/session words`, `!` behind a command whose failure ends the script. */
function read(text: string, variables: Record<string, string> = {}): string[] {
  const { style, commands, ignored } = readScript(text, { verbs: VERBS, variables });
  return [
    style,
    ...commands.map(({ line, session, words, kind, stopsAtFailure }) => {
      const head = kind === "module" ? `${line} module` : `${line}/${session}`;
      return `${head} ${words.join(" ")}${stopsAtFailure ? " !" : ""}`;
    }),
    ...ignored.map(({ line, reason }) => `${line} ignored: ${reason}`),
  ];
}

const CASES: readonly [title: string, text: string, expected: readonly string[]][] = [
  ["an empty text", "", ["file"]],
  [
    "a file of ngctl commands, with comments and CRLF",
    "# makes a node\r\nmkpeer em0: tee lower a\r\n\r\n  name em0:lower t\r\n",
    ["file", "2/0 mkpeer em0: tee lower a !", "4/0 name em0:lower t !"],
  ],
  ["a # that does not begin the line, which is an argument", "name em0: #x", ["file", "1/0 name em0: #x !"]],
  [
    "a shell script: each ngctl is a session of its own",
    "#!/bin/sh\nkldload -n ng_tee\nngctl mkpeer em0: tee lower a && /usr/sbin/ngctl name em0:lower t\necho done\n",
    [
      "shell",
      "2 module kldload ng_tee",
      "3/1 mkpeer em0: tee lower a",
      "3/2 name em0:lower t",
      "4 ignored: not a command of ngctl",
    ],
  ],
  [
    "a here-document, which stops at its first failure",
    "ngctl -f- <<EOF\nmkpeer $IF: tee lower a\n# comment\nname $IF:lower t\nEOF\n",
    ["shell", "2/1 mkpeer em7: tee lower a !", "4/1 name em7:lower t !"],
  ],
  [
    "a here-document with a quoted end, whose variables stay",
    "ngctl -f - <<'EOF'\nname $IF:lower t\nEOF\n",
    ["shell", "2/1 name $IF:lower t !"],
  ],
  [
    "a here-document of another program",
    "ngctl list\ncat <<E\nname a b\nE\n",
    ["shell", "1/1 list", "2 ignored: input of another program"],
  ],
  [
    "assignments, continued lines and quotes",
    'n=em3\nngctl mkpeer "$n": \\\n tee lower a\n',
    ["shell", "2/1 mkpeer em3: tee lower a"],
  ],
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
    "-f with a file, which is another script",
    "ngctl -f other.ngctl\n",
    ["shell", "1 ignored: reads a file of its own; explain that file"],
  ],
];

describe("reads", () => {
  it.each(CASES)("%s", (_title, text, expected) => {
    expect(read(text, { IF: "em7" })).toEqual(expected);
  });

  it("a long command whole, and shows the beginning of it", () => {
    const [command] = readScript(`msg a: b ${"x".repeat(1500)}`, { verbs: VERBS }).commands;
    expect(command!.words[3]!.length).toBe(1500);
    expect(command!.text).toBe(`msg a: b ${"x".repeat(991)}…`);
  });
});
