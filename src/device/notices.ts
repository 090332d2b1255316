/** What a user should know although nothing failed: said once, by whoever has a place to say it. */
import { warn } from '#platform';

const said = new Set<string>();

let listener: (text: string) => void = warn;

/** Says a sentence, unless it was said before. */
export function notice(text: string): void {
  if (said.has(text)) return;
  said.add(text);
  listener(text);
}

/** Says a line, each time: for those who have asked to hear (WEFT_DEBUG). */
export function remark(text: string): void {
  listener(text);
}

/** Sends notices elsewhere; by default the host says them. Returns what brings back the listener of before. */
export function onNotice(to: (text: string) => void): () => void {
  const before = listener;
  listener = to;
  return () => {
    listener = before;
  };
}
