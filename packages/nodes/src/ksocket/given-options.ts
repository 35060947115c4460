import { toHex } from "@ngflow/base";
import { type NodeSetting, settingOf, type ValueOf } from "@ngflow/graph";
import type { HostSocket } from "./host-socket.ts";
import { sockopt } from "./sockaddr-type.ts";
import { getSocketOption, setSocketOption } from "./socket-option.ts";

type Option = ValueOf<typeof sockopt>;

/**
 * IP_ADD_MEMBERSHIP and IPV6_JOIN_GROUP, and what takes them back. They add up: every group is a setting of its own.
 */
const JOIN = 12;
const LEAVE = 13;
const MULTICAST_LEVELS: ReadonlySet<number> = new Set([0, 41]);

/** Socket options that messages have set, with what takes each back. */
export class GivenOptions {
  readonly #set = new Map<string, { readonly option: Option; readonly before: Option | undefined }>();

  /** Sets an option. @throws NgError, KernelError. */
  set(socket: HostSocket, family: number, { level, name, value }: Option): void {
    const isGroup = MULTICAST_LEVELS.has(level) && (name === JOIN || name === LEAVE);
    const plainKey = `${level}/${name}`;
    const known = this.#set.get(plainKey);
    const before = isGroup || known !== undefined ? known?.before : read(socket, family, level, name);
    const taken = setSocketOption(socket, family, level, name, value);
    const option = { level, name, value: taken };
    if (!isGroup) {
      this.#set.set(plainKey, { option, before });
      return;
    }
    const key = `${level}/${toHex(taken)}`;
    if (name === LEAVE) this.#set.delete(key);
    else this.#set.set(key, { option, before: { level, name: LEAVE, value: taken } });
  }

  /** The messages that set the options. */
  settings(socket: () => HostSocket, family: number): NodeSetting[] {
    return [...this.#set].map(([key, { option, before }]) => {
      if (before === undefined) return settingOf("setopt", sockopt, option);
      const reset = (): void => {
        setSocketOption(socket(), family, before.level, before.name, before.value);
        this.#set.delete(key);
      };
      return settingOf("setopt", sockopt, option, { reset });
    });
  }
}

/** The value that an option has; undefined when the system does not say. */
function read(socket: HostSocket, family: number, level: number, name: number): Option | undefined {
  try {
    return { level, name, value: getSocketOption(socket, family, level, name) };
  } catch {
    return undefined;
  }
}
