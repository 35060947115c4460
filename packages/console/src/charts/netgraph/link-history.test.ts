import type { GraphSnapshot } from "@ngflow/server/client";
import { expect, test } from "vitest";
import example from "./example.json" with { type: "json" };
import { LinkHistory } from "./link-history.ts";
import { linksOf } from "./links.ts";

const links = linksOf(example as GraphSnapshot);
const rate = (bits: number) => ({ forward: { packets: 1, bits }, backward: { packets: 0, bits: 0 } });

test("a sample per snapshot, with a bound, and none of links that are gone", () => {
  const history = new LinkHistory();
  history.add(0, links, () => null);
  for (let second = 1; second <= 400; second++) {
    history.add(second, links, () => rate(second));
    history.add(second, links, () => rate(-1));
  }
  const { forward, backward } = history.of(links[0]!.key);
  expect([forward.length, forward[0], forward.at(-1), backward.at(-1)]).toEqual([300, 101, 400, 0]);
  history.add(401, links.slice(1), () => rate(1));
  expect(history.of(links[0]!.key).forward).toEqual([]);
  expect(history.of("none").forward).toEqual([]);
});
