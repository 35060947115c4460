import type { Log } from "@ngflow/base";
import type { PieceReader } from "@ngflow/flows";
import type { Accounts } from "./access/accounts.ts";
import type { AuditEntry } from "./access/audit.ts";
import type { PartAge } from "./part-age.ts";
import type { Sources } from "./routes/index.ts";
import type { SavedStore } from "./saved/saved.ts";

/** What the server shows, and where it writes what goes wrong. */
export interface ServerDeps {
  readonly reader: PieceReader;
  readonly sources: Sources;
  readonly log: Log;
  /** Who may read. Called for each request, so it must cost little. Nobody has an account when absent. */
  readonly accounts?: () => Accounts;
  /** Keeps what changed who may read, or what others see. */
  readonly audit?: (entry: AuditEntry) => void;
  /** Ages of the parts, for `/healthz`. Called without a token, so it must cost little. */
  readonly health?: () => Promise<readonly PartAge[]>;
  /** Pages and filters that are saved for everybody; absent where nothing is kept. */
  readonly saved?: SavedStore;
  /** Unix milliseconds; the system clock when absent. */
  readonly nowMs?: () => number;
}
