import { chownSync, existsSync, mkdirSync } from "node:fs";
import { dataUser } from "../../daemon/daemon-user.ts";

/** Root works as the owner of the data directory, who gets a directory that root makes for it. */
export function giveToOwner(directory: string, data: string): void {
  const user = dataUser(data);
  if (user === undefined || existsSync(directory)) return;
  mkdirSync(directory, { mode: 0o750 });
  chownSync(directory, user.uid, user.gid);
}
