import { spawnSync } from "node:child_process";

/** The Debian packages whose programs the tests drive. */
export const PACKAGES = [
  "tcpdump",
  "nfdump",
  "nfdump-sflow",
  "softflowd",
  "pmacct",
  "fprobe",
  "python3-ipfix",
  "tshark",
  "chromium",
  "fonts-noto-cjk",
  "openssl",
  "iproute2",
  "iputils-ping",
  "iperf3",
  "tcpreplay",
  "netsniff-ng",
  "ethtool",
  "procps",
  "strace",
  "shellcheck",
  "systemd",
  "munin-node",
  "faketime",
  "original-awk",
  "zsh",
  "fish",
  "prometheus",
  "snmpd",
  "snmp",
  "dnsmasq-base",
  "clickhouse-server",
  "zookeeper",
  "kcat",
];

/** The packages that are not installed; all of them where there is no dpkg to ask. */
export function missingPackages() {
  return PACKAGES.filter((name) => {
    const { stdout } = spawnSync("dpkg-query", ["-W", "-f", "${db:Status-Status}", name], { encoding: "utf8" });
    return stdout !== "installed";
  });
}

/** Runs one command of the installation as root; throws with its last words when it fails. */
function asRoot(command, args, input) {
  const words =
    process.getuid() === 0 ? [command, ...args] : ["sudo", "-n", "--preserve-env=DEBIAN_FRONTEND", command, ...args];
  const { status, error, stdout, stderr } = spawnSync(words[0], words.slice(1), {
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    encoding: "utf8",
    input: input ?? "",
    maxBuffer: 64 << 20,
  });
  if (status === 0) return;
  const last = `${stdout ?? ""}${stderr ?? ""}`.trim().split("\n").slice(-3).join("; ");
  throw new Error(`${words.join(" ")}: ${error?.message ?? last}`);
}

/** Installs what is missing without asking anything; capture by unprivileged users (a tshark question) stays off. */
export function installPackages(missing) {
  asRoot("apt-get", ["update", "-q"]);
  asRoot("debconf-set-selections", [], "wireshark-common wireshark-common/install-setuid boolean false\n");
  asRoot("apt-get", ["install", "-y", "-q", "--no-install-recommends", ...missing]);
}
