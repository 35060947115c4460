import { type DaemonUser, daemonUser } from "./daemon-user.ts";
import { handOverData, handOverRuntime, handOverSocket } from "./hand-over.ts";

/** What a daemon started by root changes to when it re-executes its program. */
export interface UserChange {
  readonly user: DaemonUser;
  /** Groups that it is in besides the user's own. */
  readonly groups: readonly number[];
  /** Variables that keep root's places for a user who would choose others; undefined removes one. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Places of a daemon, as root finds them. */
export interface DaemonPlaces {
  readonly dataDirectory?: string | undefined;
  /** The control socket's path. */
  readonly control?: string | undefined;
  /** Whether this daemon listens there. */
  readonly listens?: boolean;
  /** Id of the group that may open the control socket, too. */
  readonly group?: number | undefined;
}

/**
 * Makes the places of a daemon its user's, if root starts it and it is to change its user. Undefined if not.
 *
 * @param option `--user`.
 * @throws NgflowError `no-such-user`, `data-directory`, `control-in-use`, `control-not-a-socket`.
 */
export async function prepareUser(option: string | undefined, places: DaemonPlaces): Promise<UserChange | undefined> {
  const { dataDirectory, control, listens = false, group } = places;
  const user = daemonUser(option, dataDirectory);
  if (user === undefined) return undefined;
  if (dataDirectory !== undefined) handOverData(dataDirectory, user);
  const runtime = handOverRuntime(user, group);
  if (control !== undefined && listens) await handOverSocket(control, user, { runtime, group });
  return userChange(user, { ...places, runtime });
}

/** The change to a user whose places are prepared. */
export function userChange(user: DaemonUser, places: DaemonPlaces & { readonly runtime?: string }): UserChange {
  const { dataDirectory, control, group, runtime } = places;
  return {
    user,
    groups: group === undefined ? [] : [group],
    env: {
      HOME: dataDirectory ?? "/",
      USER: user.name,
      LOGNAME: user.name,
      XDG_RUNTIME_DIR: undefined,
      XDG_DATA_HOME: undefined,
      ...(dataDirectory === undefined ? {} : { NGFLOW_DATA: dataDirectory }),
      ...(control === undefined ? {} : { NGFLOW_CONTROL: control }),
      ...(runtime === undefined ? {} : { RUNTIME_DIRECTORY: runtime }),
    },
  };
}
