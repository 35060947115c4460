import { hasLibc, ServiceSocket } from "@ngflow/os";

/** What a daemon reports to the service manager that started it (sd_notify(3)). */
export interface ServiceManager {
  /**
   * The daemon has begun, and the manager may start what comes after it, but it gives no sign of life for up to ten
   * minutes.
   * @param status one line for `systemctl status`
   */
  opening(status: string): void;
  /** The daemon does its work. @param status one line for `systemctl status` */
  ready(status: string): void;
  /** The daemon reads its configuration again; `ready` ends that. */
  reloading(): void;
  /** Every part of it is alive; may be called often. */
  alive(): void;
  stopping(): void;
}

const NONE: ServiceManager = { opening() {}, ready() {}, reloading() {}, alive() {}, stopping() {} };
/** Signs of life in the time that the manager waits for one. */
const SIGNS = 4;
const OPENING_US = 600_000_000;

/**
 * The service manager of this process; one that ignores everything if there is none, or if this is the child of a
 * daemon. The children of this process do not report to it either. Call it once.
 */
export function serviceManager(): ServiceManager {
  const isChild = process.send !== undefined;
  const { NOTIFY_SOCKET: address, WATCHDOG_USEC: watchdogUs, WATCHDOG_PID: pid } = process.env;
  for (const name of ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"]) delete process.env[name];
  if (isChild || address === undefined || !hasLibc()) return NONE;
  const socket = new ServiceSocket(address);
  const watched = watchdogUs !== undefined && (pid === undefined || Number(pid) === process.pid);
  const intervalMs = watched ? Number(watchdogUs) / 1000 / SIGNS : Number.POSITIVE_INFINITY;
  let aliveMs = Number.NEGATIVE_INFINITY;
  const send = (status: string, patienceUs: number | string | undefined): void => {
    socket.send(`READY=1\nSTATUS=${status}${watched ? `\nWATCHDOG_USEC=${patienceUs}` : ""}`);
  };
  return {
    opening: (status) => send(status, OPENING_US),
    ready: (status) => send(status, watchdogUs),
    // The clock that the manager compares it with.
    reloading: () => void socket.send(`RELOADING=1\nMONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`),
    alive() {
      const nowMs = performance.now();
      if (nowMs - aliveMs < intervalMs) return;
      aliveMs = nowMs;
      socket.send("WATCHDOG=1");
    },
    stopping: () => void socket.send("STOPPING=1\nSTATUS=saving what was counted"),
  };
}
