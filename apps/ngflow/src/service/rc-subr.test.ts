import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ServiceBed } from "./testing/service-bed.ts";

/** Values of ng_netflow_enable by what rc.subr makes of them (reference: rcd.md §2.3). */
const STATES = {
  enabled: { line: 'ng_netflow_enable="YES"\n', isTrue: true, warns: false },
  "enabled as on": { line: 'ng_netflow_enable="On"\n', isTrue: true, warns: false },
  disabled: { line: 'ng_netflow_enable="NO"\n', isTrue: false, warns: false },
  unset: { line: "", isTrue: false, warns: false },
  malformed: { line: 'ng_netflow_enable="YEP"\n', isTrue: false, warns: true },
  empty: { line: "ng_netflow_enable=\n", isTrue: false, warns: true },
} as const;

const PREFIXES = {
  "": { assumesYes: false, quiet: false },
  fast: { assumesYes: false, quiet: true },
  force: { assumesYes: true, quiet: false },
  one: { assumesYes: true, quiet: false },
  quiet: { assumesYes: false, quiet: true },
} as const;

interface Expected {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

const WARNING = "ngflow service ng_netflow: WARNING: $ng_netflow_enable is not set properly - see rc.conf(5).\n";

/**
 * What each verb does when it runs. `RC` stands for the file, `VALUE` for the variable's value, which the prefixes
 * force and one make YES. The exporter is running before `stop` and `restart` only.
 */
const VERBS: Readonly<Record<string, { readonly asksVariable: boolean; readonly runs: Expected }>> = {
  start: { asksVariable: true, runs: { status: 0, out: "", err: "" } },
  stop: { asksVariable: true, runs: { status: 0, out: "", err: "" } },
  restart: { asksVariable: true, runs: { status: 0, out: "", err: "" } },
  rcvar: {
    asksVariable: false,
    runs: { status: 0, out: '# ng_netflow\n#\nng_netflow_enable="VALUE"\n#   (default: "")\n\n', err: "" },
  },
  enable: { asksVariable: false, runs: { status: 0, out: "ng_netflow enabled in RC\n", err: "" } },
  disable: { asksVariable: true, runs: { status: 0, out: "ng_netflow disabled in RC\n", err: "" } },
  delete: { asksVariable: false, runs: { status: 0, out: "ng_netflow_enable deleted in RC\n", err: "" } },
  describe: { asksVariable: false, runs: { status: 0, out: "", err: "" } },
  status: { asksVariable: false, runs: { status: 1, out: "ng_netflow is not running.\n", err: "" } },
  extracommands: { asksVariable: true, runs: { status: 0, out: "\n", err: "" } },
};

let bed: ServiceBed;

beforeEach(async () => {
  bed = await ServiceBed.open();
});
afterEach(() => bed.close());

describe.each(Object.entries(STATES))("ng_netflow_enable %s", (_state, { line, isTrue, warns }) => {
  describe.each(Object.entries(PREFIXES))("prefix '%s'", (prefix, { assumesYes, quiet }) => {
    beforeEach(async () => {
      bed.configure(line);
    });

    it.each(Object.entries(VERBS))("%s", async (verb, { asksVariable, runs }) => {
      if (verb === "stop" || verb === "restart") expect((await bed.service("onestart")).status).toBe(0);
      const value = assumesYes ? "YES" : (/"(.*)"/.exec(line)?.[1] ?? (line === "" ? "NO" : ""));
      const answered = await bed.service(`${prefix}${verb}`);
      if (asksVariable && !isTrue && !assumesYes) {
        const cannot = `Cannot '${verb}' ng_netflow. Set ng_netflow_enable to YES in ${bed.rcConf} or use 'one${verb}' instead of '${verb}'.\n`;
        expect(answered).toEqual({ status: 0, out: quiet ? "" : cannot, err: warns ? WARNING : "" });
        expect(bed.isRunning()).toBe(verb === "stop" || verb === "restart");
        expect(readFileSync(bed.rcConf, "utf8")).toBe(bed.configured);
        return;
      }
      const expected =
        verb === "delete" && line === ""
          ? { status: 0, out: "", err: "sysrc: unknown variable 'ng_netflow_enable'\n" }
          : { ...runs, out: runs.out.replace("RC", bed.rcConf).replace("VALUE", value) };
      expect(answered).toEqual(expected);
      expect(bed.isRunning()).toBe(verb === "start" || verb === "restart");
      const written = { enable: "YES", disable: "NO", delete: undefined };
      if (verb in written) expect(bed.variable()).toBe(written[verb as keyof typeof written]);
    });

    it("enabled", async () => {
      const yes = isTrue || assumesYes;
      expect(await bed.service(`${prefix}enabled`)).toEqual({
        status: yes ? 0 : 1,
        out: "",
        err: warns && !assumesYes ? WARNING : "",
      });
    });

    it("no verb", async () => {
      expect(await bed.service(prefix)).toEqual({ status: 1, out: "", err: bed.usage });
    });

    it("an unknown verb", async () => {
      const err = `ngflow service ng_netflow: unknown directive 'reload'.\n${bed.usage}`;
      expect(await bed.service(`${prefix}reload`)).toEqual({ status: 1, out: "", err });
    });
  });
});

describe("prefixes", () => {
  it("only one is taken off", async () => {
    bed.configure(STATES.enabled.line);
    const { status, err } = await bed.service("onefaststart");
    expect({ status, err }).toEqual({
      status: 1,
      err: `ngflow service ng_netflow: unknown directive 'faststart'.\n${bed.usage}`,
    });
  });
});

describe("stop of what does not run", () => {
  const lines = [
    "ngctl: shutdown: No such file or directory",
    "ngctl: line 1: error in file",
    'ngflow: line 1, "shutdown netflow:": no node is called netflow; nodes: em0, em1, em0_100',
    "",
  ].join("\n");

  it("fails with ngctl's words; with force, with its exit status", async () => {
    bed.configure(STATES.enabled.line);
    expect(await bed.service("stop")).toEqual({ status: 1, out: "", err: lines });
    expect(await bed.service("forcestop")).toEqual({ status: 71, out: "", err: lines });
  });

  it("does not keep restart from starting", async () => {
    bed.configure(STATES.enabled.line);
    expect(await bed.service("restart")).toEqual({ status: 0, out: "", err: lines });
    expect(bed.isRunning()).toBe(true);
  });
});

describe("status, an extension", () => {
  it("says whether it runs", async () => {
    bed.configure(STATES.enabled.line);
    expect(await bed.service("status")).toEqual({ status: 1, out: "ng_netflow is not running.\n", err: "" });
    await bed.service("start");
    const { status, out } = await bed.service("status");
    expect(status).toBe(0);
    expect(out.split("\n").slice(0, 3)).toEqual([
      "ng_netflow is running.",
      "  interfaces  em0",
      "  collector   127.0.0.1 port 4444",
    ]);
  });

  it("answers when the service is not enabled", async () => {
    bed.configure(STATES.disabled.line);
    await bed.service("onestart");
    expect((await bed.service("status")).out).toMatch(/^ng_netflow is running\./);
  });
});

describe("configuration files", () => {
  it("a damaged one stops every verb before anything happens", async () => {
    writeFileSync(bed.rcConf, "ng_netflow_enable=YES\nif true\n");
    await expect(bed.service("start")).rejects.toThrow(`${bed.rcConf}:2: "if true" is not an assignment`);
    expect(bed.isRunning()).toBe(false);
  });

  it("the value's own file is the one that enable and disable write", async () => {
    const service = bed.addServiceFile('ng_netflow_enable="YES"\n');
    bed.configure(STATES.disabled.line);
    expect((await bed.service("disable")).out).toBe(`ng_netflow disabled in ${service}\n`);
    expect(readFileSync(service, "utf8")).toBe('ng_netflow_enable="NO"\n');
    expect((await bed.service("delete")).out).toBe(`ng_netflow_enable deleted in ${bed.rcConf} ${service}\n`);
    expect(existsSync(service)).toBe(true);
  });
});
