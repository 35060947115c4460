import { z } from "zod";
import { duration } from "../fields.ts";

const file = z.string().min(1).meta({ description: "Path of a file; its content is not logged or shown." });
const TIMEOUT = duration(120_000, 1000).default(10_000);
const httpUrl = z.url({ protocol: /^https?$/, message: "not an address such as https://chat.example.net/hook" });
const mailAddress = z.email("not an address such as noc@example.net");

/** The forms of what is posted. */
export const WEBHOOK_FORMATS = ["json", "chat", "alertmanager"] as const;

const webhook = z.strictObject({
  type: z.literal("webhook"),
  url: httpUrl.optional().meta({ description: "Where it is posted to." }),
  "url-file": file.optional().meta({ description: "The same, in a file: for addresses that are secrets." }),
  format: z.enum(WEBHOOK_FORMATS).default("json").meta({
    description: "json: all of it. chat: {text}, as Slack, Mattermost and others take it. alertmanager: API v2.",
  }),
  "token-file": file.optional().meta({ description: "Sent as Authorization: Bearer." }),
  timeout: TIMEOUT,
});

const email = z.strictObject({
  type: z.literal("email"),
  server: z
    .url({ protocol: /^smtps?$/, message: "not a server such as smtp://mail.example.net:587" })
    .meta({ description: "smtp://HOST:PORT (STARTTLS where offered) or smtps://HOST:PORT." }),
  "require-tls": z.boolean().default(false),
  user: z.string().optional(),
  "password-file": file.optional(),
  from: mailAddress,
  to: z.array(mailAddress).min(1).max(50),
  timeout: TIMEOUT,
});

interface Login {
  readonly user?: string | undefined;
  readonly "password-file"?: string | undefined;
}
const isWhole = ({ user, "password-file": password }: Login): boolean =>
  (user === undefined) === (password === undefined);
const HALF = { path: ["password-file"], message: "belongs to user: give both or none" };

/** The mail server, sender and receivers of what is not an alert. */
export const mailSchema = email.omit({ type: true }).refine(isWhole, HALF);
export type Mail = z.output<typeof mailSchema>;

const command = z.strictObject({
  type: z.literal("command"),
  command: z
    .array(z.string())
    .min(1)
    .max(50)
    .refine(([program]) => program?.startsWith("/"), { message: "the program is an absolute path" })
    .meta({ description: "Program and fixed arguments; the alerts are its standard input, as JSON. No shell." }),
  timeout: TIMEOUT,
});

const SCHEMAS = { webhook, email, command } as const;
export const CHANNEL_TYPES = Object.keys(SCHEMAS) as readonly (keyof typeof SCHEMAS)[];

/** Where alerts are sent. */
export const channelSchema = z.discriminatedUnion("type", [webhook, email, command]).superRefine((channel, context) => {
  const refuse = (path: string, message: string): void => context.addIssue({ code: "custom", path: [path], message });
  if (channel.type === "webhook" && (channel.url === undefined) === (channel["url-file"] === undefined))
    refuse("url", "give either url or url-file");
  if (channel.type === "email" && !isWhole(channel)) refuse(HALF.path[0]!, HALF.message);
});

export type Channel = z.output<typeof channelSchema>;
export type WebhookChannel = z.output<typeof webhook>;
export type EmailChannel = z.output<typeof email>;
export type CommandChannel = z.output<typeof command>;

/** The keys that a channel of a type has. */
export function channelKeys(type: unknown): readonly string[] {
  const schema = SCHEMAS[type as keyof typeof SCHEMAS] as { readonly shape: object } | undefined;
  return schema === undefined ? ["type", ...CHANNEL_TYPES] : Object.keys(schema.shape);
}

/** The files with secrets that channels read. */
export function secretFiles(channels: Readonly<Record<string, Channel>>): string[] {
  return Object.values(channels).flatMap((channel) =>
    Object.entries(channel).flatMap(([key, value]) => (key.endsWith("-file") && value ? [String(value)] : [])),
  );
}
