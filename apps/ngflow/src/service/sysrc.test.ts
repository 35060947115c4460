import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { RcSources } from "./rc-conf/sources.ts";
import { changeList, runSysrc, type SysrcOptions } from "./sysrc.ts";

let folder: string;
let sources: RcSources;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ngflow-sysrc-"));
  const main = join(folder, "rc.conf");
  sources = { main, files: [main, join(folder, "rc.conf.local")], serviceFiles: () => [] };
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function sysrc(words: string, options: SysrcOptions = {}): { status: number; out: string; err: string } {
  let [out, err] = ["", ""];
  const printer = { out: (text: string) => void (out += text), err: (text: string) => void (err += text) };
  const status = runSysrc(words === "" ? [] : words.split(" "), options, sources, printer);
  return { status, out, err };
}

const written = (): string => readFileSync(sources.main, "utf8");

describe("sysrc", () => {
  it("sets, prints and removes as the article's four lines do", () => {
    expect(sysrc("ng_netflow_enable=YES")).toEqual({ status: 0, out: "ng_netflow_enable:  -> YES\n", err: "" });
    expect(sysrc("ng_netflow_interface=em0").out).toBe("ng_netflow_interface:  -> em0\n");
    expect(sysrc("ng_netflow_enable=NO").out).toBe("ng_netflow_enable: YES -> NO\n");
    expect(written()).toBe('ng_netflow_enable="NO"\nng_netflow_interface="em0"\n');
    expect(sysrc("ng_netflow_interface").out).toBe("ng_netflow_interface: em0\n");
    expect(sysrc("ng_netflow_interface", { valuesOnly: true }).out).toBe("em0\n");
    expect(sysrc("ng_netflow_interface", { namesOnly: true }).out).toBe("ng_netflow_interface\n");
    expect(sysrc("ng_netflow_interface", { equals: true }).out).toBe('ng_netflow_interface="em0"\n');
    expect(sysrc("ng_netflow_interface", { verbose: true }).out).toBe(`${sources.main}: ng_netflow_interface: em0\n`);
    expect(sysrc("", { all: true }).out).toBe("ng_netflow_enable: NO\nng_netflow_interface: em0\n");
    expect(sysrc("ng_netflow_interface", { remove: true })).toEqual({ status: 0, out: "", err: "" });
    expect(written()).toBe('ng_netflow_enable="NO"\n');
  });

  it("says which variables are unknown and goes on with the others", () => {
    writeFileSync(sources.main, "a=1\nb=2\n");
    expect(sysrc("a c b")).toEqual({ status: 1, out: "a: 1\nb: 2\n", err: "sysrc: unknown variable 'c'\n" });
    expect(sysrc("c", { ignoreUnknown: true })).toEqual({ status: 0, out: "", err: "" });
    expect(sysrc("c", { remove: true })).toEqual({ status: 1, out: "", err: "sysrc: unknown variable 'c'\n" });
  });

  it("checks without changing anything", () => {
    writeFileSync(sources.main, "a=1\n");
    for (const [word, status] of [
      ["a", 0],
      ["b", 1],
      ["a=1", 0],
      ["a=2", 1],
      ["b=", 1],
      ["a+=1", 0],
      ["a+=2", 1],
    ] as const) {
      expect({ word, ...sysrc(word, { check: true }) }).toEqual({ word, status, out: "", err: "" });
    }
    expect(written()).toBe("a=1\n");
  });

  it.each([
    ["em0", "add", "em1", "em0 em1"],
    ["em0 em1", "add", "em1", "em0 em1"],
    ["", "add", "em1", "em1"],
    ["a,b", "add", ",c,d", "a,b,c,d"],
    ["em0 em1 em0", "subtract", "em0", "em1"],
    ["a,b", "subtract", ",a", "b"],
    ["em0", "subtract", "em1", "em0"],
  ] as const)("list %j %s %j is %j", (list, operation, operand, result) => {
    expect(changeList(list, operation, operand)).toBe(result);
  });

  it("writes where the variable has its value from, and keeps comments, mode and symbolic links", () => {
    const local = join(folder, "rc.conf.local");
    mkdirSync(join(folder, "real"));
    writeFileSync(join(folder, "real", "file"), "# mine\na=2 # two\n");
    chmodSync(join(folder, "real", "file"), 0o640);
    symlinkSync(join(folder, "real", "file"), local);
    writeFileSync(sources.main, "a=1\n");
    expect(sysrc("a=3 b=4").out).toBe("a: 2 -> 3\nb:  -> 4\n");
    expect(readFileSync(local, "utf8")).toBe('# mine\na="3" # two\n');
    expect(lstatSync(local).isSymbolicLink()).toBe(true);
    expect(statSync(local).mode & 0o777).toBe(0o640);
    expect(written()).toBe('a=1\nb="4"\n');
    expect(statSync(sources.main).mode & 0o777).toBe(0o644);
  });

  it("writes nothing that it could not read again", () => {
    const value = "x".repeat(100_000);
    sysrc(`a=${value}`);
    sysrc(`b=${value}`);
    const before = written();
    expect(() => sysrc(`c=${value}`)).toThrow(`${sources.main}: it would be longer than the limit of 262144 bytes`);
    expect(written()).toBe(before);
    expect(sysrc("b", { valuesOnly: true }).out).toBe(`${value}\n`);
  });

  it("refuses damaged files, foreign bytes and sizes with a line, and changes nothing", () => {
    for (const [content, message] of [
      ["a=1\nb=$(touch x)\n", ':2: "$" in the value of b'],
      [Buffer.from("a=1\n\nb=\xff\n", "latin1"), ":3: this line is not UTF-8"],
      [`a=1\nb=${"x".repeat(1 << 20)}\n`, ":2: the file is longer than the limit of 262144 bytes"],
    ] as const) {
      writeFileSync(sources.main, content);
      expect(() => sysrc("c=1")).toThrow(`${sources.main}${message}`);
      expect(readFileSync(sources.main).equals(Buffer.from(content))).toBe(true);
    }
    writeFileSync(sources.main, "a=1\n");
    expect(() => sysrc("a=2\n3")).toThrow("cannot hold a line end");
    expect(() => sysrc("a-b=2")).toThrow('"a-b" is not the name of a variable');
    expect(written()).toBe("a=1\n");
  });
});
