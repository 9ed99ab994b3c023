/** The Content-Security-Policy of each page: nothing from elsewhere, and inline scripts by their hashes alone. */
import { createHash } from "node:crypto";

const inlineScripts = /<script(?![^>]*\ssrc=)[^>]*>([\s\S]*?)<\/script>/g;

/** What VitePress writes: the first is measured anew on the page, the second stands in the theme's style, some are empty. */
const written = / style="(--vp-vh:0px;|position:relative;)?"/g;

/** Of the style with which VitePress holds transitions still while it goes from light to dark. */
const stillness = "'sha256-skqujXORqzxt1aE0NNXxujEanPTX6raoqSscTV/Ww/Y='";

/**
 * Puts the policy into a page. It has no `wasm-unsafe-eval` for ONNX Runtime, which the benchmark compares with: that
 * compiles its WebAssembly in the benchmark's worker, and a worker that came from a server is bound by the policy that its
 * own file was sent with, not by the page's. A host that sends a policy as a header with every file has to send
 * `script-src 'self' 'wasm-unsafe-eval'` with benchmark/worker.js, and with no other.
 * @throws where the page has what the policy would forbid
 */
export function withPolicy(made: string, file: string): string {
  const html = made.replace(written, "");
  const styled = /<[a-z][^>]*\sstyle=[^>]*>/.exec(html.replace(inlineScripts, ""));
  if (styled) throw new Error(`${file}: no style attributes under the page's policy, got ${styled[0]}`);
  const hashes = [...html.matchAll(inlineScripts)].map(
    ([, script = ""]) => `'sha256-${createHash("sha256").update(script).digest("base64")}'`,
  );
  const policy = [
    "default-src 'self'",
    `script-src 'self' ${[...new Set(hashes)].join(" ")}`,
    `style-src 'self' ${stillness}`,
    "img-src 'self' data: blob:",
    "worker-src 'self'",
    "frame-src 'self'",
    "object-src 'none'",
    "base-uri 'self'",
    "form-action 'none'",
  ].join("; ");
  return html.replace(/<head>/, `<head>\n    <meta http-equiv="Content-Security-Policy" content="${policy}">`);
}
