import { type Accounts, hashPassword, type Person, type Role, ROLES } from "@ngflow/server/access";
import { type Command, Option } from "commander";
import { changeAccounts, readAccounts } from "../../../accounts/accounts-file.ts";
import { AccountError } from "../../../accounts/errors.ts";
import { readNewPassword } from "../../../accounts/read-password.ts";
import { printText } from "../../../output/print-text.ts";
import { formatTable } from "../../../output/table.ts";
import { writeOut } from "../../../output/write.ts";
import { accountPart, type AccountOptions, checkAccountName, enterAccounts, noteChange } from "../account-directory.ts";

interface AddOptions extends AccountOptions {
  readonly role: Role;
}

/** Changes one person, notes it, and says it. */
async function change(
  directory: string,
  { did, name, said }: { readonly did: string; readonly name: string; readonly said: string },
  apply: (accounts: Accounts) => readonly Person[],
): Promise<void> {
  await changeAccounts(directory, (accounts) => ({ ...accounts, people: apply(accounts) }));
  noteChange(directory, did, name);
  printText(process.stdout, `${said}\n`);
}

function changed(people: readonly Person[], name: string, values: Partial<Person>): readonly Person[] {
  if (!people.some((person) => person.name === name)) throw unknown(name);
  return people.map((person) => (person.name === name ? { ...person, ...values } : person));
}

function unknown(name: string): AccountError {
  return new AccountError("account-unknown", `no user ${name}; "ngflow user list" lists them`);
}

async function add(name: string, options: AddOptions): Promise<void> {
  checkAccountName(name);
  const directory = await enterAccounts(options);
  const taken = ({ people }: Accounts): void => {
    if (people.some((person) => person.name === name)) {
      throw new AccountError(
        "account-exists",
        `there is a user ${name}; change the password with "ngflow user password"`,
      );
    }
  };
  taken(readAccounts(directory));
  const password = await hashPassword(await readNewPassword(name));
  const { role } = options;
  await change(directory, { did: "user-added", name, said: `${name} can sign in as ${role}` }, (accounts) => {
    taken(accounts);
    return [...accounts.people, { name, role, password, sinceMs: 0 }];
  });
}

async function newPassword(name: string, options: AccountOptions): Promise<void> {
  const directory = await enterAccounts(options);
  changed(readAccounts(directory).people, name, {});
  const password = await hashPassword(await readNewPassword(name));
  const said = `${name} has a new password; the old sessions have ended`;
  await change(directory, { did: "user-password", name, said }, ({ people }) => changed(people, name, { password }));
}

async function setRole(name: string, role: string, options: AccountOptions): Promise<void> {
  const known = ROLES.find((each) => each === role);
  if (known === undefined) {
    throw new AccountError("account-unknown", `no role "${role}"; the roles are ${ROLES.join(", ")}`);
  }
  const said = `${name} is ${known}`;
  await change(await enterAccounts(options), { did: `user-role-${known}`, name, said }, ({ people }) =>
    changed(people, name, { role: known }),
  );
}

async function signOut(name: string, options: AccountOptions): Promise<void> {
  const said = `${name} has to sign in again`;
  await change(await enterAccounts(options), { did: "user-signed-out", name, said }, ({ people }) =>
    changed(people, name, { sinceMs: Date.now() }),
  );
}

async function remove(name: string, options: AccountOptions): Promise<void> {
  await change(
    await enterAccounts(options),
    { did: "user-removed", name, said: `${name} is removed` },
    ({ people }) => {
      changed(people, name, {});
      return people.filter((person) => person.name !== name);
    },
  );
}

async function list(options: AccountOptions & { readonly json?: boolean }): Promise<void> {
  const { people } = readAccounts(await enterAccounts(options));
  const rows = people.map(({ name, role }) => ({ name, role }));
  if (options.json === true) await writeOut(`${JSON.stringify({ users: rows })}\n`);
  else if (rows.length === 0)
    printText(process.stdout, "nobody has a password; add somebody with ngflow user add NAME\n");
  else printText(process.stdout, formatTable(["name", "role"], rows, { human: true }));
}

export function define(command: Command): Command {
  const role = new Option("--role <role>", "what the user may do").choices([...ROLES]).default("viewer");
  const part = (form: string, summary: string): Command => accountPart(command, form, summary);
  part("add <name>", "add somebody; the password is typed, or the first line of standard input")
    .addOption(role)
    .action(add);
  part("list", "list who can sign in").option("--json", "print JSON").action(list);
  part("password <name>", "set another password; open sessions end").action(newPassword);
  part("role <name> <role>", `set another role: ${ROLES.join(", ")}`).action(setRole);
  part("sign-out <name>", "end every session of a user").action(signOut);
  part("remove <name>", "remove a user; open sessions end").action(remove);
  return command.addHelpText(
    "after",
    "\nviewer reads; operator also saves pages and filters for everybody; admin may do\neverything." +
      "\nAs soon as there is one user, the console and the API ask everybody to\nsign in, within a second." +
      "\n\nExamples:\n  ngflow user add anna --role admin\n  ngflow up --http 0.0.0.0:8080",
  );
}
