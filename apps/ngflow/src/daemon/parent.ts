/** Environment variable with the id of the process that started a daemon, which must not outlive it. */
const PARENT = "NGFLOW_PARENT";

/** An environment in which a child knows that it ends with this process. */
export function withParent(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { ...env, [PARENT]: String(process.pid) };
}

/** Whether the process that started this one as a child daemon still runs; undefined if this is no such child. */
function parentLives(): boolean | undefined {
  const parent = process.env[PARENT];
  return parent === undefined ? undefined : process.ppid === Number(parent);
}

/** Id of the process that started this one as a child daemon; undefined if this is no such child. */
export function parentPid(): number | undefined {
  const parent = process.env[PARENT];
  return parent === undefined ? undefined : Number(parent);
}

/**
 * Whether this process is a child whose parent stops it: then signals are for the parent, which has the order in which
 * all are stopped. A parent that only opened a channel counts as well.
 */
export function isSupervised(): boolean {
  return process.connected && parentLives() !== false;
}

/** Whether this process was started as a child, and its parent is gone. */
export function isOrphan(): boolean {
  return parentLives() === false || (process.channel === undefined && parentLives() === true);
}

/**
 * Lets the kernel send SIGTERM to this process when its parent ends. Returns false if the parent has ended already.
 * Does nothing for a process that is not a child daemon. Call it first: until then a parent's end goes unnoticed. Call
 * it again after execve(2) or a change of the user, which may reset it.
 */
export async function followParent(): Promise<boolean> {
  if (process.env[PARENT] === undefined) return true;
  const { signalAtParentEnd } = await import("@ngflow/os");
  signalAtParentEnd("SIGTERM");
  return parentLives() === true;
}
