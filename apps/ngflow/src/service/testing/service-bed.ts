import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { attachEther, NODE_TYPES, SimulatedInterface } from "@ngflow/nodes";
import { PacketBatch } from "@ngflow/base";
import type { ControlRequest } from "../../control/connection.ts";
import { startTestDaemon, type TestDaemon } from "../../control/testing/test-daemon.ts";
import { transactionRequests } from "../../transaction/transaction-requests.ts";
import { ServiceError } from "../errors.ts";
import { ngNetflow } from "../ng-netflow.ts";
import { type RcSources, readVariables } from "../rc-conf/sources.ts";
import { runRcCommand } from "../rc-subr.ts";

/** The service on a graph of its own, with interfaces `em0`, `em1` and `em0.100` that stand between wire and host. */
export class ServiceBed {
  readonly usage =
    "Usage: ngflow service ng_netflow [fast|force|one|quiet]" +
    "(start|stop|restart|rcvar|enable|disable|delete|enabled|describe|extracommands|status)\n";
  readonly folder: string;
  readonly rcConf: string;
  /** What `configure` wrote. */
  configured = "";
  readonly daemon: TestDaemon;
  /** What the daemon says of its interfaces: that they only watch. */
  observes = false;
  /** Whether the service finds the daemon. */
  isRunningDaemon = true;
  /** Options of the daemon that the service wanted to start. */
  startedWith: readonly string[] | undefined;
  /** Packets that reached the host. */
  toHost = 0;
  readonly #em0: SimulatedInterface;
  #serviceFiles: string[] = [];

  private constructor(daemon: TestDaemon) {
    this.daemon = daemon;
    this.folder = mkdtempSync(join(tmpdir(), "ngflow-service-"));
    this.rcConf = join(this.folder, "rc.conf");
    const ends = { toHost: (batch: PacketBatch) => void (this.toHost += batch.count) };
    this.#em0 = new SimulatedInterface("em0", 1, Uint8Array.of(2, 0, 0, 0, 0, 1), ends);
    attachEther(daemon.graph, this.#em0);
    attachEther(daemon.graph, new SimulatedInterface("em1", 2, Uint8Array.of(2, 0, 0, 0, 0, 2)));
    attachEther(daemon.graph, new SimulatedInterface("em0.100", 3, Uint8Array.of(2, 0, 0, 0, 0, 3)));
  }

  static async open(): Promise<ServiceBed> {
    let served: Readonly<Record<string, ControlRequest>> = {};
    const requests: Record<string, ControlRequest> = {
      state: (args, rights) => served["state"]!(args, rights),
      try: (args, rights) => served["try"]!(args, rights),
    };
    const daemon = await startTestDaemon({ types: NODE_TYPES, requests });
    const bed = new ServiceBed(daemon);
    served = transactionRequests(daemon.graph, () => bed.observes);
    return bed;
  }

  async close(): Promise<void> {
    await this.daemon.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Writes the lines after those of the article, which name em0 and a collector. */
  configure(lines: string, article = 'ng_netflow_interface="em0"\nng_netflow_collect_addr="127.0.0.1"\n'): void {
    this.configured = article + lines;
    writeFileSync(this.rcConf, this.configured);
  }

  /** A file of the service's own, read after the others. */
  addServiceFile(text: string): string {
    const path = join(this.folder, "ng_netflow");
    writeFileSync(path, text);
    this.#serviceFiles = [path];
    return path;
  }

  async service(
    argument: string,
    resolve: (name: string) => Promise<readonly string[]> = async (name) => {
      throw Object.assign(new Error(`getaddrinfo ENOTFOUND ${name}`), { code: "ENOTFOUND" });
    },
  ): Promise<{ status: number; out: string; err: string }> {
    let [out, err] = ["", ""];
    const sources: RcSources = { main: this.rcConf, files: [this.rcConf], serviceFiles: () => this.#serviceFiles };
    const service = ngNetflow({
      control: this.isRunningDaemon ? this.daemon.path : join(this.folder, "absent.sock"),
      sources,
      variables: readVariables([...sources.files, ...this.#serviceFiles]),
      machine: { resolve, interfaceIndex: (name) => (name === "em1" ? 2 : undefined) },
      interfaces: () => ["em0", "em1", "em0.100"],
      startGraph: (options) => {
        this.startedWith = options;
        return Promise.reject(new ServiceError("graph-not-started", "the test starts none"));
      },
    });
    const print = { out: (text: string) => void (out += text), err: (text: string) => void (err += text) };
    const status = await runRcCommand(argument, service, print);
    return { status, out, err };
  }

  /** ng_netflow_enable as the file has it. */
  variable(): string | undefined {
    return /^ng_netflow_enable="(.*)"$/m.exec(readFileSync(this.rcConf, "utf8"))?.[1];
  }

  isRunning(): boolean {
    return this.daemon.graph.snapshot().nodes.some((node) => node.name === "netflow");
  }

  /** Nodes and edges, to compare; interfaces are there always. */
  graph(): string[] {
    const { nodes } = this.daemon.graph.snapshot();
    return nodes.flatMap((node) => [
      `${node.name}:${node.type}`,
      ...node.hooks.map((hook) => `${node.name}.${hook.name}-${hook.peerHook}`),
    ]);
  }

  /** Whether a frame that em0 receives reaches the host. */
  isConnected(): boolean {
    const before = this.toHost;
    const ethernet = "0200000000010200000000020800";
    const ip = "4500002000000000401100000a0000010a000002";
    const frame = Buffer.from(`${ethernet}${ip}03e80035000c000000000000`, "hex");
    this.daemon.graph.run(() => this.#em0.fromWire(PacketBatch.of(frame, Date.now() * 1000)));
    return this.toHost === before + 1;
  }
}
