import { LINK_ETHERNET, type PacketBatch, u32le } from "@ngflow/base";
import {
  BatchCopies,
  type Hook,
  hint16,
  hookString,
  int32,
  type LengthOf,
  messagesOf,
  NAME_BYTES,
  NgError,
  type NodeBehaviour,
  type NodeContext,
  type NodeSetting,
  type NodeType,
  settingOf,
  string,
  structType,
  uint32,
  uint8,
  type ValueOf,
  variableArray,
} from "@ngflow/graph";
import { counterStruct } from "../hook-stats.ts";
import { compileFilter } from "@ngflow/os";
import { BpfProgram, isValidProgram } from "./bpf-program.ts";
import { hostNamesIn } from "./host-names.ts";

const LENGTH_AT = 3 * NAME_BYTES;
const PROGRAM_AT = LENGTH_AT + 4;

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

const statsType = counterStruct([
  "recvFrames",
  "recvOctets",
  "recvMatchFrames",
  "recvMatchOctets",
  "xmitFrames",
  "xmitOctets",
]);
type HookStats = ValueOf<typeof statsType>;

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
  readonly stats: HookStats = zeroStats();
}

function zeroStats(): HookStats {
  return { recvFrames: 0, recvOctets: 0, recvMatchFrames: 0, recvMatchOctets: 0, xmitFrames: 0, xmitOctets: 0 };
}

function filterOf(hook: Hook): Filter {
  return hook.data as Filter;
}

class Bpf implements NodeBehaviour {
  readonly #context: NodeContext;
  readonly #copies = new BatchCopies();
  #unmatched = 0;
  #matchNotConnected = 0;

  constructor(context: NodeContext) {
    this.#context = context;
  }

  newHook(hook: Hook): void {
    hook.data = new Filter();
  }

  connected(): void {
    this.#resolve();
  }

  receive(hook: Hook, batch: PacketBatch): number {
    const { program, match, other, stats } = filterOf(hook);
    const matching = this.#copies.takeEmpty(batch);
    // Packets that leave by the same hook stay in order, whether they match or not.
    const rest = match === other ? matching : this.#copies.takeEmpty(batch);
    for (let i = 0; i < batch.count; i++) {
      const wireLength = batch.wireLengths[i]!;
      stats.recvFrames++;
      stats.recvOctets += wireLength;
      const keep = program.run(batch.buffer, batch.offsets[i]!, batch.lengths[i]!, wireLength);
      if (keep === 0) {
        if (other === null) this.#unmatched++;
        else rest.pushFrom(batch, i);
        continue;
      }
      stats.recvMatchFrames++;
      stats.recvMatchOctets += wireLength;
      if (match === null) {
        this.#matchNotConnected++;
        continue;
      }
      const last = matching.count;
      matching.pushFrom(batch, i);
      matching.lengths[last] = Math.min(matching.lengths[last]!, keep);
      matching.wireLengths[last] = Math.min(wireLength, keep);
    }
    let errno = match === null ? 0 : send(match, matching);
    if (rest !== matching && other !== null) errno = send(other, rest) || errno;
    this.#copies.release(matching);
    if (rest !== matching) this.#copies.release(rest);
    return errno;
  }

  stats(name: string): HookStats {
    return filterOf(this.#hookNamed(name)).stats;
  }

  /** Returns the statistics of a hook and sets them to zero. */
  clear(name: string): HookStats {
    const stats = this.stats(name);
    const cleared = { ...stats };
    Object.assign(stats, zeroStats());
    return cleared;
  }

  disconnect(): void {
    this.#resolve();
  }

  settings(): NodeSetting[] {
    return [...this.#context.node.hooks.values()]
      .filter((hook) => filterOf(hook).program !== DROP_ALL)
      .map((hook) => {
        const reset = (): void => this.#install(filterOf(hook), DROP_ALL, "", "");
        return settingOf("setprogram", programType, programOf(hook), { reset });
      });
  }

  counters(): Readonly<Record<string, number>> {
    return { unmatched: this.#unmatched, matchNotConnected: this.#matchNotConnected };
  }

  /** Looks the targets of all hooks up again. */
  #resolve(): void {
    const { hooks } = this.#context.node;
    for (const hook of hooks.values()) {
      const filter = filterOf(hook);
      filter.match = hooks.get(filter.matchName) ?? null;
      filter.other = hooks.get(filter.otherName) ?? null;
    }
  }

  #hookNamed(name: string): Hook {
    const hook = this.#context.node.hooks.get(name);
    if (hook === undefined) throw new NgError("ENOENT");
    return hook;
  }

  program(name: string): ValueOf<typeof programType> {
    return programOf(this.#hookNamed(name));
  }

  setProgram({ thisHook, ifMatch, ifNotMatch, bpf_prog }: ValueOf<typeof programType>): void {
    const filter = filterOf(this.#hookNamed(thisHook));
    if (!isValidProgram(bpf_prog)) throw new NgError("EINVAL");
    this.#install(filter, new BpfProgram(bpf_prog), ifMatch, ifNotMatch);
  }

  /** The same with a filter in the syntax of tcpdump, which libpcap makes a program of. */
  setFilter({ thisHook, ifMatch, ifNotMatch, dlt, filter: text }: ValueOf<typeof filterType>): void {
    this.#hookNamed(thisHook);
    const [name] = hostNamesIn(text);
    if (name !== undefined) this.#refuseFilter(text, `${name} would have to be looked up: write its address`);
    const compiled = compileFilter(text, dlt || LINK_ETHERNET);
    if ("why" in compiled) this.#refuseFilter(text, compiled.why, compiled.absent ? "EOPNOTSUPP" : "EINVAL");
    const bpf_prog = [...compiled.instructions];
    this.setProgram({ thisHook, ifMatch, ifNotMatch, bpf_prog_len: bpf_prog.length, bpf_prog });
  }

  #refuseFilter(text: string, why: string, errno: "EINVAL" | "EOPNOTSUPP" = "EINVAL"): never {
    this.#context.log.warn({}, `filter "${text}" refused: ${why}`);
    throw new NgError(errno);
  }

  #install(filter: Filter, program: BpfProgram, matchName: string, otherName: string): void {
    Object.assign(filter, { program, matchName, otherName });
    this.#resolve();
  }
}

function send(hook: Hook, batch: PacketBatch): number {
  if (batch.count === 0) return 0;
  const { stats } = filterOf(hook);
  stats.xmitFrames += batch.count;
  stats.xmitOctets += batch.wireBytes();
  return hook.send(batch);
}

function programOf(hook: Hook): ValueOf<typeof programType> {
  const { program, matchName, otherName } = filterOf(hook);
  const bpf_prog = [...program.instructions];
  return { thisHook: hook.name, ifMatch: matchName, ifNotMatch: otherName, bpf_prog_len: bpf_prog.length, bpf_prog };
}

const message = messagesOf<Bpf>();

/** ng_bpf(4): packets leave by what a filter program says of them. */
export const bpf: NodeType = {
  name: "bpf",
  cookie: 944100792,
  summary: "Filters packets with BPF programs, one for each hook.",
  role: "plain",
  hooks: [{ name: "<any>", summary: "Packets arriving here are judged by the hook's program." }],
  messages: [
    message({
      name: "setprogram",
      cmd: 1,
      args: programType,
      summary: "Sets the program of a hook and where packets go.",
      run: (bpf, program) => bpf.setProgram(program),
    }),
    message({
      name: "getprogram",
      cmd: 2,
      args: hookString,
      reply: programType,
      summary: "Returns the program of a hook.",
      run: (bpf, hook) => bpf.program(hook),
    }),
    message({
      name: "getstats",
      cmd: 3,
      args: hookString,
      reply: statsType,
      summary: "Returns the statistics of a hook.",
      run: (bpf, hook) => bpf.stats(hook),
    }),
    message({
      name: "setfilter",
      cmd: 64,
      args: filterType,
      summary:
        "Sets the program of a hook to what a filter in the syntax of tcpdump compiles to. Of ngflow, not FreeBSD.",
      run: (bpf, filter) => bpf.setFilter(filter),
    }),
    message({
      name: "clrstats",
      clears: "statistics",
      cmd: 4,
      args: hookString,
      summary: "Clears the statistics of a hook.",
      run: (bpf, hook) => void bpf.clear(hook),
    }),
    message({
      name: "getclrstats",
      clears: "statistics",
      cmd: 5,
      args: hookString,
      reply: statsType,
      summary: "Returns the statistics of a hook and clears them.",
      run: (bpf, hook) => bpf.clear(hook),
    }),
  ],
  dropReasons: {
    unmatched: "The packet did not match and `ifNotMatch` names no connected hook.",
    matchNotConnected: "The packet matched and `ifMatch` names no connected hook.",
  },
  create: (context) => new Bpf(context),
};
