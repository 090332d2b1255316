/**
 * YAML files: configurations and maps of classes. Small, flat, and written by people or by a run; anything else is
 * refused before it is parsed.
 */
import { UsageError } from '../../device/errors.js';
import { readDataFile } from './data_file.js';
import { decodeText } from '../tables/text.js';
import { settingNamed, type Text, worded } from '../../text/wording.js';

/** The parser takes 0.1 ms and some kilobytes of memory for every key, and longer for what is no YAML. */
export const MAX_YAML = 2 ** 16;
/** Brackets within brackets; the parser calls itself for each. */
const MAX_DEPTH = 32;
/** Lists within lists on one line: `- - - x`. */
const NESTED = new RegExp(`(?:[-?:][ \\t]+){${MAX_DEPTH}}`);

/** Whether brackets are nested deeper than that, those in texts included. */
function isDeep(text: string): boolean {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '[' || text[i] === '{') depth++;
    else if (text[i] === ']' || text[i] === '}') depth = Math.max(0, depth - 1);
    if (depth > MAX_DEPTH) return true;
  }
  return NESTED.test(text) || new RegExp(`^[ ]{${8 * MAX_DEPTH}}`, 'm').test(text);
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message.split(/:?\n/)[0] : String(error);
}

/** What a text says: plain values, lists and maps. @throws Error saying what is wrong with it. */
async function parse(text: string, schema: 'core' | 'failsafe'): Promise<unknown> {
  if (isDeep(text)) throw new Error(`brackets, lists or lines are nested more than ${MAX_DEPTH} deep`);
  const { Composer, Parser, LineCounter, isScalar, visit } = await import('yaml'); // most commands need none
  const lines = new LineCounter();
  const tokens = [];
  for (const token of new Parser(lines.addNewLine).parse(text)) {
    // of thousands the first
    if (token.type === 'error') throw new Error(`line ${lines.linePos(token.offset).line}: ${token.message}`);
    tokens.push(token);
  }
  const at = (offset: number): string => `line ${Math.max(1, lines.linePos(offset).line)}`;
  const [document, second] = new Composer({
    uniqueKeys: false,
    prettyErrors: false,
    lineCounter: lines,
    schema,
  }).compose(tokens); // unique keys: each is compared with all
  if (document === undefined) return null;
  if (second !== undefined) throw new Error('it holds more than one document');
  const [error] = document.errors;
  if (error !== undefined) throw new Error(`${at(error.pos[0])}: ${reasonOf(error)}`);
  visit(document, {
    Map: (_, { items }) => {
      const seen = new Set<unknown>();
      for (const { key } of items) {
        const value = isScalar(key) ? String(key.value) : key;
        if (seen.has(value))
          throw new Error(
            `${isScalar(key) && key.range ? `${at(key.range[0])}: ` : ''}${JSON.stringify(value)} is there twice`,
          );
        seen.add(value);
      }
    },
  });
  return document.toJS({ maxAliasCount: 100 });
}

/**
 * The value of a YAML file; null for an empty one.
 * @param setting that it was given for, for messages.
 * @param schema core knows numbers, true, false and null; in failsafe all are texts.
 * @throws UsageError naming the file: it cannot be read, has over 64 KiB, is no text or no YAML, has a key twice or is
 * nested too deeply.
 */
export async function readYaml(
  path: string,
  setting: string,
  fix: Text,
  schema: 'core' | 'failsafe' = 'core',
): Promise<unknown> {
  try {
    return await parse(decodeText(await readDataFile(path, { maxBytes: MAX_YAML }), path).text, schema);
  } catch (error) {
    const reason = reasonOf(error);
    throw new UsageError(
      worded`${settingNamed(setting)}
      ${reason.startsWith(path) ? reason : `${path}: ${reason}`}`,
      {
        fix,
        cause: error,
      },
    );
  }
}
