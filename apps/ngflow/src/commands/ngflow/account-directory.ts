import { isAccountName } from "@ngflow/server/access";
import type { Command } from "commander";
import { auditFile } from "../../accounts/audit-file.ts";
import { AccountError } from "../../accounts/errors.ts";
import { prepareUser } from "../../daemon/change-user.ts";
import { makeDirectories } from "../../daemon/make-directories.ts";
import { confineDaemon } from "../../daemon/privileges.ts";
import { type SharedConfig, withConfig } from "../../options/config-file.ts";
import { sharedOptions } from "../../options/options.ts";
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

/** Notes a change by a command in the audit log; a log that cannot be written is a warning. */
export function noteChange(directory: string, did: string, to: string): void {
  const warn = (message: string): void => printText(process.stderr, `ngflow: ${message}\n`);
  auditFile(directory, warn)({ who: null, address: null, did, to });
}

/** @throws AccountError `account-name` */
export function checkAccountName(name: string): void {
  if (isAccountName(name)) return;
  throw new AccountError("account-name", `"${name}": a name has 1 to 64 letters, digits, and . _ - @ characters`);
}

/** A part of a command about accounts, such as `add <name>`, with the options that all have. */
export function accountPart(command: Command, form: string, summary: string): Command {
  return command
    .command(form)
    .description(summary)
    .addOption(sharedOptions.data())
    .addOption(sharedOptions.user())
    .addOption(sharedOptions.config());
}
