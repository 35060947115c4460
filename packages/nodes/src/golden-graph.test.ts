import { NgError, type NodeType } from "@ngflow/graph";
import { afterAll, describe, expect, it } from "vitest";
import { NODE_TYPES } from "./index.ts";
import type { SocketKind } from "./ksocket/hook-name.ts";
import { createKsocketType } from "./ksocket/ksocket.ts";
import { netflowType } from "./netflow/netflow.ts";
import { GOLDEN_ABSENT, hasGoldenData, readGolden } from "./testing/golden-data.ts";
import { BOOT_MS, GoldenSystem, type Step } from "./testing/golden-system.ts";
import { NotedSocket } from "./testing/noted-socket.ts";

interface Case {
  readonly name: string;
  readonly description: string;
  readonly setup: string;
  readonly script: readonly Step[];
}

/** Types that scripts name in order to fail, or that are always there. */
const KNOWN = new Set(["nosuchtype", "socket", ...NODE_TYPES.map((type) => type.name)]);

/** The sockets of the observed system: they note calls, and refuse what that system's socket layer refused. */
function openNoted(kind: SocketKind, note: (event: unknown) => void): NotedSocket {
  note({ socketCall: "socreate", args: [kind.family, kind.type, kind.protocol] });
  if (kind.type === 0) throw new NgError("EPROTONOSUPPORT");
  return new NotedSocket(note);
}

/** Our types as the observed system had them: noted sockets, and netflow in the kernel's profile. */
function observedTypes(note: (event: unknown) => void): NodeType[] {
  return NODE_TYPES.map((type) => {
    if (type.name === "ksocket") return createKsocketType((kind) => openNoted(kind, note));
    return type.name === "netflow" ? netflowType({ profile: "freebsd", bootMs: BOOT_MS }) : type;
  });
}

describe("control operations as observed on FreeBSD", () => {
  if (!hasGoldenData) {
    it.skip(`every row (skipped: ${GOLDEN_ABSENT})`);
    return;
  }

  const cases = readGolden("graph.json") as Case[];
  let steps = 0;

  afterAll(() => {
    const total = cases.reduce((sum, { script }) => sum + script.length, 0);
    process.stdout.write(`graph.json: ${steps} of ${total} steps ran\n`);
  });

  for (const { name, description, setup, script } of cases) {
    const missing = script.find(({ cmd }) => cmd[0] === "mkpeer" && !KNOWN.has(cmd[2]!))?.cmd[2];
    if (missing !== undefined) {
      it.skip(`${name}: node type ${missing} does not exist yet`);
      continue;
    }
    it(`${name}: ${description}`, () => {
      const system = new GoldenSystem(setup, observedTypes);
      script.forEach((step, i) => {
        steps++;
        expect(system.execute(step), `step ${i + 1}`).toEqual(step);
      });
    });
  }
});
