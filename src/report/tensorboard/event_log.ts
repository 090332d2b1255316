/** A run as TensorBoard shows it: numbers over steps, settings as text, pictures. The file grows while it trains. */
import { appendBytes, fileInfo, readBytes, writeFileAtomic } from '#platform';
import { forMarkdown } from '../../text/markdown.js';
import { visible } from '../../text/visible.js';
import { Message, record, recordsOf, stepOf } from './records.js';

/** Of TensorFlow's types. */
const DT_STRING = 7;
/** Of a picture: RGBA. */
const RGBA = 4;

/** Something at a step: what TensorBoard calls a value of a summary. */
export type Entry =
  | { readonly tag: string; readonly scalar: number }
  /** Markdown. */
  | { readonly tag: string; readonly text: string }
  | { readonly tag: string; readonly png: Uint8Array };

function valueOf(entry: Entry): Message {
  const value = new Message().bytes(1, entry.tag);
  if ('scalar' in entry) return value.float(2, entry.scalar);
  if ('png' in entry) {
    const view = new DataView(entry.png.buffer, entry.png.byteOffset);
    const [width, height] = [view.getUint32(16), view.getUint32(20)]; // of the file's header
    return value.bytes(4, new Message().int(1, height).int(2, width).int(3, RGBA).bytes(4, entry.png));
  }
  const shape = new Message().bytes(2, new Message().int(1, 1));
  const tensor = new Message().int(1, DT_STRING).bytes(2, shape).bytes(8, entry.text);
  const plugin = new Message().bytes(1, new Message().bytes(1, 'text'));
  return value.bytes(8, tensor).bytes(9, plugin);
}

/** @param seconds since 1970. */
function eventOf(step: number, seconds: number, entries: readonly Entry[]): Uint8Array<ArrayBuffer> {
  const summary = new Message();
  for (const entry of entries) summary.bytes(1, valueOf(entry));
  return record(new Message().double(1, seconds).int(2, step).bytes(5, summary).done());
}

const now = (): number => Date.now() / 1000;

export class EventLog {
  readonly #file: string;
  /** What is written is written in order. */
  #last: Promise<void>;

  /**
   * Begins a file. Of a run that goes on, the events up to the step that it goes on from stay: what was written after
   * the last checkpoint comes again.
   * @param from steps done; 0 for a new run.
   */
  constructor(file: string, from: number) {
    this.#file = file;
    this.#last = begin(file, from);
    this.#last.catch(() => {}); // who waits for `written` is told
  }

  /** Appends an event, in the order of the calls. Numbers that are not finite are left out. */
  add(step: number, entries: readonly Entry[]): void {
    const shown = entries.filter((entry) => !('scalar' in entry) || Number.isFinite(entry.scalar));
    if (shown.length === 0) return;
    const bytes = eventOf(step, now(), shown);
    this.#last = this.#last.then(() => appendBytes(this.#file, bytes));
    this.#last.catch(() => {}); // who waits for `written` is told
  }

  /** All is in the file. @throws OutputError when it could not be written. */
  written(): Promise<void> {
    return this.#last;
  }
}

async function begin(file: string, from: number): Promise<void> {
  const old = from > 0 && (await fileInfo(file)) !== null ? recordsOf(await readBytes(file)) : [];
  const kept = old.filter((event) => stepOf(event) <= from).map(record);
  const parts = kept.length > 0 ? kept : [record(new Message().double(1, now()).bytes(3, 'brain.Event:2').done())];
  const bytes = new Uint8Array(parts.reduce((n, part) => n + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  writeFileAtomic(file, bytes);
}

/** Settings as a table in Markdown, which TensorBoard shows. */
export function settingsText(settings: object): string {
  const rows = Object.entries(settings)
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([name, value]) => `| ${forMarkdown(name)} | ${forMarkdown(wordOf(value))} |`);
  return ['| setting | value |', '| --- | --- |', ...rows].join('\n');
}

const wordOf = (value: unknown): string => (typeof value === 'string' ? visible(value) : JSON.stringify(value));
