import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { type AddressInfo, connect, createServer } from "node:net";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const SERVER = "/usr/sbin/clickhouse-server";
const KEEPER = "/usr/share/java/zookeeper.jar";
const START_MS = 60_000;
/** A program that is starting may take a connection and not answer. */
const ANSWER_MS = 2000;

/** What is not installed of what a cluster needs; empty if all is. */
export const ABSENT: readonly string[] = [
  ...(existsSync(SERVER) ? [] : ["clickhouse-server"]),
  ...(existsSync(KEEPER) ? [] : ["zookeeper"]),
];

/** Name of the cluster in the configuration of its servers. */
export const CLUSTER = "flows_cluster";

/** Where a program of the cluster runs. */
export interface Place {
  /** Its IPv4 address; every place has another one, or all have that of loopback. */
  readonly address: string;
  /** The words before its command. */
  readonly enter: readonly string[];
}

/** Places by the name of the program: `keeper`, `s0r0`, `s0r1` and so on. */
export type Places = (name: string) => Place;

const LOOPBACK: Place = { address: "127.0.0.1", enter: [] };

/** A program of the cluster that a test kills and starts again. */
export interface Member {
  readonly name: string;
  /** What it has on disk. */
  readonly directory: string;
  /** `host:port` of HTTP; of a keeper that of its clients. */
  readonly host: string;
  start(): Promise<void>;
  kill(): Promise<void>;
  hasEnded(): boolean;
  /** Of its process, once it was started. */
  pid(): number | undefined;
}

/** Debian's servers (18.16) with a ZooKeeper. */
export interface OldCluster {
  /** By shard and replica. */
  readonly servers: readonly (readonly Member[])[];
  readonly keeper: Member;
  /** Hosts of all servers. */
  readonly hosts: readonly string[];
  /** Starts servers again that have ended: 18.16 dies of a keeper that listens, but does not serve yet. */
  restartEnded(): Promise<void>;
  stop(): Promise<void>;
}

export interface OldClusterConfig {
  /** Default: 2. */
  readonly shards?: number;
  /** Of each shard. Default: 2. */
  readonly replicas?: number;
  /** Default: all on loopback. */
  readonly placeOf?: Places;
}

/** @param root a directory, which the test removes; each program has one in it, with its name, made if absent */
export async function startOldCluster(root: string, config: OldClusterConfig = {}): Promise<OldCluster> {
  const { shards = 2, replicas = 2, placeOf = () => LOOPBACK } = config;
  const ports = await freePorts(3 * shards * replicas + 1);
  const keeperAt = { name: "keeper", port: ports.pop()!, place: placeOf("keeper") };
  const keeper = keeperOf(path.join(root, keeperAt.name), keeperAt);
  const planned = Array.from({ length: shards }, (_, shard) =>
    Array.from({ length: replicas }, (__, replica) => {
      const name = `s${shard}r${replica}`;
      const macros = `<macros><shard>${shard}</shard><replica>${replica}</replica></macros>`;
      const at = { tcp: ports.pop()!, http: ports.pop()!, interserver: ports.pop()! };
      return { name, place: placeOf(name), macros, ...at };
    }),
  );
  const shardsXml = planned
    .map(
      (row) =>
        "<shard><internal_replication>true</internal_replication>" +
        `${row.map(({ place, tcp }) => `<replica><host>${place.address}</host><port>${tcp}</port></replica>`).join("")}</shard>`,
    )
    .join("");
  const shared =
    `<remote_servers><${CLUSTER}>${shardsXml}</${CLUSTER}></remote_servers>` +
    `<zookeeper><node><host>${keeperAt.place.address}</host><port>${keeperAt.port}</port></node>` +
    "<session_timeout_ms>3000</session_timeout_ms></zookeeper>" +
    "<distributed_ddl><path>/clickhouse/task_queue/ddl</path></distributed_ddl>";
  const servers = planned.map((row) =>
    row.map(({ macros, ...at }) => serverOf(path.join(root, at.name), { ...at, more: `${shared}${macros}` })),
  );
  const members = [keeper, ...servers.flat()];
  const stop = async (): Promise<void> => void (await Promise.all(members.map((member) => member.kill())));
  try {
    await keeper.start();
    await Promise.all(servers.flat().map((server) => server.start()));
  } catch (error) {
    await stop();
    throw error;
  }
  const restartEnded = async (): Promise<void> => {
    await Promise.all(servers.flat().map((server) => (server.hasEnded() ? server.start() : undefined)));
  };
  return { servers, keeper, hosts: servers.flat().map(({ host }) => host), restartEnded, stop };
}

interface ServerConfig {
  readonly place: Place;
  readonly tcp: number;
  readonly http: number;
  readonly interserver: number;
  /** More of its configuration. */
  readonly more: string;
}

function serverOf(directory: string, { place, tcp, http, interserver, more }: ServerConfig): Member {
  const { address, enter } = place;
  const users =
    "<yandex><profiles><default></default></profiles><users><default><password></password>" +
    "<networks><ip>::/0</ip></networks><profile>default</profile><quota>default</quota></default></users>" +
    "<quotas><default></default></quotas></yandex>";
  const config =
    `<yandex><logger><level>warning</level><log>${directory}/log</log><errorlog>${directory}/errors</errorlog></logger>` +
    `<http_port>${http}</http_port><tcp_port>${tcp}</tcp_port><interserver_http_port>${interserver}</interserver_http_port>` +
    `<interserver_http_host>${address}</interserver_http_host><listen_host>${address}</listen_host>` +
    `<path>${directory}/data/</path><tmp_path>${directory}/tmp/</tmp_path><users_config>${directory}/users.xml</users_config>` +
    "<default_profile>default</default_profile><default_database>default</default_database>" +
    `<mark_cache_size>5368709</mark_cache_size>${more}</yandex>`;
  return member(directory, `${address}:${http}`, {
    async prepare() {
      await mkdir(path.join(directory, "tmp"), { recursive: true });
      await writeFile(path.join(directory, "users.xml"), users);
      await writeFile(path.join(directory, "config.xml"), config);
    },
    command: [...enter, SERVER, `--config-file=${directory}/config.xml`],
    async isUp() {
      const signal = AbortSignal.timeout(ANSWER_MS);
      // Else the next request may take this connection, which the server closes after three seconds.
      const headers = { connection: "close" };
      const answer = await fetch(`http://${address}:${http}/ping`, { signal, headers });
      return (await answer.text()).startsWith("Ok.");
    },
  });
}

interface KeeperConfig {
  readonly place: Place;
  readonly port: number;
}

function keeperOf(directory: string, { place: { address, enter }, port }: KeeperConfig): Member {
  const config =
    `tickTime=500\ndataDir=${directory}/data\nclientPort=${port}\nclientPortAddress=${address}\n` +
    "admin.enableServer=false\n4lw.commands.whitelist=srvr\n";
  return member(directory, `${address}:${port}`, {
    async prepare() {
      await mkdir(path.join(directory, "data"), { recursive: true });
      await writeFile(path.join(directory, "zoo.cfg"), config);
    },
    command: [
      ...[...enter, "java", "-Xmx128m", "-cp", `${KEEPER}:/usr/share/java/slf4j-nop.jar`],
      ...["org.apache.zookeeper.server.ZooKeeperServerMain", `${directory}/zoo.cfg`],
    ],
    isUp: () => doesServe(address, port),
  });
}

/** A keeper listens before it serves. */
function doesServe(address: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    let answer = "";
    const socket = connect(port, address, () => socket.write("srvr"));
    socket.setTimeout(ANSWER_MS, () => socket.destroy());
    socket.on("data", (piece: Buffer) => (answer += piece.toString()));
    socket.on("error", () => resolve(false));
    socket.on("close", () => resolve(answer.includes("Mode: ")));
  });
}

interface Program {
  prepare(): Promise<void>;
  readonly command: readonly string[];
  isUp(): Promise<boolean>;
}

function member(directory: string, host: string, { prepare, command, isUp }: Program): Member {
  const name = path.basename(directory);
  let child: ChildProcess | undefined;
  const hasEnded = (): boolean => child === undefined || child.exitCode !== null || child.signalCode !== null;
  return {
    name,
    directory,
    host,
    hasEnded,
    pid: () => child?.pid,
    async start() {
      await prepare();
      const [program = "", ...words] = command;
      child = spawn(program, words, { stdio: "ignore" });
      for (let waitedMs = 0; waitedMs < START_MS; waitedMs += 100) {
        if (await isUp().catch(() => false)) return;
        if (hasEnded()) break;
        await sleep(100);
      }
      throw new Error(`${name} does not start: ${command.join(" ")}`);
    },
    async kill() {
      if (child === undefined || hasEnded()) return;
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
    },
  };
}

/** Ports that are free now, all different. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, "127.0.0.1"));
  await Promise.all(servers.map((server) => once(server, "listening")));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), "close")));
  return ports;
}
