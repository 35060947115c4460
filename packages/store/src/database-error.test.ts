import { expect, it } from "vitest";
import { databaseError } from "./database-error.ts";
import { StoreError } from "./errors.ts";

it("is what the database says, in a line; any other error stays", () => {
  const full = new Error(
    "Code: 243. DB::Exception: Cannot reserve 81.25 MiB, not enough space. (NOT_ENOUGH_SPACE)\n0. x",
  );
  expect(databaseError(full, "; the rows wait")).toMatchObject({
    code: "store-database",
    exit: 1,
    message: "store: the database says: Cannot reserve 81.25 MiB, not enough space; the rows wait",
  });
  for (const other of [new Error("x is not a function"), new StoreError("store-closed", "store: closed"), "text"])
    expect(databaseError(other)).toBe(other);
});
