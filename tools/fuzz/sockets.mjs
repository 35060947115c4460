import { fork } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { mutated } from "./mutate.mjs";
import { randomOf } from "./in-process.mjs";

/** An exporter is established after ten seconds. */
const ESTABLISH_MS = 11_000;
const TURN_MS = 10;
/** Datagrams of a turn: 100 honest ones a second, and up to 4,000 hostile ones. */
const HOSTILE_MOST = 40;
/** Bytes of hostile datagrams in a turn, so that the kernel's buffer is enough. */
const TURN_BYTES = 400_000;
const HONEST_RECORDS = 20;
/** Hostile sockets at a time. */
const SOCKETS = 48;
/** Memory of the collector after all, with what the flood left: 512 MB. */
const MOST_BYTES = 512 * 1024 * 1024;

const HONEST = "127.0.0.1";
const CHILD = fileURLToPath(new URL("collector-process.mjs", import.meta.url));

async function bound(address) {
  const socket = createSocket("udp4");
  socket.on("error", () => {});
  await new Promise((resolve, reject) => socket.once("error", reject).bind(0, address, resolve));
  return socket;
}

const send = (socket, bytes, port) => new Promise((resolve) => socket.send(bytes, port, HONEST, resolve));

/** An address of the loopback network; never the honest one. */
const forged = (random) => `127.${1 + random.below(200)}.${random.below(256)}.${1 + random.below(250)}`;

/**
 * Sends hostile datagrams from thousands of addresses to the socket of a real collector, next to an honest exporter.
 * @returns a line of figures
 * @throws Error when the collector breaks a promise
 */
export async function socketRound({ parts, whole, hostile, first }, seed, ms) {
  const random = randomOf(seed, 0x50c);
  const child = fork(CHILD, { stdio: ["ignore", "ignore", "inherit", "ipc"] });
  const honest = await bound(HONEST);
  const others = [];
  try {
    const [{ port }] = await once(child, "message");
    const { v9, set, template, bytes } = parts.messages;
    const fields = [8, 12, 1, 2].map((element) => [element, 4]);
    const records = Array.from({ length: HONEST_RECORDS }, (_, i) => bytes([i, 4], [1, 4], [100, 4], [1, 4]));
    let honestSent = 0;
    let hostileSent = 0;
    let addresses = 0;
    const began = performance.now();
    for (let at = 0; at < ESTABLISH_MS + ms; at = performance.now() - began) {
      const datagram = v9(
        { sequence: honestSent, seconds: Math.floor(Date.now() / 1000) },
        set(0, template(256, fields)),
        set(256, ...records),
      );
      honestSent++;
      await send(honest, datagram, port);
      if (at > ESTABLISH_MS) {
        if (others.length >= SOCKETS) others.splice(random.below(others.length), 4).forEach((socket) => socket.close());
        while (others.length < SOCKETS) {
          others.push(await bound(forged(random)));
          addresses++;
        }
        for (let sent = 0, i = 0; i < HOSTILE_MOST && sent < TURN_BYTES; i++) {
          const one = random.once(3)
            ? mutated(random.pick(whole), random, whole)
            : random.pick(random.once(2) ? hostile : first);
          sent += one.length;
          hostileSent++;
          await send(random.pick(others), one, port);
        }
      }
      await sleep(TURN_MS);
    }
    await sleep(500);
    child.send("end");
    const [result] = await once(child, "message");
    return verdict(result, { honestSent, hostileSent, addresses });
  } finally {
    honest.close();
    for (const socket of others) socket.close();
    child.disconnect();
    await once(child, "exit");
  }
}

function verdict({ counters, exporters, errors, bytes }, { honestSent, hostileSent, addresses }) {
  if (errors.length > 0 || counters.internalErrors > 0)
    throw new Error(`${counters.internalErrors} internal errors: ${errors[0]}`);
  const found = exporters.find(({ address }) => address === HONEST);
  const records = found?.records ?? 0;
  const sent = honestSent * HONEST_RECORDS;
  const { kernelDrops, datagramsReceived } = counters;
  // What the kernel dropped is not the collector's: any of it may have been the honest exporter's.
  if (records > sent || (sent - records) / HONEST_RECORDS > kernelDrops) {
    const counted = Object.entries(counters).filter(([, value]) => value > 0);
    throw new Error(
      `of the honest exporter ${records} records came of ${sent} (${JSON.stringify({ ...found, templates: undefined })}); ` +
        `the kernel dropped ${kernelDrops} datagrams; ${JSON.stringify(Object.fromEntries(counted))}`,
    );
  }
  if (datagramsReceived + kernelDrops < honestSent)
    throw new Error(`${datagramsReceived} datagrams received of ${honestSent + hostileSent}`);
  if (bytes > MOST_BYTES) throw new Error(`the collector has ${bytes} bytes after collection; at most ${MOST_BYTES}`);
  return (
    `${hostileSent} hostile datagrams from ${addresses} addresses, ${datagramsReceived} received, ${kernelDrops} dropped by the kernel; ` +
    `honest ${records} of ${sent} records; ${Math.round(bytes / 2 ** 20)} MB after collection`
  );
}
