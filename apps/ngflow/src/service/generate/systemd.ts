import { type GeneratedFile, MARK } from "./generated-file.ts";

const CONTROL = "/run/ngflow/control.sock";
const DATA = "/var/lib/ngflow";

/** What all three are denied. V8 compiles at run time, so `MemoryDenyWriteExecute` is not among it. */
const HARDENING = `NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
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
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM
UMask=0077`;

interface Unit {
  readonly name: string;
  readonly description: string;
  /** Lines of [Unit] and [Service] of its own. */
  readonly unit: string;
  readonly service: string;
}

/**
 * Started in the order of the data backwards and so stopped in its order: the graph exports what it has cached while
 * the collector still listens, and the collector writes while the store still reads.
 */
function units(program: string): Unit[] {
  return [
    {
      name: "ngflow-serve",
      description: "ngflow store and console",
      unit: "After=network.target",
      service: `ExecStart=${program} serve --data ${DATA} --http 127.0.0.1:8080 --control ${CONTROL}
StateDirectory=ngflow
StateDirectoryMode=0700
CapabilityBoundingSet=
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
TimeoutStopSec=60`,
    },
    {
      name: "ngflow-collect",
      description: "ngflow collector",
      unit: "After=network.target ngflow-serve.service",
      service: `ExecStart=${program} collect --data ${DATA}
StateDirectory=ngflow
StateDirectoryMode=0700
CapabilityBoundingSet=
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
TimeoutStopSec=60`,
    },
    {
      name: "ngflow-graph",
      description: "ngflow graph with ng_netflow",
      unit: `Wants=network-online.target
After=network-online.target ngflow-collect.service
StartLimitIntervalSec=60
StartLimitBurst=5`,
      service: `ExecStart=${program} graph --control ${CONTROL}
ExecStartPost=${program} service ng_netflow faststart --wait 20 --control ${CONTROL}
RuntimeDirectory=ngflow
RuntimeDirectoryMode=0700
AmbientCapabilities=CAP_NET_RAW
CapabilityBoundingSet=CAP_NET_RAW
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_PACKET AF_NETLINK
TimeoutStopSec=20`,
    },
  ];
}

/** @param program absolute command that runs ngflow. */
export function systemdFiles(program: string): GeneratedFile[] {
  const head = `# ${MARK} --for systemd`;
  return [
    {
      path: "/etc/sysusers.d/ngflow.conf",
      mode: 0o644,
      text: `${head}\nu ngflow - "ngflow flow metering" ${DATA} -\n`,
    },
    ...units(program).map(({ name, description, unit, service }) => ({
      path: `/etc/systemd/system/${name}.service`,
      mode: 0o644,
      text: `${head}
[Unit]
Description=${description}
${unit}

[Service]
Type=exec
User=ngflow
Group=ngflow
${service}
Restart=on-failure
RestartSec=2
${HARDENING}

[Install]
WantedBy=multi-user.target
`,
    })),
  ];
}

/** Names of the units, in the order of starting. */
export const SYSTEMD_UNITS: readonly string[] = units("").map(({ name }) => `${name}.service`);
