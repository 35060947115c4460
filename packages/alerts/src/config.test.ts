import { describe, expect, test } from "vitest";
import { alertsJsonSchema, checkAlerts, readAlerts, readRule } from "./config.ts";
import { parseAmount } from "./fields.ts";

const problems = (value: unknown): readonly string[] => checkAlerts(value).problems;

describe("the configuration of alerts", () => {
  test("units and defaults are filled in", () => {
    const rule = { name: "upload", condition: "threshold", above: "1.5G", by: ["srcaddr"], for: "10m" };
    const { rules, keepMs } = readAlerts({ rules: [rule] });
    expect(rules[0]!.rule).toMatchObject({
      above: 1.5e9,
      by: ["SrcAddr"],
      for: 600_000,
      window: 300_000,
      metric: "bps",
    });
    expect(rules[0]!.definition).toBe(rule);
    expect(keepMs).toBe(365 * 86_400_000);
    expect(["100M", "2 k", "0.5", "1.5G"].map(parseAmount)).toEqual([1e8, 2000, 0.5, 1.5e9]);
    expect(["", "100m", "-1", "1e3", "1GG"].map(parseAmount)).toEqual(Array.from({ length: 5 }));
  });

  test.each([
    [{ rule: [] }, "rule: no such key; did you mean rules?"],
    [
      { rules: [{ name: "a", condition: "threshold", above: 1, windw: "5m" }] },
      "rules[0] (a).windw: no such key; did you mean window?",
    ],
    [{ rules: [{ name: "a", condition: "fanout" }] }, "rules[0] (a).condition: not one of"],
    [{ rules: [{ name: "a" }] }, "rules[0] (a).condition: missing"],
    [{ rules: [{ name: "A b", condition: "loss" }] }, "lower-case letters"],
    [{ rules: [{ name: "a", condition: "threshold" }] }, "rules[0] (a).above: give either above or below"],
    [{ rules: [{ name: "a", condition: "threshold", above: 1, below: 1 }] }, "give either above or below"],
    [{ rules: [{ name: "a", condition: "threshold", above: 1, "clear-below": 2 }] }, "clear-below: is more than above"],
    [{ rules: [{ name: "a", condition: "threshold", above: 1, for: "7m" }] }, "for: is not a whole number of windows"],
    [{ rules: [{ name: "a", condition: "threshold", above: 1, window: "7m" }] }, "window: does not divide a day"],
    [{ rules: [{ name: "a", condition: "loss", filter: "proto tcpp" }] }, "tcpp"],
    [{ rules: [{ name: "a", condition: "new", by: ["SrcAdr"] }] }, "did you mean SrcAddr?"],
    [{ rules: [{ name: "a", condition: "share-of-speed" }] }, "speed: give speed"],
    [{ rules: [{ name: "a", condition: "threshold", above: 1, metric: "max:Bytes" }] }, "not one of bps"],
    [
      {
        rules: [
          { name: "a", condition: "loss" },
          { name: "a", condition: "loss" },
        ],
      },
      "another rule has this name",
    ],
    [
      {
        rules: [{ name: "a", condition: "loss", notify: ["chatt"] }],
        notify: { chat: { type: "webhook", url: "http://h/" } },
      },
      "did you mean chat?",
    ],
    [{ notify: { chat: { type: "webhook" } } }, "notify.chat.url: give either url or url-file"],
    [
      { notify: { chat: { type: "webhok", url: "http://h/" } } },
      "notify.chat.type: not one of webhook, email, command; did you mean webhook?",
    ],
    [{ notify: { pager: { type: "command", command: ["/bin/true"] } } }, "only allow-commands: true allows"],
    [{ "allow-commands": true, notify: { pager: { type: "command", command: ["true"] } } }, "absolute path"],
    [{ silences: [{ from: "25:00", to: "06:00" }] }, "not a time of day"],
  ])("%j: %s", (value, expected) => {
    expect(problems(value).join("\n")).toContain(expected);
  });

  test("one rule is refused without the place that it would have in a configuration", () => {
    expect(() => readRule({ name: "a", condition: "threshold", abve: 1 })).toThrow(
      /^abve: no such key; did you mean above\?/,
    );
    expect(() => readRule({ name: "a", condition: "loss", above: "many" })).toThrow(/^above: not a number/);
  });

  test("editors get a schema with every condition and channel", () => {
    const schema = JSON.stringify(alertsJsonSchema());
    for (const word of ["share-of-speed", "fan-out", "alertmanager", "allow-commands", "clear-after"])
      expect(schema).toContain(word);
  });
});
