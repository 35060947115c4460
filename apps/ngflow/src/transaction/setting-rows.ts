import { setU16le, setU32le, u16le, u32le } from "@ngflow/base";
import { bytesOfText, NAME_BYTES, type Node } from "@ngflow/graph";

/** A setting that a node type can be asked for: which message tells it, and which sets it. */
export interface SettingRow {
  readonly get: string;
  readonly set: string;
  /** Data of the questions, one for each setting of this kind that a node has; one without data unless stated. */
  readonly questions?: (node: Node) => Uint8Array[];
  /** Data for `set` from the answer; the answer itself unless stated, undefined when there is nothing to set. */
  readonly convert?: (reply: Uint8Array, question: Uint8Array) => Uint8Array | undefined;
}

/** Where the values of `settimeouts` stand in the reply of netflow's `info`: its last two numbers. */
const INFO_TIMEOUTS_AT = 10 * 8 + 7 * 4;

/** Settings by node type. What is not here (a hub made persistent, a source's packets) cannot be asked for. */
export const SETTING_ROWS: Readonly<Record<string, readonly SettingRow[]>> = {
  ether: [
    { get: "getpromisc", set: "setpromisc" },
    { get: "getautosrc", set: "setautosrc" },
  ],
  netflow: [
    {
      get: "info",
      set: "settimeouts",
      convert: (reply) => reply.subarray(INFO_TIMEOUTS_AT, INFO_TIMEOUTS_AT + 8),
    },
    { get: "v9info", set: "setmtu", convert: (reply) => reply.subarray(4, 6) },
    // The reply has packets before time, the message time before packets.
    {
      get: "v9info",
      set: "settemplate",
      convert: (reply) => Uint8Array.of(...reply.subarray(2, 4), ...reply.subarray(0, 2)),
    },
    {
      get: "ifinfo",
      set: "setconfig",
      questions: slots,
      convert(reply, slot) {
        const data = new Uint8Array(8);
        data.set(slot);
        setU32le(data, 4, u32le(reply, 8));
        return data;
      },
    },
    {
      get: "ifinfo",
      set: "setifindex",
      questions: slots,
      convert(reply, slot) {
        const data = new Uint8Array(4);
        data.set(slot);
        setU16le(data, 2, u16le(reply, 6));
        return data;
      },
    },
    {
      get: "ifinfo",
      set: "setdlt",
      questions: slots,
      convert: (reply, slot) => Uint8Array.of(...slot, reply[4]!, 0),
    },
  ],
  // Binding comes first: it is refused once the socket is connected.
  ksocket: [
    { get: "getname", set: "bind", convert: (reply) => (u16le(reply, 2) === 0 ? undefined : reply) },
    { get: "getpeername", set: "connect" },
  ],
  bpf: [{ get: "getprogram", set: "setprogram", questions: (node) => [...node.hooks.keys()].map(hookBytes) }],
  bridge: [{ get: "getconfig", set: "setconfig" }],
  one2many: [{ get: "getconfig", set: "setconfig" }],
};

/** Numbers of the slots whose `iface` hook is connected, as ifinfo takes them. */
function slots(node: Node): Uint8Array[] {
  return [...node.hooks.keys()].flatMap((name) => {
    const slot = /^iface(\d+)$/.exec(name)?.[1];
    if (slot === undefined) return [];
    const data = new Uint8Array(2);
    setU16le(data, 0, Number(slot));
    return [data];
  });
}

function hookBytes(name: string): Uint8Array {
  const data = new Uint8Array(NAME_BYTES);
  data.set(bytesOfText(name));
  return data;
}
