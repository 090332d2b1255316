/** Text in a Markdown page: letters that would be markup, HTML, or the end of a cell stay letters. */
import { visible } from './visible.js';

/** A piece of a line or a cell. `_` within words is no markup and stays. */
export function forMarkdown(text: string): string {
  return visible(text)
    .replace(/[\\`*[\]|~]|(?<!\w)_|_(?!\w)/g, '\\$&')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
}

/** As code within a line; of any text, backticks included. */
export function markdownCode(text: string): string {
  const shown = visible(text);
  const longest = Math.max(0, ...(shown.match(/`+/g) ?? []).map((run) => run.length));
  const fence = '`'.repeat(longest + 1);
  const pad = /^`|`$/.test(shown) ? ' ' : '';
  return `${fence}${pad}${shown}${pad}${fence}`;
}
