import { type PacketBatch, setU16le, setU32le, u16le, u32le } from "@ngflow/base";
import {
  BatchCopies,
  bytesOfText,
  type ControlMessage,
  type Hook,
  hint16,
  hookString,
  int32,
  type LengthOf,
  NAME_BYTES,
  NgError,
  type NodeBehaviour,
  type NodeContext,
  type NodeSetting,
  type NodeType,
  string,
  structType,
  textOfBytes,
  uint32,
  uint8,
  variableArray,
} from "@ngflow/graph";
import { counterBytes, counterStruct } from "../hook-stats.ts";
import { type BpfInstruction, compileFilter } from "@ngflow/os";
import { BpfProgram, isValidProgram } from "./bpf-program.ts";
import { hostNamesIn } from "./host-names.ts";

const COOKIE = 944100792;
const SETPROGRAM = 1;
const GETPROGRAM = 2;
const GETSTATS = 3;
const CLRSTATS = 4;
const GETCLRSTATS = 5;
/** ngflow's own. */
const SETFILTER = 64;

const LENGTH_AT = 3 * NAME_BYTES;
const PROGRAM_AT = LENGTH_AT + 4;
const INSTRUCTION_BYTES = 8;
const DLT_AT = 3 * NAME_BYTES;
const FILTER_AT = DLT_AT + 1;
const DLT_EN10MB = 1;

const HOOK_COUNTERS = [
  "recvFrames",
  "recvOctets",
  "recvMatchFrames",
  "recvMatchOctets",
  "xmitFrames",
  "xmitOctets",
] as const;

/** What a hook does with packets that have no program yet: nothing matches, nothing goes anywhere. */
const DROP_ALL = new BpfProgram([{ code: 6, jt: 0, jf: 0, k: 0 }]);

/** Program and statistics of a hook, kept in `hook.data`. */
class Filter {
  program = DROP_ALL;
  matchName = "";
  otherName = "";
  /** The hooks of these names, where they exist. */
  match: Hook | null = null;
  other: Hook | null = null;
  stats: Record<(typeof HOOK_COUNTERS)[number], number> = {
    recvFrames: 0,
    recvOctets: 0,
    recvMatchFrames: 0,
    recvMatchOctets: 0,
    xmitFrames: 0,
    xmitOctets: 0,
  };
}

function filterOf(hook: Hook): Filter {
  return hook.data as Filter;
}

class Bpf implements NodeBehaviour {
  private readonly context: NodeContext;
  private readonly copies = new BatchCopies();
  private unmatched = 0;
  private matchedNowhere = 0;

  constructor(context: NodeContext) {
    this.context = context;
  }

  newHook(hook: Hook): void {
    hook.data = new Filter();
  }

  connected(): void {
    this.resolve();
  }

  receive(hook: Hook, batch: PacketBatch): number {
    const { program, match, other, stats } = filterOf(hook);
    const matching = this.copies.takeEmpty(batch);
    // Packets that leave by the same hook stay in order, whether they match or not.
    const rest = match === other ? matching : this.copies.takeEmpty(batch);
    for (let i = 0; i < batch.count; i++) {
      const wireLength = batch.wireLengths[i]!;
      stats.recvFrames++;
      stats.recvOctets += wireLength;
      const keep = program.run(batch.buffer, batch.offsets[i]!, batch.lengths[i]!, wireLength);
      if (keep === 0) {
        if (other === null) this.unmatched++;
        else rest.pushFrom(batch, i);
        continue;
      }
      stats.recvMatchFrames++;
      stats.recvMatchOctets += wireLength;
      if (match === null) {
        this.matchedNowhere++;
        continue;
      }
      const last = matching.count;
      matching.pushFrom(batch, i);
      matching.lengths[last] = Math.min(matching.lengths[last]!, keep);
      matching.wireLengths[last] = Math.min(wireLength, keep);
    }
    let errno = match === null ? 0 : send(match, matching);
    if (rest !== matching && other !== null) errno = send(other, rest) || errno;
    this.copies.release(matching);
    if (rest !== matching) this.copies.release(rest);
    return errno;
  }

  message(message: ControlMessage): Uint8Array | undefined {
    const { cmd, data } = message;
    if (message.cookie !== COOKIE) throw new NgError("EINVAL");
    switch (cmd) {
      case SETPROGRAM:
        this.setProgram(data);
        return undefined;
      case SETFILTER:
        this.setFilter(data);
        return undefined;
      case GETPROGRAM:
        return encodeProgram(this.hookNamed(data));
      case GETSTATS:
      case CLRSTATS:
      case GETCLRSTATS: {
        const { stats } = filterOf(this.hookNamed(data));
        const reply = counterBytes(HOOK_COUNTERS.map((name) => stats[name]));
        if (cmd !== GETSTATS) for (const name of HOOK_COUNTERS) stats[name] = 0;
        return cmd === CLRSTATS ? undefined : reply;
      }
      default:
        throw new NgError("EINVAL");
    }
  }

  disconnect(): void {
    this.resolve();
  }

  settings(): NodeSetting[] {
    return [...this.context.node.hooks.values()]
      .filter((hook) => filterOf(hook).program !== DROP_ALL)
      .map((hook) => ({ command: "setprogram", data: encodeProgram(hook) }));
  }

  counters(): Readonly<Record<string, number>> {
    return { unmatched: this.unmatched, matchedNowhere: this.matchedNowhere };
  }

  /** Looks the targets of all hooks up again. */
  private resolve(): void {
    const { hooks } = this.context.node;
    for (const hook of hooks.values()) {
      const filter = filterOf(hook);
      filter.match = hooks.get(filter.matchName) ?? null;
      filter.other = hooks.get(filter.otherName) ?? null;
    }
  }

  private hookNamed(data: Uint8Array): Hook {
    if (data.length !== NAME_BYTES) throw new NgError("EINVAL");
    const hook = this.context.node.hooks.get(textOfBytes(data, 0));
    if (hook === undefined) throw new NgError("ENOENT");
    return hook;
  }

  private setProgram(data: Uint8Array): void {
    if (data.length < PROGRAM_AT) throw new NgError("EINVAL");
    const count = u32le(data, LENGTH_AT);
    if (data.length !== PROGRAM_AT + count * INSTRUCTION_BYTES) throw new NgError("EINVAL");
    this.hookNamed(data.subarray(0, NAME_BYTES));
    const instructions = Array.from({ length: count }, (_, i) => {
      const at = PROGRAM_AT + i * INSTRUCTION_BYTES;
      return { code: u16le(data, at), jt: data[at + 2]!, jf: data[at + 3]!, k: u32le(data, at + 4) };
    });
    this.install(data, instructions);
  }

  /** The same with a filter in the syntax of tcpdump, which libpcap makes a program of. */
  private setFilter(data: Uint8Array): void {
    if (data.length <= FILTER_AT) throw new NgError("EINVAL");
    this.hookNamed(data.subarray(0, NAME_BYTES));
    const text = textOfBytes(data, FILTER_AT);
    const [name] = hostNamesIn(text);
    if (name !== undefined) this.refuseFilter(text, `${name} would have to be looked up: write its address`);
    const compiled = compileFilter(text, data[DLT_AT]! || DLT_EN10MB);
    if ("why" in compiled) this.refuseFilter(text, compiled.why, compiled.absent ? "EOPNOTSUPP" : "EINVAL");
    this.install(data, compiled.instructions);
  }

  private refuseFilter(text: string, why: string, errno: "EINVAL" | "EOPNOTSUPP" = "EINVAL"): never {
    this.context.log.warn({}, `filter "${text}" refused: ${why}`);
    throw new NgError(errno);
  }

  /** Makes a program that of the hook named first in a message, and the hooks named next its targets. */
  private install(data: Uint8Array, instructions: readonly BpfInstruction[]): void {
    if (!isValidProgram(instructions)) throw new NgError("EINVAL");
    const filter = filterOf(this.hookNamed(data.subarray(0, NAME_BYTES)));
    filter.program = new BpfProgram(instructions);
    filter.matchName = textOfBytes(data, NAME_BYTES, 2 * NAME_BYTES);
    filter.otherName = textOfBytes(data, 2 * NAME_BYTES, 3 * NAME_BYTES);
    this.resolve();
  }
}

function send(hook: Hook, batch: PacketBatch): number {
  if (batch.count === 0) return 0;
  const { stats } = filterOf(hook);
  stats.xmitFrames += batch.count;
  stats.xmitOctets += batch.wireBytes();
  return hook.send(batch);
}

function encodeProgram(hook: Hook): Uint8Array {
  const { program, matchName, otherName } = filterOf(hook);
  const { instructions } = program;
  const data = new Uint8Array(PROGRAM_AT + instructions.length * INSTRUCTION_BYTES);
  [hook.name, matchName, otherName].forEach((name, i) => data.set(bytesOfText(name), i * NAME_BYTES));
  setU32le(data, LENGTH_AT, instructions.length);
  instructions.forEach(({ code, jt, jf, k }, i) => {
    const at = PROGRAM_AT + i * INSTRUCTION_BYTES;
    setU16le(data, at, code);
    data[at + 2] = jt;
    data[at + 3] = jf;
    setU32le(data, at + 4, k);
  });
  return data;
}

const instructionCount: LengthOf = (data, start) =>
  start + PROGRAM_AT <= data.length ? u32le(data, start + LENGTH_AT) : 0;

const instructionType = structType([
  ["code", hint16],
  ["jt", uint8],
  ["jf", uint8],
  ["k", uint32],
]);

const programType = structType([
  ["thisHook", hookString],
  ["ifMatch", hookString],
  ["ifNotMatch", hookString],
  ["bpf_prog_len", int32],
  ["bpf_prog", variableArray(instructionType, instructionCount)],
]);

const filterType = structType([
  ["thisHook", hookString],
  ["ifMatch", hookString],
  ["ifNotMatch", hookString],
  ["dlt", uint8],
  ["filter", string],
]);

const statsType = counterStruct(HOOK_COUNTERS);

/** ng_bpf(4): packets leave by what a filter program says of them. */
export const bpf: NodeType = {
  name: "bpf",
  cookie: COOKIE,
  summary: "Filters packets with BPF programs, one for each hook.",
  role: "plain",
  hooks: [{ name: "<any>", summary: "Packets arriving here are judged by the hook's program." }],
  messages: [
    {
      name: "setprogram",
      cmd: SETPROGRAM,
      args: programType,
      summary: "Sets the program of a hook and where packets go.",
    },
    {
      name: "getprogram",
      cmd: GETPROGRAM,
      args: hookString,
      reply: programType,
      summary: "Returns the program of a hook.",
    },
    {
      name: "getstats",
      cmd: GETSTATS,
      args: hookString,
      reply: statsType,
      summary: "Returns the statistics of a hook.",
    },
    {
      name: "setfilter",
      cmd: SETFILTER,
      args: filterType,
      summary:
        "Sets the program of a hook to what a filter in the syntax of tcpdump compiles to. Of ngflow, not FreeBSD.",
    },
    { name: "clrstats", cmd: CLRSTATS, args: hookString, summary: "Clears the statistics of a hook." },
    {
      name: "getclrstats",
      cmd: GETCLRSTATS,
      args: hookString,
      reply: statsType,
      summary: "Returns the statistics of a hook and clears them.",
    },
  ],
  dropReasons: {
    unmatched: "The packet did not match and `ifNotMatch` names no connected hook.",
    matchedNowhere: "The packet matched and `ifMatch` names no connected hook.",
  },
  create: (context) => new Bpf(context),
};
