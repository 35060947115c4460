import type { AlertService, Ask } from "@ngflow/alerts";
import type { Log } from "@ngflow/base";
import type { LossKeeper, PieceReader } from "@ngflow/flows";
import type { Accounts } from "./access/accounts.ts";
import type { AuditEntry } from "./access/audit.ts";
import type { PartAge } from "./part-age.ts";
import type { ReadyCheck } from "./ready-check.ts";
import type { NodeReply } from "./graph/node-reply.ts";
import type { Sources } from "./routes/index.ts";
import type { Explain } from "./explain/explain.ts";
import type { OwnMetric } from "./prometheus.ts";
import type { SelfTest } from "./self-test/self-test.ts";
import type { SavedStore } from "./saved/saved.ts";

/** What the server shows, and where it writes what goes wrong. */
export interface ServerDeps {
  readonly reader: PieceReader;
  readonly sources: Sources;
  readonly log: Log;
  /** Who may read. Called for each request, so it must cost little. Nobody has an account when absent. */
  readonly accounts?: () => Accounts;
  /** Names of hosts by address; called for each request, so it must cost little. Null or absent: there is no source. */
  readonly hostNames?: () => ReadonlyMap<string, string> | null;
  /** Keeps what changed who may read, or what others see. */
  readonly audit?: (entry: AuditEntry) => void;
  /** Ages of the parts, for `/healthz`. Called without a token, so it must cost little. */
  readonly health?: () => Promise<readonly PartAge[]>;
  /** What flows need on their way, for `/readyz`. Called without a token, so it must cost little. */
  readonly ready?: () => Promise<readonly ReadyCheck[]>;
  /** Pages and filters that are saved for everybody; absent where nothing is kept. */
  readonly saved?: SavedStore;
  /** Tries scripts of ngctl on a model; absent where none are tried. */
  readonly explain?: Explain;
  /** Sends a flow through collector and store; absent where that is not done. */
  readonly selfTest?: SelfTest;
  /** Sends a node of the graph a message that changes nothing; null, or absent, where there is no graph. */
  readonly askNode?: (node: number, message: string, args: string) => Promise<NodeReply | null>;
  /** Keeps what was lost, and when, for later servers; forgotten with the server when absent. */
  readonly losses?: LossKeeper;
  /** Makes the alerts of this server, which ask the store when it is their turn; absent where there are none. */
  readonly alerts?: (ask: Ask) => AlertService;
  /** Makes what answers further metrics of this server, which may ask the store. */
  readonly metrics?: (ask: Ask) => () => Promise<readonly OwnMetric[]>;
  /** Unix milliseconds; the system clock when absent. */
  readonly nowMs?: () => number;
}
