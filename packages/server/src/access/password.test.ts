import { expect, test } from "vitest";
import { hashPassword, isPassword, NO_PASSWORD } from "./password.ts";

test("a password has its hash and no other", async () => {
  const hash = await hashPassword("zwölf Zeichen");
  expect(hash).toMatch(/^\$scrypt\$ln=15,r=8,p=1\$/);
  expect(await isPassword("zwölf Zeichen", hash)).toBe(true);
  // The same text in other code points: o and the dots apart.
  expect(await isPassword("zwo\u0308lf Zeichen", hash)).toBe(true);
  expect(await isPassword("zwolf Zeichen", hash)).toBe(false);
  expect(await hashPassword("zwölf Zeichen")).not.toBe(hash);
});

test.each(["", "x", "$scrypt$ln=31,r=8,p=1$", `${NO_PASSWORD}$`, NO_PASSWORD.replace("ln=15", "ln=31")])(
  "%j is no hash, and costs nothing",
  async (hash) => {
    expect(await isPassword("correct horse battery", hash)).toBe(false);
  },
);

test("nothing is the password of nobody", async () => {
  expect(await isPassword("", NO_PASSWORD)).toBe(false);
});
