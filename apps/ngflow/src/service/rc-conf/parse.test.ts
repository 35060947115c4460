import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { quoteValue, removeVariable, setVariable } from "./edit.ts";
import { parseRcConf } from "./parse.ts";

function values(text: string): Record<string, string> {
  return Object.fromEntries(parseRcConf(text, "rc.conf").map(({ name, value }) => [name, value]));
}

describe("rc.conf", () => {
  it("reads assignments, quotes and comments", () => {
    const text = [
      "# first",
      "",
      'ng_netflow_enable="YES"   # at boot',
      "ng_netflow_interface=em0",
      "  indented='a $b `c` \"d\"'",
      "joined=a\"b c\"'d'",
      'escaped="\\"x\\" \\\\ \\$y \\`z\\` \\n"',
      "empty=",
      "one=1 two=2",
      'hash="a#b"',
      "after=",
    ].join("\n");
    expect(values(text)).toEqual({
      ng_netflow_enable: "YES",
      ng_netflow_interface: "em0",
      indented: 'a $b `c` "d"',
      joined: "ab cd",
      escaped: '"x" \\ $y `z` \\n',
      empty: "",
      one: "1",
      two: "2",
      hash: "a#b",
      after: "",
    });
  });

  it.each([
    ["a=$(reboot)", '"$" in the value of a'],
    ['a="$(reboot)"', '"$" in the value of a'],
    ["a=`reboot`", "a backquote in the value of a"],
    ['a="`reboot`"', "a backquote in the value of a"],
    ["a=${HOME}", '"$" in the value of a'],
    ['a="x', 'the " in the value of a is not closed on its line'],
    ["a='x", "the ' in the value of a is not closed on its line"],
    ['a="x"; reboot', '";" in the value of a'],
    ["a=x&", '"&" in the value of a'],
    ["a=x>y", '">" in the value of a'],
    ["a=x\\", '"\\" in the value of a'],
    ["a=~root", '"~" in the value of a'],
    ["reboot", '"reboot" is not an assignment'],
    ["a=1 reboot", '"reboot" is not an assignment'],
    ["export a=1", '"export a=1" is not an assignment'],
    ["a =1", '"a =1" is not an assignment'],
    [". /etc/other", '". /etc/other" is not an assignment'],
    ["if true; then", '"if true; then" is not an assignment'],
    ["1a=1", '"1a=1" is not an assignment'],
    ["a=1\r", "a carriage return"],
    ["a=\0", "a control character (0)"],
    ["# \x1b[2J", "a control character (27)"],
    [`a${"b".repeat(1 << 20)}`, `"a${"b".repeat(39)}…" is not an assignment`],
  ])("refuses %j with its line", (line, what) => {
    expect(() => parseRcConf(`ok=1\n\n${line}\nlater=1\n`, "/etc/x")).toThrow(`/etc/x:3: ${what}; `);
  });

  it("means to a shell what it means here", () => {
    const text = fc.stringMatching(/^[ -~]{0,30}$/);
    fc.assert(
      fc.property(text, (value) => {
        const assignment = `v=${quoteValue("v", value)}`;
        expect(values(assignment)).toEqual({ v: value });
        const shell = spawnSync("sh", ["-c", `${assignment}; printf %s "$v"`], { encoding: "utf8" });
        expect(shell.stdout).toBe(value);
      }),
      { numRuns: 60 },
    );
  });

  it("takes from any text what a shell takes from it, or refuses it", () => {
    const piece = fc.constantFrom("a", "=", '"', "'", "\\", "$", "`", " ", "#", "b", "v", ";", "\t", ".", "~", "*");
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const line = `v=${pieces.join("")}`;
        let ours: string;
        try {
          ours = values(line)["v"]!;
        } catch {
          return;
        }
        const shell = spawnSync("sh", ["-c", `set -f; ${line}\nprintf %s "$v"`], { encoding: "utf8" });
        expect({ line, value: shell.stdout }).toEqual({ line, value: ours });
      }),
      { numRuns: 300 },
    );
  }, 60_000);
});

describe("edits", () => {
  const text = '# head\na="1"  # why\nb=2 a=3 # both\n\nc=4';

  it("replaces the last assignment and keeps the rest", () => {
    expect(setVariable(text, "f", "a", "x y")).toBe('# head\na="1"  # why\nb=2 a="x y" # both\n\nc=4');
    expect(setVariable(text, "f", "c", "5")).toBe('# head\na="1"  # why\nb=2 a=3 # both\n\nc="5"');
  });

  it("appends on a line of its own", () => {
    expect(setVariable(text, "f", "d", "")).toBe(`${text}\nd=""\n`);
    expect(setVariable("", "f", "d", "1")).toBe('d="1"\n');
  });

  it("removes every assignment, and lines that held nothing else", () => {
    expect(removeVariable(text, "f", "a")).toBe("# head\n# why\nb=2 # both\n\nc=4");
    expect(removeVariable(text, "f", "c")).toBe('# head\na="1"  # why\nb=2 a=3 # both\n\n');
    expect(removeVariable("a=1\nb=2\n", "f", "a")).toBe("b=2\n");
    expect(removeVariable(text, "f", "z")).toBe(text);
  });

  it("refuses values that do not fit on a line", () => {
    expect(() => setVariable(text, "f", "a", "1\n2")).toThrow("a: a value cannot hold a line end");
  });

  it("leaves every other variable as it was", () => {
    fc.assert(
      fc.property(fc.constantFrom("a", "b", "c", "d"), fc.stringMatching(/^[ -~]{0,20}$/), (name, value) => {
        expect(values(setVariable(text, "f", name, value))).toEqual({ ...values(text), [name]: value });
        const { [name]: _, ...others } = values(text);
        expect(values(removeVariable(text, "f", name))).toEqual(others);
      }),
    );
  });
});
