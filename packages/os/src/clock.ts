import { hasLibc, libc } from "./libc.ts";

/** Numbers of the system call clock_adjtime(2) by architecture of Node.js. */
const CLOCK_ADJTIME: Readonly<Partial<Record<string, number>>> = { x64: 305, arm64: 266 };
const CLOCK_REALTIME = 0;
/** Bytes of struct timex; all zero asks without changing anything. */
const TIMEX_BYTES = 208;
/** The state of a clock that nothing keeps in step (adjtimex(2)). */
const TIME_ERROR = 5;

/**
 * Whether the kernel's clock is kept in step with others, as adjtimex(2) says; undefined where the kernel does not
 * answer.
 */
export function isClockSynchronised(): boolean | undefined {
  const number = CLOCK_ADJTIME[process.arch];
  if (number === undefined || !hasLibc()) return undefined;
  const state = libc().syscall(number, CLOCK_REALTIME, new Uint8Array(TIMEX_BYTES), 0);
  return state < 0 ? undefined : state !== TIME_ERROR;
}
