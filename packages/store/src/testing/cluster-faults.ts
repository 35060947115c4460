import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { ClusterInserter } from "./cluster-inserter.ts";
import type { ClusterNetwork } from "./cluster-network.ts";
import type { Member, OldCluster } from "./old-cluster.ts";
import { fillDisk } from "./small-disk.ts";

export interface FaultDeps {
  readonly cluster: OldCluster;
  readonly network: ClusterNetwork;
  readonly inserter: ClusterInserter;
  /** A whole number from 0 to one less than `count`. */
  upTo(count: number): number;
}

interface Fault {
  /** Shortest and longest time that it lasts. */
  readonly ms: readonly [number, number];
  /** Begins it; what it returns ends it. */
  begin(deps: FaultDeps): Promise<() => unknown>;
}

/** The directory of a server that is a disk of its own. */
export function diskOf({ directory }: Pick<Member, "directory">): string {
  return path.join(directory, "data");
}

const oneOf = <T>(all: readonly T[], { upTo }: FaultDeps): T => all[upTo(all.length)]!;

async function kill(members: readonly Member[]): Promise<() => unknown> {
  await Promise.all(members.map((member) => member.kill()));
  return () => Promise.all(members.map(backAgain));
}

/** What happens to a cluster. The times of 18.16: a session of the keeper ends after 3 s. */
export const FAULTS = {
  replica: { ms: [200, 2000], begin: (deps) => kill([oneOf(deps.cluster.servers.flat(), deps)]) },
  shard: { ms: [5000, 15_000], begin: (deps) => kill(oneOf(deps.cluster.servers, deps)) },
  keeper: { ms: [200, 5000], begin: ({ cluster }) => kill([cluster.keeper]) },
  inserter: {
    ms: [0, 1000],
    async begin({ inserter, upTo }) {
      await inserter.killInInsert(upTo(40));
      return () => undefined;
    },
  },
  unplugged: {
    ms: [1000, 8000],
    begin(deps) {
      deps.network.unplug(oneOf(deps.cluster.servers.flat(), deps).name);
      return Promise.resolve(() => deps.network.heal());
    },
  },
  parted: {
    ms: [1000, 8000],
    begin({ cluster, network, upTo }) {
      // All servers from each other, or one replica of a shard from one of the other shard.
      const names = (upTo(2) === 0 ? cluster.servers.flat() : cluster.servers.map((row) => row[upTo(row.length)]!)).map(
        ({ name }) => name,
      );
      network.part(names);
      return Promise.resolve(() => network.heal());
    },
  },
  disk: {
    ms: [1000, 5000],
    begin: (deps) => Promise.resolve(fillDisk(diskOf(oneOf(deps.cluster.servers.flat(), deps)))),
  },
} as const satisfies Record<string, Fault>;

export type FaultKind = keyof typeof FAULTS;

/** One fault, for a time; half of the time the process that inserts is killed meanwhile, too. */
export async function causeFault(kind: FaultKind, deps: FaultDeps): Promise<void> {
  const { ms, begin }: Fault = FAULTS[kind];
  const end = await begin(deps);
  if (kind !== "inserter" && deps.upTo(2) === 0) await deps.inserter.killInInsert(deps.upTo(300));
  await sleep(ms[0] + deps.upTo(ms[1] - ms[0]));
  await end();
  for (const server of deps.cluster.servers.flat()) if (server.hasEnded()) await backAgain(server);
}

const MOST_STARTS = 20;

/** Starts a program that was killed. 18.16 also ends at its start while the keeper has its earlier life for alive. */
async function backAgain(member: Member): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await member.start();
    } catch (error) {
      if (tries === MOST_STARTS) throw error;
      await sleep(500);
    }
  }
}
