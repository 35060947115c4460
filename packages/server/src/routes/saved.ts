import { createRoute, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { needs, remoteAddress } from "../access/guard.ts";
import type { App, RouteContext } from "../context.ts";
import { ApiError } from "../errors.ts";
import { SAVED_NAME, SAVED_TEXT_MAX, SAVED_TITLE_MAX, type SavedEntry, type SavedStore } from "../saved/saved.ts";
import { jsonResponses } from "./schemas.ts";

const SavedSchema = z
  .object({
    title: z.string().trim().min(1).max(SAVED_TITLE_MAX),
    kind: z.enum(["page", "filter"]),
    text: z.string().max(SAVED_TEXT_MAX).openapi({
      description: "page: the address of a page of the console, from its slash on. filter: the text of a filter.",
    }),
  })
  .refine(({ kind, text }) => kind === "filter" || /^\/(?![/\\])/.test(text), {
    message: "text: the address of a page begins with one /",
  })
  .openapi("Saved");

const EntrySchema = z
  .object({
    name: z.string(),
    version: z.string().openapi({ description: "Differs for each content; also in the header ETag." }),
    changed: z.string().openapi({ description: "ISO 8601 UTC." }),
    title: z.string(),
    kind: z.enum(["page", "filter"]),
    text: z.string(),
  })
  .openapi("SavedEntry");

const ListSchema = z.object({ saved: z.array(EntrySchema) }).openapi("SavedList");
const params = z.object({ name: z.string().regex(SAVED_NAME, "lower-case letters, digits and hyphens, at most 64") });
const path = "/api/v1/saved/{name}";
const conditions =
  "Nothing is overwritten unseen: If-Match has the version that is changed, or If-None-Match: * creates an entry.";

const list = createRoute({
  method: "get",
  path: "/api/v1/saved",
  summary: "Pages and filters that were saved for everybody",
  responses: jsonResponses(ListSchema, "Every entry, by name."),
});
const read = createRoute({
  method: "get",
  path,
  summary: "One saved page or filter",
  request: { params },
  responses: jsonResponses(EntrySchema, "The entry, its version in ETag."),
});
const write = createRoute({
  method: "put",
  path,
  summary: "Saves a page or a filter",
  description: conditions,
  request: { params, body: { content: { "application/json": { schema: SavedSchema } }, required: true } },
  responses: jsonResponses(EntrySchema, "The entry as it is saved now."),
});
const remove = createRoute({
  method: "delete",
  path,
  summary: "Removes a saved page or filter",
  description: "If-Match has the version that is removed.",
  request: { params },
  responses: jsonResponses(z.object({ removed: z.string() }), "The name that was removed."),
});

/** `/api/v1/saved`: the only routes that change something, and only with a condition on what they change. */
export function registerSaved(app: App, { deps }: RouteContext): void {
  const store = (): SavedStore => {
    if (deps.saved) return deps.saved;
    throw new ApiError("not-found", "this server keeps nothing that is saved");
  };
  const audit = (c: Context, did: string, to: string): void =>
    deps.audit?.({ who: c.get("reader").name, address: remoteAddress(c) ?? null, did, to });
  app.openapi(list, (c) => {
    c.header("cache-control", "no-store");
    return c.json({ saved: [...store().list()] }, 200);
  });
  app.openapi(read, (c) => {
    const { name } = c.req.valid("param");
    return answer(c, store().read(name) ?? absent(name)) as never;
  });
  app.openapi(write, (c) => {
    needs(c, "operator");
    const { name } = c.req.valid("param");
    const saved = c.req.valid("json");
    const expected = condition(c, true);
    const written = store().write(name, saved, expected);
    if (written === "full") throw new ApiError("saved-full", "too much is saved; remove something that is not needed");
    if (written === "conflict") throw new ApiError("saved-conflict", conflictText(name, expected));
    audit(c, "saved", name);
    return answer(c, written) as never;
  });
  app.openapi(remove, (c) => {
    needs(c, "operator");
    const { name } = c.req.valid("param");
    if (store().read(name) === null) return absent(name);
    const expected = condition(c, false) ?? "";
    if (store().remove(name, expected) === "conflict")
      throw new ApiError("saved-conflict", conflictText(name, expected));
    audit(c, "saved-removed", name);
    return c.json({ removed: name }, 200);
  });
}

/** Whether a request may have a body, or another method than GET. */
export function isSaving(method: string, path: string): boolean {
  return path.startsWith("/api/v1/saved/") && (method === "PUT" || method === "DELETE");
}

function answer(c: Context, entry: SavedEntry): Response {
  c.header("etag", `"${entry.version}"`);
  c.header("cache-control", "no-store");
  return c.json(entry, 200);
}

function absent(name: string): never {
  throw new ApiError("not-found", `nothing is saved as ${name}`);
}

/** The version that a request expects; null where it expects no entry. @throws ApiError `condition-missing` */
export function condition(c: Context, creates: boolean): string | null {
  const match = /^"([^"]*)"$/.exec(c.req.header("if-match") ?? "")?.[1];
  if (match !== undefined) return match;
  if (creates && c.req.header("if-none-match") === "*") return null;
  throw new ApiError("condition-missing", conditions);
}

function conflictText(name: string, expected: string | null): string {
  return expected === null
    ? `something is saved as ${name} already; read it, or choose another name`
    : `somebody else has changed or removed ${name}; read it again before you change it`;
}
