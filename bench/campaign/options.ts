/** The arguments of `npm run campaign`. */
import { parseArgs } from 'node:util';
import { UsageError } from '../../src/device/errors.js';
import { CARDS } from '../verdict/cards.js';

export interface CampaignOptions {
  readonly size: 'full' | 'small';
  readonly seconds: number;
  readonly out: string;
  /** Parts that are in the file already are measured again. */
  readonly isFresh: boolean;
  /** Names of parts; null: all. */
  readonly parts: readonly string[] | null;
  readonly adapter: string | null;
  /** To estimate for, by the name of bench/verdict/cards.ts; null: the card that the adapter is. */
  readonly card: string | null;
}

const OPTIONS = {
  small: { type: 'boolean', default: false },
  minutes: { type: 'string', default: '30' },
  out: { type: 'string', default: 'campaign.json' },
  resume: { type: 'boolean', default: false },
  fresh: { type: 'boolean', default: false },
  parts: { type: 'string' },
  adapter: { type: 'string' },
  card: { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

export const usage = (names: readonly string[]): string =>
  `npm run campaign -- [options]: measures this machine's GPU and writes one file to send back

  --minutes N     at most (default: 30); what does not fit is left out by name
  --out FILE      the file (default: campaign.json). Parts that are in it already are kept, so the same command
                  goes on where it was stopped
  --resume        the same, and an error where there is no file to go on with
  --fresh         measures everything again
  --parts A,B     only these: ${names.join(', ').replace(/(.{70}[^,]*), /g, '$1,\n                  ')}
  --small         tiny sizes, for software adapters and to try the script
  --adapter TEXT  part of an adapter's name, as for weft
  --card NAME     estimate for this card: ${CARDS.map((c) => c.name).join(', ')}`;

const words = (text: string): string[] => text.split(',').map((word) => word.trim());

/** @throws UsageError naming the option and what it takes. Null: help is asked for. */
export function parseOptions(argv: readonly string[], names: readonly string[]): CampaignOptions | null {
  let values;
  try {
    ({ values } = parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: false }));
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message.split('. ')[0] : String(error), { fix: 'see --help' });
  }
  if (values.help) return null;
  const minutes = Number(values.minutes);
  if (!(minutes > 0))
    throw new UsageError(`--minutes ${values.minutes} is not a number above 0`, { fix: 'e.g. --minutes 20' });
  if (values.resume && values.fresh)
    throw new UsageError('--resume and --fresh exclude each other', { fix: 'give one of them' });
  const parts = values.parts === undefined ? null : words(values.parts);
  const unknown = parts?.find((p) => !names.includes(p));
  if (unknown !== undefined)
    throw new UsageError(`--parts: there is no part "${unknown}"`, { fix: `there are ${names.join(', ')}` });
  const cards = CARDS.map((c) => c.name);
  if (values.card !== undefined && !cards.includes(values.card))
    throw new UsageError(`--card: there is no "${values.card}"`, { fix: `one of ${cards.join(', ')}` });
  return {
    size: values.small ? 'small' : 'full',
    seconds: 60 * minutes,
    out: values.out,
    isFresh: values.fresh,
    parts,
    adapter: values.adapter ?? null,
    card: values.card ?? null,
  };
}
