/** Pages that examples write: one file, for light and dark. */

export const escapeHtml = (text: string): string =>
  text.replace(/[&<>"]/g, (sign) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[sign] as string);

export interface Page {
  readonly title: string;
  /** What is seen, in a sentence or two. */
  readonly about: string;
  /** CSS beside that of all pages. */
  readonly style: string;
  /** HTML below. */
  readonly body: string;
}

export const htmlPage = ({ title, about, style, body }: Page): string => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escapeHtml(title)}</title>
<style>
:root { color-scheme: light dark; font: 16px/1.6 system-ui, sans-serif; }
body { margin: 2rem auto; max-width: 60rem; padding: 0 1rem; }
${style}
</style>
<h1>${escapeHtml(title)}</h1>
<p>${escapeHtml(about)}</p>
${body}
</html>
`;
