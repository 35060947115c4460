import { createSocket } from "node:dgram";
import { describe, expect, test } from "vitest";
import { absentBrowser, follow } from "./browser.ts";
import { SOON } from "./console-page.ts";
import { ownConsole } from "./own-console.ts";

const absent = absentBrowser();

describe.skipIf(absent !== undefined)(`the pipeline${absent === undefined ? "" : ` (${absent})`}`, () => {
  const own = ownConsole();
  const { panel, go } = own;
  const rows = () => panel("Flow records").locator("tbody tr");
  const column = (name: string) => rows().locator(`[data-column="${name}"]`).allInnerTexts();

  test("the pipeline in words, zeros folded; the exporters with what mends them", async () => {
    const { page } = own.browser;
    await go("/pipeline");
    await page.getByText("Packets counted into flows.").waitFor();
    await page.getByText("Datagrams read from the listening sockets").first().waitFor();
    await panel("What is kept")
      .getByRole("row", { name: /^flows 30 days/ })
      .waitFor();
    expect(await page.getByText("Frames the kernel dropped because the ring was full.").isVisible()).toBe(false);
    await go("/exporters");
    const button = panel("Exporters").getByRole("button").first();
    await button.click();
    await page.getByText("It has not sent a sampling rate.").waitFor();
    await page.getByText("What mends it").click();
    await page.getByText("option sampler-table timeout 60").first().waitFor();
    expect(own.browser.complaints).toEqual([]);
  });

  test("a flow is sent through and found; a gap in an exporter's numbers is marked on the charts", async () => {
    const { page } = own.browser;
    await go("/pipeline");
    const test = panel("Self-test");
    await test.getByRole("button", { name: "Send a flow" }).click();
    await test.getByText(/^It arrived: a query finds it after/).waitFor();
    expect(await test.locator("li.passed").count()).toBe(5);
    await test.getByRole("link", { name: "Show the record" }).click();
    await expect.poll(() => rows().count(), SOON).toBe(1);
    expect(await column("SrcAddr")).toEqual(["192.0.2.1"]);

    const answer = await fetch(`${own.demo.url}/api/v1/self-test`, { method: "POST" });
    const { steps } = (await answer.json()) as { steps: { text: string }[] };
    const [, host = "", port = ""] = /at (\S+) port (\d+)/.exec(steps[0]!.text)!;
    // NetFlow v5 with a record each: the second one says that 30 flows were sent between them.
    const socket = createSocket("udp4");
    for (const sequence of [100, 131]) {
      const datagram = Buffer.alloc(72);
      datagram.writeUInt16BE(5, 0);
      datagram.writeUInt16BE(1, 2);
      datagram.writeUInt32BE(60_000, 4);
      datagram.writeUInt32BE(Math.floor(Date.now() / 1000), 8);
      datagram.writeUInt32BE(sequence, 16);
      datagram[21] = 7;
      datagram.set([192, 0, 2, 9, 198, 51, 100, 9], 24);
      datagram.writeUInt32BE(1, 40);
      datagram.writeUInt32BE(100, 44);
      datagram.writeUInt32BE(60_000, 48);
      datagram.writeUInt32BE(60_000, 52);
      datagram[62] = 17;
      await new Promise<void>((sent) => socket.send(datagram, Number(port), host, () => sent()));
    }
    socket.close();
    const lost = async () =>
      (
        (await own.demo.api("/query?metric=packets&last=5m"))["completeness"] as {
          lost: { reason: string; count: number }[];
        }
      ).lost;
    await expect.poll(lost, { timeout: 30_000 }).toMatchObject([{ reason: "sequence-gap", count: 30 }]);
    for (const [path, name] of [
      ["/?from=now-5m", "Traffic over time"],
      ["/explore?from=now-5m", "Stacked areas"],
    ] as const) {
      await go(path);
      const note = panel(name).locator("details", { hasText: "Missing: 30 flows lost before arrival" });
      await note.locator("summary").click();
      await note.getByText("Counted whatever the filter").waitFor();
    }
    // By keyboard, from the newest bin on back to that of the loss.
    await go("/?from=now-5m");
    const chart = panel("Traffic over time").getByRole("slider");
    await panel("Traffic over time").locator("details").waitFor();
    await chart.focus();
    await expect
      .poll(
        async () => {
          await page.keyboard.press("ArrowLeft");
          return chart.getAttribute("aria-valuetext");
        },
        { timeout: 30_000, interval: 20 },
      )
      .toContain("Missing: 30 flows lost before arrival");
    await expect
      .poll(() => panel("Traffic over time").locator(".traffic-tooltip").innerText(), SOON)
      .toContain("Missing: 30 flows");
    expect(own.browser.complaints).toEqual([]);
  });

  // The last one: the others need the server.
  test("when the server stops, the page says so and keeps its data", async () => {
    const talkers = panel("Top talkers").locator("tbody tr:not(.others)");
    await go("/");
    await talkers.first().waitFor();
    await own.demo.stop();
    await own.browser.page.getByRole("button", { name: "Reconnecting" }).waitFor();
    await expect
      .poll(() => own.browser.page.getByRole("status").innerText(), SOON)
      .toContain("does not answer. What is shown was answered");
    expect(await talkers.count()).toBeGreaterThan(0);
    // A page that asks nothing, and only follows events, says so too.
    await follow(own.browser.page, "/pipeline");
    await expect
      .poll(() => own.browser.page.getByRole("status").first().innerText(), SOON)
      .toContain("does not answer. What is shown was answered");
  });
});
