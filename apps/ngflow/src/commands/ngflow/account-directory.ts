import { prepareUser } from "../../daemon/change-user.ts";
import { makeDirectories } from "../../daemon/make-directories.ts";
import { confineDaemon } from "../../daemon/privileges.ts";
import { type SharedConfig, withConfig } from "../../options/config-file.ts";
import { dataDirectory } from "../../options/paths.ts";
import { printText } from "../../output/print-text.ts";

/** What the commands about accounts have in common. */
export interface AccountOptions extends SharedConfig {
  readonly config?: string;
}

/**
 * The data directory with the accounts; made if it is absent, so that users can be there before the daemon is. Root
 * becomes the user that the daemon has, and re-executes the program for it: call this before anything is read.
 */
export async function enterAccounts(options: AccountOptions): Promise<string> {
  const shared = withConfig(options);
  const directory = dataDirectory(shared.data);
  const change = await prepareUser(shared.user, { dataDirectory: directory });
  confineDaemon({ ports: [], writes: [directory], reads: [options.config], reaches: [] }, { change });
  makeDirectories(directory, 0o755);
  return directory;
}

export function warn(message: string): void {
  printText(process.stderr, `ngflow: ${message}\n`);
}
