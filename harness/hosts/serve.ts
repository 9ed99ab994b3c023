import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";

export interface Server {
  /** `http://127.0.0.1:port`: WebGPU wants a secure context, which loopback is. */
  readonly origin: string;
  close(): void;
}

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".map": "application/json",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".txt": "text/plain; charset=utf-8",
  ".wasm": "application/wasm",
};

/**
 * Serves a folder on loopback.
 * @param extra pages made up on the way, by path: `/job.json` and its text
 * @param port 0: any that is free
 */
export async function serve(folder: string, extra: Readonly<Record<string, string>>, port = 0): Promise<Server> {
  const server = createServer(async (request, response) => {
    const path = decodeURI(new URL(request.url ?? "/", "http://127.0.0.1").pathname);
    const file = path.endsWith("/") ? `${path}index.html` : path;
    const type = types[extname(file)] ?? "application/octet-stream";
    const body = extra[path] ?? (await readFile(join(folder, normalize(file))).catch(() => undefined));
    response.writeHead(body === undefined ? 404 : 200, { "content-type": type, "cache-control": "no-store" });
    response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  const address = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${address.port}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
