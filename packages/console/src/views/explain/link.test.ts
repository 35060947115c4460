import fc from "fast-check";
import { randomBytes } from "node:crypto";
import { deflateRawSync } from "node:zlib";
import { expect, test } from "vitest";
import { fragmentOf, scriptIn } from "./link.ts";

test("every script survives its link", async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: "grapheme" }), fc.string(), fc.string(), async (script, args, set) => {
      expect(await scriptIn((await fragmentOf({ script, args, set }))!)).toEqual({ script, args, set });
    }),
    { numRuns: 50 },
  );
});

test.each(["#script=", "#script=!!", "#script=abcd", `#script=${btoa("no")}`])("%s is not a script", async (text) => {
  expect(await scriptIn(text)).toBeUndefined();
});

test("another fragment is none, and a link that unpacks to too much is refused", async () => {
  expect(await scriptIn("")).toBeNull();
  expect(await scriptIn("#content")).toBeNull();
  const bomb = deflateRawSync(JSON.stringify(["x".repeat(3_000_000), "", ""])).toString("base64url");
  expect(bomb.length).toBeLessThan(10_000);
  expect(await scriptIn(`#script=${bomb}`)).toBeUndefined();
  const noise = randomBytes(40_000).toString("base64");
  expect(await fragmentOf({ script: noise, args: "", set: "" })).toBeNull();
});
