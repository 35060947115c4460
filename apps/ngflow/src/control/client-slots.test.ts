import { expect, it } from "vitest";
import { ClientSlots, type SlotClient } from "./client-slots.ts";

interface Client extends SlotClient {
  readonly name: string;
  isIdle: boolean;
  hasAsked: boolean;
}

const client = (name: string, rights: Client["rights"] = "owner"): Client => ({
  name,
  rights,
  isIdle: true,
  hasAsked: true,
});

function full(slots: ClientSlots<Client>, names: string, rights: Client["rights"]): Client[] {
  return [...names].map((name) => {
    const each = client(name, rights);
    expect(slots.enter(each)).toBeUndefined();
    expect(slots.admit(each)).toBeUndefined();
    return each;
  });
}

it("the one that is idle for longest gives way", () => {
  const slots = new ClientSlots<Client>({ clients: 3, silent: 3 });
  const [a, b, c] = full(slots, "abc", "owner") as [Client, Client, Client];
  slots.touch(a);
  b.isIdle = false;
  expect(slots.admit(client("d"))).toBe(c);
  expect(slots.admit(client("e"))).toBe(a);
});

it("one that never asked gives way before one that is idle for longer", () => {
  const slots = new ClientSlots<Client>({ clients: 3, silent: 3 });
  const [, b] = full(slots, "abc", "owner") as [Client, Client, Client];
  b.hasAsked = false;
  expect(slots.admit(client("d"))).toBe(b);
});

it("nobody gives way when all are busy, except a member to the owner", () => {
  const slots = new ClientSlots<Client>({ clients: 3, silent: 3 });
  const owners = full(slots, "a", "owner");
  const members = full(slots, "bc", "member");
  for (const each of [...owners, ...members]) each.isIdle = false;
  const member = client("d", "member");
  expect(slots.admit(member)).toBe(member);
  expect(slots.admit(client("e"))).toBe(members[0]);
});

it("a slot is kept for the owner, whom members do not displace", () => {
  const slots = new ClientSlots<Client>({ clients: 3, silent: 3 });
  const members = full(slots, "ab", "member");
  expect(slots.admit(client("c", "member"))).toBe(members[0]);
  expect(slots.admit(client("owner"))).toBeUndefined();
  const idle = [...slots.all()].filter(({ rights }) => rights === "member");
  for (const each of idle) each.isIdle = false;
  const late = client("d", "member");
  expect(slots.admit(late)).toBe(late);
});

it("silent connections are bounded too, and the oldest gives way", () => {
  const slots = new ClientSlots<Client>({ clients: 1, silent: 2 });
  const [a, b, c] = ["a", "b", "c"].map((name) => client(name)) as [Client, Client, Client];
  expect([slots.enter(a), slots.enter(b), slots.enter(c)]).toEqual([undefined, undefined, a]);
  slots.delete(b);
  expect(slots.enter(client("d"))).toBeUndefined();
  const member = client("m", "member");
  expect(slots.enter(member)).toBe(member);
});
