/** Nothing gets out of the worker that cells run in, and code is made of text nowhere else. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import type { OpenedSite } from "./opened.ts";
import { cellOf, open, settled, write } from "./own-cell-page.ts";

export function testLocked(site: () => OpenedSite): void {
  test("reaches no network, no storage and no other page", async () => {
    const reached: string[] = [];
    const other = createServer(({ method, url }, response) => {
      reached.push(`${method} ${url}`);
      response.writeHead(200, { "access-control-allow-origin": "*", "content-type": "text/javascript" });
      response.end("1");
    });
    other.on("upgrade", ({ url }, socket) => {
      reached.push(`upgrade ${url}`);
      socket.destroy();
    });
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const elsewhere = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
    const { page } = await open(site());
    const asked: string[] = [];
    page.on("response", (response) => asked.push(response.url()));
    // tries everything at the first trace; the second one tells what came of it, as its error
    const attempt = `
    const all = globalThis as any;
    const go = (name: string, work: () => any) => {
      try {
        Promise.resolve(work()).then(() => (all.found[name] = "REACHED"), (error: unknown) => (all.found[name] = "refused"));
      } catch { all.found[name] = "refused"; }
    };
    const asks = (url: string, make: (url: string) => any) => new Promise((yes, no) => {
      const made = make(url);
      made.onopen = made.onload = made.onmessage = yes;
      made.onerror = no;
    });
    if (all.found) throw new Error(JSON.stringify(all.found));
    all.found = {};
    const load = new all.Function("url", "return import(url)");
    for (const [where, origin] of [["own", ${JSON.stringify(site().server.origin)}], ["other", ${JSON.stringify(elsewhere)}]] as const) {
      const url = origin + "/stolen.js?" + where;
      go(where + " fetch", () => all.fetch(url, { mode: "no-cors" }));
      go(where + " XMLHttpRequest", () => asks(url, (to) => { const it = new all.XMLHttpRequest(); it.open("GET", to); it.send(); return it; }));
      go(where + " WebSocket", () => asks(url.replace("http", "ws"), (to) => new all.WebSocket(to)));
      go(where + " EventSource", () => asks(url, (to) => new all.EventSource(to)));
      go(where + " importScripts", () => all.importScripts(url));
      go(where + " import", () => load(url));
      go(where + " Worker", () => new all.Worker(url));
    }
    go("WebTransport", () => new all.WebTransport(${JSON.stringify(elsewhere.replace("http:", "https:"))}).ready);
    go("import of a blob", () => load(all.URL.createObjectURL(new all.Blob(["1"], { type: "text/javascript" }))));
    go("import of data", () => load("data:text/javascript,1"));
    go("nested worker", () => new all.Worker(all.URL.createObjectURL(new all.Blob(["1"]))));
    go("indexedDB", () => all.indexedDB.open("x"));
    go("caches", () => all.caches.open("x"));
    go("BroadcastChannel", () => new all.BroadcastChannel("x"));
    go("storage", () => all.navigator.storage.getDirectory());
    const h = before;`;
    await write(page, cellOf(attempt));
    await new Promise((resolve) => setTimeout(resolve, 1500));
    await page.evaluate("seqgradOwnCell.check()");
    const { failure } = await settled(page);
    const found = JSON.parse(failure?.message ?? "{}") as Record<string, string>;
    expect(Object.keys(found)).toHaveLength(22);
    expect(Object.entries(found).filter(([, answer]) => answer !== "refused")).toEqual([]);
    expect(reached).toEqual([]);
    expect(asked.filter((url) => url.includes("stolen"))).toEqual([]);
    await page.evaluate("localStorage.clear()");
    // what would have been seen
    const free = await site().browser.newPage();
    await free.goto(`${elsewhere}/seen`);
    expect(reached).toContain("GET /seen");
    await free.close();
    await page.close();
    other.close();
    other.closeAllConnections();
  });

  test("code of text is made in the cells' worker alone", async () => {
    const { page } = await site().page("/playground.html");
    const refused = await page.evaluate(async () => {
      const script = document.createElement("script");
      script.textContent = "globalThis.inline = 1";
      document.body.append(script);
      const made = document.createElement("div");
      made.innerHTML = "<p onclick='globalThis.inline = 2'></p>";
      document.body.append(made);
      (made.firstChild as HTMLElement).click();
      return (globalThis as { inline?: number }).inline === undefined;
    });
    expect(refused).toBe(true);
    const policy = await page.$eval('meta[http-equiv="Content-Security-Policy"]', (meta) =>
      meta.getAttribute("content"),
    );
    expect(policy).not.toMatch(/unsafe-(inline|eval)/);
    await page.close();
  });

  test("a frame that another page opens takes nothing from it", async () => {
    const { page } = await site().page("/cell-frame.html");
    const answered = await page.evaluate(
      () =>
        new Promise((resolve) => {
          const { port1, port2 } = new MessageChannel();
          port1.onmessage = () => resolve(true);
          postMessage("onmessage = ({ ports: [port] }) => port.postMessage(1)", "*", [port2]);
          setTimeout(() => resolve(false), 1500);
        }),
    );
    expect(answered).toBe(false);
    await page.close();
  });
}
