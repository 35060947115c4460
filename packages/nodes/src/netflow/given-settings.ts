import { u16le } from "@ngflow/base";
import type { ControlMessage, NodeSetting } from "@ngflow/graph";
import {
  MSG_SETBALANCE,
  MSG_SETCONFIG,
  MSG_SETDLT,
  MSG_SETFIELDS,
  MSG_SETIFINDEX,
  MSG_SETMTU,
  MSG_SETPROTOTIMEOUTS,
  MSG_SETSAMPLING,
  MSG_SETTEMPLATE,
  MSG_SETTIMEOUTS,
} from "./messages.ts";

const ofNode = (): string => "";
const ofSlot = (data: Uint8Array): string => String(u16le(data, 0));
const ofProtocol = (data: Uint8Array): string => String(data[0]);

/** Messages that set something, and what it is of. */
const SETTERS = new Map<number, readonly [command: string, keyOf: (data: Uint8Array) => string]>([
  [MSG_SETTIMEOUTS, ["settimeouts", ofNode]],
  [MSG_SETPROTOTIMEOUTS, ["setprototimeouts", ofProtocol]],
  [MSG_SETTEMPLATE, ["settemplate", ofNode]],
  [MSG_SETMTU, ["setmtu", ofNode]],
  [MSG_SETFIELDS, ["setfields", ofNode]],
  [MSG_SETSAMPLING, ["setsampling", ofNode]],
  [MSG_SETBALANCE, ["setbalance", ofNode]],
  [MSG_SETDLT, ["setdlt", ofSlot]],
  [MSG_SETIFINDEX, ["setifindex", ofSlot]],
  [MSG_SETCONFIG, ["setconfig", ofSlot]],
]);

/** Settings that need the slot to be connected. */
const CONNECTED: ReadonlySet<string> = new Set(["setdlt", "setifindex"]);

/** What a node was told to be, the last word on each setting: what it takes to make another like it. */
export class GivenSettings {
  private readonly last = new Map<string, NodeSetting>();

  /** Takes note of a message that was accepted. */
  add({ cmd, data }: ControlMessage): void {
    const setter = SETTERS.get(cmd >>> 0);
    if (setter === undefined) return;
    const [command, keyOf] = setter;
    this.last.set(`${command} ${keyOf(data)}`, { command, data: data.slice() });
  }

  /** @param connected whether a slot can be set up now. */
  settings(connected: (slot: number) => boolean): NodeSetting[] {
    return [...this.last.values()].filter(({ command, data }) => !CONNECTED.has(command) || connected(u16le(data, 0)));
  }
}
