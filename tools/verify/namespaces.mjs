import { spawnSync } from "node:child_process";

const UNSHARE = ["unshare", "--pid", "--fork", "--kill-child=KILL", "--mount-proc", "--net"];

/**
 * What the first process of the namespaces does: the names of network namespaces are its own, the loopback interface is
 * up. It stays, to collect the exit status of processes whose parent has ended, and they all end with it.
 */
const FIRST_PROCESS = `
mkdir -p /run/netns && mount -t tmpfs tmpfs /run/netns && mount --make-shared /run/netns && ip link set lo up || exit 125
"$@"
exit $?
`;

let possible;

/** Whether commands can have namespaces of their own: on Linux, as root, where nothing forbids it. */
export function canEnclose() {
  possible ??=
    process.platform === "linux" &&
    process.getuid() === 0 &&
    spawnSync("setpriv", ["--pdeathsig", "KILL", ...UNSHARE, "ip", "link", "set", "lo", "up"]).status === 0;
  return possible;
}

/**
 * The words that run a command with processes, mounts and a network of its own. When the command ends, or is killed, or
 * the process that started it ends in whatever way, the kernel ends every process that it started and all that was
 * theirs.
 */
export function enclosed(words) {
  return ["setpriv", "--pdeathsig", "KILL", ...UNSHARE, "sh", "-c", FIRST_PROCESS, "sh", ...words];
}
