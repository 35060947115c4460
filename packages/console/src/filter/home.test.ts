import type { SavedEntry } from "@ngflow/server/client";
import { expect, test } from "vitest";
import { filterOf } from "../charts/cards/ask-card.ts";
import { cardEntries, HOME_NAME, homeAddress, MOST_CARDS, namesOf } from "./home.ts";

const entry = (name: string, text = "/explore"): SavedEntry => ({
  name,
  text,
  kind: "page",
  title: name,
  version: "1",
  changed: "2026-01-02T03:04:05Z",
});
const names = (entries: readonly SavedEntry[]): string[] => entries.map(({ name }) => name);

test("the cards are those of the address, else those that are saved as the first page, in their order", () => {
  const shared = [entry("a"), entry("b"), entry("c"), entry(HOME_NAME, homeAddress(["c", "gone", "a"]))];
  expect(names(cardEntries(shared, {}))).toEqual(["c", "a"]);
  expect(names(cardEntries(shared, { cards: "b,home,b" }))).toEqual(["b"]);
  expect(names(cardEntries(shared, { cards: "" }))).toEqual([]);
  expect(names(cardEntries(shared.slice(0, 3), {}))).toEqual([]);
});

test("an address keeps the names, and has no more than there is room for", () => {
  expect(namesOf(entry(HOME_NAME, homeAddress(["a", "b-2"])))).toEqual(["a", "b-2"]);
  expect(namesOf(entry(HOME_NAME, homeAddress(Array.from({ length: 20 }, (_, i) => `n${i}`))))).toHaveLength(
    MOST_CARDS,
  );
  expect(namesOf({ kind: "filter", text: "/?cards=a" })).toEqual([]);
});

test("the traffic of a card is that of its page", () => {
  expect(filterOf("/explore", "port 53")).toBe("port 53");
  expect(filterOf("/host/192.0.2.1", "")).toBe("DstAddr = 192.0.2.1 or SrcAddr = 192.0.2.1");
  expect(filterOf("/host/192.0.2.1", "port 53")).toBe("(DstAddr = 192.0.2.1 or SrcAddr = 192.0.2.1) and (port 53)");
  expect(filterOf("/pipeline", "")).toBeNull();
});
