/** The idea of a kernel, in the words that its file opens with. */

/** Sentences of a text; `n, c.` inside of formulas ends none. */
function sentences(text: string): string[] {
  return text.split(/(?<=[.:)])\s+(?=[A-Z])/).filter((s) => s !== '');
}

/** Paragraphs of the comment that opens a shader, its lines joined. */
function opening(wgsl: string): string[] {
  const lines = wgsl.split('\n');
  const first = lines.findIndex((line) => /^(?:enable [\w, ;]*)?\/\//.test(line));
  if (first < 0) return [];
  const length = lines.slice(first).findIndex((line) => !/^(?:enable [\w, ;]*)?\/\//.test(line));
  return lines
    .slice(first, first + length)
    .map((line) => line.replace(/^(?:enable [\w, ;]*)?\/\/ ?/, ''))
    .join('\n')
    .split(/\n\s*\n/)
    .map((p) => p.replaceAll('\n', ' ').trim());
}

/**
 * What a member adds to the obvious version, where its file says so; else what its file says first that is no formula.
 * '' where it says nothing.
 */
export function ideaOf(wgsl: string): string {
  const paragraphs = opening(wgsl);
  for (const p of paragraphs) {
    const all = sentences(p);
    const at = all.findIndex((s) => /\badds to\b|obvious version/.test(s));
    if (at >= 0) return all.slice(at, at + 2).join(' ');
  }
  const prose = paragraphs.flatMap((p, i) => (i === 0 && paragraphs.length > 1 ? [] : sentences(p)));
  return prose.slice(0, 2).join(' ');
}
