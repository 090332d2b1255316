/**
 * An HTML page in one file: its style is inside, its pictures are data, and its content-security policy forbids every
 * request. Light and dark as the reader's system is, from 320 pixels of width on.
 */
import { forHtml } from '../../text/html.js';
import { STYLE } from './style.js';

/** A part of the page, with its heading. */
export interface Section {
  /** Of letters and `-`: where links lead. */
  readonly id: string;
  readonly title: string;
  /** HTML. */
  readonly body: string;
}

/** @param lead HTML below the title. @param sections those without a body are left out. */
export function htmlPage(title: string, lead: string, sections: readonly Section[], foot: string): string {
  const shown = sections.filter(({ body }) => body !== '');
  const links = shown.map(({ id, title: name }) => `<li><a href="#${id}">${forHtml(name)}</a></li>`).join('');
  const parts = shown.map(
    ({ id, title: name, body }) =>
      `<section id="${id}" aria-labelledby="${id}-title">\n<h2 id="${id}-title">${forHtml(name)}</h2>\n${body}\n` +
      `</section>`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${forHtml(title)}</title>
<link rel="icon" href="data:,">
<style>${STYLE}</style>
</head>
<body>
<header>
<h1>${forHtml(title)}</h1>
${lead}
<nav aria-label="Contents"><ul>${links}</ul></nav>
</header>
<main>
${parts.join('\n')}
</main>
<footer>${foot}</footer>
</body>
</html>
`;
}

/** A cell of a table: text of data, or a number to be set to the right. */
export type CellText = string | { readonly number: string };

/** A table whose first column names the rows. @param kind a class of the style. */
export function htmlTable(
  caption: string,
  headers: readonly string[],
  rows: readonly (readonly CellText[])[],
  kind = '',
): string {
  const isNumber = (column: number): boolean => typeof rows[0]?.[column] === 'object';
  const head = headers.map((text, c) => `<th scope="col"${isNumber(c) ? ' class="n"' : ''}>${forHtml(text)}</th>`);
  const cell = (text: CellText, c: number): string => {
    const [value, classed] = typeof text === 'string' ? [text, ''] : [text.number, ' class="n"'];
    return c === 0 ? `<th scope="row"${classed}>${forHtml(value)}</th>` : `<td${classed}>${forHtml(value)}</td>`;
  };
  const body = rows.map((row) => `<tr>${row.map(cell).join('')}</tr>`).join('\n');
  return (
    `<div class="scroll" tabindex="0" role="region" aria-label="${forHtml(caption)}"><table class="${kind}">` +
    `<caption>${forHtml(caption)}</caption>\n` +
    `<thead><tr>${head.join('')}</tr></thead>\n<tbody>\n${body}\n</tbody></table></div>`
  );
}

/** A measured time, which is another in every run. */
export function timeSpan(text: string): string {
  return `<span class="time">${forHtml(text)}</span>`;
}

/** Bytes of a picture as an address. */
export function dataUri(bytes: Uint8Array, type: 'png' | 'webp'): string {
  return `data:image/${type};base64,${Buffer.from(bytes).toString('base64')}`;
}
