import { PrefixRoutes } from "./prefix-routes.ts";
import { NO_ROUTES, type Route, type RouteTable } from "./routes.ts";
import { libc, type PollHandle } from "../libc.ts";
import { groupsAddress, openRouteNetlink } from "../netlink/socket.ts";
import { readRouteMessages, routesRequest } from "./route-messages.ts";

/**
 * Links, addresses and routes of both families: IPv4 routes vanish with a link or an address without a report of their
 * own.
 */
const GROUPS = 0x1 | 0x10 | 0x40 | 0x100 | 0x400;
const SOL_SOCKET = 1;
const SO_ERROR = 4;
const SO_RCVBUF = 8;
const RECEIVE_BYTES = 1 << 20;
const MSG_DONTWAIT = 0x40;
const MESSAGE_BYTES = 1 << 16;
/** Messages read in one turn of the event loop, about a thousand routes: a full table does not hold packets up. */
const MESSAGES_PER_TURN = 4;
/** Reports come in bursts: this long after the first one the routes are read again. */
const SETTLE_MS = 50;
/** Readings take this part of the time at most. */
const DUTY = 0.1;
/** Room for the routes of a host; more is made when a reading shows that it takes more. */
const ROOM_AT_FIRST = 1024;
/** Most routes of both families, 42 bytes each while they are read again. */
const ROUTES_MAX = 2_097_152;
const FAMILIES = [4, 6] as const;

/** The kernel's routing table, kept up to date. */
export interface KernelRoutes extends RouteTable {
  /** Resolves when the first reading is complete, or when there is none to wait for. */
  readonly ready: Promise<void>;
  /** Stops following the kernel; the table stays as it is. Safe to call twice. */
  close(): void;
}

/** A netlink socket; -1 where the kernel refuses one. */
function openSocket(groups: number): number {
  const c = libc();
  const fd = openRouteNetlink();
  if (fd < 0) return -1;
  const address = groupsAddress(groups);
  c.setsockopt(fd, SOL_SOCKET, SO_RCVBUF, new Uint8Array(Int32Array.of(RECEIVE_BYTES).buffer), 4);
  if (c.bind(fd, address, address.length) >= 0) return fd;
  c.close(fd);
  return -1;
}

/**
 * Reads the kernel's main and local routing tables of both families (rtnetlink(7)), and all of them again soon after
 * something changed: reports only say when, so that one that is lost or never sent costs nothing. Readings go on in the
 * event loop, a few messages a turn, into a table that takes the place of the old one when it is complete. Policy rules
 * and other tables are not followed.
 *
 * When there are more than `max` routes, not one of them is kept: fields would be wrong where the right route was left
 * out. The log says so.
 * @throws NgflowError elsewhere than on Linux.
 */
export function openKernelRoutes(log: (message: string) => void, max = ROUTES_MAX): KernelRoutes {
  return new Follower(log, max);
}

class Follower implements KernelRoutes {
  readonly ready: Promise<void>;
  readonly #log: (message: string) => void;
  readonly #max: number;
  #current: RouteTable = NO_ROUTES;
  #next = new PrefixRoutes(0, 0);
  #room = { 4: ROOM_AT_FIRST, 6: ROOM_AT_FIRST };
  /** Families that are still to be read, the first of them being read; none between readings. */
  #families: (4 | 6)[] = [];
  #interrupted = false;
  #changed = false;
  #startedMs = 0;
  #refused = 0;
  #timer: NodeJS.Timeout | undefined;
  #isReady: () => void = () => {};
  #closed = false;
  readonly #reports: number;
  readonly #answers: number;
  readonly #watches: PollHandle[] = [];
  readonly #buffer = new Uint8Array(MESSAGE_BYTES);

  constructor(log: (message: string) => void, max: number) {
    this.#log = log;
    this.#max = max;
    this.ready = new Promise((resolve) => (this.#isReady = resolve));
    this.#reports = openSocket(GROUPS);
    this.#answers = openSocket(0);
    if (this.#reports < 0 || this.#answers < 0) {
      log("the kernel's routes cannot be read: next hops, masks and output interfaces stay 0");
      this.close();
      return;
    }
    this.#watch(this.#reports, () => this.#onReport());
    this.#watch(this.#answers, () => this.#onAnswer());
    this.#read();
  }

  get routes(): number {
    return this.#current.routes ?? 0;
  }

  get routesRefused(): number {
    return this.#refused;
  }

  lookup(family: 4 | 6, b: Uint8Array, o: number, out: Route): boolean {
    return this.#current.lookup(family, b, o, out);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#timer);
    for (const watch of this.#watches) watch.close();
    for (const fd of [this.#reports, this.#answers]) if (fd >= 0) libc().close(fd);
    this.#isReady();
  }

  #watch(fd: number, ready: () => void): void {
    const c = libc();
    const onReady = (status: number): void => {
      if (this.#closed) return;
      if (status < 0) {
        // The kernel ran out of room, and the event loop has stopped watching: clear the error and go on.
        c.getsockopt(fd, SOL_SOCKET, SO_ERROR, new Uint8Array(4), new Uint8Array(Int32Array.of(4).buffer));
        handle.start({ readable: true }, onReady);
      }
      ready();
    };
    const handle = c.watch(fd, { readable: true }, onReady);
    handle.unref();
    this.#watches.push(handle);
  }

  /** Length of the next message in the buffer, -1 when there is none. */
  #receive(fd: number): number {
    return Number(libc().recvfrom(fd, this.#buffer, MESSAGE_BYTES, MSG_DONTWAIT, 0n, 0n));
  }

  #onReport(): void {
    for (let n = 0; n < MESSAGES_PER_TURN && this.#receive(this.#reports) >= 0; n++);
    this.#changed = true;
    if (this.#families.length === 0) this.#readLater();
  }

  /** A reading that took long is not begun again for nine times as long. */
  #readLater(): void {
    const pauseMs = Math.max(SETTLE_MS, this.#lastReadingMs * (1 / DUTY - 1));
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#read();
    }, pauseMs).unref();
  }

  #lastReadingMs = 0;

  #read(): void {
    this.#changed = false;
    this.#interrupted = false;
    this.#startedMs = performance.now();
    this.#next = new PrefixRoutes(this.#room[4], this.#room[6]);
    this.#families = [...FAMILIES];
    this.#request();
  }

  #request(): void {
    const request = routesRequest(this.#families[0]!);
    // A netlink socket without a peer sends to the kernel.
    if (libc().send(this.#answers, request, request.length, 0) < 0) this.#familyRead();
  }

  #onAnswer(): void {
    for (let n = 0; n < MESSAGES_PER_TURN && this.#families.length > 0; n++) {
      const length = this.#receive(this.#answers);
      if (length < 0) return;
      const { done, interrupted } = readRouteMessages(this.#buffer, length, this.#next);
      this.#interrupted ||= interrupted;
      if (done) this.#familyRead();
    }
  }

  #familyRead(): void {
    this.#families.shift();
    if (this.#families.length > 0) this.#request();
    else this.#complete();
  }

  #complete(): void {
    const next = this.#next;
    const wanted = next.wanted(4) + next.wanted(6);
    this.#lastReadingMs = performance.now() - this.#startedMs;
    if (wanted > this.#max) {
      if (this.#refused === 0) {
        this.#log(`the kernel has more than ${this.#max} routes: next hops, masks and output interfaces stay 0`);
      }
      this.#refused = wanted;
      this.#current = NO_ROUTES;
    } else if (next.overflowed) {
      // Made larger and read again: rehashing a full table would hold packets up.
      for (const family of FAMILIES) this.#room[family] = Math.max(ROOM_AT_FIRST, 2 * next.wanted(family));
      this.#read();
      return;
    } else {
      this.#refused = 0;
      this.#current = next;
    }
    this.#next = new PrefixRoutes(0, 0);
    this.#isReady();
    if (this.#changed || this.#interrupted) this.#readLater();
  }
}
