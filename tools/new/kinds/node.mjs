import { camel, pascal } from "../names.mjs";

const source = (name) => `import type { PacketBatch } from "@ngflow/base";
import {
  HASREPLY,
  type Hook,
  messagesOf,
  type NodeBehaviour,
  type NodeSetting,
  type NodeType,
  READONLY,
  settingOf,
  uint32,
} from "@ngflow/graph";

class ${pascal(name)} implements NodeBehaviour {
  #limit = 0;
  #returned = 0;
  #overLimit = 0;

  /** Data plane: no exception, no allocation per packet. Returns 0 or an errno. */
  receive(hook: Hook, batch: PacketBatch): number {
    if (this.#limit > 0 && this.#returned + batch.count > this.#limit) {
      this.#overLimit += batch.count;
      return 0;
    }
    this.#returned += batch.count;
    return hook.send(batch);
  }

  get limit(): number {
    return this.#limit;
  }

  setLimit(packets: number): void {
    this.#limit = packets;
  }

  /** Every setting that a message can change, as it is now. */
  settings(): NodeSetting[] {
    return [settingOf("setlimit", uint32, this.#limit)];
  }

  counters(): Readonly<Record<string, number>> {
    return { returned: this.#returned, overLimit: this.#overLimit };
  }
}

const message = messagesOf<${pascal(name)}>();

/** Say what the node does, and name the manual page or document that it follows. */
export const ${camel(name)}: NodeType = {
  name: "${name}",
  cookie: ${cookieOf(name)},
  summary: "Sends packets back out of the hook they came in by, up to a limit.",
  role: "plain",
  hooks: [{ name: "<any>", summary: "Packets arriving here leave here." }],
  messages: [
    message({
      name: "setlimit",
      cmd: 1,
      args: uint32,
      summary: "Sets how many packets are sent back; 0 for no limit.",
      run: (node, packets) => node.setLimit(packets),
    }),
    message({
      name: "getlimit",
      cmd: 2 | READONLY | HASREPLY,
      reply: uint32,
      summary: "Returns the limit.",
      run: (node) => node.limit,
    }),
  ],
  dropReasons: { overLimit: "The limit is reached." },
  counters: { returned: "Packets sent back." },
  create: () => new ${pascal(name)}(),
};
`;

const test = (name) => `import { expect, it } from "vitest";
import { BenchGraph } from "../testing/bench-graph.ts";
import { ${camel(name)} } from "./${name}.ts";

it("sends packets back, up to the limit", () => {
  const bench = new BenchGraph([${camel(name)}]);
  bench.wire("${name}", ["a", "x"]);
  expect(bench.write("a", "01")).toEqual(["a 01"]);
  expect(bench.socket.sendAscii("a", "setlimit", "1").errno).toBe(0);
  expect(bench.write("a", "02")).toEqual([]);
  expect(bench.counters("a")).toEqual({ returned: 1, overLimit: 1 });
});
`;

const transcript = `# Lines: "$" an ngctl command, ">" a packet in, "<" a packet out, "=" a reply, "!" an errno, "?" counters of a node.
$ mkpeer . NAME a x
> a 0102
< a 0102
$ msg a setlimit 1
> a 03
$ msg a getlimit
= 1
? a overLimit
= overLimit=1
$ shutdown a
> a 04
! EHOSTUNREACH
`;

const readme = (name) => `# ${name}

## Description

Sends packets back out of the hook they came in by, up to a limit.

## Hooks

Any number, any name.

## Control messages

| message    | arguments | effect                                            |
| ---------- | --------- | ------------------------------------------------- |
| \`setlimit\` | \`uint32\`  | sets how many packets are sent back; 0 for no limit |
| \`getlimit\` |           | returns the limit                                 |

## Shutdown

The node goes away with its last hook.

## Examples

Answer every frame that comes from the wire:

\`\`\`
mkpeer em0: ${name} lower any
\`\`\`

## Counters

\`returned\`: packets sent back. \`overLimit\`: packets dropped because the limit is reached.

## Limits

None.
`;

const SETTINGS = `# Messages that set something, for trying settings: the command and its arguments.
setlimit 5
setlimit 0
`;

/** A unique number for the type, derived from its name. FreeBSD uses the time at which the type was written. */
function cookieOf(name) {
  let hash = 0x811c9dc5;
  for (const letter of name) hash = Math.imul(hash ^ letter.charCodeAt(0), 0x01000193) >>> 0;
  return hash;
}

export const node = {
  summary: "a node type",
  example: "meter-in",
  name: /^[a-z][a-z0-9-]{0,30}$/,
  make(name) {
    const folder = `packages/nodes/src/${name}`;
    const registry = "packages/nodes/src/node-types.ts";
    return {
      files: {
        [`${folder}/${name}.ts`]: source(name),
        [`${folder}/${name}.test.ts`]: test(name),
        [`${folder}/${name}.ngtest`]: transcript.replace("NAME", name),
        [`${folder}/${name}.settings`]: SETTINGS,
        [`${folder}/README.md`]: readme(name),
      },
      lines: [
        { file: registry, text: `import { ${camel(name)} } from "./${name}/${name}.ts";`, place: "imports" },
        { file: registry, text: `  ${camel(name)},`, place: /^\];$/m },
      ],
      next: "npm run gen && npm run check && npx vitest run packages/nodes",
    };
  },
};
