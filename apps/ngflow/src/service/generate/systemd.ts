import type { Profile } from "@ngflow/nodes/engine";
import { DATA } from "./data.ts";
import { type GeneratedFile, MARK } from "./generated-file.ts";

const CONTROL = "/run/ngflow/control.sock";

/** Where the daemons find each other's sockets. The directory stays while one of them stops. */
const SOCKETS = `RuntimeDirectory=ngflow
RuntimeDirectoryMode=0700
RuntimeDirectoryPreserve=yes`;

/** Settings of an administrator, such as `NGFLOW_CONFIG=/etc/ngflow/ngflow.yaml`. */
const ENVIRONMENT = "EnvironmentFile=-/etc/ngflow/environment";

/** Restrictions of all three units. V8 compiles at run time, so `MemoryDenyWriteExecute` is not one of them. */
const HARDENING = `NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
RemoveIPC=yes
SystemCallArchitectures=native
SystemCallErrorNumber=EPERM
UMask=0077`;

/** Exceptions for one unit. The addresses of the machine are read over AF_NETLINK: audits and --tee need them. */
const CLOSED = `CapabilityBoundingSet=
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
PrivateDevices=yes
SystemCallFilter=@system-service`;
const CAPTURING = `AmbientCapabilities=CAP_NET_RAW
CapabilityBoundingSet=CAP_NET_RAW
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_PACKET AF_NETLINK
PrivateDevices=yes
SystemCallFilter=@system-service`;
/** TAPs, programs on the interface (decision 7), and the interface's flags. */
const INLINE = `AmbientCapabilities=CAP_NET_RAW CAP_NET_ADMIN CAP_BPF
CapabilityBoundingSet=CAP_NET_RAW CAP_NET_ADMIN CAP_BPF
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_PACKET AF_NETLINK
DevicePolicy=closed
DeviceAllow=/dev/net/tun rw
SystemCallFilter=@system-service bpf`;

/**
 * How long a daemon may give no sign of life before it is started again. It gives one while its event loop and all its
 * threads run. Far longer than a machine under load, or the store's engine with a large merge, makes them wait.
 */
const WATCHDOG_SEC = 30;

interface Unit {
  readonly name: string;
  readonly description: string;
  /**
   * More memory than the daemon takes under any load that it bounds: a defect ends the daemon, not others on the
   * machine.
   */
  readonly memoryMax: string;
  /** Additional lines of [Unit] and [Service]. */
  readonly unit: string;
  readonly service: string;
}

/**
 * Started against the direction of the data and stopped along it: the graph exports cached flows while
 * the collector still listens, and the collector writes while the store still reads.
 */
function units(program: string, inline: readonly string[], profile: Profile | undefined): Unit[] {
  // --force allows the only default route: faststart connects both hooks in one transaction, or none.
  const inlineOptions = inline.length === 0 ? "" : ` --force${inline.map((name) => ` --inline ${name}`).join("")}`;
  const graphOptions = inlineOptions + (profile === undefined ? "" : ` --profile ${profile}`);
  return [
    {
      name: "ngflow-serve",
      description: "ngflow store and console",
      // The engine's base and caches, its queries (512 MiB each at most), answers, and the page cache of its files.
      memoryMax: "4G",
      unit: "After=network.target",
      service: `ExecStart=${program} serve --data ${DATA} --control ${CONTROL}
ExecReload=${program} reload --data ${DATA}
StateDirectory=ngflow
StateDirectoryMode=0700
${CLOSED}
TimeoutStopSec=60`,
    },
    {
      name: "ngflow-collect",
      description: "ngflow collector",
      // Datagrams and rows that wait (64 MiB and up to 1 GiB), templates and held data of all exporters.
      memoryMax: "2G",
      unit: "After=network.target ngflow-serve.service",
      service: `ExecStart=${program} collect --data ${DATA}
ExecReload=${program} reload --data ${DATA}
StateDirectory=ngflow
StateDirectoryMode=0700
${CLOSED}
TimeoutStopSec=60`,
    },
    {
      name: "ngflow-graph",
      description: "ngflow graph with ng_netflow",
      // Flow caches (about 100 MiB per million flows), and packets that wait in nodes; rings belong to the kernel.
      memoryMax: "2G",
      unit: `Wants=network-online.target
After=network-online.target ngflow-collect.service
StartLimitIntervalSec=60
StartLimitBurst=5`,
      service: `ExecStart=${program} graph --control ${CONTROL}${graphOptions}
ExecStartPost=${program} service ng_netflow faststart --wait 60 --control ${CONTROL}
${inline.length === 0 ? CAPTURING : INLINE}
TimeoutStartSec=150
TimeoutStopSec=20`,
    },
  ];
}

/**
 * @param program absolute command that runs ngflow.
 * @param inline interfaces whose nodes stand between wire and host; all others observe.
 * @param profile metering engine of the graph's netflow nodes, if not the default.
 */
export function systemdFiles(program: string, inline: readonly string[] = [], profile?: Profile): GeneratedFile[] {
  const head = `# ${MARK} --for systemd`;
  return [
    {
      path: "/etc/sysusers.d/ngflow.conf",
      mode: 0o644,
      text: `${head}\nu ngflow - "ngflow flow metering" ${DATA} -\n`,
    },
    ...units(program, inline, profile).map(({ name, description, memoryMax, unit, service }) => ({
      path: `/etc/systemd/system/${name}.service`,
      mode: 0o644,
      text: `${head}
[Unit]
Description=${description}
${unit}

[Service]
Type=notify
WatchdogSec=${WATCHDOG_SEC}
MemoryMax=${memoryMax}
User=ngflow
Group=ngflow
${ENVIRONMENT}
${service}
Restart=on-failure
RestartSec=2
${SOCKETS}
${HARDENING}

[Install]
WantedBy=multi-user.target
`,
    })),
  ];
}

/** Names of the units, in the order of starting. */
export const SYSTEMD_UNITS: readonly string[] = units("", [], undefined).map(({ name }) => name);
